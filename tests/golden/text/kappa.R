# Cohen's kappa and its large-sample variance for the tables of kappa_tables.json.
# R 4.2.2, psych 2.2.9. Run: Rscript tests/golden/text/kappa.R, in the checkout.
library(psych)
library(jsonlite)
tables <- fromJSON("tests/golden/text/kappa_tables.json", simplifyVector = FALSE)
answers <- lapply(tables, function(t) {
  m <- do.call(rbind, lapply(t, unlist))
  storage.mode(m) <- "double"
  k <- cohen.kappa(m, n.obs = sum(m))
  list(kappa = k$kappa, variance = k$var.kappa)
})
writeLines(toJSON(answers, auto_unbox = TRUE, digits = 15, pretty = TRUE), "tests/golden/text/kappa.json")
