# Alpha and omega, with errors, on the grid by R's survey package (and psych's minres for omega).
# Run from the project's root: Rscript tests/golden/reliability.R
# Reads tests/data/reliability/grid.csv (made by make_grid.py), writes tests/golden/reliability.json.
suppressMessages({library(survey); library(jsonlite); library(psych)})
d <- read.csv("tests/data/reliability/grid.csv")
d$item3 <- 6 - d$item3  # worded the other way
items <- paste0("item", 1:4)
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d)
full <- subset(design, complete.cases(d[items]))
form <- reformulate(items)
alpha_of <- function(S) nrow(S) / (nrow(S) - 1) * (1 - sum(diag(S)) / sum(S))
# One factor by least squares on the off-diagonal covariances, of the correlation matrix.
loadings_of <- function(S) {
  s <- sqrt(diag(S)); R <- S / s / rep(s, each = length(s))
  miss <- function(l) { D <- R - tcrossprod(l); sum(D[lower.tri(D)]^2) }
  slope <- function(l) { D <- R - tcrossprod(l); diag(D) <- 0; -2 * as.numeric(D %*% l) }
  l <- rep(0.7, nrow(S))
  for (i in 1:5) l <- optim(l, miss, slope, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000))$par
  l * s
}
omega_of <- function(S) { l <- loadings_of(S); sum(l)^2 / (sum(l)^2 + sum(diag(S) - l^2)) }
gradient <- function(f, S) {
  p <- nrow(S); g <- matrix(0, p, p)
  for (i in 1:p) for (j in 1:i) {
    move <- function(h) { T <- S; T[i, j] <- T[i, j] + h; if (i != j) T[j, i] <- T[j, i] + h; f(T) }
    h <- 1e-3; a <- (move(h) - move(-h)) / (2 * h); b <- (move(h / 2) - move(-h / 2)) / h
    g[i, j] <- (4 * b - a) / 3
  }
  g
}
taylor <- function(f) {
  v <- svyvar(form, full); S <- matrix(as.numeric(v), 4)
  S <- as.matrix(v)[items, items]; V <- attr(v, "var")
  g <- gradient(f, S); flat <- numeric(16)
  for (i in 1:4) for (j in 1:i) flat[(j - 1) * 4 + i] <- g[i, j]
  list(estimate = f(S), se = sqrt(as.numeric(t(flat) %*% V %*% flat)))
}
jk <- as.svrepdesign(full, type = "JKn", mse = TRUE)
x <- as.matrix(d[complete.cases(d[items]), items])
cov_w <- function(w) { m <- colSums(w * x) / sum(w); n <- sum(w != 0)
  crossprod(sweep(x, 2, m) * sqrt(w / sum(w))) }
jkn <- function(f) { r <- withReplicates(jk, function(w, data) f(cov_w(w)))
  list(estimate = as.numeric(coef(r)), se = as.numeric(SE(r))) }
index <- function(drop) {
  s <- (as.matrix(d[items]) - 1) / 4 * 10
  v <- if (drop) rowMeans(s) else ifelse(rowSums(!is.na(s)) >= 2, rowMeans(s, na.rm = TRUE), NA)
  m <- svymean(~v, update(design, v = v), na.rm = TRUE)
  list(estimate = as.numeric(coef(m)), se = as.numeric(SE(m)))
}
S <- as.matrix(svyvar(form, full))[items, items]
fa1 <- suppressWarnings(fa(cov2cor(S), nfactors = 1, fm = "minres"))
write_json(list(r = R.version.string, survey = as.character(packageVersion("survey")),
                psych = as.character(packageVersion("psych")), n = nrow(x),
                svycralpha = as.numeric(svycralpha(form, full)),
                psych_loadings = abs(as.numeric(fa1$loadings)), loadings = loadings_of(cov2cor(S)),
                taylor = list(alpha = taylor(alpha_of), omega = taylor(omega_of)),
                jkn = list(alpha = jkn(alpha_of), omega = jkn(omega_of)),
                index = list(complete = index(TRUE), person_mean = index(FALSE))),
           "tests/golden/reliability.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
