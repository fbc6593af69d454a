# Reading data sets and laying designs over them, as tests/parity/frames.py does in Python.
suppressMessages({library(survey); library(jsonlite)})
here <- "tests/golden/parity"
`%||%` <- function(a, b) if (is.null(a)) b else a

typed <- function(x, missing = NULL) {
  x <- trimws(x); x[x %in% c("", unlist(missing))] <- NA
  n <- suppressWarnings(as.numeric(x))
  if (all(is.na(n) == is.na(x))) n else x
}
words <- function(x) if (is.numeric(x)) formatC(x, format = "fg", digits = 15, width = 1) else x
rows_of <- function(d, expression) {
  e <- gsub("\\band\\b", "&", gsub("\\bor\\b", "|", expression))
  r <- eval(parse(text = e), d)
  !is.na(r) & r
}
derive <- function(d, s) {
  x <- if (is.character(s$of) && length(s$of) == 1) d[[s$of]] else NULL
  key <- function() paste(words(d[[s$of[[1]]]]), words(d[[s$of[[2]]]]), sep = "|")
  at <- function(keys, table) {
    v <- unlist(table)[keys]; as.numeric(unname(v))
  }
  switch(s$op,
    over = as.numeric(x > s$value),
    equals = as.numeric(x == s$value),
    blank = { x[seq_along(x) %% s$every == 0] <- NA; x },
    fill = { x[is.na(x)] <- s$value; x },
    linear = s$a + s$b * x,
    inverse = 1 / x,
    map = at(words(x), s$map),
    count = as.numeric(table(key())[key()]) * s$times,
    cells = { v <- at(key(), s$cells); ifelse(is.na(v), 0, v) },
    before = sub(paste0(s$mark, ".*"), "", x),
    row = as.numeric(seq_len(nrow(d))),
    stop(s$op))
}
load_data <- function(spec, folder, real) {
  path <- if (real && !is.null(spec$shared)) file.path(folder, spec$shared) else file.path("tests/data/parity", spec$shipped)
  raw <- read.csv(path, check.names = FALSE, colClasses = "character", na.strings = character(0))
  d <- as.data.frame(lapply(unlist(spec$columns), function(old) typed(raw[[old]], spec$missing)))
  names(d) <- names(spec$columns)
  for (s in spec$derive) d[[s$name]] <- derive(d, s)
  if (!is.null(spec$keep)) d <- d[rows_of(d, spec$keep), ]
  rownames(d) <- NULL
  d
}
ids_of <- function(columns) if (length(columns)) reformulate(unlist(columns)) else ~1

base_design <- function(g, d) {
  options(survey.lonely.psu = g$lonely)
  a <- list(ids = ids_of(g$psu), data = d, weights = reformulate(g$weight), nest = g$nested)
  if (length(g$strata)) a$strata <- reformulate(unlist(g$strata))
  if (length(g$fpc)) a$fpc <- reformulate(unlist(g$fpc))
  if (!is.null(g$pps)) { a$pps <- g$pps; a$weights <- NULL }
  do.call(svydesign, a)
}
multipliers <- function(design) as.matrix(design$repweights)

# Replicates: given in the data, made here, or made here and exported (bootstrap, BRR, Fay).
replicate_design <- function(g, d) {
  r <- g$replicates
  if (!is.null(r$columns)) {
    w <- as.matrix(d[unlist(r$columns)])
    return(svrepdesign(repweights = w, weights = d[[g$weight]], data = d, type = r$type,
                       rho = if (r$type == "Fay") r$rho else NULL, combined.weights = TRUE, mse = r$mse))
  }
  base <- base_design(g, d)
  set.seed(20240)
  kind <- c(jk1 = "JK1", jkn = "JKn", brr = "BRR", fay = "Fay", subbootstrap = "subbootstrap",
            mrbbootstrap = "mrbbootstrap")[[r$make]]
  a <- list(design = base, type = kind, mse = r$mse)
  if (!is.null(r$rho)) a$fay.rho <- r$rho
  if (!is.null(r$n)) a$replicates <- r$n
  do.call(as.svrepdesign, a)
}

aim <- function(cal, d) {
  margins <- names(cal$margins)
  for (m in margins) d[[paste0("f_", m)]] <- factor(words(d[[m]]), levels = names(cal$margins[[m]]))
  terms <- c(paste0("f_", margins), names(cal$numeric))
  formula <- reformulate(terms)
  mm <- model.matrix(formula, d)
  totals <- c(cal$count, unlist(lapply(margins, function(m) unlist(cal$margins[[m]])[-1])),
              unlist(cal$numeric))
  names(totals) <- colnames(mm)
  list(data = d, formula = formula, matrix = mm, totals = totals)
}
calibrated <- function(design, cal, d) {
  a <- aim(cal, d)
  for (n in setdiff(names(a$data), names(design$variables))) design$variables[[n]] <- a$data[[n]]
  calfun <- c(raking = "raking", linear = "linear", logit = "logit", poststratify = "raking")[[cal$method]]
  bounds <- if (is.null(cal$bounds)) c(-Inf, Inf) else unlist(cal$bounds)
  args <- list(design, a$formula, a$totals, calfun = calfun, bounds = bounds, epsilon = 1e-12, maxit = 500)
  if (inherits(design, "svyrep.design")) args$compress <- FALSE  # NA, the default, fails for some sets
  do.call(calibrate, args)
}
# One calibrated design under each treatment of residuals: the regression on the calibration
# variables is unweighted (R rake), base-weighted (R calibrate) or weighted with the final weights.
with_residuals <- function(design, cal, d, base) {
  mm <- aim(cal, d)$matrix
  w <- weights(design)
  v <- switch(base, final = sqrt(w), base = sqrt(attr(design, "base")), unweighted = rep(1, length(w)))
  one <- list(qr = qr(mm * v), w = w / v, stage = 0, index = NULL)
  class(one) <- "greg_calibration"
  design$postStrata <- list(one)
  design
}
