# Wilson score intervals (prop.test without continuity correction).
# Run from the project's root: Rscript tests/golden/wilson.R ; writes tests/golden/wilson.json
library(jsonlite)
cases <- data.frame(count = c(0, 1, 8, 109, 1000, 19000), n = c(12, 30, 10, 134, 20000, 20000))
ends <- mapply(function(x, n) prop.test(x, n, conf.level = 0.95, correct = FALSE)$conf.int[1:2],
               cases$count, cases$n)
write_json(list(r = R.version.string, conf_level = 0.95, count = cases$count, n = cases$n,
                low = ends[1, ], high = ends[2, ]),
           "tests/golden/wilson.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
