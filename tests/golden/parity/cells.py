"""Which cells of statistic x design feature x variance method apply, and why the others do not."""

from __future__ import annotations

STATISTICS = (
    *("mean", "share", "total", "ratio", "quantile", "variance", "correlation", "multi"),
    *("chisq", "ttest", "wald", "glm", "contrast", "deff"),
)
FEATURES = (
    *("strata", "psu", "two_stage", "fpc", "pps", "lonely", "raked", "greg"),
    *("given_replicates", "made_replicates", "domain", "missing"),
)
METHODS = ("taylor", "jk1", "jkn", "brr", "fay", "bootstrap")

# (statistic, feature, method), "*" for any: the first line that fits says why a cell is empty.
INAPPLICABLE: tuple[tuple[str, str, str, str], ...] = (
    ("quantile", "*", "jk1", "the jackknife of a quantile is not consistent, and refused"),
    ("quantile", "*", "jkn", "the jackknife of a quantile is not consistent, and refused"),
    ("*", "given_replicates", "taylor", "a linearised variance needs no replicates"),
    ("*", "made_replicates", "taylor", "a linearised variance needs no replicates"),
    ("*", "strata", "jk1", "JK1 is the jackknife of an unstratified sample"),
    ("*", "pps", "jk1", "R makes no replicates for a design by Brewer's method"),
    ("*", "pps", "jkn", "R makes no replicates for a design by Brewer's method"),
    ("*", "pps", "brr", "R makes no replicates for a design by Brewer's method"),
    ("*", "pps", "fay", "R makes no replicates for a design by Brewer's method"),
    ("*", "pps", "bootstrap", "R makes no replicates for a design by Brewer's method"),
    ("*", "two_stage", "jk1", "JK1 leaves out whole PSUs; later stages play no part"),
    ("*", "two_stage", "jkn", "JKn leaves out whole PSUs; later stages play no part"),
    ("*", "two_stage", "brr", "half-samples are of PSUs; later stages play no part"),
    ("*", "two_stage", "fay", "half-samples are of PSUs; later stages play no part"),
    ("*", "fpc", "brr", "half-samples know no finite population correction"),
    ("*", "fpc", "fay", "half-samples know no finite population correction"),
    ("*", "lonely", "jk1", "one stratum: there is no lonely PSU"),
    ("*", "lonely", "brr", "half-samples need two PSUs in every stratum"),
    ("*", "lonely", "fay", "half-samples need two PSUs in every stratum"),
    ("*", "lonely", "bootstrap", "no resample can be drawn of one PSU"),
)


def reason(statistic: str, feature: str, method: str) -> str | None:
    """Why a cell does not apply, or None if it must be filled."""
    for s, f, m, why in INAPPLICABLE:
        if s in ("*", statistic) and f in ("*", feature) and m in ("*", method):
            return why
    return None


def applicable() -> list[tuple[str, str, str]]:
    """Every cell that must be filled."""
    return [
        (s, f, m) for s in STATISTICS for f in FEATURES for m in METHODS if reason(s, f, m) is None
    ]
