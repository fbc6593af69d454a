"""The columns of `estimates`: one row per publishable number.

Everything after estimation reads rows of this shape and nothing else. Which rows exist is decided
in analysis/estimate and analysis/compare; which may be shown, in precision.py and disclosure.py.
"""

from __future__ import annotations

import pandas as pd

from survey.errors import EstimateError

KEY = (
    "kind",  # collected | measured | published | simulated
    "study",
    "wave",
    "indicator",
    "statistic",  # mean share total ratio quantile change gap rank index
    "category",  # point or group code of a share; "" where there is none
    "domain",  # "all", or sorted var=level pairs joined by "&"
    "reference",  # the wave or level a change or gap is against; "" otherwise
    "base_kind",  # all | eligible | mentions
    "analysis_unit",  # person | app | event | household
    "frame",  # what was sampled from, in one word or phrase
    "variant",  # method and weight: "raked", "unweighted", ...
    "vintage",  # release this row belongs to; old ones are never overwritten
)
VALUE = (
    "estimate",
    "unit",  # points10 | share | count
    "se",
    "ci_low",
    "ci_high",
    "conf_level",
    "df",
    "p_value",
    "p_adjusted",
    "family_id",
)
BASE = ("n", "n_eff", "weighted_n", "deff", "cv", "imputed")
# imputed: share of weighted_n whose answer or domain was imputed; NaN where nothing was.
TRUST = ("quality", "reason", "comparable")  # ok|caution|suppressed; text; same|minor|broken
TRACE = ("period", "wording_id", "design", "run_id", "cov_family", "count")
# period: ISO date of the wave's end, the order in time. count: unweighted respondents in the
# numerator of a share (disclosure rule), NaN elsewhere. cov_family: "none" without a linear form.

COLUMNS = KEY + VALUE + BASE + TRUST + TRACE
NUMBERS = (*(name for name in VALUE if name not in ("unit", "family_id")), *BASE, "count")
TEXTS = tuple(column for column in COLUMNS if column not in NUMBERS)
DIGITS = 10  # significant digits of every number written

KINDS = ("collected", "measured", "published", "simulated")
STATISTICS = [
    "mean", "share", "total", "ratio", "quantile", "change", "gap", "rank", "index",
    "variance", "correlation", "reliability", "contrast", "coefficient", "shift", "bridged",
]  # fmt: skip
QUALITIES = ("ok", "caution", "suppressed")


def empty() -> pd.DataFrame:
    return conform(pd.DataFrame())


def conform(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with every column, in order, with its type; text defaults to "", numbers to NaN.

    Raises
    ------
    EstimateError
        For an unknown column, an unknown kind, statistic or quality, or a repeated key.
    """
    extra = [column for column in rows.columns if column not in COLUMNS]
    if extra:
        raise EstimateError(f"estimates have no column '{extra[0]}'")
    full = rows.reindex(columns=list(COLUMNS))
    for column in NUMBERS:
        full[column] = pd.to_numeric(full[column]).astype("float64")
    for column in TEXTS:
        full[column] = full[column].astype("object").where(full[column].notna(), "").astype("str")
    full["comparable"] = full["comparable"].replace("", "same")
    full["quality"] = full["quality"].replace("", "ok")
    for column, known in (("kind", KINDS), ("statistic", STATISTICS), ("quality", QUALITIES)):
        odd = set(full[column]) - set(known)
        if odd:
            raise EstimateError(f"unknown {column} '{sorted(odd)[0]}' in estimates")
    twice = full.duplicated(list(KEY))
    if twice.any():
        key = full.loc[twice, list(KEY)].iloc[0].to_dict()
        raise EstimateError(f"two rows of estimates have one key: {key}")
    return full


def domain_key(**levels: str) -> str:
    """``domain_key(sex="male", residence="urban")`` is ``residence=urban&sex=male``."""
    return "&".join(f"{name}={levels[name]}" for name in sorted(levels)) or "all"
