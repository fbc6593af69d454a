"""Names a question may use: intervals, quantile rules, bases. Light enough for a help text."""

SHARE_INTERVALS = ("logit", "beta", "wilson", "mean", "xlogit", "asin")
QUANTILE_INTERVALS = ("score", "mean", "beta", "xlogit", "asin", "replicate")
QUANTILE_RULES = (
    "math", "school", "shahvaish",
    "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9",
)  # fmt: skip
BASES = ("all", "eligible", "mentions")
