"""Primary suppression: a cell in which few respondents stand is not published at all.

A share says something about single persons when fewer than a handful are in its numerator, or
outside it. Suppressed rows keep their key, so that a table shows that something is hidden and
why; every number of the row goes, the bases too, since they would give the rest away. Rows that
are made from a suppressed row (changes, gaps) are suppressed in analysis/compare.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.results.precision import Limits
from analysis.results.schema import NUMBERS

HIDDEN = tuple(column for column in NUMBERS if column != "conf_level")


def protect(rows: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Rows as they may be written: too small cells marked, numbers of suppressed rows blank.

    Parameters
    ----------
    rows : DataFrame
        Graded rows (precision.py) with `n`, and `count` for shares (NaN elsewhere).
    limits : Limits
    """
    rows = rows.copy()
    inside, outside = rows["count"], rows["n"] - rows["count"]
    open_ = rows["quality"] != "suppressed"
    thin = open_ & ((inside < limits.min_cell) | (outside < limits.min_cell))
    rows.loc[thin, "quality"] = "suppressed"
    rows.loc[thin, "reason"] = (
        f"fewer than {limits.min_cell:g} respondents gave this answer, or another"
    )
    hidden = rows["quality"] == "suppressed"
    rows.loc[hidden, [column for column in HIDDEN if column in rows]] = np.nan
    rows.loc[hidden, "cov_family"] = "none"
    return rows
