# Means, domains and raked estimates on survey files that may not be shipped, by R's survey package.
# Run from the project's root, with ../shared/data beside it: Rscript tests/golden/shared_samples.R
# Writes tests/golden/shared_samples.json; tests/shared reads it where the files are.
suppressMessages({library(survey); library(jsonlite)})
folder <- "../shared/data/design"
read <- function(name) read.csv(file.path(folder, name))
one <- function(m, df = NULL) c(list(estimate = unname(coef(m)), se = unname(as.numeric(SE(m)))), if (!is.null(df)) list(df = df))
final_se <- function(y, formula, d, w, ids, strata) {
  z <- (y - sum(w * y) / sum(w)) / sum(w)
  d$e <- lm.wfit(model.matrix(formula, d), z, w)$residuals
  as.numeric(SE(svytotal(~e, svydesign(ids = ids, strata = strata, weights = w, data = d, nest = TRUE))))
}
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")))

api <- read("apistrat.csv")
strat <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, data = api)
out$apistrat <- c(one(svymean(~api00, strat), degf(strat)), list(deff = as.numeric(deff(svymean(~api00, strat, deff = "replace")))))
out$apistrat_by_type <- one(svyby(~api00, ~stype, strat, svymean))

clus <- read("apiclus1.csv")
des <- svydesign(ids = ~dnum, weights = ~pw, data = clus)
out$apiclus1 <- one(svymean(~api00, des), degf(des))
out$apiclus1_shares <- one(svymean(~stype, des))
pop <- list(data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018)),
            data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122)))
raked <- rake(des, list(~stype, ~sch.wide), pop, control = list(maxit = 500, epsilon = 1e-13))
base <- calibrate(des, ~stype + sch.wide, c(6194, 755, 1018, 5122), calfun = "raking", epsilon = 1e-13, maxit = 500)
out$apiclus1_raked <- c(one(svymean(~api00, raked)), list(
  se_base = as.numeric(SE(svymean(~api00, base))),
  se_final = final_se(clus$api00, ~stype + sch.wide, clus, weights(raked), ~dnum, NULL)))
high <- as.numeric(clus$api00 > 650)
ci <- svyciprop(~I(api00 > 650), des, method = "logit", df = degf(des))
out$apiclus1_share_over_650 <- list(estimate = as.numeric(ci), ci = unname(as.numeric(attr(ci, "ci"))))

n <- read("nhanes_r_survey.csv.gz")
nh <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = n)
m <- svyby(~HI_CHOL, ~race + RIAGENDR, subset(nh, !is.na(HI_CHOL)), svymean)
out$nhanes_domains <- c(list(race = m$race, sex = m$RIAGENDR), one(m))
out$nhanes <- one(svymean(~HI_CHOL, nh, na.rm = TRUE), degf(subset(nh, !is.na(HI_CHOL))))
k <- n[!is.na(n$HI_CHOL), ]
k$race <- factor(k$race); k$sex <- factor(k$RIAGENDR); k$age <- factor(k$agecat)
total <- sum(k$WTMEC2YR)
share <- list(race = c(.25, .45, .2, .1), sex = c(.6, .4), age = NULL)
share$age <- rev(seq_along(levels(k$age))) / sum(seq_along(levels(k$age)))
pop <- lapply(c("race", "sex", "age"), function(v) setNames(data.frame(levels(k[[v]]), share[[v]] * total), c(v, "Freq")))
kd <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = k)
raked <- rake(kd, list(~race, ~sex, ~age), pop, control = list(maxit = 2000, epsilon = 1e-13))
wanted <- c(total, unlist(lapply(pop, function(p) p$Freq[-1])))
base <- calibrate(kd, ~race + sex + age, wanted, calfun = "raking", epsilon = 1e-13, maxit = 500)
out$nhanes_raked <- c(one(svymean(~HI_CHOL, raked)), list(
  levels = levels(k$age), targets = lapply(pop, function(p) p$Freq),
  se_base = as.numeric(SE(svymean(~HI_CHOL, base))),
  se_final = final_se(k$HI_CHOL, ~race + sex + age, k, weights(raked), ~SDMVPSU, ~SDMVSTRA)))

e <- read("ess4_gb.csv")
items <- c("gvjbevn", "gvhlthc", "gvslvol")
out$ess4_gb <- lapply(setNames(items, items), function(v) {
  keep <- !is.na(e[[v]])
  des <- svydesign(ids = ~psu, strata = ~stratval, weights = ~dweight, data = e)
  options(survey.lonely.psu = "adjust")
  one(svymean(as.formula(paste0("~", v)), des, na.rm = TRUE), degf(subset(des, keep)))
})
write_json(out, "tests/golden/shared_samples.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
