# Rubin's rules by R mitools 2.4 on the numbers of rubin_input.csv; writes rubin.json beside it.
# Rscript rubin.R   (from this folder)
# mitools' df for finite complete-data df takes U / (U + B), Barnard and Rubin U / T; both are told.
suppressPackageStartupMessages(library(mitools))
data <- read.csv("rubin_input.csv")
lines <- character()
for (case in unique(data$case)) {
  part <- data[data$case == case, ]
  results <- as.list(part$estimate)
  variances <- as.list(part$variance)
  large <- MIcombine(results, variances)
  m <- nrow(part)
  u <- mean(part$variance); b <- var(part$estimate); t <- u + (1 + 1 / m) * b
  nu <- part$complete[1]
  small <- MIcombine(results, variances, df.complete = nu)
  observed <- (nu + 1) / (nu + 3) * nu * u / t
  df <- 1 / (1 / large$df + 1 / observed)
  lines <- c(lines, sprintf(
    '  "%s": {"value": %.15g, "variance": %.15g, "df_large": %.15g, "df_mitools": %.15g, "df": %.15g}',
    case, coef(large), vcov(large)[1, 1], large$df, small$df, df))
}
version <- paste(R.version.string, "mitools", packageVersion("mitools"))
writeLines(c("{", sprintf('  "version": "%s",', version), paste(lines, collapse = ",\n"), "}"), "rubin.json")
