"""Gaps between two groups of one wave, with their covariance.

Groups of one sample share PSUs and margins, so their estimates are not independent: the
covariance comes from the variance factors of the two rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.change import difference
from analysis.compare.multiplicity import families
from analysis.results.covariance import Factors, row_key
from analysis.results.schema import KEY
from survey.instrument.model import Gap

SAME = ("kind", "study", "wave", "variant", "vintage", "unit", "analysis_unit")
MATCH = (*SAME, "indicator", "statistic", "category", "base_kind")


def gaps(rows: pd.DataFrame, gap: Gap, factors: Factors) -> pd.DataFrame:
    """One row per statistic and category of the indicator, for every wave in `rows`.

    Parameters
    ----------
    rows : DataFrame
        Rows of the schema.
    gap : Gap
        Two levels of one domain; the estimate is `level` minus `reference`.
    factors : Factors

    Returns
    -------
    DataFrame
        statistic ``gap``, domain the level, `reference` the other level. Degrees of freedom are
        the smaller of the two groups'. `n` is the smaller base.
    """
    of = rows[rows["indicator"] == gap.indicator]
    one = of[of["domain"] == f"{gap.domain}={gap.level}"]
    other = of[of["domain"] == f"{gap.domain}={gap.reference}"]
    pair = one.merge(other, on=list(MATCH), suffixes=("", "_old"))
    made = difference(
        pair,
        variance=pair["se"] ** 2 + pair["se_old"] ** 2,
        covariance=_covariances(pair, factors),
        df=np.minimum(pair["df"], pair["df_old"]),
    )
    made["statistic"] = "gap"
    made["reference"] = gap.reference
    made["family_id"] = families(pair, "gap", pd.Series(gap.reference, index=pair.index))
    return made


def _covariances(pair: pd.DataFrame, factors: Factors) -> np.ndarray:
    """cov of the two rows of every pair; NaN where one has no factor (suppressed, published)."""
    ours = pair[list(KEY)]
    theirs = ours.assign(**{c: pair[f"{c}_old"] for c in KEY if f"{c}_old" in pair})
    found = []
    for one, other in zip(_row_keys(ours), _row_keys(theirs), strict=True):
        known = one in factors.vectors and other in factors.vectors
        products = factors.vectors[one] * factors.vectors[other] if known else np.array([np.nan])
        found.append(np.add.reduce(products))
    return np.array(found, dtype=float)


def _row_keys(rows: pd.DataFrame) -> list[str]:
    return [row_key(dict(zip(KEY, key, strict=True))) for key in rows.itertuples(index=False)]
