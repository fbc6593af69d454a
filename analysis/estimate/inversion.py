"""Intervals of quantiles by inverting a test at every value.

A value q is refused where the share at or below it differs from the order by more than t standard
errors, the error taken at q itself. So the interval is right for answers with few values, where the
distribution function jumps over the order: an interval of the share at the estimate, carried back
(Woodruff's, as R has it), then lies around a share far above the order and can leave out the truth.
"""

from __future__ import annotations

import numpy as np

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.functional import WeightedSample, estimate
from analysis.estimate.ratios import Ratios
from survey.design.replicates import BLOCK


def inverted_bounds(
    y: np.ndarray, inside: np.ndarray, order: float, sample: WeightedSample, *, level: float
) -> tuple[float, float]:
    """Smallest values whose share at or below could be, and surely is, at least `order`.

    Parameters
    ----------
    y : ndarray of float, shape (n,)
    inside : ndarray of bool, shape (n,)
        Respondents in the base, with weight.
    order : float
        In (0, 1).
    sample : WeightedSample
    level : float
        Confidence level.

    Returns
    -------
    low, high : float
        NaN where there are no degrees of freedom.

    References
    ----------
    .. [1] Francisco and Fuller (1991), Quantile estimation with a complex survey design, Annals of
       Statistics 19, 454-469.
    """
    if not inside.any():
        return np.nan, np.nan
    values = np.unique(y[inside])
    base = Breakdown(("all",), np.where(inside, 0, -1))
    low = _first(values, y, base, order, sample, level, sign=1)
    high = _first(values, y, base, order, sample, level, sign=-1)
    return (low, high) if np.isfinite(low + high) else (np.nan, np.nan)


def _first(values, y, base, order, sample, level, *, sign: int) -> float:
    """The smallest value at which the share, moved by `sign` t errors, reaches the order.

    The last value always does: all answers lie at or below it, without error.
    """
    low, high = 0, len(values) - 1
    while low < high:
        places = np.unique(np.linspace(low, high, BLOCK + 1).astype(int)[:-1])
        reached = _reached(values[places], y, base, order, sample, level, sign)
        if reached is None:
            return np.nan
        if reached.any():
            place = int(np.argmax(reached))
            high = int(places[place])
            low = int(places[place - 1]) + 1 if place else high
        else:
            low = int(places[-1]) + 1
    return float(values[high])


def _reached(tried, y, base, order, sample, level, sign) -> np.ndarray | None:
    """Where the moved share reaches the order, for every value tried; None without df."""
    from scipy.special import stdtrit

    inside = (base.level == 0)[:, None]
    below = (np.where(inside[:, 0], y, np.inf)[:, None] <= tried).astype(float)
    whole = np.repeat(inside.astype(float), len(tried), axis=1)
    done = estimate(Ratios(below, whole, base), sample)
    if not (done.df > 0).all():
        return None
    half = stdtrit(done.df, (1 + level) / 2) * done.se
    return done.values + sign * half >= order
