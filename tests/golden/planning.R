# Sample planning by R: power and size for shares, domain bases, best splits by trying them all.
# Run from the project's root: Rscript tests/golden/planning.R
# Writes tests/golden/planning.json.
suppressMessages(library(jsonlite))
pairs <- list(c(.50, .55), c(.02, .04), c(.30, .27), c(.90, .85))
shares <- lapply(pairs, function(p) {
  tight <- function(...) power.prop.test(p1 = p[1], p2 = p[2], ..., tol = 1e-14)
  list(old = p[1], new = p[2],
       n80 = tight(power = .8)$n, n95 = tight(power = .95, sig.level = .01)$n,
       power1500 = tight(n = 1500)$power,
       power1500_both = tight(n = 1500, strict = TRUE)$power,
       power700 = tight(n = 700, sig.level = .1)$power)
})
domains <- lapply(list(c(100, .05, .9), c(30, .5, .95), c(400, .013, .8), c(1, .001, .99)), function(x) {
  n <- x[1]
  while (pbinom(x[1] - 1, n, x[2], lower.tail = FALSE) < x[3]) n <- n + 1
  list(least = x[1], share = x[2], assurance = x[3], n = n)
})
# Every split of n over strata within bounds; the one with the smallest variance of the total.
cases <- list(
  list(n = 17, N = c(40, 25, 9), S = c(1, 3.5, 2)),
  list(n = 20, N = c(6, 50, 30), S = c(9, 1, 1.5)),
  list(n = 13, N = c(3, 8, 5, 12), S = c(0.5, 2, 8, 1)),
  list(n = 9, N = c(100, 100, 100, 1), S = c(5, 0.1, 0.1, 50)))
splits <- lapply(cases, function(x) {
  low <- pmin(2, x$N)
  all <- expand.grid(Map(function(a, b) a:min(b, x$n), low, x$N))
  all <- all[rowSums(all) == x$n, , drop = FALSE]
  v <- apply(all, 1, function(k) sum(x$N^2 * x$S^2 * (1 / k - 1 / x$N)))
  c(x, list(best = min(v), split = as.integer(all[which.min(v), ])))
})
# Fewest respondents that meet a standard error in both provinces and together: all splits tried.
few <- list(N = c(30, 20, 14, 9), S = c(4, 2, 5, 1), province = c("a", "a", "b", "b"),
            province_se = 1.5, national_se = .8)
all <- as.matrix(expand.grid(lapply(few$N, function(N) 2:N)))
v <- sweep(sweep(1 / all, 2, 1 / few$N), 2, few$N^2 * few$S^2, "*")
a <- sqrt(rowSums(v[, 1:2])) / 50; b <- sqrt(rowSums(v[, 3:4])) / 23; both <- sqrt(rowSums(v)) / 73
few$n <- min(rowSums(all)[a <= few$province_se & b <= few$province_se & both <= few$national_se])
few$n_provinces <- min(rowSums(all)[a <= few$province_se & b <= few$province_se])
sizes <- list(
  mean = list(half_width = .1, sd = 2, deff = 1.5, level = .9, N = 5000,
              n = { A <- 1.5 * (qnorm(.95) * 2 / .1)^2; A / (1 + A / 5000) }),
  share = list(half_width = .03, share = .2, N = 900,
               n = { n0 <- qnorm(.975)^2 * .16 / .03^2; n0 / (1 + (n0 - 1) / 900) }))
write_json(list(r = R.version.string, shares = shares, domains = domains, splits = splits,
                smallest = few, sizes = sizes),
           "tests/golden/planning.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
