# Slopes of counts per quarter: MASS::glm.nb and quasi-Poisson, with and without an offset.
# Run from the project's root: Rscript tests/golden/trend_counts.R ; writes trend_counts.json
library(jsonlite)
suppressPackageStartupMessages(library(MASS))
control <- glm.control(epsilon = 1e-14, maxit = 500)

series <- list(
  # the ministry's register, 2014Q1 to 2018Q2, quarters without a count left out
  register = list(
    t = c(2014, 2014.25, 2014.5, 2014.75, 2015, 2015.25, 2015.5, 2015.75, 2016, 2016.25, 2016.5,
          2016.75, 2017.25, 2017.5, 2018, 2018.25),
    y = c(44, 44, 67, 107, 82, 80, 35, 41, 29, 32, 29, 34, 42, 31, 46, 49),
    e = NULL),
  register_rate = list(
    t = c(2014, 2014.5, 2014.75, 2015, 2015.25, 2016, 2016.25, 2016.5, 2016.75, 2017.25, 2017.5,
          2018, 2018.25),
    y = c(44, 67, 107, 82, 80, 29, 32, 29, 34, 42, 31, 46, 49),
    e = c(18, 40, 40, 40, 40, 43, 42, 50, 46, 55, 55, 56, 45)),
  # a made series that falls, with a varying exposure
  falling = list(
    t = 2010 + (0:15) / 4,
    y = c(120, 95, 131, 88, 97, 70, 84, 61, 75, 52, 48, 66, 41, 45, 30, 36),
    e = c(40, 38, 45, 41, 44, 40, 47, 39, 50, 44, 41, 52, 43, 48, 40, 47)),
  # a made series with zeros and much overdispersion
  wild = list(
    t = 2012 + (0:11) / 4,
    y = c(3, 0, 12, 1, 7, 0, 25, 2, 0, 9, 1, 14),
    e = NULL))

# glm.nb alternates between the means and theta until theta moves less than 1e-8; the pair is then
# iterated on, with theta the root of its score, until both stand still.
nb <- function(d) {
  offset <- if (is.null(d$e)) rep(0, length(d$y)) else log(d$e)
  time <- d$t - mean(d$t)
  first <- glm.nb(d$y ~ time + offset(offset))
  theta <- first$theta
  for (i in 1:5000) {
    fit <- glm(d$y ~ time + offset(offset), family = negative.binomial(theta), control = control)
    mu <- fitted(fit)
    score <- function(th) sum(digamma(th + d$y) - digamma(th) + log(th) + 1 - log(th + mu) -
                              (d$y + th) / (mu + th))
    next_theta <- uniroot(score, c(theta / 2, theta * 2), tol = 1e-15, extendInt = "yes")$root
    still <- abs(next_theta / theta - 1) < 1e-14
    theta <- next_theta
    if (still) break
  }
  s <- coef(summary(fit, dispersion = 1))
  list(estimate = s[2, 1], se = s[2, 2], p = s[2, 4], theta = theta,
       glm_nb = unname(coef(first)[2]), glm_nb_theta = first$theta)
}
quasi <- function(d) {
  offset <- if (is.null(d$e)) rep(0, length(d$y)) else log(d$e)
  time <- d$t - mean(d$t)
  fit <- summary(glm(d$y ~ time + offset(offset), family = quasipoisson, control = control))
  list(estimate = coef(fit)[2, 1], se = coef(fit)[2, 2], p = coef(fit)[2, 4], phi = fit$dispersion)
}
# Goodman's simultaneous intervals, from the formula (Technometrics 7, 1965, eq. 2.6)
goodman <- function(x, level) {
  n <- sum(x); a <- qchisq(1 - (1 - level) / length(x), 1)
  half <- sqrt(a * (a + 4 * x * (n - x) / n))
  list(count = x, low = (a + 2 * x - half) / (2 * (n + a)), high = (a + 2 * x + half) / (2 * (n + a)))
}
out <- lapply(series, function(d) list(t = d$t, y = d$y, e = d$e, negative_binomial = nb(d),
                                       quasi_poisson = quasi(d)))
write_json(list(r = R.version.string, mass = as.character(packageVersion("MASS")), series = out,
                goodman = list(goodman(c(109, 7, 13, 1, 1, 3), 0.95), goodman(c(5, 0, 20), 0.9))),
           "tests/golden/trend_counts.json", digits = 15, auto_unbox = TRUE, pretty = TRUE,
           null = "null")
