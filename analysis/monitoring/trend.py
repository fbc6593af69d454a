r"""Slopes of a series of counts: how much it moves per year, alone and per unit of effort.

Two log-linear models of the counts y of quarters, t in years,

    count   log E(y) = a + b t              rate   log E(y) = a + b t + log(exposure)

with overdispersion either as negative binomial (Var = m + m^2 / theta, theta by maximum likelihood,
normal tests, as MASS::glm.nb) or as quasi-Poisson (Var = phi m, Pearson's phi, t tests, as R's
quasipoisson). Counts that vary no more than Poisson counts get a Poisson model: there theta is
infinite, and phi is held at 1, since no effort explains a variance below it. Quarters that fall out
of a model are named in its row.

Which models there are, and which spans, is declared in notices.yml; what may be written from them
is decided in analysis/report/claims.py. Dependence between neighbouring quarters is not modelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import digamma, ndtr, ndtri, stdtr, stdtrit

from survey.errors import EstimateError
from survey.instrument.register import QUARTER, TrendRule, quarter_end

Model = Literal["count", "rate"]
Family = Literal["negative_binomial", "quasi_poisson"]
MODELS: tuple[Model, ...] = ("count", "rate")
LARGEST = 20.0  # log theta; beyond it the negative binomial is a Poisson distribution
TOLERANCE = 1e-13


@dataclass(frozen=True)
class Slope:
    """A slope per year on the log scale.

    dispersion : theta of the negative binomial (inf: Poisson), or phi of the quasi-Poisson.
    df : of the t test; inf for the normal test.
    """

    estimate: float
    se: float
    df: float
    p_value: float
    low: float
    high: float
    dispersion: float


def fit_slope(
    counts: ArrayLike,
    years: ArrayLike,
    *,
    family: Family,
    level: float,
    exposure: ArrayLike | None = None,
) -> Slope:
    """The slope of log E(counts) per year.

    Parameters
    ----------
    counts, years : array_like of float, shape (n,)
        Counts without gaps, and when they were taken.
    exposure : array_like of float, shape (n,), optional
        Its log enters with coefficient 1: the slope is then that of the rate.
    level : float
        Two-sided level of the test, such as 0.05; the interval has level ``1 - level``.

    Raises
    ------
    EstimateError
        With fewer than three counts, a negative count, or an exposure that is not positive.

    References
    ----------
    .. [1] Venables and Ripley (2002), Modern Applied Statistics with S, 4th ed., section 7.4.
    .. [2] McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 6.2.3.
    """
    y, t = np.asarray(counts, dtype=float), np.asarray(years, dtype=float)
    effort = None if exposure is None else np.asarray(exposure, dtype=float)
    _check(y, t, effort)
    design = np.column_stack([np.ones(len(t)), t - t.mean()])
    offset = np.zeros(len(y)) if effort is None else np.log(effort)
    if family == "quasi_poisson":
        fitted = _glm(y, design, offset, 0.0)
        df = float(len(y) - design.shape[1])
        pearson = float(((y - fitted.mu) ** 2 / fitted.mu).sum() / df)
        spread, dispersion = max(pearson, 1.0), max(pearson, 1.0)
    else:
        theta = _theta(y, design, offset)
        fitted = _glm(y, design, offset, 1 / theta)
        df, spread, dispersion = float("inf"), 1.0, theta
    estimate = float(fitted.params[1])
    se = float(fitted.bse[1] * np.sqrt(spread))
    ratio = abs(estimate / se)
    p = 2 * (ndtr(-ratio) if np.isinf(df) else stdtr(df, -ratio))
    half = (ndtri(1 - level / 2) if np.isinf(df) else stdtrit(df, 1 - level / 2)) * se
    return Slope(estimate, se, df, float(p), estimate - half, estimate + half, dispersion)


def trend_rows(quarters: pd.DataFrame, rule: TrendRule) -> pd.DataFrame:
    """Rows of estimates, statistic coefficient: both models, for every span of the rule.

    Parameters
    ----------
    quarters : DataFrame
        `quarter` in order of time and the series of the rule, <NA> where not found.

    Returns
    -------
    DataFrame
        `wave` is the last quarter of a span, `reference` its first; `variant` begins with the
        model (count or rate). A span with too few quarters has a row without an estimate that says
        so. `reason` names the quarters that fell out.
    """
    rows = []
    for first, last in spans(list(quarters["quarter"]), rule.breaks):
        part = quarters[quarters["quarter"].between(first, last)]
        rows += [_row(part, rule, model, first, last) for model in MODELS]
    return pd.DataFrame(rows).assign(
        indicator=rule.count, statistic="coefficient", domain="all", unit="log_per_year"
    )


def spans(quarters: Sequence[str], breaks: Sequence[str]) -> Iterator[tuple[str, str]]:
    """First and last quarter of the whole series, and of every span that starts at a break.

    A span ends where a later break begins, or with the series.
    """
    yield quarters[0], quarters[-1]
    starts = [quarters.index(name) for name in sorted(breaks) if name in quarters]
    for place, start in enumerate(starts):
        for end in [*starts[place + 1 :], len(quarters)]:
            yield quarters[start], quarters[end - 1]


def years_of(quarters: Sequence[str]) -> np.ndarray:
    """Quarters as years: 2014Q1 is 2014.0, 2014Q2 is 2014.25."""
    found = [QUARTER.match(quarter) for quarter in quarters]
    return np.array([int(f[1]) + (int(f[2]) - 1) / 4 for f in found if f is not None])


def _row(part: pd.DataFrame, rule: TrendRule, model: Model, first: str, last: str) -> dict:
    effort = rule.exposure if model == "rate" else None
    used = part[part[rule.count].notna()]
    if effort is not None:
        used = used[used[effort].notna()]
    lost = [quarter for quarter in part["quarter"] if quarter not in set(used["quarter"])]
    row = {
        "wave": last,
        "reference": first,
        "variant": f"{model}, {rule.family}",
        "n": float(len(used)),
        "conf_level": 1 - rule.level,
        "reason": f"without {', '.join(lost)}" if lost else "",
        "quality": "caution" if lost else "ok",
        "period": quarter_end(last).isoformat(),
        "cov_family": "none",
    }
    if len(used) < rule.least:
        short = f"fewer than {rule.least} quarters"
        return row | {"estimate": float("nan"), "reason": short, "quality": "caution"}
    slope = fit_slope(
        used[rule.count].astype(float).to_numpy(),
        years_of(list(used["quarter"])),
        exposure=None if effort is None else used[effort].astype(float).to_numpy(),
        family=rule.family,
        level=rule.level,
    )
    return row | {
        "estimate": slope.estimate,
        "se": slope.se,
        "df": slope.df if np.isfinite(slope.df) else float("nan"),
        "p_value": slope.p_value,
        "ci_low": slope.low,
        "ci_high": slope.high,
        "design": _told(rule, model, slope),
    }


def _told(rule: TrendRule, model: Model, slope: Slope) -> str:
    what = f"log-linear {rule.family.replace('_', ' ')} model of {rule.count}"
    if model == "rate":
        what += f", offset log({rule.exposure})"
    name = "theta" if rule.family == "negative_binomial" else "phi"
    return f"{what}; slope per year; {name} {slope.dispersion:.4g}"


def _glm(y: np.ndarray, design: np.ndarray, offset: np.ndarray, alpha: float):
    """A fitted GLM with log link: Poisson at alpha 0, else negative binomial with theta 1/alpha."""
    import statsmodels.api as sm

    families = sm.families
    family = families.NegativeBinomial(alpha=alpha) if alpha > 0 else families.Poisson()
    model = sm.GLM(y, design, family=family, offset=offset)
    return model.fit(maxiter=200, tol=TOLERANCE, tol_criterion="params")


def _theta(y: np.ndarray, design: np.ndarray, offset: np.ndarray) -> float:
    """Maximum-likelihood theta; inf where the counts vary no more than Poisson counts.

    The profile likelihood has slope 0 at theta: the means move with it, but at their own optimum
    their contribution vanishes.
    """
    mu = _glm(y, design, offset, 0.0).mu
    if ((y - mu) ** 2 - y).sum() <= 0:
        return float("inf")

    def score(log_theta: float) -> float:
        theta = float(np.exp(log_theta))
        mean = _glm(y, design, offset, 1 / theta).mu
        terms = digamma(theta + y) - digamma(theta) + np.log(theta / (theta + mean))
        return float((terms + 1 - (y + theta) / (theta + mean)).sum())

    low, high = -4.0, 2.0
    while score(high) > 0:
        high += 2.0
        if high > LARGEST:
            return float("inf")
    return float(np.exp(brentq(score, low, high, xtol=1e-13, rtol=1e-14)))


def _check(y: np.ndarray, t: np.ndarray, effort: np.ndarray | None) -> None:
    if len(y) < 3 or len(y) != len(t):
        raise EstimateError("a slope needs three counts or more", got=str(len(y)))
    if not np.isfinite(y).all() or (y < 0).any():
        raise EstimateError("counts are not all numbers from 0 on", hint="leave gaps out")
    if not y.any():
        raise EstimateError("a slope of counts that are all 0 cannot be estimated")
    if effort is not None and not (np.isfinite(effort).all() and (effort > 0).all()):
        raise EstimateError("an exposure is missing or not positive", hint="leave the quarter out")
