"""Rows of shares from numerators and bases alone: raw, pooled, and of versions.

Where the counts come from is no matter: breakdowns.py makes them in memory, bulk.py from a file
read in blocks. The interval of a share is decided in shares.py, the pooling model in pooling.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.monitoring.breakdowns import SPLITTING
from analysis.monitoring.pooling import MOST, pool
from analysis.monitoring.shares import share_rows
from analysis.monitoring.terms import Terms, without_error

POOLED = (
    "beta-binomial model over the categories, empirical Bayes; common level {level:.4g}, prior "
    "worth {strength}; bounds are posterior quantiles with the prior as known"
)


def raw_rows(counts: pd.DataFrame, terms: Terms, parts: Sequence[str] = ()) -> pd.DataFrame:
    """Shares with the interval that a convenience set has, or none where all were scanned.

    Parameters
    ----------
    counts : DataFrame
        `indicator`, `domain`, `count`, `n`.
    parts : sequence of str
        What the counts are broken down by; an app counts in each store and period.
    """
    by = "_by_" + split_by(parts) if split_by(parts) else ""
    rows = share_rows(counts, level=terms.conf_level, min_base=terms.min_base)
    if terms.reach == "complete":
        rows = without_error(rows, terms, f"complete{by}").assign(
            n_eff=rows["n_eff"], deff=rows["deff"], quality="ok", reason=""
        )
    else:
        rows = rows.assign(variant=f"wilson{by}")
    return rows.assign(frame="scans") if "store" in parts else rows


def split_by(parts: Sequence[str]) -> str:
    return "_".join(part for part in SPLITTING if part in parts)


def pooled_rows(counts: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Pooled shares over the levels of each domain, one model per measure."""
    parts = []
    for variable in terms.domains:
        inside = counts["domain"].str.startswith(f"{variable}=")
        for _, found in counts[inside].groupby("indicator", sort=False):
            if len(found) >= 2:
                parts.append(_pooled(found, terms))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def version_rows(counts: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Shares of versions from counts of versions: indicators and a unit of their own."""
    rows = raw_rows(counts, terms)
    small = rows["n"] < terms.min_base
    return rows.assign(
        indicator=rows["indicator"] + "_versions",
        analysis_unit="version",
        reason=np.where(small, f"fewer than {terms.min_base:g} versions", ""),
        design=rows["design"].str.replace("distinct apps", "distinct versions of apps"),
    )


def _pooled(found: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    fitted = pool(found["count"], found["n"], level=terms.conf_level)
    worth = f"{fitted.strength:.4g} apps"
    if fitted.strength >= MOST * 0.99:
        worth = "all it can be: categories do not differ more than by chance"
    return share_rows(found, level=terms.conf_level, min_base=terms.min_base).assign(
        variant="pooled",
        design=POOLED.format(level=fitted.level, strength=worth),
        estimate=fitted.share,
        se=fitted.se,
        ci_low=fitted.low,
        ci_high=fitted.high,
        cv=fitted.se / fitted.share,
        n_eff=np.nan,
        deff=np.nan,
    )
