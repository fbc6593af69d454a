"""Change of a share between two periods: on apps seen in both, and on all apps of each.

On apps seen in both, each app is its own control: with b apps that began and c that ceased, the
change is (b - c) / n and its variance that of a mean of differences, as in McNemar's test. On all
apps the two shares rest on overlapping sets, and the covariance of the overlap is taken off:

    V = sum over apps of (e2_a / n2 - e1_a / n1)^2,   e_a the app's distance from its period's share

(0 in a period the app was not seen in), which is V1 + V2 - 2C; with the same apps in both it is the
paired variance. Apps count as independent draws, as everywhere in a convenience set. An app that
changes category counts in the category of the later period in both; a store that is gone takes no
part in the period it is gone from, and how many left or came is said in the row.

References: McNemar (1947), Psychometrika 12, 153-157; Agresti (2013), Categorical Data Analysis,
section 11.1; Kish (1965), Survey Sampling, section 12.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from survey.errors import EstimateError


@dataclass(frozen=True)
class Change:
    """One change; `n` apps seen in both (or, over all apps, of the later period)."""

    estimate: float
    se: float
    low: float
    high: float
    p_value: float
    n: int
    n_before: int
    began: int
    ceased: int


def on_both(before: pd.Series, after: pd.Series, *, level: float) -> Change:
    """Change over the apps in both indexes.

    Parameters
    ----------
    before, after : Series of bool, index the apps of a period
    level : float

    Returns
    -------
    Change
        `p_value` is that of the exact McNemar test.

    Raises
    ------
    EstimateError
        If no app is in both.
    """
    both = before.index.intersection(after.index)
    if not len(both):
        raise EstimateError("no app was seen in both periods")
    first, second = before.loc[both].to_numpy(), after.loc[both].to_numpy()
    began, ceased, n = int((~first & second).sum()), int((first & ~second).sum()), len(both)
    change = (began - ceased) / n
    se = float(np.sqrt(began + ceased - (began - ceased) ** 2 / n) / n)
    return Change(
        change, se, *_bounds(change, se, level), _exact(began, ceased), n, n, began, ceased
    )


def on_all(before: pd.Series, after: pd.Series, *, level: float) -> Change:
    """Change of the share of all apps of each period.

    Parameters
    ----------
    before, after : Series of bool, index the apps of a period
    level : float

    Raises
    ------
    EstimateError
        If a period has no app.
    """
    if not len(before) or not len(after):
        raise EstimateError("a period without apps has no share to compare")
    first, second = before.mean(), after.mean()
    parts = pd.concat(
        [-(before - first) / len(before), (after - second) / len(after)], axis=1
    ).fillna(0.0)
    se = float(np.sqrt((parts.sum(axis=1) ** 2).sum()))
    change = float(second - first)
    p_value = float(2 * ndtr(-abs(change) / se)) if se > 0 else float("nan")
    both = before.index.intersection(after.index)
    one, two = before.loc[both], after.loc[both]
    return Change(
        change, se, *_bounds(change, se, level), p_value, len(after), len(before),
        int((~one & two).sum()), int((one & ~two).sum()),
    )  # fmt: skip


def _bounds(change: float, se: float, level: float) -> tuple[float, float]:
    half = float(ndtri((1 + level) / 2)) * se
    return max(change - half, -1.0), min(change + half, 1.0)


def _exact(began: int, ceased: int) -> float:
    from statsmodels.stats.contingency_tables import mcnemar

    if began + ceased == 0:
        return 1.0
    return float(mcnemar([[0, began], [ceased, 0]], exact=True).pvalue)
