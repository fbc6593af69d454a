"""Ranks of estimates, such as the options of a multiple-response set, with joint confidence.

An option's rank may be any that the differences from all the others leave open: it is at least
one more than the number of options that are certainly larger, and at most that many from the end
as are certainly smaller. All pairs are tested at one joint level (Bonferroni), so that with the
stated confidence every true rank lies in its interval at once. Options of one set are correlated,
so differences use the joint covariance.
"""

from __future__ import annotations

import numpy as np

from analysis.estimate.result import Result
from analysis.results.covariance import NO_FAMILY
from survey.errors import EstimateError


def rank_rows(shares: Result) -> Result:
    """Ranks within every domain, 1 the largest, as rows of statistic ``rank``.

    Parameters
    ----------
    shares : Result
        Rows of one indicator; those of one domain are ranked against each other.

    Returns
    -------
    Result
        `estimate` the rank of the point estimates (ties share the smaller), `ci_low` and
        `ci_high` the joint interval at the rows' confidence level; no standard error, no factor.

    References
    ----------
    .. [1] Klein, Wright and Wieczorek (2020), A joint confidence region for an overall ranking of
       populations, JRSS C 69, 589-606.
    .. [2] Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for ranks, Review of Economic
       Studies 91, 476-518.
    """
    if shares.factor is None:
        raise EstimateError("ranks need the joint variance of the rows")
    rows = shares.rows.copy()
    for domain in rows["domain"].unique():
        inside = np.flatnonzero((rows["domain"] == domain).to_numpy())
        part = rows.iloc[inside]
        rank, low, high = joint_ranks(
            part["estimate"].to_numpy(float),
            shares.factor[:, inside],
            float(part["df"].min()),
            level=float(part["conf_level"].iloc[0]),
        )
        rows.loc[inside, ["estimate", "ci_low", "ci_high"]] = np.column_stack([rank, low, high])
    blank = ["se", "n_eff", "deff", "cv", "p_value", "count"]
    rows[blank] = np.nan
    return Result(rows.assign(statistic="rank", unit="", cov_family=NO_FAMILY), None)


def joint_ranks(
    estimate: np.ndarray, factor: np.ndarray, df: float, *, level: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank of every estimate with its joint interval, shape (k,) each.

    Parameters
    ----------
    estimate : ndarray of float, shape (k,)
    factor : ndarray of float, shape (C, k)
    df : float
        Degrees of freedom of the differences.
    level : float
        Joint confidence level.
    """
    from scipy.special import stdtrit

    k = len(estimate)
    rank = 1 + (estimate[None, :] > estimate[:, None]).sum(axis=1)
    if k < 2 or not df > 0:
        return rank.astype(float), np.ones(k), np.full(k, float(k))
    pairs = k * (k - 1) / 2
    critical = stdtrit(df, 1 - (1 - level) / 2 / pairs)
    gap = estimate[None, :] - estimate[:, None]
    se = np.array([np.sqrt(((factor - factor[:, [i]]) ** 2).sum(axis=0)) for i in range(k)])
    above = (gap > critical * se).sum(axis=1)
    below = (-gap > critical * se).sum(axis=1)
    return rank.astype(float), 1.0 + above, float(k) - below
