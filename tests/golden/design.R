# Designs, lonely PSUs, bounded calibration, changes and gaps on the twin, by R's survey package.
# Run from the project's root: Rscript tests/golden/design.R
# Reads tests/data/twin/*.csv (made by make_twin.py), writes tests/golden/design.json.
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) {
  d <- read.csv(file.path("tests/data/twin", paste0(name, ".csv")), colClasses = c(respondent = "character"))
  d$stratum <- paste0(d$region, "-", d$residence)
  d$y <- ifelse(d$score %in% 0:10, d$score, NA)
  d
}
answered <- function(des) subset(des, !is.na(y))  # svyby(covmat = TRUE) fails with na.rm
one <- function(m) list(estimate = as.numeric(coef(m)), se = as.numeric(SE(m)))
mean_of <- function(des) one(svymean(~y, des, na.rm = TRUE))
by_region <- function(des) {
  m <- svyby(~y, ~region, des, svymean, na.rm = TRUE)
  df <- sapply(sort(unique(des$variables$region)), function(r) degf(subset(des, region == r & !is.na(y))))
  list(estimate = unname(coef(m)), se = unname(SE(m)), df = df)
}
a <- read("2020H1"); b <- read("2021H1")
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")))

# Three kinds of design: strata without PSUs (apistrat), PSUs without strata (apiclus1), PSU numbers
# that start again in every stratum (nhanes).
a$number <- as.integer(factor(a$psu)) %% 4
out$strata_only <- by_region(svydesign(ids = ~1, strata = ~stratum, weights = ~base_weight, data = a))
out$psu_only <- by_region(svydesign(ids = ~psu, weights = ~base_weight, data = a))
out$nested <- by_region(svydesign(ids = ~number, strata = ~stratum, weights = ~base_weight, data = a, nest = TRUE))
srs <- svymean(~y, subset(svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = a), !is.na(y)), deff = "replace")
out$deff <- as.numeric(deff(srs))

# Lonely PSUs: all but one PSU of two strata are lost.
lost <- a$stratum %in% c("1-1", "4-2") & !(a$psu %in% c(1100, 4200))
for (policy in c("certainty", "adjust", "average")) {
  options(survey.lonely.psu = policy)
  out$lonely[[policy]] <- mean_of(svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = a[!lost, ]))
}
options(survey.lonely.psu = "fail")

# Calibration within bounds: weights of the first ten respondents and their sum.
d <- a
d$sex <- factor(ifelse(d$sex == 3, 2, d$sex)); d$age_group <- factor(d$age_group); d$residence <- factor(d$residence)
d$base_weight <- d$base_weight * 1e7 / sum(d$base_weight)
wanted <- c("(Intercept)" = 1e7, sex2 = 4.8e6, age_group2 = 3.5e6, age_group3 = 2.4e6, age_group4 = 1.5e6, residence2 = 3e6)
des <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = d)
for (bounds in list(c(0.4, 2.3), c(0.3, 3))) {
  cal <- calibrate(des, ~sex + age_group + residence, wanted, calfun = "logit", bounds = bounds, epsilon = 1e-13, maxit = 500)
  w <- weights(cal)
  out$logit[[length(out$logit) + 1]] <- list(bounds = bounds, first = unname(w[1:10]),
    ratio = range(w / d$base_weight), deff_kish = length(w) * sum(w^2) / sum(w)^2)
}

# Change between waves that share every PSU: the shared PSUs of both waves, stacked, by wave.
shared <- intersect(unique(a$psu), unique(b$psu))
both <- rbind(cbind(a[a$psu %in% shared, names(b)], wave = 1), cbind(b[b$psu %in% shared, ], wave = 2))
stacked <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = both)
m <- svyby(~y, ~wave, answered(stacked), svymean, covmat = TRUE)
out$change_full <- one(svycontrast(m, c(-1, 1)))
# ... that share none: two designs side by side, PSUs and strata made unique by wave.
apart <- rbind(cbind(a[, names(b)], wave = 1), cbind(b, wave = 2))
apart$psu <- paste(apart$wave, apart$psu); apart$stratum <- paste(apart$wave, apart$stratum)
side <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = apart)
m <- svyby(~y, ~wave, answered(side), svymean, covmat = TRUE)
out$change_none <- c(one(svycontrast(m, c(-1, 1))), df = degf(side))
# Gap of two groups of one wave.
m <- svyby(~y, ~residence, answered(svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = a)), svymean, covmat = TRUE)
out$gap_residence <- one(svycontrast(m, c(1, -1)))
m <- svyby(~y, ~sex, answered(svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = a)), svymean, covmat = TRUE)
out$gap_sex <- one(svycontrast(m, c(1, -1, 0)))
write_json(out, "tests/golden/design.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
