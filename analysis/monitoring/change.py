"""Change of a share between two periods: on apps seen in both, and on all apps of each.

On apps seen in both, each app is its own control: with b apps that began and c that ceased, the
change is (b - c) / n and its variance that of a mean of differences, as in McNemar's test. On all
apps the two shares rest on overlapping sets, and the covariance of the overlap is taken off:

    V = sum over apps of (e2_a / n2 - e1_a / n1)^2,   e_a the app's distance from its period's share

(0 in a period the app was not seen in), which is V1 + V2 - 2C; with the same apps in both it is the
paired variance. Apps count as independent draws, as everywhere in a convenience set. Both need no
more than a table of nine counts: what an app was in the first period (not in the base, no, yes) by
what it was in the second. Where stores are sampled: sampledchange.py.

References: McNemar (1947), Psychometrika 12, 153-157; Agresti (2013), Categorical Data Analysis,
section 11.1; Kish (1965), Survey Sampling, section 12.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from survey.errors import EstimateError

ABSENT, NO, YES = 0, 1, 2


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


def states(flag: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """What every app is in a period: `ABSENT` (not in the base), `NO` or `YES`, as int8."""
    return np.where(inside, np.where(flag, YES, NO), ABSENT).astype(np.int8)


def cross(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Apps by their state before (rows) and after (columns).

    Parameters
    ----------
    before, after : ndarray of int8, shape (n_apps,)
        States of the same apps in the two periods.

    Returns
    -------
    ndarray of int, shape (3, 3)
    """
    return np.bincount(before.astype(np.int64) * 3 + after, minlength=9).reshape(3, 3)


def on_both(table: np.ndarray, *, level: float) -> Change:
    """Change over the apps in the base of both periods.

    Parameters
    ----------
    table : ndarray of int, shape (3, 3)
        See `cross`.
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
    both = table[NO:, NO:]
    n, began, ceased = int(both.sum()), int(both[0, 1]), int(both[1, 0])
    if not n:
        raise EstimateError("no app was seen in both periods")
    change = (began - ceased) / n
    se = float(np.sqrt(began + ceased - (began - ceased) ** 2 / n) / n)
    return Change(
        change, se, *_bounds(change, se, level), _exact(began, ceased), n, n, began, ceased
    )


def on_all(table: np.ndarray, *, level: float) -> Change:
    """Change of the share of all apps of each period.

    Parameters
    ----------
    table : ndarray of int, shape (3, 3)
        See `cross`.
    level : float

    Raises
    ------
    EstimateError
        If a period has no app.
    """
    before, after = table.sum(axis=1), table.sum(axis=0)
    n1, n2 = int(before[NO:].sum()), int(after[NO:].sum())
    if not n1 or not n2:
        raise EstimateError("a period without apps has no share to compare")
    first, second = before[YES] / n1, after[YES] / n2
    away1 = np.array([0.0, -first / n1, (1 - first) / n1])
    away2 = np.array([0.0, -second / n2, (1 - second) / n2])
    se = float(np.sqrt((table * (away2[None, :] - away1[:, None]) ** 2).sum()))
    change = float(second - first)
    p_value = float(2 * ndtr(-abs(change) / se)) if se > 0 else float("nan")
    return Change(
        change, se, *_bounds(change, se, level), p_value, n2, n1,
        int(table[NO, YES]), int(table[YES, NO]),
    )  # fmt: skip


def _bounds(change: float, se: float, level: float) -> tuple[float, float]:
    half = float(ndtri((1 + level) / 2)) * se
    return max(change - half, -1.0), min(change + half, 1.0)


def _exact(began: int, ceased: int) -> float:
    from statsmodels.stats.contingency_tables import mcnemar

    if began + ceased == 0:
        return 1.0
    return float(mcnemar([[0, began], [ceased, 0]], exact=True).pvalue)
