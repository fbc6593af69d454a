# Three headline estimates of browser_privacy with R's survey package.
# Run from the project's root: Rscript tests/golden/browser_privacy.R
# Writes tests/golden/browser_privacy.json. Policies as in instruments/browser_privacy/waves/2023.yml:
# Puerto Rico excluded, sex "Other" its own class by age at its sample share, totals to the state table.
suppressMessages({library(survey); library(jsonlite)})
raw <- read.csv("data/raw/browser_privacy/2023/survey-experiment-data.csv.gz",
                check.names = FALSE, strip.white = TRUE)
targets <- read.csv("instruments/browser_privacy/targets/2023.csv")
agree <- c("Strongly disagree", "Somewhat disagree", "Neutral", "Somewhat agree", "Strongly agree")
d <- data.frame(
  state = raw[["Q-demos-state"]],
  age = c("18 - 24 years" = "18-24", "25 - 34 years" = "25-34", "35 - 44 years" = "35-44",
          "45 - 54 years" = "45-54", "55 - 64 years" = "55-64", "65 or older" = "65+")[raw[["Q-demos-age"]]],
  sex = c(Male = "male", Female = "female", Other = "other")[raw[["Q-demos-gender"]]],
  arm = ifelse(tolower(as.character(raw[["showdata"]])) == "true", "shown", "hidden"),
  consent = as.numeric(raw[["Q-share-browser-data"]] == "Consent to share"),
  understand = (match(raw[["Q-perceptions-1"]], agree) - 1) / 4 * 10,
  concern = (match(raw[["Q-perceptions-2"]], agree) - 1) / 4 * 10)
stopifnot(!anyNA(d), nrow(d) == 12461)
d <- d[d$state != "Puerto Rico", ]
names_of <- state.name; names(names_of) <- state.abb
names_of <- c(names_of, DC = "District of Columbia")
state <- targets[targets$margin == "state", ]
pop_state <- data.frame(state = unname(names_of[state$level]), Freq = state$count)
total <- sum(pop_state$Freq)
d$agesex <- paste(d$age, d$sex, sep = ":")
as <- targets[targets$margin == "age_groupxsex", ]
own <- table(d$agesex[d$sex == "other"]) / nrow(d)
pop_agesex <- rbind(
  data.frame(agesex = as$level, Freq = as$count / sum(as$count) * total * (1 - sum(own))),
  data.frame(agesex = names(own), Freq = total * as.numeric(own)))
design <- svydesign(ids = ~1, weights = rep(1, nrow(d)), data = d)
raked <- rake(design, list(~state, ~agesex), list(pop_state, pop_agesex),
              control = list(maxit = 500, epsilon = 1e-12))
w <- weights(raked)

# The suite's default: residuals of a regression on the margins, weighted with the raked weights.
residual_se <- function(y) {
  z <- (y - sum(w * y) / sum(w)) / sum(w)
  e <- resid(lm(z ~ state + agesex, data = d, weights = w))
  fixed <- svydesign(ids = ~1, weights = w, data = transform(d, e = e))
  as.numeric(SE(svytotal(~e, fixed)))
}
# A gap of two arms of one sample, its two means linearised together.
arm_gap_se <- function(y) {
  a <- d$arm == "shown"; b <- !a
  z <- a * (y - weighted.mean(y[a], w[a])) / sum(w[a]) - b * (y - weighted.mean(y[b], w[b])) / sum(w[b])
  e <- resid(lm(z ~ state + agesex, data = d, weights = w))
  fixed <- svydesign(ids = ~1, weights = w, data = transform(d, e = e))
  as.numeric(SE(svytotal(~e, fixed)))
}
rows <- lapply(c("concern", "understand", "consent"), function(name) {
  m <- svymean(as.formula(paste0("~", name)), raked)
  list(indicator = name, estimate = as.numeric(coef(m)), se_unweighted = as.numeric(SE(m)),
       se_final = residual_se(d[[name]]))
})
a <- d$arm == "shown"
gap <- list(estimate = weighted.mean(d$consent[a], w[a]) - weighted.mean(d$consent[!a], w[!a]),
            se_final = arm_gap_se(d$consent))
write_json(list(r = R.version.string, survey = as.character(packageVersion("survey")),
                n = nrow(d), sum_w = sum(w), max_w = max(w), min_w = min(w),
                kish_deff = nrow(d) * sum(w^2) / sum(w)^2, rows = rows, consent_gap = gap),
           "tests/golden/browser_privacy.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
