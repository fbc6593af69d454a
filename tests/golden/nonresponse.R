# Propensities, weighting classes and R-indicators by R on an invented sample.
# Run from the project's root: Rscript tests/golden/nonresponse.R
# Reads tests/data/nonresponse/sample.csv (made by make_sample.py), writes tests/golden/nonresponse.json.
suppressMessages({library(survey); library(jsonlite)})
d <- read.csv("tests/data/nonresponse/sample.csv", stringsAsFactors = TRUE)
tight <- list(epsilon = 1e-14, maxit = 100)
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")))

# Logit models of response: every case alike, by weight (quasibinomial), and as svyglm fits it.
f <- responded ~ age + region + sex
plain <- glm(f, binomial, d, control = tight)
weighted <- glm(f, quasibinomial, d, weights = weight, control = tight)
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d)
svy <- svyglm(f, design, family = quasibinomial(), control = tight)
crossed <- glm(responded ~ region:sex + region + sex, binomial, d, control = tight)
out$plain <- unname(coef(plain)); out$weighted <- unname(coef(weighted)); out$svyglm <- unname(coef(svy))
out$crossed_fitted <- unname(fitted(crossed))[1:12]
out$names <- names(coef(plain))
out$inverse <- unname(d$weight / fitted(weighted) * d$responded)

# Quintiles of the unweighted propensity, rates by weight within them.
q <- cut(rank(fitted(plain), ties.method = "first"), 5, labels = FALSE)
rate <- tapply(d$weight * d$responded, q, sum) / tapply(d$weight, q, sum)
out$quintile_rates <- as.numeric(rate)

# Weighting classes region x sex.
cell <- interaction(d$region, d$sex)
factors <- tapply(d$weight, cell, sum) / tapply(d$weight * d$responded, cell, sum)
out$class_weights <- as.numeric(d$weight * d$responded * factors[as.character(cell)])

# R-indicator, bias adjustment and standard error from the formulas of Shlomo, Skinner and Schouten
# (2012) for a simple random sample of n from N, written with loops; partial indicators of Schouten,
# Shlomo and Skinner (2011), sections 3 and 4.
indicator <- function(N) {
  g <- glm(responded ~ region + sex, binomial, d, control = tight)
  rho <- fitted(g); x <- model.matrix(g); n <- nrow(x); w <- N / n
  m <- mean(rho); S2 <- sum(w * (rho - m)^2) / (N - 1)
  z <- x * (rho * (1 - rho))
  info <- matrix(0, ncol(x), ncol(x)); for (i in 1:n) info <- info + z[i, ] %o% x[i, ]
  V <- solve(info)
  noise <- 0; for (i in 1:n) noise <- noise + c(z[i, ] %*% V %*% z[i, ])
  bias <- noise / n - (1 / n - 1 / N) * var(rho)
  left <- 1 - bias / S2
  A <- colMeans((rho - m) * sweep(z, 2, colMeans(z)))
  B <- cov(z) * (n - 1) / n
  BV <- B %*% V
  v <- 4 * c(A %*% V %*% A) + 2 * sum(diag(BV %*% BV)) +
    (1 - n / N) * sum(((rho - m)^2 - mean((rho - m)^2))^2) / n^2
  part <- function(by, other) {
    unconditional <- sapply(split(rho, by), function(p) sqrt(length(p) / n) * (mean(p) - m)) * sqrt(left)
    inner <- (rho - ave(rho, other))^2 / n
    conditional <- sqrt(tapply(inner, by, sum) * left)
    list(unconditional = sqrt(sum(unconditional^2)), categories = as.list(unconditional),
         conditional = sqrt(sum(inner) * left), conditional_categories = as.list(conditional))
  }
  list(N = N, mean = m, r_unadjusted = 1 - 2 * sqrt(S2), r = 1 - 2 * sqrt(S2 * left), se = sqrt(v / var(rho)),
       bias_factor = left, region = part(d$region, d$sex), sex = part(d$sex, d$region))
}
out$indicator <- indicator(60000)
out$census <- indicator(nrow(d))[c("N", "r", "r_unadjusted", "se")]
# Delete-one-PSU replicates, each step done again by hand in each: mean age of the respondents.
sets <- unique(d[c("stratum", "psu")])
replicate_of <- function(k) {
  h <- sets$stratum[k]; n_h <- sum(sets$stratum == h)
  m <- ifelse(d$stratum == h, n_h / (n_h - 1), 1); m[d$psu == sets$psu[k]] <- 0
  m
}
by_class <- function(w) {
  f <- tapply(w, cell, sum) / tapply(w * d$responded, cell, sum)
  w * d$responded * f[as.character(cell)]
}
by_inverse <- function(w) {
  used <- d[w > 0, ]; used$w <- w[w > 0]
  g <- glm(f, quasibinomial, used, weights = w, control = tight)
  v <- numeric(nrow(d)); v[w > 0] <- used$w / fitted(g) * used$responded; v
}
for (way in c("by_class", "by_inverse")) {
  mean_age <- function(w) { v <- get(way)(w); sum(v * d$age) / sum(v) }
  full <- mean_age(d$weight)
  theta <- sapply(seq_len(nrow(sets)), function(k) mean_age(d$weight * replicate_of(k)))
  n_h <- table(sets$stratum)[as.character(sets$stratum)]
  out[[way]] <- list(mean = full, se = sqrt(sum((n_h - 1) / n_h * (theta - full)^2)), replicates = theta)
}
write_json(out, "tests/golden/nonresponse.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
