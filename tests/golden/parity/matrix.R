# R's answers to the parity matrix.
#   Rscript tests/golden/parity/matrix.R twin          shipped files and twins -> answers_twin.json.gz
#   Rscript tests/golden/parity/matrix.R real FOLDER   the real files in FOLDER -> answers_real.json.gz
# Reads cases.json. Options: survey.lonely.psu as each design says, survey.adjust.domain.lonely FALSE
# (its default), survey.replicates.mse as each design says, survey.ultimate.cluster FALSE (default).
# Degrees of freedom are degf of the domain; calibrated replicates keep those of the design.
# Calibration: epsilon 1e-12, maxit 500; its standard error is given under three residuals
# (se: weighted with the final weights; se_base: R calibrate; se_unweighted: R rake), see common.R.
# Quantiles: qrule math; interval.type mean, for replicates quantile. Models: epsilon 1e-13.
source("tests/golden/parity/common.R")
args <- commandArgs(trailingOnly = TRUE)
real <- identical(args[1], "real")
folder <- args[2]
spec <- read_json(file.path(here, "cases.json"), simplifyVector = FALSE)
spec_hash <- sub(" .*", "", system2("sha256sum", file.path(here, "cases.json"), stdout = TRUE))
only <- if (length(args) > 2) args[3] else NULL
out_file <- if (length(args) > 3) args[4] else file.path(here, paste0("answers_", if (real) "real" else "twin", ".json.gz"))

is_rep <- function(D) inherits(D, "svyrep.design")
f1 <- function(name) reformulate(name)
keep <- function(D, r) { r[is.na(r)] <- FALSE; D[r, ] }
variables <- function(D) D$variables
# Those with an answer. R keeps the others of a calibrated design, at weight 0: they need a number.
complete <- function(D, names) {
  D <- keep(D, valid(D, names))
  if (is_rep(D) && is.null(D$degf)) D$degf <- dof(D)
  for (n in names) { v <- D$variables[[n]]; v[is.na(v)] <- if (is.numeric(v)) 0 else v[!is.na(v)][1]; D$variables[[n]] <- v }
  D
}
valid <- function(D, names) Reduce(`&`, lapply(names, function(n) !is.na(variables(D)[[n]])))
dof <- function(D) as.numeric(degf(D))
se1 <- function(v) unname(sqrt(diag(as.matrix(v))))
row <- function(at, est, se, df = NULL, ...) {
  r <- list(at = at, est = unname(est), se = unname(se))
  if (!is.null(df)) r$df <- df
  c(r, list(...))
}
t_ci <- function(r, df) {
  if (is.finite(df) && df >= 1) { h <- qt(0.975, df) * r$se; r$lo <- r$est - h; r$hi <- r$est + h }
  r
}
logit_ci <- function(r, df) {
  if (is.finite(df) && df >= 1 && r$est > 0 && r$est < 1) {
    h <- qt(0.975, df) * r$se / (r$est * (1 - r$est))
    r$lo <- plogis(qlogis(r$est) - h); r$hi <- plogis(qlogis(r$est) + h)
  }
  r
}
levels_of <- function(x) sort(unique(words(x[!is.na(x)])), method = "radix")
active <- function(D) weights(D, "sampling") != 0
term <- function(D, name, column) {
  v <- words(variables(D)[[column]])
  D$variables[[name]] <- factor(v, levels = levels_of(variables(D)[[column]]))
  D
}

# Each function: D is the design in the domain; returns rows.
ask_mean <- function(D, q) {
  D <- complete(D, q$y); m <- svymean(f1(q$y), D)
  list(t_ci(row("", coef(m), SE(m)[1], dof(D)), dof(D)))
}
ask_share <- function(D, q) {
  D <- complete(D, q$x); D <- term(D, ".t", q$x)
  found <- levels_of(variables(D)[[q$x]])
  m <- svymean(~.t, D)
  lapply(seq_along(found), function(k)
    logit_ci(row(paste0(q$x, "=", found[k]), coef(m)[k], se1(vcov(m))[k], dof(D)), dof(D)))
}
ask_total <- function(D, q) {
  D <- complete(D, q$y); m <- svytotal(f1(q$y), D)
  list(t_ci(row("", coef(m), SE(m)[1], dof(D)), dof(D)))
}
ask_ratio <- function(D, q) {
  D <- complete(D, c(q$a, q$b)); m <- svyratio(f1(q$a), f1(q$b), D)
  list(t_ci(row("", as.numeric(coef(m)), as.numeric(SE(m)), dof(D)), dof(D)))
}
ask_quantile <- function(D, q) {
  D <- complete(D, q$y); p <- unlist(q$p)
  type <- if (is_rep(D)) "quantile" else "mean"
  m <- svyquantile(f1(q$y), D, p, interval.type = type, qrule = q$qrule %||% "math")[[1]]
  lapply(seq_along(p), function(k) {
    r <- row(paste0("p=", p[k]), m[k, 1], m[k, 4], dof(D))
    if (is.finite(m[k, 2]) && is.finite(m[k, 3])) { r$lo <- unname(m[k, 2]); r$hi <- unname(m[k, 3]) }
    r
  })
}
ask_variance <- function(D, q) {
  D <- complete(D, q$y); m <- svyvar(f1(q$y), D)
  list(row("", as.numeric(m)[1], se1(vcov(m))[1], dof(D)))
}
ask_correlation <- function(D, q) {
  D <- complete(D, c(q$a, q$b))
  if (is_rep(D)) {
    d <- variables(D)
    m <- withReplicates(D, function(w, data) cov.wt(cbind(data[[q$a]], data[[q$b]]), w / sum(w), cor = TRUE)$cor[1, 2])
    return(list(row("", as.numeric(m)[1], se1(vcov(m))[1], dof(D))))
  }
  m <- svyvar(reformulate(c(q$a, q$b)), D)
  v <- as.numeric(m)[c(1, 2, 4)]; V <- attr(m, "var")[c(1, 2, 4), c(1, 2, 4)]
  r <- v[2] / sqrt(v[1] * v[3])
  gradient <- c(-r / (2 * v[1]), 1 / sqrt(v[1] * v[3]), -r / (2 * v[3]))
  list(row("", r, sqrt(as.numeric(gradient %*% V %*% gradient)), dof(D)))
}
ask_multi <- function(D, q) {
  items <- unlist(q$items); D <- complete(D, items); m <- svymean(reformulate(items), D)
  lapply(seq_along(items), function(k) logit_ci(row(items[k], coef(m)[k], se1(vcov(m))[k], dof(D)), dof(D)))
}
ask_chisq <- function(D, q) {
  D <- complete(D, c(q$a, q$b)); D <- term(term(D, ".a", q$a), ".b", q$b)
  f <- svychisq(~.a + .b, D, statistic = "F"); x <- svychisq(~.a + .b, D, statistic = "Chisq")
  df1 <- unname(f$parameter[1]); df2 <- df1 * dof(D)  # svychisq counts PSUs of weight 0, degf does not
  list(list(at = "F", stat = unname(f$statistic), df1 = df1, df2 = df2,
            p = unname(pf(f$statistic, df1, df2, lower.tail = FALSE))),
       # Pearson's statistic is of those in the domain; svychisq counts rows of weight 0 too
       list(at = "Chisq", stat = unname(x$statistic) * sum(active(D)) / nrow(D), p = unname(x$p.value)))
}
ask_ttest <- function(D, q) {
  D <- complete(D, c(q$y, q$g))
  t <- svyttest(reformulate(q$g, q$y), D)
  list(row("", unname(t$estimate), abs(unname(t$estimate / t$statistic)), unname(t$parameter),
           stat = unname(t$statistic), p = unname(as.numeric(t$p.value))))
}
fit <- function(D, y, terms, family) {
  fam <- switch(family, gaussian = quote(gaussian()), binomial = quote(quasibinomial()), poisson = quote(quasipoisson()))
  suppressWarnings(eval(bquote(svyglm(.(reformulate(terms, y)), D, family = .(fam),
                                      control = glm.control(epsilon = 1e-13, maxit = 100)))))
}
ask_wald <- function(D, q) {
  terms <- unlist(q$formula)
  D <- complete(D, c(q$y, terms, q$factor)); D <- term(D, "f", q$factor)
  m <- fit(D, q$y, c(terms, "f"), "gaussian")
  w <- regTermTest(m, ~f, method = "Wald")
  list(list(at = "F", stat = as.numeric(w$Ftest), df1 = w$df, df2 = w$ddf, p = as.numeric(w$p)))
}
ask_glm <- function(D, q) {
  terms <- unlist(q$formula); D <- complete(D, c(q$y, terms))
  m <- fit(D, q$y, terms, q$family)
  names <- sub("(Intercept)", "intercept", names(coef(m)), fixed = TRUE)
  lapply(seq_along(names), function(k) row(names[k], coef(m)[k], se1(vcov(m))[k], m$df.residual))
}
# The difference of two domain means: levels 2 and 1, in sorted order.
ask_contrast <- function(D, q) {
  D <- complete(D, c(q$y, q$g))
  two <- levels_of(variables(D)[[q$g]])[1:2]
  g <- words(variables(D)[[q$g]]); y <- variables(D)[[q$y]]; w <- weights(D, "sampling")
  if (is_rep(D)) {
    D$variables$.g <- factor(g); m <- svyby(f1(q$y), ~.g, D, svymean, covmat = TRUE)
    k <- setNames(list(-1, 1), two); class(k) <- "list"
    s <- svycontrast(m, list(d = setNames(c(-1, 1), two)))
    return(list(row("", coef(s)[[1]], SE(s)[[1]])))
  }
  at <- function(level) ifelse(g == level, 1, 0)
  m <- sapply(two, function(l) sum(w * at(l) * y) / sum(w * at(l)))
  D$variables$.z <- at(two[2]) * (y - m[2]) / sum(w * at(two[2])) - at(two[1]) * (y - m[1]) / sum(w * at(two[1]))
  s <- SE(svytotal(~.z, D))[1]
  if (is.null(D$postStrata) && is.null(D$pps) && !is.null(attr(D, "whole"))) {
    D$variables$.g <- factor(g)
    by <- svyby(f1(q$y), ~.g, D, svymean, covmat = TRUE)
    other <- svycontrast(by, list(d = setNames(c(-1, 1), two)))
    stopifnot(abs(SE(other)[[1]] / s - 1) < 1e-8)
  }
  list(row("", m[[2]] - m[[1]], s))  # R gives a contrast no degrees of freedom
}
ask_deff <- function(D, q) {
  D <- complete(D, q$y)
  one <- function(kind, f) {
    a <- suppressWarnings(f(f1(q$y), D, deff = TRUE)); b <- f(f1(q$y), D, deff = "replace")
    x <- c(as.numeric(deff(a))[1], as.numeric(deff(b))[1])
    list(at = kind, est = unname(coef(a)), se = unname(SE(a)[1]), deff = if (is.finite(x[1]) && sum(weights(D, "sampling")) > sum(active(D))) x[1], deff_replace = x[2])
  }
  list(one("mean", svymean), one("total", svytotal))
}
ask_of <- list(mean = ask_mean, share = ask_share, total = ask_total, ratio = ask_ratio,
               quantile = ask_quantile, variance = ask_variance, correlation = ask_correlation,
               multi = ask_multi, chisq = ask_chisq, ttest = ask_ttest, wald = ask_wald, glm = ask_glm,
               contrast = ask_contrast, deff = ask_deff)

answer <- function(case, D) {
  ask <- ask_of[[case$statistic]]
  d <- variables(D)
  if (!is.null(case$where)) D <- keep(D, rows_of(d, case$where))
  if (is.null(case$by)) { attr(D, "whole") <- TRUE; return(ask(D, case$ask)) }
  g <- words(variables(D)[[case$by]])
  active <- weights(D, "sampling") != 0
  out <- list()
  for (level in levels_of(g[active])) {
    rows <- ask(keep(D, g == level), case$ask)
    for (r in rows) {
      here_at <- paste0(case$by, "=", level)
      r$at <- if (nzchar(r$at)) paste0(here_at, "&", r$at) else here_at
      out[[length(out) + 1]] <- r
    }
  }
  out
}

designs <- list()
made <- list()
prepare <- function(name) {
  g <- spec$designs[[name]]
  options(survey.lonely.psu = g$lonely)
  if (!is.null(designs[[name]])) return(designs[[name]])
  d <- load_data(spec$datasets[[g$data]], folder, real)
  # svydesign pairs the probabilities of Brewer's formula with PSUs in the order of the file, and the
  # PSUs' totals in the order of their labels: right only where the two are one.
  if (!is.null(g$pps) && length(g$psu)) d <- d[do.call(order, d[unlist(g$psu)]), ]
  if (!is.null(g$replicates)) {
    D <- replicate_design(g, d)
    r <- g$replicates
    made[[name]] <<- list(df = dof(D))
    if (is.null(r$columns)) {
      made[[name]] <<- list(scale = D$scale, rscales = D$rscales, n = ncol(D$repweights), df = dof(D))
      if (!(r$make %in% c("jk1", "jkn"))) {
        file <- file.path(here, "replicates", paste0(sub("^(raked|greg)_", "", name), if (real) "_real" else "_twin", ".json.gz"))
        dir.create(dirname(file), showWarnings = FALSE)
        m <- weights(D, "replication")
        keys <- as.integer(factor(apply(m, 1, paste, collapse = " "), levels = unique(apply(m, 1, paste, collapse = " "))))
        short <- m[!duplicated(keys), , drop = FALSE]
        con <- gzfile(file, "w"); 
        writeLines(toJSON(list(unit = keys, multipliers = short), digits = 15), con); close(con)
      }
    }
    if (!is.null(g$calibration)) {  # the rank of calibrated weights says nothing of the design
      df <- dof(D); D <- calibrated(D, g$calibration, d); D$degf <- df
    }
    out <- list(final = D)
  } else {
    D <- base_design(g, d)
    if (is.null(g$calibration)) out <- list(final = D) else {
      cal <- g$calibration; base_w <- weights(D)
      C <- calibrated(D, cal, d)
      attr(C, "base") <- base_w
      out <- lapply(c(final = "final", base = "base", unweighted = "unweighted"), function(v) with_residuals(C, cal, d, v))
      native(name, g, D, C, out, d)
    }
  }
  designs[[name]] <<- out
  out
}
# R's own rake and calibrate must agree with the two variants by name.
checks <- list()
native <- function(name, g, D, C, out, d) {
  y <- spec$datasets[[g$data]]$roles$y
  m <- SE(svymean(f1(y), C))[1]; v <- SE(svymean(f1(y), out$base))[1]
  stopifnot(abs(m / v - 1) < 1e-8)
  check <- list(calibrate = abs(m / v - 1))
  if (g$calibration$method %in% c("raking", "poststratify")) {
    cal <- g$calibration
    for (x in names(cal$margins)) D$variables[[paste0("f_", x)]] <- words(d[[x]])
    forms <- lapply(names(cal$margins), function(x) f1(paste0("f_", x)))
    pops <- lapply(names(cal$margins), function(x)
      setNames(data.frame(names(cal$margins[[x]]), unlist(cal$margins[[x]])), c(paste0("f_", x), "Freq")))
    R <- rake(D, forms, pops, control = list(maxit = 2000, epsilon = 1e-13))
    stopifnot(max(abs(weights(R) / weights(C) - 1)) < 1e-9)
    check$rake <- abs(SE(svymean(f1(y), R))[1] / SE(svymean(f1(y), out$unweighted))[1] - 1)
  }
  w <- weights(C)
  check$weights <- list(first = w[1:20], sum = sum(w), squares = sum(w^2), n = length(w))
  checks[[name]] <<- check
}

answers <- list(); failed <- character()
for (case in spec$cases) {
  if (!is.null(only) && !grepl(only, case$id)) next
  got <- tryCatch({
    D <- prepare(case$design)
    rows <- lapply(D, function(one) answer(case, one))
    main <- rows$final
    for (v in setdiff(names(rows), "final")) for (k in seq_along(main)) {
      other <- rows[[v]][[k]]
      stopifnot(identical(other$at, main[[k]]$at))
      for (field in intersect(c("se", "stat", "p", "deff", "deff_replace", "df1", "df2"), names(other)))
        if (!is.null(other[[field]])) main[[k]][[paste0(field, "_", v)]] <- other[[field]]
    }
    main
  }, error = function(e) { failed <<- c(failed, paste(case$id, conditionMessage(e), sep = ": ")); NULL })
  if (!is.null(got)) answers[[case$id]] <- got
}
cat(length(answers), "cases answered,", length(failed), "failed\n"); writeLines(failed)
line <- function(x) toJSON(x, digits = 15, auto_unbox = TRUE, null = "null", na = "null")
# Infeasible bounds: calibrate must fail as well.
for (g in spec$infeasible) {
  d <- load_data(spec$datasets[[g$data]], folder, real)
  stopifnot(inherits(try(suppressWarnings(calibrated(base_design(g, d), g$calibration, d)), silent = TRUE), "try-error"))
}
block <- function(x) paste(sprintf("%s: %s", sapply(names(x), line), sapply(x, line)), collapse = ",\n")
con <- gzfile(out_file, "w")
writeLines(c('{"r": ', line(R.version.string), ', "survey": ', line(as.character(packageVersion("survey"))),
             ', "cases_sha256": ', line(spec_hash), ',', '"native": {', block(checks), '},', '"made": {', block(made), '},',
             '"answers": {', block(answers), '}}'), con)
close(con)
if (length(failed)) quit(status = 1)
