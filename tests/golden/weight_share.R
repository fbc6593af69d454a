# Generalised weight share with stores as PSUs, for tests/unit/monitoring/test_weightshare.py.
# Run from the project's root: Rscript tests/golden/weight_share.R
suppressMessages({library(survey); library(jsonlite)})
scans <- read.csv("tests/data/monitoring/sampled_stores.csv", stringsAsFactors = FALSE)
scans$weight <- scans$store_weight / scans$stores_listing
scans$contacts <- as.numeric(grepl("read_contacts", scans$behaviours))
scans$imei <- as.numeric(grepl("read_imei|read_location", scans$behaviours))
design <- svydesign(ids = ~store, strata = ~store_stratum, fpc = ~stores_in_stratum,
                    weights = ~weight, data = scans)
heavy <- svydesign(ids = ~store, strata = ~store_stratum, fpc = ~stores_in_stratum,
                   weights = ~I(weight * installs), data = scans)
told <- function(x) list(estimate = unname(coef(x)), se = unname(as.numeric(SE(x))))
games <- subset(design, category == "games")
result <- list(
  version = as.character(packageVersion("survey")), r = R.version.string,
  contacts = told(svymean(~contacts, design)), imei = told(svymean(~imei, design)),
  contacts_games = told(svymean(~contacts, games)),
  contacts_installs = told(svymean(~contacts, heavy)),
  total = unname(coef(svytotal(~I(contacts >= 0), design))[2]), df = degf(design))
write(toJSON(result, digits = 15, auto_unbox = TRUE, pretty = TRUE),
      "tests/golden/weight_share.json")
