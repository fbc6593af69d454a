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

MATCH = ("kind", "study", "wave", "indicator", "statistic", "category", "base_kind", "unit")
MATCH += ("analysis_unit", "variant", "vintage")


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
    found = []
    for row in pair.to_dict("records"):
        ours = factors.vectors.get(row_key(row))
        theirs = factors.vectors.get(
            row_key({column: row.get(f"{column}_old", row[column]) for column in KEY})
        )
        both = ours is not None and theirs is not None
        found.append(float(np.add.reduce(ours * theirs)) if both else np.nan)
    return np.array(found)
