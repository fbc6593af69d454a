# Versions, unused permissions and change between two quarters under a sample of stores, for
# tests/unit/monitoring/test_sampled_change.py. Run from the project's root:
# Rscript tests/golden/weight_share_periods.R
suppressMessages({library(survey); library(jsonlite)})
scans <- read.csv("tests/data/monitoring/sampled_periods.csv", stringsAsFactors = FALSE,
                  colClasses = c(version = "character"))
scans$period <- ifelse(scans$scan_date < "2018-04-01", "first", "second")
stores <- c("store", "store_weight", "store_stratum", "stores_in_stratum")
designed <- function(links, weight)
  svydesign(ids = ~store, strata = ~store_stratum, fpc = ~stores_in_stratum, weights = weight,
            data = links)
told <- function(x, design)
  list(estimate = unname(coef(x)), se = unname(as.numeric(SE(x))), df = degf(design))
mean_of <- function(what, design) told(svymean(what, design), design)
reads <- function(x) as.numeric(grepl("read_contacts", x))

# versions: one link per app, version and store; weight over the stores that hold the version
held <- unique(scans[, c("app", "version", "behaviours", "category", "stores_holding", stores)])
held <- held[!duplicated(held[, c("app", "version", "store")]), ]
held$contacts <- reads(held$behaviours)
versions <- designed(held, held$store_weight / held$stores_holding)

# apps of the whole window, each in its newest version (behaviours are the same in every store)
newest <- aggregate(version ~ app, scans, max)
known <- unique(merge(scans, newest)[, c("app", "permissions", "behaviours")])
uses <- list(c("READ_CONTACTS", "read_contacts"), c("READ_PHONE_STATE", "read_imei"),
             c("ACCESS_FINE_LOCATION", "read_location"))
known$asked <- known$idle <- 0
for (use in uses) {
  asks <- grepl(use[1], known$permissions)
  known$asked <- known$asked + asks
  known$idle <- known$idle + (asks & !grepl(use[2], known$behaviours))
}
listing <- aggregate(stores_listing ~ app, scans, max)
offers <- merge(merge(unique(scans[, c("app", stores)]), known), listing)
apps <- designed(offers, offers$store_weight / offers$stores_listing)
rate <- svyratio(~idle, ~asked, apps)

# apps by quarter: newest version of the quarter, category of the later quarter in both
newest <- aggregate(version ~ app + period, scans, max)
known <- merge(scans, newest)
known$contacts <- reads(known$behaviours)
known <- unique(known[, c("app", "period", "contacts")])
kinds <- unique(scans[, c("app", "period", "category")])
kinds <- kinds[order(kinds$app, kinds$period), ]
latest <- kinds[!duplicated(kinds$app, fromLast = TRUE), c("app", "category")]
offers <- unique(scans[, c("app", "period", "stores_listing", stores)])
offers <- merge(merge(offers, known), latest)
wide <- merge(known[known$period == "first", ], known[known$period == "second", ], by = "app")
wide$step <- wide$contacts.y - wide$contacts.x
offers <- merge(offers, wide[, c("app", "step")], all.x = TRUE)
quarters <- designed(offers, offers$store_weight / offers$stores_listing)
change <- function(design) {
  by <- svyby(~contacts, ~period, design, svymean, covmat = TRUE)
  told(svycontrast(by, c(first = -1, second = 1)), design)
}
both <- subset(quarters, period == "second" & !is.na(step))
result <- list(
  version = as.character(packageVersion("survey")), r = R.version.string,
  versions = mean_of(~contacts, versions),
  versions_games = mean_of(~contacts, subset(versions, category == "games")),
  unused = told(rate, apps),
  all_apps = change(quarters), all_apps_social = change(subset(quarters, category == "social")),
  apps_in_both = mean_of(~step, both),
  apps_in_both_social = mean_of(~step, subset(both, category == "social")))
write(toJSON(result, digits = 15, auto_unbox = TRUE, pretty = TRUE),
      "tests/golden/weight_share_periods.json")
