# R's answers to the random designs of fuzz.json.gz.
#   Rscript tests/golden/parity/fuzz.R [OUT]     default OUT: tests/golden/parity/fuzz_answers.json.gz
# Options: survey.lonely.psu as each design says, survey.adjust.domain.lonely FALSE (default).
# Per wave: mean of y, total of x and of y, ratio y / x, share of s by g. Two waves: the change of the
# mean of y, everybody and where g is a, with V = V1 + V2 - 2 C. V1 and V2 are svymean's. C is summed
# over shared PSUs from contributions centred within the stratum of their own wave, divided by what
# centring leaves of a covariance on average, ((n1 - 1)(n2 - 1) + k - 1) / (n1 n2), with
# 1 - sqrt(f1 f2 n1 n2) / k for finite populations (Tam 1984); where that exceeds sqrt(V1 V2), the
# plain sum of products of scaled contributions. At full overlap V must be svycontrast's of
# svyby(covmat = TRUE) on the two waves stacked: that is checked here.
suppressMessages({library(survey); library(jsonlite)})
here <- "tests/golden/parity"
args <- commandArgs(trailingOnly = TRUE)
out_file <- if (length(args)) args[1] else file.path(here, "fuzz_answers.json.gz")
input <- file.path(here, "fuzz.json.gz")
designs <- read_json(input, simplifyVector = TRUE, simplifyDataFrame = FALSE)

frame <- function(wave) { d <- as.data.frame(lapply(wave, function(x) if (is.null(x)) NA else x)); d$y <- as.numeric(d$y); d }
lay <- function(f, d) {
  options(survey.lonely.psu = f$lonely)
  a <- list(ids = if (f$stages == 2) ~p + u else ~p, strata = ~h, weights = ~w, data = d, nest = TRUE)
  if (f$fpc) a$fpc <- if (f$stages == 2) ~N + M else ~N
  do.call(svydesign, a)
}
take <- function(D, keep) { keep[is.na(keep)] <- FALSE; if (any(keep)) D[keep, ] else NULL }
one <- function(m, D) list(est = unname(as.numeric(coef(m))), se = unname(as.numeric(SE(m))), df = as.numeric(degf(D)))
answers_of <- function(D) {
  d <- D$variables
  V <- take(D, !is.na(d$y))
  r <- list()
  if (!is.null(V)) {
    r$mean_y <- one(svymean(~y, V), V); r$total_y <- one(svytotal(~y, V), V); r$ratio <- one(svyratio(~y, ~x, V), V)
  }
  r$total_x <- one(svytotal(~x, D), D)
  for (g in c("a", "b", "c")) { G <- take(D, d$g == g); if (!is.null(G)) r[[paste0("share_", g)]] <- one(svymean(~s, G), G) }
  r
}
# PSU totals of w (y - mean) / sum(w) in a domain, centred and scaled in the wave's own strata.
contributions <- function(f, d, inside) {
  inside <- inside & !is.na(d$y)
  m <- sum(d$w[inside] * d$y[inside]) / sum(d$w[inside])
  z <- ifelse(inside, d$w * (d$y - m) / sum(d$w[inside]), 0)
  t <- aggregate(list(z = z, has = as.numeric(inside)), list(p = d$p, h = d$h), sum)
  t$n <- as.numeric(ave(t$z, t$h, FUN = length))
  t$f <- if (f$fpc) t$n / d$N[match(t$h, d$h)] else 0
  t$c <- t$z - ave(t$z, t$h)
  if (f$lonely == "adjust") t$c[t$n == 1] <- t$z[t$n == 1]
  t$s <- t$c * sqrt(ifelse(t$n > 1, t$n / (t$n - 1), 1) * (1 - t$f))
  if (f$lonely == "average") {  # strata seen in the domain over those of them with company
    seen <- unique(t$h[t$h %in% t$h[t$has > 0]]); good <- intersect(seen, t$h[t$n > 1])
    r <- sqrt(length(seen) / length(good)); t$s <- t$s * r; t$c <- t$c * r
  }
  list(mean = m, table = t)
}
covariance <- function(one, two, v1, v2) {
  m <- merge(one$table, two$table, by = c("p", "h"))
  if (!nrow(m)) return(c(0, 0))
  m$k <- as.numeric(ave(m$c.x, m$h, FUN = length))
  kept <- with(m, ifelse(n.x > 1 & n.y > 1, ((n.x - 1) * (n.y - 1) + k - 1) / (n.x * n.y), 1))
  C <- sum(with(m, ifelse(f.x >= 1 | f.y >= 1, 0, c.x * c.y / kept * (1 - sqrt(f.x * f.y * n.x * n.y) / k))))
  if (abs(C) > sqrt(v1 * v2) * (1 + 1e-9)) c(sum(m$s.x * m$s.y), 1) else c(C, 0)
}
change <- function(f, d1, d2, domain) {
  i1 <- if (is.null(domain)) rep(TRUE, nrow(d1)) else d1$g == domain
  i2 <- if (is.null(domain)) rep(TRUE, nrow(d2)) else d2$g == domain
  A <- take(lay(f, d1), i1 & !is.na(d1$y)); B <- take(lay(f, d2), i2 & !is.na(d2$y))
  if (is.null(A) || is.null(B)) return(NULL)
  v1 <- as.numeric(vcov(svymean(~y, A))); v2 <- as.numeric(vcov(svymean(~y, B)))
  if (!is.finite(v1) || !is.finite(v2)) return(NULL)
  c1 <- contributions(f, d1, i1); c2 <- contributions(f, d2, i2)
  near <- function(a, b) abs(a - b) <= 1e-9 * max(abs(b), 1e-14 * (1 + abs(c1$mean)))
  stopifnot(near(sum(c1$table$s^2), v1), near(sum(c2$table$s^2), v2))  # svymean's own variances
  C <- covariance(c1, c2, v1, v2)
  v <- v1 + v2 - 2 * C[1]
  if (f$overlap == 100) {
    both <- rbind(cbind(d1[names(d2)], wave = 1), cbind(d2, wave = 2))
    if (f$fpc) both$N <- both$N[match(both$h, both$h)]
    same <- !f$fpc || all(d1$N[match(d2$h, d1$h)] == d2$N)
    S <- lay(f, both); S <- take(S, c(i1, i2) & !is.na(both$y))
    s <- svycontrast(svyby(~y, ~wave, S, svymean, covmat = TRUE), c(-1, 1))
    # "average" scales by the strata seen: those of both waves in one design, of each in two.
    if (same && C[2] == 0 && f$lonely != "average")
      stopifnot(abs(as.numeric(vcov(s)) - v) <= 1e-9 * (v1 + v2) + 1e-24)
    checked <<- checked + 1
  }
  list(est = c2$mean - c1$mean, se = sqrt(max(v, 0)), v1 = v1, v2 = v2, c = C[1], clipped = C[2])
}
checked <- 0
answers <- lapply(designs, function(f) {
  d1 <- frame(f$first)
  r <- list(first = suppressWarnings(answers_of(lay(f, d1))))
  if (!is.null(f$second)) {
    d2 <- frame(f$second)
    r$second <- suppressWarnings(answers_of(lay(f, d2)))
    r$change <- suppressWarnings(change(f, d1, d2, NULL))
    r$change_a <- suppressWarnings(change(f, d1, d2, "a"))
  }
  r
})
cat(checked, "changes at full overlap held against svycontrast\n")
line <- function(x) toJSON(x, digits = 15, auto_unbox = TRUE, null = "null", na = "null")
con <- gzfile(out_file, "w")
writeLines(c('{"r": ', line(R.version.string), ', "survey": ', line(as.character(packageVersion("survey"))),
             ', "sha256": ', line(sub(" .*", "", system2("sha256sum", input, stdout = TRUE))), ', "answers": [',
             paste(vapply(answers, function(x) as.character(line(x)), ""), collapse = ",\n"), "]}"), con)
close(con)
