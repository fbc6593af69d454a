# Calibrated, post-stratified and trimmed weights by R's survey package.
# Run from the project's root: Rscript tests/golden/calibrate.R
# Reads tests/data/twin/2020H1.csv and tests/data/calibration/households.csv (made by the Python
# files beside them), writes tests/golden/calibrate.json.
suppressMessages({library(survey); library(jsonlite)})
told <- function(w) list(first = unname(w[1:30]), sum = sum(w), squares = sum(w^2))
cases <- list()
add <- function(name, data, design, formula, totals, calfun, bounds = NULL, variance = NULL, ...) {
  limits <- if (is.null(bounds)) c(-Inf, Inf) else bounds
  cal <- tryCatch(calibrate(design, formula, totals, calfun = calfun, bounds = limits, variance = variance,
    epsilon = 1e-13, maxit = 500, ...), error = function(e) conditionMessage(e))
  one <- list(name = name, data = data, method = calfun, bounds = bounds, totals = unname(totals))
  one <- c(one, if (is.character(cal)) list(failed = cal) else told(weights(cal)))
  cases[[length(cases) + 1]] <<- one
}
options(warn = -1)

# The twin: categories only, base weights scaled to the population.
a <- read.csv("tests/data/twin/2020H1.csv", colClasses = c(respondent = "character"))
a$sex <- factor(ifelse(a$sex == 3, 2, a$sex)); a$age_group <- factor(a$age_group); a$residence <- factor(a$residence)
a$base_weight <- a$base_weight * 1e7 / sum(a$base_weight)
twin <- svydesign(ids = ~1, weights = ~base_weight, data = a)
wanted <- c("(Intercept)" = 1e7, sex2 = 4.8e6, age_group2 = 3.5e6, age_group3 = 2.4e6, age_group4 = 1.5e6, residence2 = 3e6)
f <- ~sex + age_group + residence
add("linear", "twin", twin, f, wanted, "linear")
add("raking", "twin", twin, f, wanted, "raking")
add("logit", "twin", twin, f, wanted, "logit", c(0.4, 2.3))
add("linear, bounds", "twin", twin, f, wanted, "linear", c(0.45, 2.2))
add("raking, bounds", "twin", twin, f, wanted, "raking", c(0.4, 2.2))
add("linear, bounds too tight", "twin", twin, f, wanted, "linear", c(0.9, 1.1))
add("logit, bounds too tight", "twin", twin, f, wanted, "logit", c(0.9, 1.1))

# Households: amounts.
h <- read.csv("tests/data/calibration/households.csv", colClasses = c(household = "character"))
h$sex <- factor(h$sex)
people <- svydesign(ids = ~1, weights = ~base, data = h)
X <- model.matrix(~sex + age + hours + income, h)
sample_totals <- colSums(X * h$base)
wanted <- round(sample_totals * c(1.03, 1.10, 0.98, 1.08, 1.12))
f <- ~sex + age + hours + income
add("linear", "households", people, f, wanted, "linear")
add("raking", "households", people, f, wanted, "raking")
add("logit", "households", people, f, wanted, "logit", c(0.5, 2))
add("linear, bounds", "households", people, f, wanted, "linear", c(0.8, 1.5))
add("raking, bounds", "households", people, f, wanted, "raking", c(0.8, 1.5))
add("logit, tight", "households", people, f, wanted, "logit", c(0.8, 1.6))
add("linear, scale", "households", people, f, wanted, "linear", variance = h$income)
add("linear, bounds, scale", "households", people, f, wanted, "linear", c(0.7, 1.6), variance = h$income)
add("raking, scale", "households", people, f, wanted, "raking", variance = h$hours + 1)
add("linear, bounds too tight", "households", people, f, wanted, "linear", c(0.95, 1.05))
add("linear, limits of the weight", "households", people, f, wanted, "linear", c(20, 250), bounds.const = TRUE)

# One weight per household.
clustered <- svydesign(ids = ~household, weights = ~base, data = h)
for (how in list(list("linear", NULL), list("raking", NULL), list("logit", c(0.5, 2)), list("linear", c(0.7, 1.6))))
  add("household", "households", clustered, f, wanted, how[[1]], how[[2]], aggregate.stage = 1)
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")), calibrated = cases)

# Post-stratification on region by residence.
cells <- as.data.frame(xtabs(~region + residence, a))
cells$Freq <- 1e6 * (0.4 + 0.1 * seq_len(nrow(cells)))
post <- postStratify(twin, ~region + residence, cells)
out$poststratified <- c(list(region = as.integer(as.character(cells$region)), residence = as.integer(as.character(cells$residence)),
  counts = cells$Freq), told(weights(post)))

# Trimming at absolute limits: what is cut is shared out evenly.
for (strict in c(FALSE, TRUE))
  out$trimmed[[length(out$trimmed) + 1]] <- c(list(lower = 25, upper = 120, strict = strict),
    told(weights(trimWeights(people, upper = 120, lower = 25, strict = strict))))
write_json(out, "tests/golden/calibrate.json", auto_unbox = TRUE, digits = 15, null = "null")
