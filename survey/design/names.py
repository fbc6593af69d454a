"""Names of policies for lonely units and of replicate methods. Light enough for a help text."""

LONELY = ("fail", "certainty", "adjust", "average")
REPLICATE_METHODS = (
    "brr",
    "fay",
    "jk1",
    "jk2",
    "jkn",
    "bootstrap",
    "successive-difference",
    "other",
)
