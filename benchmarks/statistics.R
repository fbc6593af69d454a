# The tasks of benchmarks/statistics.py in R survey, on the same columns.
# Run by benchmarks/peers.py: Rscript benchmarks/statistics.R FOLDER N TASKS(comma-separated)
# Reads FOLDER/<column>.bin (8-byte floats) and FOLDER/margins.csv, writes seconds as JSON to stdout.
suppressMessages({library(survey); library(jsonlite)})
args <- commandArgs(TRUE)
folder <- args[1]; n <- as.integer(args[2]); tasks <- strsplit(args[3], ",")[[1]]
options(survey.lonely.psu = "fail")
column <- function(name) readBin(file.path(folder, paste0(name, ".bin")), "double", n)
margins <- read.csv(file.path(folder, "margins.csv"))
names_of <- unique(margins$margin)
items <- c("score", paste0("issue", 1:8))
d <- as.data.frame(sapply(c("psu", "stratum", "weight", names_of, items), column, simplify = FALSE))
for (m in names_of) d[[m]] <- factor(d[[m]])
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d)
targets <- lapply(names_of, function(m) {
  part <- margins[margins$margin == m, ]
  setNames(data.frame(factor(part$level, levels = levels(d[[m]])), part$count), c(m, "Freq"))
})
formulas <- lapply(names_of, function(m) as.formula(paste("~", m)))
all_items <- as.formula(paste("~", paste(items, collapse = "+")))
estimates <- function(x) list(svymean(all_items, x), svyby(all_items, ~province, x, svymean))
raked <- function(x) rake(x, formulas, targets, control = list(maxit = 200, epsilon = 1e-10, verbose = FALSE))
timed <- function(work) { begin <- proc.time(); work(); s <- proc.time() - begin; c(s[["elapsed"]], s[["user.self"]] + s[["sys.self"]]) }
out <- list()
if ("rake" %in% tasks) out[["rake"]] <- timed(function() raked(design))
if ("linearised" %in% tasks) out[["linearised"]] <- timed(function() estimates(design))
if ("linearised (raked)" %in% tasks)
  out[["linearised (raked)"]] <- timed(function() estimates(raked(design)))
if ("bootstrap" %in% tasks) out[["bootstrap"]] <- timed(function() estimates(
  as.svrepdesign(design, type = "subbootstrap", replicates = 200)))
if ("re-rake" %in% tasks) out[["re-rake"]] <- timed(function() estimates(raked(
  as.svrepdesign(design, type = "subbootstrap", replicates = 200))))
cat(toJSON(list(version = paste(R.version$major, R.version$minor, sep = "."),
  survey = as.character(packageVersion("survey")), seconds = out), auto_unbox = TRUE, digits = 6))
