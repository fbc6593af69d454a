# One wave, from clean responses and targets to weights and estimates, by R's survey package.
#   Rscript tests/golden/pipeline_score.R CONFIG.json OUT.json
# CONFIG is written by export_wave.py and names its responses and targets. OUT: one row per
# estimate, with the standard error of the suite's default (regression on the margins weighted with
# the final weights, then svytotal of the residuals) and those of R's own variants:
# se_unweighted (rake), se_base (calibrate, calfun raking), se_none (weights taken as fixed).
suppressMessages({library(survey); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
cf <- read_json(args[1], simplifyVector = FALSE)
here <- function(name) file.path(dirname(args[1]), name)
chr <- function(x) vapply(x, as.character, "")
num <- function(x) vapply(x, as.numeric, 0)
options(survey.lonely.psu = cf$lonely)

d <- read.csv(here(cf$responses), check.names = FALSE, colClasses = c(respondent = "character"))
d <- d[d$included %in% c("True", "TRUE", TRUE), ]
d <- d[order(d$respondent), ]
for (item in names(cf$codes)) {
  map <- unlist(cf$codes[[item]])
  d[[paste0(".", item)]] <- ifelse(is.na(d[[item]]), "blank", unname(map[as.character(d[[item]])]))
}
d$.base <- if (nzchar(cf$base_weight)) d[[cf$base_weight]] else 1
targets <- read.csv(here(cf$targets), colClasses = c(level = "character"))

# Margins: policies for answers without a target, own classes, one total.
margins <- chr(cf$margins)
policy <- unlist(cf$outside_margin)
items_of <- lapply(margins, function(m) strsplit(targets$items[targets$margin == m][1], ":")[[1]])
keep <- rep(TRUE, nrow(d))
for (item in unique(unlist(items_of))) {
  known <- unique(unlist(lapply(seq_along(margins), function(k) {
    at <- match(item, items_of[[k]])
    if (is.na(at)) NULL else vapply(strsplit(targets$level[targets$margin == margins[k]], ":"),
                                    function(parts) parts[at], "")
  })))
  answer <- d[[paste0(".", item)]]
  for (code in setdiff(unique(answer), known)) {
    what <- policy[paste0(item, "=", code)]
    if (is.na(what)) what <- policy[item]
    stopifnot(what %in% c("exclude", "own_class"))
    if (what == "exclude") keep <- keep & answer != code
  }
}
d <- d[keep, ]
population <- list()
total <- sum(targets$count[targets$margin == margins[1]])
for (k in seq_along(margins)) {
  level <- do.call(paste, c(lapply(items_of[[k]], function(i) d[[paste0(".", i)]]), sep = ":"))
  d[[paste0("m", k)]] <- level
  t <- targets[targets$margin == margins[k], ]
  own <- setdiff(unique(level), t$level)
  share <- vapply(own, function(o) sum(d$.base[level == o]) / sum(d$.base), 0)
  freq <- c(t$count / sum(t$count) * total * (1 - sum(share)), total * share)
  population[[k]] <- setNames(data.frame(c(t$level, own), freq), c(paste0("m", k), "Freq"))
}
stopifnot(length(margins) > 0)
forms <- lapply(seq_along(margins), function(k) as.formula(paste0("~m", k)))
d$.base <- d$.base * total / sum(d$.base)

# Weights.
d$.strata <- if (length(cf$strata)) interaction(d[chr(cf$strata)], drop = TRUE) else 1
d$.psu <- if (nzchar(cf$psu)) d[[cf$psu]] else d$respondent
design <- svydesign(ids = ~.psu, strata = ~.strata, weights = ~.base, data = d)
all_margins <- reformulate(paste0("m", seq_along(margins)))
frame <- d[paste0("m", seq_along(margins))]
X <- model.matrix(all_margins, frame)
wanted <- total
for (k in seq_along(margins)) {
  levels <- sort(unique(d[[paste0("m", k)]]))[-1]
  wanted <- c(wanted, population[[k]]$Freq[match(levels, population[[k]][[1]])])
}
names(wanted) <- colnames(X)
raked <- NULL
if (length(cf$bounds)) {
  calibrated <- calibrate(design, all_margins, wanted, calfun = "logit", bounds = num(cf$bounds),
                          epsilon = 1e-12, maxit = 500)
} else {
  raked <- rake(design, forms, population, control = list(maxit = 2000, epsilon = 1e-13))
  calibrated <- raked
}
based <- calibrate(design, all_margins, wanted, calfun = "raking", epsilon = 1e-12, maxit = 500)
w <- weights(calibrated)
if (length(cf$trim)) {
  low <- if (is.null(cf$trim$lower)) 0 else cf$trim$lower
  high <- if (is.null(cf$trim$upper)) Inf else cf$trim$upper
  mean_w <- mean(w); all_w <- sum(w); free <- rep(TRUE, length(w))
  repeat {
    out <- free & (w < low * mean_w | w > high * mean_w)
    if (!any(out)) break
    w[out] <- pmin(pmax(w[out], low * mean_w), high * mean_w)
    free <- free & !out
    w[free] <- w[free] * (all_w - sum(w[!free])) / sum(w[free])
  }
}
fixed <- svydesign(ids = ~.psu, strata = ~.strata, weights = w, data = d)

# Quantities: y and x of the ratio sum(w y) / sum(w x).
quantity <- function(q) {
  codes <- lapply(q$codes, num)
  if (q$multiple) {
    options <- unlist(codes)
    chosen <- as.matrix(d[paste0(q$item, "__", options)])
    asked <- !apply(is.na(chosen), 1, any)
    chosen[!asked, ] <- 0
    named <- chosen[, !(options %in% num(q$exclusive)), drop = FALSE]
    x <- switch(q$base_kind, all = as.numeric(asked), eligible = as.numeric(rowSums(named) > 0),
                mentions = rowSums(named))
    list(y = if (q$base_kind == "all") chosen else named, x = x,
         names = chr(q$names)[q$base_kind == "all" | !(options %in% num(q$exclusive))])
  } else {
    a <- d[[q$item]]
    out <- if (q$statistic == "mean" || q$base_kind == "eligible") num(q$missing) else num(q$not_asked)
    x <- as.numeric(!is.na(a) & !(a %in% out))
    if (q$statistic == "mean") {
      if (length(q$score)) a <- (a - q$score[[1]]) / (q$score[[2]] - q$score[[1]]) * 10
      list(y = cbind(ifelse(x > 0, a, 0)), x = x, names = "")
    } else {
      list(y = sapply(codes, function(set) as.numeric(x > 0 & a %in% set)), x = x, names = chr(q$names))
    }
  }
}

inside <- list(all = rep(TRUE, nrow(d)))
for (pair in cf$domains) {
  pair <- sort(chr(pair))
  level <- do.call(paste, c(lapply(pair, function(i) paste0(i, "=", d[[paste0(".", i)]])), sep = "&"))
  known <- Reduce(`&`, lapply(pair, function(i) d[[paste0(".", i)]] %in% chr(cf$levels[[i]])))
  for (one in sort(unique(level[known]))) inside[[one]] <- level == one
}
logit_ci <- function(p, se, df) if (df < 1) NA else plogis(qlogis(p) + c(-1, 1) * qt(0.975, df) * se / (p * (1 - p)))

rows <- list()
linear <- list()
for (q in cf$quantities) {
  s <- quantity(q)
  for (name in names(inside)) {
    here_now <- inside[[name]] & s$x > 0
    if (sum(here_now) < 2) next
    for (j in seq_along(s$names)) {
      y <- s$y[, j]; bottom <- sum(w[here_now] * s$x[here_now])
      estimate <- sum(w[here_now] * y[here_now]) / bottom
      linear[[length(linear) + 1]] <- ifelse(here_now, (y - estimate * s$x) / bottom, 0)
      e <- (y - estimate * s$x)[here_now]
      part <- svydesign(ids = ~1, weights = w[here_now], data = data.frame(e = e))
      srs <- as.numeric(svyvar(~e, part)) / sum(here_now) / (bottom / sum(w[here_now]))^2
      df <- degf(subset(fixed, here_now))
      rows[[length(rows) + 1]] <- list(
        indicator = q$indicator, statistic = q$statistic, category = s$names[j], domain = name,
        base_kind = q$base_kind, estimate = estimate, df = df, n = sum(here_now), weighted_n = bottom,
        srs = srs)
    }
  }
}
Z <- do.call(cbind, linear)
se_of <- function(z, des) sqrt(diag(vcov(svytotal(z, des))))
se <- se_of(lm.wfit(X, Z, w)$residuals, fixed)
se_none <- se_of(Z, fixed)
se_base <- se_of(Z, based)
se_unweighted <- if (is.null(raked)) rep(NA, ncol(Z)) else se_of(Z, raked)
for (i in seq_along(rows)) {
  r <- rows[[i]]
  r$se <- se[i]; r$se_none <- se_none[i]; r$se_base <- se_base[i]
  r$se_unweighted <- if (is.null(raked)) NULL else se_unweighted[i]
  r$deff <- r$se^2 / r$srs; r$srs <- NULL
  ci <- if (r$statistic == "share") logit_ci(r$estimate, r$se, r$df) else
    if (r$df < 1) NA else r$estimate + c(-1, 1) * qt(0.975, r$df) * r$se
  if (all(is.finite(ci))) { r$ci_low <- ci[1]; r$ci_high <- ci[2] }
  rows[[i]] <- r
}
write_json(list(
  r = R.version.string, survey = as.character(packageVersion("survey")), wave = cf$wave,
  options = list(lonely = cf$lonely, epsilon = "1e-12 calibrate, 1e-13 rake, relative to the total"),
  weights = list(n = length(w), sum = sum(w), min = min(w), max = max(w),
                 first = w[1:5], deff_kish = length(w) * sum(w^2) / sum(w)^2),
  rows = rows), args[2], digits = 15, auto_unbox = TRUE)
