# Replicates made by R's survey package: JK1, JKn, BRR and Fay, estimates with their errors.
# Run from the project's root: Rscript tests/golden/replicates.R
# Reads tests/data/twin/2020H1.csv, writes tests/golden/replicates.json.
suppressMessages({library(survey); library(jsonlite)})
d <- read.csv("tests/data/twin/2020H1.csv", colClasses = c(respondent = "character"))
d <- d[d$score %in% 0:10, ]
d$stratum <- paste0(d$region, "-", d$residence)
d$issue <- ifelse(d$issues__1 %in% 1, 1, 0)
d$N <- 9  # PSUs of every stratum in the population, 4 of them sampled
estimates <- function(rep) {
  one <- function(m) list(estimate = as.numeric(coef(m)), se = as.numeric(SE(m)))
  list(total = one(svytotal(~score, rep)), mean = one(svymean(~score, rep)),
       ratio = one(svyratio(~issue, ~score, rep)),
       domain = one(svymean(~score, subset(rep, sex == 1))),
       replicates = ncol(rep$repweights), df = degf(rep))
}
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")))
plain <- svydesign(ids = ~psu, weights = ~base_weight, data = d)
strata <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = d)
finite <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, fpc = ~N, data = d)
out$jk1 <- estimates(as.svrepdesign(plain, type = "JK1"))
out$jk1_mse <- estimates(as.svrepdesign(plain, type = "JK1", mse = TRUE))
out$jkn <- estimates(as.svrepdesign(strata, type = "JKn"))
out$jkn_mse <- estimates(as.svrepdesign(strata, type = "JKn", mse = TRUE))
out$jkn_fpc <- estimates(as.svrepdesign(finite, type = "JKn"))

# Two PSUs per stratum: the first two in the order of their labels, rows in that order. R would
# use a Hadamard matrix of its own; Sylvester's of order 16 makes every replicate comparable.
first_two <- unlist(lapply(split(d$psu, d$stratum), function(p) head(sort(unique(p)), 2)))
half <- d[d$psu %in% first_two, ]
half <- half[order(half$stratum, half$psu), ]
two <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = half)
H <- matrix(1)
for (i in 1:4) H <- rbind(cbind(H, H), cbind(H, -H))
out$brr <- estimates(as.svrepdesign(two, type = "BRR", hadamard.matrix = H))
out$fay <- estimates(as.svrepdesign(two, type = "Fay", fay.rho = 0.3, hadamard.matrix = H))
write_json(out, "tests/golden/replicates.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
