"""Suppression: a cell in which few respondents stand is not published, nor what would reveal it.

A share says something about single persons when fewer than a handful are in its numerator, or
outside it (primary suppression). A hidden cell that stands alone, among the answers of one
question or among the levels of one variable, follows by subtraction from its neighbours and their
total; the smallest of these is then hidden too, until nothing stands alone (secondary suppression).
Suppressed rows keep their key, so that a table shows that something is hidden and why; every number
of the row goes, the bases too. Rows that are made from a suppressed row (changes, gaps) are
suppressed in analysis/compare. Crossed domains are not yet closed against their margins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.results.precision import Limits
from analysis.results.schema import NUMBERS

Sum = tuple[np.ndarray, np.ndarray]  # positions of the cells of a sum, and their sizes
SAME = ["study", "wave", "kind", "indicator", "statistic", "base_kind", "variant"]
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
    revealing = _revealing(rows)
    rows.loc[revealing, "quality"] = "suppressed"
    rows.loc[revealing, "reason"] = "would reveal a suppressed number by subtraction"
    hidden = rows["quality"] == "suppressed"
    rows.loc[hidden, [column for column in HIDDEN if column in rows]] = np.nan
    rows.loc[hidden, "cov_family"] = "none"
    return rows


def _revealing(rows: pd.DataFrame) -> np.ndarray:
    """Which open rows must be hidden, too, so that no hidden cell stands alone in a sum; bool."""
    primary = (rows["quality"] == "suppressed").to_numpy()
    hidden = primary.copy()
    sums = [*_answers(rows), *_levels(rows)]
    alone = True
    while alone:  # hiding a cell may leave another alone in the other direction
        alone = False
        for cells, sizes in sums:
            if hidden[cells].sum() == 1:
                next_one = np.where(hidden[cells], np.inf, sizes).argmin()
                hidden[cells[next_one]] = alone = True
    return hidden & ~primary


def _answers(rows: pd.DataFrame) -> Iterator[Sum]:
    """The answers of one question in one domain, where they add up to its base."""
    count, n = rows["count"].to_numpy(float), rows["n"].to_numpy(float)
    shares = (rows["statistic"] == "share").to_numpy()
    for cells in _groups(rows, shares, [*SAME, "domain"]).values():
        if len(cells) > 1 and count[cells].sum() == n[cells[0]]:
            yield cells, count[cells]


def _levels(rows: pd.DataFrame) -> Iterator[Sum]:
    """The levels of one variable, where their bases add up to that of the whole population."""
    n = rows["n"].to_numpy(float)
    variable = rows["domain"].str.extract(r"^([^=&]+)=[^=&]+$")[0].fillna("")
    marked = rows.assign(variable=variable)
    whole = _groups(rows, (rows["domain"] == "all").to_numpy(), [*SAME, "category"])
    by_level = _groups(marked, (variable != "").to_numpy(), [*SAME, "category", "variable"])
    for key, cells in by_level.items():
        total = whole.get(key[:-1])
        if total is not None and len(cells) > 1 and n[cells].sum() == n[total[0]]:
            yield cells, n[cells]


def _groups(rows: pd.DataFrame, where: np.ndarray, by: list[str]) -> dict[tuple, np.ndarray]:
    """Positions of the rows of every group, in key order."""
    positions = np.flatnonzero(where)
    found = rows[where].groupby(by, sort=True).indices
    return {tuple(key): positions[places] for key, places in found.items()}  # type: ignore[arg-type]
