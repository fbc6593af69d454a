"""Whether answers, lengths and gaps go with the interviewer: intraclass correlations.

One-way analysis of variance, unweighted, over interviewers. Decided here: the estimator of the
correlation, its interval and its test. It is shown and excludes nobody. Unless respondents were
given to interviewers at random, an interviewer's area and hours are in the figure too.

References
----------
.. [1] Shrout and Fleiss (1979), Intraclass correlations: uses in assessing rater reliability,
   Psychological Bulletin 86, 420-428: ICC(1,1) and its interval.
.. [2] Donner (1986), A review of inference procedures for the intraclass correlation coefficient in
   the one-way random effects model, International Statistical Review 54, 67-82: unequal groups.
.. [3] Kish (1962), Studies of interviewer variance for attitudinal variables, Journal of the
   American Statistical Association 57, 92-115.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Effect:
    """Intraclass correlation of one measure by interviewer.

    Attributes
    ----------
    icc, low, high : the correlation and its interval; exact for equal groups of normal answers
    p : of the test that it is 0
    deff : 1 + (mean interviews per interviewer - 1) x icc, no smaller than 1
    n, interviewers : that went in
    """

    icc: float
    low: float
    high: float
    p: float
    deff: float
    n: int
    interviewers: int


def intraclass(values: np.ndarray, groups: np.ndarray, *, level: float = 0.95) -> Effect | None:
    """Intraclass correlation of values by group; None if there is nothing to tell.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        NaN is left out.
    groups : ndarray, shape (n,)
    level : of the interval
    """
    known = ~np.isnan(values)
    values, groups = values[known], groups[known]
    _, code, size = np.unique(groups, return_inverse=True, return_counts=True)
    k, n = len(size), len(values)
    if k < 2 or n <= k:
        return None
    mean = np.bincount(code, values) / size
    within = float(((values - mean[code]) ** 2).sum()) / (n - k)
    between = float((size * (mean - values.mean()) ** 2).sum()) / (k - 1)
    if within <= 0:
        return None
    each = (n - (size**2).sum() / n) / (k - 1)  # interviews per interviewer, unequal groups
    ratio = between / within
    tail = (1 - level) / 2
    least = ratio / stats.f.ppf(1 - tail, k - 1, n - k)
    most = ratio / stats.f.ppf(tail, k - 1, n - k)
    icc = (ratio - 1) / (ratio + each - 1)
    return Effect(
        icc=icc,
        low=(least - 1) / (least + each - 1),
        high=(most - 1) / (most + each - 1),
        p=float(stats.f.sf(ratio, k - 1, n - k)),
        deff=max(1.0, 1 + (n / k - 1) * icc),
        n=n,
        interviewers=k,
    )


@dataclass(frozen=True)
class Deviation:
    """How far an interviewer's mean lies from that of all, with its interval; `n` interviews."""

    interviewer: str
    off: float
    low: float
    high: float
    n: int


def deviations(
    values: np.ndarray, groups: np.ndarray, *, least: float, level: float = 0.95
) -> list[Deviation]:
    """Means of interviewers with at least `least` interviews, minus the mean of all, sorted.

    Intervals are t intervals of the mean with the standard deviation within interviewers.
    """
    known = ~np.isnan(values)
    values, groups = values[known], groups[known]
    names, code, size = np.unique(groups, return_inverse=True, return_counts=True)
    if len(values) <= len(names):
        return []
    mean = np.bincount(code, values) / size
    degrees = len(values) - len(names)
    sd = float(np.sqrt(((values - mean[code]) ** 2).sum() / degrees))
    half = stats.t.ppf((1 + level) / 2, degrees) * sd / np.sqrt(size)
    off = mean - values.mean()
    order = sorted(np.flatnonzero(size >= least), key=lambda g: (off[g], str(names[g])))
    return [
        Deviation(
            str(names[g]),
            float(off[g]),
            float(off[g] - half[g]),
            float(off[g] + half[g]),
            int(size[g]),
        )
        for g in order
    ]
