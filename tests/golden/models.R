# Tests and models on the twin, by R's survey package, its iterations tightened.
# Run from the project's root: Rscript tests/golden/models.R
# Reads tests/data/twin/2020H1.csv, writes tests/golden/models.json; tests/unit/models/frames.py lays
# the same designs over the same columns in Python.
suppressMessages({library(survey); library(jsonlite)})
d <- read.csv("tests/data/twin/2020H1.csv", colClasses = c(respondent = "character"))
d$stratum <- paste0(d$region, "-", d$residence)
d$y <- ifelse(d$score %in% 0:10, d$score, NA)
d$high <- as.numeric(d$y >= 7)
d$issues <- d$issues__1 + d$issues__2 + d$issues__3 + d$issues__4 + d$issues__5
d$trusted <- ifelse(d$trust %in% 1:5, d$trust, NA)
d$age <- d$age_group
d$exposure <- log(d$age + 1)
d$untied <- d$y + seq_len(nrow(d)) / 1000
d$home <- ifelse(d$residence == 1, "town", "village")
d$who <- c("woman", "man", "other")[d$sex]
d$part <- letters[d$region]
first <- tapply(d$psu, d$stratum, function(p) length(unique(p)))
second <- table(d$psu)
d$fpc1 <- as.numeric(3 * first[d$stratum])
d$fpc2 <- as.numeric(4 * second[as.character(d$psu)])

plain <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = d)
goal <- c("(Intercept)" = sum(d$base_weight), homevillage = 0.4 * sum(d$base_weight),
          whoother = 0.05 * sum(d$base_weight), whowoman = 0.5 * sum(d$base_weight))
calibrated <- calibrate(plain, ~home + who, goal, calfun = "raking", epsilon = 1e-12, maxit = 200)
designs <- list(
  plain = plain,
  stages = svydesign(ids = ~psu + respondent, strata = ~stratum, fpc = ~fpc1 + fpc2,
                     weights = ~base_weight, data = d),
  jkn = as.svrepdesign(plain, type = "JKn", mse = TRUE),
  domain = subset(plain, region <= 3),
  calibrated = calibrated)
# Lonely PSUs: all but one PSU of two strata are lost. PPS: a probability for every PSU.
few <- d[!(d$stratum %in% c("1-1", "4-2") & !(d$psu %in% c(1100, 4200))), ]
lonely <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = few)
designs$adjust <- designs$average <- designs$certainty <- lonely
d$chance <- 0.05 + 0.04 * (d$psu %% 7)
sorted <- d[order(d$psu), ]  # R takes the probabilities in the order of rows, the totals in that of labels
designs$brewer <- svydesign(ids = ~psu, strata = ~stratum, fpc = ~chance, pps = "brewer", data = sorted)

tight <- glm.control(epsilon = 1e-14, maxit = 100)
model <- function(formula, design, family) suppressWarnings(svyglm(formula, design = design, family = family, control = tight))
# Of Pearson residuals without the weights that glm() multiplies them with (summary(svyglm) keeps these).
spread <- function(m) {
  r <- (m$y - fitted(m)) / sqrt(m$family$variance(fitted(m)))
  if (length(r) != nrow(m$survey.design)) return(NULL)  # a calibrated design keeps its empty rows
  as.numeric(svyvar(~r, update(m$survey.design, r = r)))
}
told <- function(m) {
  s <- summary(m)
  list(names = names(coef(m)), estimate = unname(coef(m)), se = unname(SE(m)), df = m$df.residual,
       p = unname(s$coefficients[, 4]), low = unname(confint(m)[, 1]), high = unname(confint(m)[, 2]),
       deviance = m$deviance / mean(m$prior.weights[m$prior.weights > 0]), dispersion = spread(m))
}
term <- function(t) list(F = as.numeric(t$Ftest), df = t$df, ddf = t$ddf, p = as.numeric(t$p))
ttest <- function(t) list(t = unname(t$statistic), df = unname(t$parameter), p = unname(t$p.value),
  estimate = unname(t$estimate), low = t$conf.int[1], high = t$conf.int[2])
table_test <- function(t) list(statistic = unname(t$statistic), df = unname(t$parameter), p = unname(t$p.value))
rank_test <- function(formula, design, test) {
  t <- tryCatch(svyranktest(formula, design, test = test), error = function(e) NULL)
  if (is.null(t)) return(NULL)
  k <- !is.null(t$ddf)  # of k groups: the fields of R's answer are named the wrong way round
  if (k) list(F = as.numeric(t$parameter / t$statistic), df = unname(t$statistic), ddf = t$ddf, p = as.numeric(t$p.value))
  else list(t = unname(t$statistic), df = unname(t$parameter), p = unname(t$p.value), estimate = unname(t$estimate))
}
# Ties at the middle of their ranks, by the definition; then a regression of the scores.
middle <- function(design, test) {
  use <- !is.na(design$variables$y) & weights(design, "sampling") > 0
  w <- weights(design, "sampling"); y <- design$variables$y
  share <- sapply(y, function(v) (sum(w[use & y < v]) + sum(w[use & y == v]) / 2) / sum(w[use]))
  design$variables$rank_score <- switch(test, wilcoxon = share, vanderWaerden = qnorm(share),
                                        median = as.numeric(share > 0.5))
  m <- svyglm(rank_score ~ home, design, control = tight)
  list(t = unname(coef(m)[2] / SE(m)[2]), df = m$df.residual, estimate = unname(coef(m)[2]))
}

one <- function(design) {
  out <- list(models = list(
    gaussian = told(m <- model(y ~ age + who, design, gaussian())),
    binomial = told(b <- model(high ~ age + home + trusted, design, binomial())),
    quasibinomial = told(model(high ~ age + home + trusted, design, quasibinomial())),
    poisson = told(model(issues ~ y + home, design, poisson())),
    quasipoisson = told(model(issues ~ home + part + offset(exposure), design, quasipoisson())),
    crossed = told(x <- model(y ~ age + home + who + age:home + home:who, design, gaussian()))))
  out$terms <- list(who = term(regTermTest(m, ~who)), age_home = term(regTermTest(b, ~age + home)),
                    home_who = term(regTermTest(x, ~home:who)))
  out$ttest <- list(one = ttest(svyttest(y ~ 0, design, na.rm = TRUE)), two = ttest(svyttest(y ~ home, design)))
  out$chisq <- lapply(c(F = "F", Chisq = "Chisq", Wald = "Wald", adjWald = "adjWald"), function(s)
    table_test(svychisq(~home + trusted, subset(design, !is.na(trusted)), statistic = s)))
  out$chisq_missing <- table_test(svychisq(~home + trusted, design, statistic = "F"))
  out$three_by_four <- table_test(svychisq(~who + age, design, statistic = "F"))
  tests <- c(wilcoxon = "wilcoxon", vanderWaerden = "vanderWaerden", median = "median")
  out$rank <- lapply(tests, function(t) rank_test(untied ~ home, design, t))
  out$rank_ties <- lapply(tests, function(t) rank_test(y ~ home, design, t))
  if (!inherits(design, "svyrep.design")) {
    out$rank_middle <- lapply(tests, function(t) middle(design, t))
    out$rank_groups <- lapply(c(tests, KruskalWallis = "KruskalWallis"), function(t) rank_test(untied ~ who, design, t))
  }
  g <- suppressWarnings(svygofchisq(~factor(trusted), p = c(1, 2, 4, 4, 2), design, na.rm = TRUE))
  out$gof <- list(statistic = unname(g$statistic), scale = unname(g$parameter[1]), df = unname(g$parameter[2]), p = g$p.value)
  out
}
out <- lapply(setNames(nm = names(designs)), function(n) {
  options(survey.lonely.psu = if (n %in% c("adjust", "average", "certainty")) n else "fail")
  one(designs[[n]])
})
out$calibrated$weights <- unname(weights(calibrated))
write_json(c(list(r = R.version.string, survey = as.character(packageVersion("survey"))), out),
           "tests/golden/models.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
