# Change between two waves that share all, some or none of their units, by R's survey package and,
# where it has no function, by sums written out over strata.
# Run from the project's root: Rscript tests/golden/change.R
# Reads tests/data/twin/*.csv and tests/data/change/*.csv, writes tests/golden/change.json.
suppressMessages({library(survey); library(jsonlite)})
options(survey.lonely.psu = "fail")
out <- list(r = R.version.string, survey = as.character(packageVersion("survey")))
one <- function(m) list(estimate = as.numeric(coef(m)), se = as.numeric(SE(m)))

# ---- The twin's shared PSUs, stacked: what svyby(covmat = TRUE) and svycontrast give. ----------
twin <- function(name) {
  d <- read.csv(file.path("tests/data/twin", paste0(name, ".csv")), colClasses = c(respondent = "character"))
  d$stratum <- paste0(d$region, "-", d$residence)
  d$y <- ifelse(d$score %in% 0:10, d$score, NA)
  d
}
a <- twin("2020H1"); b <- twin("2021H1")
shared <- intersect(unique(a$psu), unique(b$psu))
both <- rbind(cbind(a[a$psu %in% shared, names(b)], wave = 1), cbind(b[b$psu %in% shared, ], wave = 2))
stacked <- svydesign(ids = ~psu, strata = ~stratum, weights = ~base_weight, data = both)
contrast <- function(formula, des, weights = c(-1, 1)) {
  m <- svyby(formula, ~wave, des, svymean, covmat = TRUE)
  one(svycontrast(m, weights))
}
out$twin_mean <- contrast(~y, subset(stacked, !is.na(y)))
out$twin_urban <- contrast(~y, subset(stacked, !is.na(y) & residence == 1))
# Multiple response, base all who were asked: a share of every option.
out$twin_multi <- lapply(1:5, function(k) {
  option <- paste0("issues__", k)
  contrast(as.formula(paste0("~", option)), subset(stacked, !is.na(issues__1)))
})

# ---- The panel: each wave's contributions centred in its own strata, products of shared units. --
panel <- function(name) read.csv(file.path("tests/data/change", paste0(name, ".csv")))
old <- panel("old"); new <- panel("new")
linear <- function(d, y, w = d$w) {  # w (y - mean) / sum(w), 0 where y is missing
  known <- !is.na(y)
  m <- sum(w[known] * y[known]) / sum(w[known])
  list(mean = m, z = ifelse(known, w * (y - m) / sum(w[known]), 0))
}
totals <- function(z, unit, stratum) {
  t <- aggregate(list(z = z), list(unit = unit, stratum = stratum), sum)
  size <- table(t$stratum)
  t$n <- as.numeric(size[t$stratum])
  t$centred <- t$z - ave(t$z, t$stratum)
  t
}
variance <- function(t) sum(t$n / (t$n - 1) * t$centred^2)
covariance <- function(t1, t2) {  # sum over strata of c (sum over shared units of products)
  m <- merge(t1, t2, by = "unit")
  total <- 0
  for (h in unique(m$stratum.x)) {
    part <- m[m$stratum.x == h, ]
    stopifnot(all(part$stratum.y == h))
    k <- nrow(part); n1 <- part$n.x[1]; n2 <- part$n.y[1]
    total <- total + sum(part$centred.x * part$centred.y) / (1 - 1 / n1 - 1 / n2 + k / (n1 * n2))
  }
  total
}
change <- function(l1, l2, u1, u2, s1 = old$stratum, s2 = new$stratum) {
  t1 <- totals(l1$z, u1, s1); t2 <- totals(l2$z, u2, s2)
  list(estimate = l2$mean - l1$mean, se = sqrt(variance(t1) + variance(t2) - 2 * covariance(t1, t2)))
}
apart <- function(u, mark) paste(mark, u)
quantities <- list(
  mean = list(old$y, new$y),
  share_a = list(as.numeric(old$x == "a"), as.numeric(new$x == "a")),
  multi_2 = list(old$q_2, new$q_2))
for (name in names(quantities)) {
  l1 <- linear(old, quantities[[name]][[1]]); l2 <- linear(new, quantities[[name]][[2]])
  out$panel_none[[name]] <- change(l1, l2, apart(old$psu, 1), apart(new$psu, 2))
  out$panel_psu[[name]] <- change(l1, l2, old$psu, new$psu)
  out$panel_persons[[name]] <- change(l1, l2, old$id, new$id)
}
# The same independent samples by svydesign, to hold the sums above against the package.
side <- rbind(
  data.frame(old[c("stratum", "psu", "w", "y")], wave = 1), data.frame(new[c("stratum", "psu", "w", "y")], wave = 2))
side$stratum <- paste(side$wave, side$stratum); side$psu <- paste(side$wave, side$psu)
des <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = side)
check <- contrast(~y, subset(des, !is.na(y)))
stopifnot(abs(check$se - out$panel_none$mean$se) < 1e-12)
out$panel_none$mean$df <- degf(des)

# Respondents who are PSUs: nobody, half and everybody in both waves.
ids <- sort(intersect(old$id, new$id))
half <- ids[seq(1, length(ids), 2)]; rest <- ids[seq(2, length(ids), 2)]
o1 <- old[old$id %in% ids, ]; n1 <- new[new$id %in% ids, ]
everybody <- rbind(
  data.frame(o1[c("id", "stratum", "w", "y")], wave = 1), data.frame(n1[c("id", "stratum", "w", "y")], wave = 2))
des <- svydesign(ids = ~id, strata = ~stratum, weights = ~w, data = everybody)
out$persons_100 <- contrast(~y, subset(des, !is.na(y)))
some <- function(keep1, keep2) {
  o <- old[old$id %in% keep1, ]; n <- new[new$id %in% keep2, ]
  change(linear(o, o$y), linear(n, n$y), o$id, n$id, o$stratum, n$stratum)
}
out$persons_50 <- some(ids, c(half, setdiff(new$id, ids)))
out$persons_0 <- some(ids, setdiff(new$id, ids))

# Respondents shared, clusters drawn anew: pairs of (PSU before, cluster now) with shared people.
l1 <- linear(old, old$y); l2 <- linear(new, new$y)
t1 <- totals(l1$z, old$psu, old$stratum); t2 <- totals(l2$z, new$cluster, new$stratum)
old$e <- l1$z - ave(l1$z, old$stratum); new$e <- l2$z - ave(l2$z, new$stratum)
m <- merge(old[c("id", "stratum", "psu", "e")], new[c("id", "stratum", "cluster", "e")], by = "id")
total <- 0
for (h in unique(m$stratum.x)) {
  part <- m[m$stratum.x == h, ]
  cells <- split(part, paste(part$psu, part$cluster))
  size <- vapply(cells, nrow, 0); n1 <- sum(old$stratum == h); n2 <- sum(new$stratum == h)
  left <- sum(size * (1 - size / n1 - size / n2)) / sum(size) + sum(size^2) / (n1 * n2)
  total <- total + sum(vapply(cells, function(p) sum(p$e.x) * sum(p$e.y), 0)) / left
}
out$panel_clusters <- list(estimate = l2$mean - l1$mean, se = sqrt(variance(t1) + variance(t2) - 2 * total))

# Both waves raked to sex and age; residuals of the linearised values, weighted with final weights.
population <- list(data.frame(sex = 1:2, Freq = c(4800, 5200)), data.frame(age = 1:3, Freq = c(3000, 4000, 3000)))
raked <- function(d) {
  des <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = d)
  w <- weights(rake(des, list(~sex, ~age), population, control = list(maxit = 2000, epsilon = 1e-13)))
  l <- linear(d, d$y, w)
  X <- model.matrix(~factor(sex) + factor(age), d)
  l$z <- w * lm.wfit(X, l$z / w, w)$residuals
  l$w <- w
  l
}
r1 <- raked(old); r2 <- raked(new)
out$raked_psu <- change(r1, r2, old$psu, new$psu)
out$raked_none <- change(r1, r2, apart(old$psu, 1), apart(new$psu, 2))
out$raked_persons <- change(r1, r2, old$id, new$id)
out$raked_weights <- list(old = r1$w[1:5], new = r2$w[1:5])
# All PSUs shared and both waves raked: residuals stacked, their difference as one total.
keep <- intersect(unique(old$psu), unique(new$psu))
keep <- keep[substr(keep, 1, 1) != "e"]  # stratum e shares one PSU
o <- old[old$psu %in% keep, ]; n <- new[new$psu %in% keep, ]
s1 <- raked(o); s2 <- raked(n)
z <- data.frame(psu = c(o$psu, n$psu), stratum = c(o$stratum, n$stratum), d = c(-s1$z, s2$z))
total <- svytotal(~d, svydesign(ids = ~psu, strata = ~stratum, weights = ~1, data = z))
out$raked_full <- list(estimate = s2$mean - s1$mean, se = as.numeric(SE(total)))

# Panelists with their weight for both waves: flows and the mean of their own changes.
p <- merge(old[c("id", "x", "y")], new[c("id", "stratum", "psu", "x", "y", "both_weight")], by = "id")
p$flow <- factor(paste0(p$x.x, ">", p$x.y)); p$d <- p$y.y - p$y.x
options(survey.lonely.psu = "adjust")
des <- svydesign(ids = ~psu, strata = ~stratum, weights = ~both_weight, data = p)
flows <- svymean(~flow, des)
out$flows <- c(list(flow = levels(p$flow)), one(flows))
stay <- svyby(~I(x.y == "b"), ~x.x, des, svymean)
out$stays_b <- list(estimate = coef(stay)[["b:I(x.y == \"b\")TRUE"]], se = as.numeric(SE(stay)[2, 2]))
out$panelists_mean <- one(svymean(~d, subset(des, !is.na(d))))
options(survey.lonely.psu = "fail")

# Trends over four waves of the same PSUs (the panel's two, each cut in two): contrasts of a mean.
full <- rbind(
  data.frame(old[c("stratum", "psu", "w", "y", "sex")], wave = ifelse(old$sex == 1, 1, 2)),
  data.frame(new[c("stratum", "psu", "w", "y", "sex")], wave = ifelse(new$sex == 1, 3, 4)))
full <- full[!is.na(full$y) & full$psu %in% keep, ]
des <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = full)
m <- svyby(~y, ~wave, des, svymean, covmat = TRUE)
years <- c(0, 1, 2.5, 6)
poly <- contr.poly(4, scores = years)
out$trend <- list(
  estimate = as.numeric(coef(m)), covariance = as.matrix(vcov(m)), years = years, df = degf(des),
  polynomial = lapply(1:3, function(k) one(svycontrast(m, poly[, k]))))
V <- vcov(m); X <- cbind(1, years); W <- solve(V)
bread <- solve(t(X) %*% W %*% X)
out$trend$slope <- list(estimate = as.numeric((bread %*% t(X) %*% W %*% coef(m))[2]), se = sqrt(bread[2, 2]))
# No change at all: the joint test of regTermTest on the model with a mean for every wave.
fit <- svyglm(y ~ factor(wave), des)
test <- regTermTest(fit, ~factor(wave), df = degf(des))
b <- coef(fit)[-1]
out$trend$wald <- list(chi2 = as.numeric(t(b) %*% solve(vcov(fit)[-1, -1]) %*% b), f_plain = as.numeric(test$Ftest))

# Kitagawa's split by age of the change between the waves of all shared PSUs.
of <- rbind(data.frame(o[c("stratum", "psu", "w", "y", "age")], wave = 1), data.frame(n[c("stratum", "psu", "w", "y", "age")], wave = 2))
of <- of[!is.na(of$y), ]
z <- list(); p <- m <- list()
for (t in 1:2) {
  now <- of$wave == t; W <- sum(of$w[now])
  p[[t]] <- sapply(1:3, function(g) sum(of$w[now & of$age == g]) / W)
  m[[t]] <- sapply(1:3, function(g) sum((of$w * of$y)[now & of$age == g]) / sum(of$w[now & of$age == g]))
  for (g in 1:3) {
    z[[paste0("p", t, g)]] <- ifelse(now, ((of$age == g) - p[[t]][g]) / W, 0)
    z[[paste0("m", t, g)]] <- ifelse(now & of$age == g, (of$y - m[[t]][g]) / sum(of$w[now & of$age == g]), 0)
  }
}
of <- cbind(of, as.data.frame(z))
mid <- function(v) (v[[1]] + v[[2]]) / 2
of$composition <- 0; of$within <- 0
for (g in 1:3) {
  dp <- of[[paste0("p2", g)]] - of[[paste0("p1", g)]]; dm <- of[[paste0("m2", g)]] - of[[paste0("m1", g)]]
  pp <- of[[paste0("p2", g)]] + of[[paste0("p1", g)]]; mm <- of[[paste0("m2", g)]] + of[[paste0("m1", g)]]
  of$composition <- of$composition + dp * mid(m)[g] + (p[[2]] - p[[1]])[g] * mm / 2
  of$within <- of$within + dm * mid(p)[g] + (m[[2]] - m[[1]])[g] * pp / 2
}
des <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = of)
errors <- SE(svytotal(~composition + within, des))
out$kitagawa <- list(
  composition = list(estimate = sum((p[[2]] - p[[1]]) * mid(m)), se = as.numeric(errors[1])),
  within = list(estimate = sum((m[[2]] - m[[1]]) * mid(p)), se = as.numeric(errors[2])))

# The same schools in two years: two stages with population sizes, and one stage in strata.
clus <- read.csv("tests/data/parity/apiclus2.csv"); strat <- read.csv("tests/data/parity/apistrat.csv")
two <- svydesign(ids = ~dnum + snum, fpc = ~fpc1 + fpc2, weights = ~pw, data = clus)
flat <- svydesign(ids = ~snum, strata = ~stype, fpc = ~fpc, weights = ~pw, data = strat)
years <- function(des) c(one(svycontrast(svymean(~api99 + api00, des), c(-1, 1))), df = degf(des))
out$schools_two_stages <- years(two)
out$schools_in_strata <- years(flat)

write_json(out, "tests/golden/change.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
