# Tests and models on survey files that may not be shipped, by R's survey package.
# Run from the project's root, with ../shared/data beside it: Rscript tests/golden/models_shared.R
# Writes tests/golden/models_shared.json; tests/shared/test_models_shared.py reads it where the files are.
suppressMessages({library(survey); library(jsonlite)})
read <- function(name) read.csv(file.path("../shared/data/design", name))
strat <- read("apistrat.csv"); clus1 <- read("apiclus1.csv"); clus2 <- read("apiclus2.csv")
nhanes <- read("nhanes_r_survey.csv.gz"); recs <- read("recs2015_brr.csv.gz")
for (n in c("strat", "clus1", "clus2")) assign(n, transform(get(n), wide = as.numeric(sch.wide == "Yes")))
designs <- list(
  apistrat = svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
  apiclus1 = svydesign(ids = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1),
  apiclus2 = svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, data = clus2))
high_cholesterol <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)
fay <- svrepdesign(weights = ~NWEIGHT, repweights = "BRRWT[0-9]+", type = "Fay", rho = 0.5, mse = TRUE, data = recs)

tight <- glm.control(epsilon = 1e-14, maxit = 100)
model <- function(formula, design, family = gaussian(), terms = NULL) {
  m <- suppressWarnings(svyglm(formula, design = design, family = family, control = tight))
  out <- list(names = names(coef(m)), estimate = unname(coef(m)), se = unname(SE(m)), df = m$df.residual)
  if (!is.null(terms)) {
    t <- regTermTest(m, terms)
    out$wald <- list(F = as.numeric(t$Ftest), df = t$df, ddf = t$ddf, p = as.numeric(t$p))
  }
  out
}
table_test <- function(t) list(statistic = as.numeric(t$statistic), df = unname(t$parameter), p = as.numeric(t$p.value))
t_test <- function(t) list(statistic = unname(t$statistic), df = unname(t$parameter), p = unname(t$p.value), estimate = unname(t$estimate))
all_chisq <- function(f, d) lapply(c(F = "F", Chisq = "Chisq", Wald = "Wald", adjWald = "adjWald"), function(s) table_test(svychisq(f, d, statistic = s)))
out <- lapply(designs, function(d) list(
  api00 = model(api00 ~ ell + meals + mobility, d, terms = ~ell + mobility),
  wide = model(wide ~ ell + meals + mobility, d, quasibinomial(), ~ell + mobility),
  wide_by_type = model(wide ~ stype + meals, subset(d, meals > 20), binomial(), ~stype),
  students = model(api.stu ~ stype + meals, d, quasipoisson(), ~stype),
  one = t_test(svyttest(growth ~ 0, d, na.rm = TRUE)),
  ttest = t_test(svyttest(enroll ~ comp.imp, d)),
  chisq = all_chisq(~sch.wide + stype, d),
  wilcoxon = t_test(svyranktest(ell ~ comp.imp, d)),
  vanderWaerden = t_test(svyranktest(ell ~ comp.imp, d, test = "vanderWaerden")),
  median = t_test(svyranktest(ell ~ comp.imp, d, test = "median")),
  groups = {t <- svyranktest(ell ~ stype, d, test = "KruskalWallis")
            list(F = as.numeric(t$parameter / t$statistic), df = t$statistic, ddf = t$ddf, p = as.numeric(t$p.value))}))
out$nhanes <- list(
  cholesterol = model(HI_CHOL ~ factor(race) + agecat + RIAGENDR, high_cholesterol, quasibinomial(), ~agecat),
  of_women = model(HI_CHOL ~ agecat, subset(high_cholesterol, RIAGENDR == 2), quasibinomial(), ~agecat),
  chisq = all_chisq(~HI_CHOL + RIAGENDR, high_cholesterol),
  by_race = all_chisq(~HI_CHOL + race, subset(high_cholesterol, !is.na(HI_CHOL))))
out$recs <- list(
  warm = model(WinterTempDay ~ Region + TOTSQFT_EN, fay, terms = ~Region),
  cooled = model(ACUsed ~ Region + Urbanicity, fay, quasibinomial(), ~Region),
  rural = model(WinterTempDay ~ Region, subset(fay, Urbanicity == "Rural"), terms = ~Region),
  ttest = t_test(svyttest(WinterTempDay ~ ACUsed, fay)),
  chisq = all_chisq(~ACUsed + Region, fay),
  wilcoxon = t_test(svyranktest(TOTSQFT_EN ~ ACUsed, fay)))
write_json(c(list(r = R.version.string, survey = as.character(packageVersion("survey"))), out),
           "tests/golden/models_shared.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
