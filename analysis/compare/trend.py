"""Trends over three waves and more: a slope, its bend, and whether there was any change at all.

Waves stand at their dates, so uneven spacing counts. The slope is fitted by least squares weighted
with the whole covariance matrix of the waves, which holds what overlapping samples share. A break
between waves (a changed question) is a step of the level: what is estimated is the trend on both
sides of it. Which rows are adjusted together for many tests is decided in multiplicity.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr, stdtrit

from analysis.compare.multiplicity import families
from analysis.results.covariance import NO_FAMILY
from survey.errors import EstimateError

DEGREES = ("linear", "quadratic", "cubic")
DAYS = 365.25  # of a year


@dataclass(frozen=True)
class Contrast:
    """A linear combination of the waves' estimates with its standard error."""

    estimate: float
    se: float


@dataclass(frozen=True)
class Joint:
    """A joint test: F of `df1` conditions with `df2` degrees of freedom left."""

    f: float
    df1: int
    df2: float
    p_value: float


def slope(
    estimates: np.ndarray, covariance: np.ndarray, years: np.ndarray, *, steps: Sequence[int] = ()
) -> Contrast:
    """Change per year, by generalised least squares.

    Parameters
    ----------
    estimates : ndarray of float, shape (W,)
    covariance : ndarray of float, shape (W, W)
    years : ndarray of float, shape (W,)
        Time of every wave, increasing.
    steps : sequence of int
        Waves from which on the level may differ from the wave before by a break.

    Raises
    ------
    EstimateError
        If time does not increase, or there are too few waves for a slope beside the breaks.
    """
    _require_order(years)
    columns = [np.ones(len(years)), years - years[0]]
    columns += [(np.arange(len(years)) >= step).astype(float) for step in sorted(set(steps))]
    X = np.column_stack(columns)
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise EstimateError(
            f"{len(years)} waves with {len(set(steps))} breaks hold no slope",
            expected="two waves without a break between them",
        )
    root, bread = _whitened(covariance, X)
    fitted = bread @ (root @ X).T @ (root @ estimates)
    return Contrast(float(fitted[1]), float(np.sqrt(bread[1, 1])))


def polynomials(years: np.ndarray, degree: int) -> np.ndarray:
    """Orthogonal polynomial contrasts at the waves' times, shape (W, degree), columns of length 1.

    As R ``contr.poly(W, scores = years)``: linear, quadratic and so on.
    """
    _require_order(years)
    powers = np.vander(years - years.mean(), degree + 1, increasing=True)
    q, r = np.linalg.qr(powers)
    return (q * np.sign(r.diagonal()))[:, 1:]


def contrast(estimates: np.ndarray, covariance: np.ndarray, weights: np.ndarray) -> Contrast:
    return Contrast(float(weights @ estimates), float(np.sqrt(weights @ covariance @ weights)))


def no_change(estimates: np.ndarray, covariance: np.ndarray, df: float) -> Joint:
    """Wald test that all waves have one level.

    ``F = (df - q + 1) / (df q) X2`` with q = W - 1 and df - q + 1 degrees of freedom, which keeps
    its size where PSUs are few; NaN where there are none left.

    References
    ----------
    .. [1] Korn and Graubard (1990), Simultaneous testing of regression coefficients with complex
       survey data, American Statistician 44, 270-276.
    """
    q = len(estimates) - 1
    steps = np.diff(np.eye(q + 1), axis=0)
    moved = steps @ estimates
    wald = float(moved @ np.linalg.pinv(steps @ covariance @ steps.T, hermitian=True) @ moved)
    left = df - q + 1
    if not left > 0:
        return Joint(np.nan, q, np.nan, np.nan)
    f = wald * left / (df * q)
    return Joint(f, q, left, float(fdtrc(q, left, f)))


def trend_rows(
    rows: pd.DataFrame,
    covariance: np.ndarray,
    df: float,
    *,
    steps: Sequence[int] = (),
    degree: int = 2,
) -> pd.DataFrame:
    """Rows of the trend of one estimate: slope, polynomial contrasts, joint test of no change.

    Parameters
    ----------
    rows : DataFrame
        The estimate in W waves, in order of `period` (ISO dates).
    covariance : ndarray of float, shape (W, W)
    df : float
        Degrees of freedom of all waves together.
    steps : sequence of int
        See `slope`; with a break only the slope is estimated, the other contrasts would hold it.
    degree : int
        Polynomial contrasts up to this degree, at most W - 1.

    Returns
    -------
    DataFrame
        statistic ``contrast``, category ``slope per year``, ``linear``, ``quadratic``, ``cubic``,
        and ``no change`` with the F statistic as its estimate; wave the last one, reference the
        first. Empty where a wave has no standard error.
    """
    estimates = rows["estimate"].to_numpy(float)
    if len(rows) < 3 or not np.isfinite(np.r_[estimates, np.diag(covariance)]).all():
        return rows.iloc[:0]
    years = years_of(rows["period"])
    made = [_row(rows, "slope per year", slope(estimates, covariance, years, steps=steps), df)]
    if not len(steps):
        most = min(degree, len(rows) - 1, len(DEGREES))
        for name, weights in zip(DEGREES, polynomials(years, most).T, strict=False):
            made.append(_row(rows, name, contrast(estimates, covariance, weights), df))
        joint = no_change(estimates, covariance, df)
        told = _row(rows, "no change", Contrast(joint.f, np.nan), joint.df2)
        told["unit"] = f"F({joint.df1})"
        told["p_value"] = joint.p_value
        made.append(told)
    return pd.concat(made, ignore_index=True)


def years_of(periods: Iterable[str]) -> np.ndarray:
    """Years since the first wave."""
    days = np.array([dt.date.fromisoformat(day).toordinal() for day in periods], dtype=float)
    return (days - days[0]) / DAYS


def _row(rows: pd.DataFrame, category: str, found: Contrast, df: float) -> pd.DataFrame:
    last, first = rows.iloc[[-1]].reset_index(drop=True), rows.iloc[0]
    df = df if df > 0 else np.nan
    half = stdtrit(df, (1 + float(last["conf_level"].iloc[0])) / 2) * found.se
    tested = found.se > 0 and np.isfinite(df)
    parts = [part for part in (last["category"].iloc[0], category) if part]
    blank = ("n_eff", "weighted_n", "deff", "cv", "count", "p_adjusted")
    quality = "caution" if (rows["quality"] != "ok").any() else "ok"
    return last.assign(
        statistic="contrast",
        category=": ".join(parts),
        reference=first["wave"],
        family_id=families(last, f"trend: {category}", pd.Series([first["wave"]])),
        estimate=found.estimate,
        se=found.se,
        ci_low=found.estimate - half,
        ci_high=found.estimate + half,
        df=df,
        p_value=2 * stdtr(df, -abs(found.estimate / found.se)) if tested else np.nan,
        n=rows["n"].min(),
        imputed=rows["imputed"].max(),
        quality=quality,
        reason="; ".join(dict.fromkeys(reason for reason in rows["reason"] if reason)),
        cov_family=NO_FAMILY,
        **dict.fromkeys(blank, np.nan),
    )


def _whitened(covariance: np.ndarray, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """W with ``W V W' = 1``, and the covariance of the coefficients."""
    try:
        root = np.linalg.inv(np.linalg.cholesky(covariance))
    except np.linalg.LinAlgError:
        raise EstimateError(
            "the waves' covariance matrix cannot be inverted",
            hint="two waves share everything: leave one of them out",
        ) from None
    white = root @ X
    return root, np.linalg.inv(white.T @ white)


def _require_order(years: np.ndarray) -> None:
    if not (np.diff(years) > 0).all():
        raise EstimateError(
            "waves must lie in order of time",
            got=", ".join(f"{year:g}" for year in years),
            expected="increasing dates",
        )
