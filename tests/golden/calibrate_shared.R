# Calibrated and post-stratified weights on survey files that may not be shipped, by R's survey package.
# Run from the project's root, with ../shared/data beside it: Rscript tests/golden/calibrate_shared.R
# Writes tests/golden/calibrate_shared.json; tests/shared reads it where the files are.
suppressMessages({library(survey); library(jsonlite)})
folder <- "../shared/data"
options(warn = -1)
told <- function(w) list(first = unname(w[1:30]), sum = sum(w), squares = sum(w^2))
cases <- list()
add <- function(data, design, formula, totals, calfun, bounds = NULL, ...) {
  limits <- if (is.null(bounds)) c(-Inf, Inf) else bounds
  cal <- tryCatch(calibrate(design, formula, totals, calfun = calfun, bounds = limits, epsilon = 1e-13, maxit = 500, ...),
    error = function(e) conditionMessage(e))
  one <- list(data = data, method = calfun, bounds = bounds, totals = unname(totals), households = !missing(...))
  cases[[length(cases) + 1]] <<- c(one, if (is.character(cal)) list(failed = cal) else told(weights(cal)))
}
schools <- c("(Intercept)" = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
f <- ~stype + api99
for (name in c("apistrat", "apiclus1", "apiclus2", "apisrs")) {
  d <- read.csv(file.path(folder, "design", paste0(name, ".csv")))
  des <- if (name == "apiclus2") svydesign(ids = ~dnum, weights = ~pw, data = d) else svydesign(ids = ~1, weights = ~pw, data = d)
  add(name, des, f, schools, "linear")
  add(name, des, f, schools, "raking")
  add(name, des, f, schools, "logit", c(0.3, 3))
  add(name, des, f, schools, "linear", c(0.7, 2.2))
  if (name == "apiclus2") add(name, des, f, schools, "linear", aggregate.stage = 1)
}
d <- read.csv(file.path(folder, "design", "apiclus1.csv"))
add("apiclus1", svydesign(ids = ~1, weights = ~pw, data = d), f, schools, "linear", c(0.9, 1.1))

# Online panel: three margins of an 18-cell census table; base weights scaled to its total.
p <- read.csv(file.path(folder, "weighting", "profresp.csv"))
t <- read.csv(file.path(folder, "weighting", "profresp_acs_targets.csv"))
p$age3cat <- c(1, 2, 2, 3)[p$age4cat]
p$base <- sum(t$count) / nrow(p)
for (v in c("gender", "age3cat", "edu3cat")) { p[[v]] <- factor(p[[v]]); t[[v]] <- factor(t[[v]]) }
panel <- svydesign(ids = ~1, weights = ~base, data = p)
X <- model.matrix(~gender + age3cat + edu3cat, t)
wanted <- colSums(X * t$count)
f <- ~gender + age3cat + edu3cat
add("profresp", panel, f, wanted, "linear")
add("profresp", panel, f, wanted, "raking")
add("profresp", panel, f, wanted, "logit", c(0.2, 3))
names(t)[names(t) == "count"] <- "Freq"
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")))
out$profresp_cells <- told(weights(postStratify(panel, ~gender + age3cat + edu3cat, t)))

# Telephone survey with given weights: margins of a census table, then its 36 cells.
w <- read.csv(file.path(folder, "weighting", "pew_dec13_excerpt.csv"))
t <- read.csv(file.path(folder, "weighting", "acs_2017_joint_targets.csv"))
w <- w[w$recage != "DK/Ref" & w$receduc != "DK/Ref", ]
t$Freq <- t$weight / sum(t$weight) * sum(w$weight)
for (v in c("sex", "recage", "receduc")) { t[[v]] <- factor(t[[v]]); w[[v]] <- factor(w[[v]], levels = levels(t[[v]])) }
phone <- svydesign(ids = ~1, weights = ~weight, data = w)
wanted <- colSums(model.matrix(~sex + recage + receduc, t) * t$Freq)
f <- ~sex + recage + receduc
add("pew", phone, f, wanted, "linear")
add("pew", phone, f, wanted, "raking")
add("pew", phone, f, wanted, "logit", c(0.4, 2.5))
add("pew", phone, f, wanted, "linear", c(0.7, 1.6))
out$pew_cells <- told(weights(postStratify(phone, ~sex + recage + receduc, t[c("sex", "recage", "receduc", "Freq")])))
out$calibrated <- cases

# NHANES raked to three target sets, and again on every jackknife replicate.
n <- read.csv(file.path(folder, "design", "nhanes_r_survey.csv.gz"))
n <- n[!is.na(n$HI_CHOL), ]
n$cross <- factor((n$race - 1) * 2 + n$RIAGENDR - 1); n$age <- factor(n$agecat)
nh <- as.svrepdesign(svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = n), type = "JKn", mse = TRUE)
sets <- list(mild = list(c(.080, .075, .310, .325, .065, .065, .040, .040), c(.21, .28, .30, .21)),
  medium = list(c(.12, .10, .25, .27, .09, .08, .05, .04), c(.25, .25, .27, .23)),
  strong = list(c(.18, .10, .20, .15, .12, .10, .09, .06), c(.35, .30, .20, .15)))
out$nhanes_jackknife <- lapply(sets, function(s) {
  wanted <- c(1, s[[1]][-1], s[[2]][-1]) * sum(n$WTMEC2YR)
  names(wanted) <- colnames(model.matrix(~cross + age, n))
  m <- svymean(~HI_CHOL, calibrate(nh, ~cross + age, wanted, calfun = "raking", epsilon = 1e-12, maxit = 500))
  list(estimate = as.numeric(coef(m)), se = as.numeric(SE(m)))
})
write_json(out, "tests/golden/calibrate_shared.json", auto_unbox = TRUE, digits = 15, null = "null")
