"""Intervals of proportions beside the logit one (proportion.py): on other scales, exact, score.

All take shares, standard errors and degrees of freedom, of one shape; where there are none of the
last, bounds are NaN.
"""

from __future__ import annotations

import numpy as np

from analysis.estimate.names import SHARE_INTERVALS
from survey.errors import EstimateError, one_of


def share_interval(share, se, df, *, kind: str, n=None, level: float):
    """Bounds by the name of the interval; `n` (respondents in the base) is used by ``beta``.

    Raises
    ------
    EstimateError
        For an unknown kind.
    """
    if kind in ("logit", "xlogit", "mean", "asin"):
        same = "xlogit" if kind == "logit" else kind
        return transformed_interval(share, se, df, kind=same, level=level)
    if kind == "beta":
        return beta_interval(share, se, df, n=n, level=level)
    if kind == "wilson":
        return wilson_interval(share, se, df, level=level)
    raise EstimateError(f"unknown interval '{kind}'", expected=one_of(SHARE_INTERVALS))


def transformed_interval(share, se, df, *, kind: str, level: float):
    """Symmetric on the scale of the share (``mean``), its logit or its arcsine root.

    On the logit scale a share of exactly 0 or 1 has no interval (NaN).
    """
    from scipy.special import expit, logit, stdtrit

    share, se, df = (np.asarray(x, dtype=float) for x in (share, se, df))
    t = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "mean":
            return share - t * se, share + t * se
        if kind == "asin":
            centre = np.arcsin(np.sqrt(share))
            half = t * se / (2 * np.sqrt(share * (1 - share)))
            return np.sin(centre - half) ** 2, np.sin(centre + half) ** 2
        inside = np.where((share > 0) & (share < 1), share, np.nan)
        half = t * se / (inside * (1 - inside))
        return expit(logit(inside) - half), expit(logit(inside) + half)


def beta_interval(share, se, df, *, n, level: float):
    """Exact binomial (Clopper-Pearson) bounds with the effective size of the design.

    Parameters
    ----------
    from scipy.special import betaincinv, stdtrit

    share, se, df, n : array_like of float
        The effective size ``p (1 - p) / se^2`` is scaled by the t quantiles of n - 1 and of df
        degrees of freedom. A share of exactly 0 or 1 has no effective size: its bounds take n.

    References
    ----------
    .. [1] Korn and Graubard (1998), Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data, Survey Methodology 24, 193-201.
    """
    from scipy.special import betaincinv, stdtrit

    share, se, df, n = (np.asarray(x, dtype=float) for x in (share, se, df, n))
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        size = share * (1 - share) / se**2
        size = size * (stdtrit(n - 1, tail) / stdtrit(np.where(df > 0, df, np.nan), tail)) ** 2
        size = np.where((share <= 0) | (share >= 1), n, size)
        low = betaincinv(np.maximum(size * share, 1e-300), size * (1 - share) + 1, tail)
        high = betaincinv(size * share + 1, np.maximum(size * (1 - share), 1e-300), 1 - tail)
    return np.where(share <= 0, 0.0, low), np.where(share >= 1, 1.0, high)


def wilson_interval(share, se, df, *, level: float):
    """Score bounds with the effective size ``p (1 - p) / se^2`` and Student's t.

    A share of exactly 0 or 1 has no effective size, and no interval (NaN).

    References
    ----------
    .. [1] Wilson (1927), Probable inference, JASA 22, 209-212.
    .. [2] Dean and Pagano (2015), Evaluating confidence interval methods for binomial proportions
       in clustered surveys, Journal of Survey Statistics and Methodology 3, 484-503.
    """
    from scipy.special import stdtrit

    share, se, df = (np.asarray(x, dtype=float) for x in (share, se, df))
    t = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = share * (1 - share) / se**2
        pull = t**2 / size
        centre = (share + pull / 2) / (1 + pull)
        half = t / (1 + pull) * np.sqrt(share * (1 - share) / size + pull / (4 * size))
    return centre - half, centre + half
