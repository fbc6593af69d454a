"""Weighted quantiles by the rules R ``survey`` names, with three kinds of intervals.

By default a test is inverted at every value (inversion.py), which is right for discrete answers.
Woodruff: the interval of the share at or below the quantile is carried back through the quantile
rule; the standard error is the interval's length over twice the t quantile. A quantile has no
linear form, so its rows have no covariance family, unless its error is that of replicates. The
jackknife of a quantile does not converge and is refused; Woodruff's interval with jackknife errors
of the share is not. Which interval a share gets there is decided in interval.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.functional import WeightedSample, estimate
from analysis.estimate.interval import beta_interval, transformed_interval
from analysis.estimate.inversion import inverted_bounds
from analysis.estimate.names import QUANTILE_INTERVALS, QUANTILE_RULES
from analysis.estimate.ratios import Ratios
from survey.design.totals import Fixed, fix
from survey.errors import EstimateError, one_of

_TIE = 1e-12  # cumulated shares nearer than this are one share


@dataclass(frozen=True, eq=False)
class QuantileEstimates:
    """Quantiles by level and order, every array of shape (L, len(orders)).

    `df` is that of the share behind the quantile; `factor`, shape (R, L * len(orders)), that of
    replicates' quantiles, where they give the error.
    """

    value: np.ndarray
    se: np.ndarray
    low: np.ndarray
    high: np.ndarray
    df: np.ndarray
    factor: np.ndarray | None = None


def quantiles(
    y: np.ndarray,
    breakdown: Breakdown,
    orders: np.ndarray,
    sample: WeightedSample,
    *,
    rule: str = "math",
    interval: str = "score",
    level: float = 0.95,
) -> QuantileEstimates:
    """Quantiles of an item in every domain.

    Parameters
    ----------
    y : ndarray of float, shape (n,)
        NaN is not in the base.
    breakdown : Breakdown
    orders : ndarray of float
        In (0, 1).
    sample : WeightedSample
    rule : {"math", "school", "shahvaish", "hf1" ... "hf9"}
        R's ``qrule``; `math` is the inverse of the distribution function.
    interval : {"score", "mean", "beta", "xlogit", "asin", "replicate"}
        ``score`` inverts a test; ``replicate`` takes the spread of the replicates' quantiles; the
        others are Woodruff's, by the kind of interval of the share that is carried back.
    level : float
        Confidence level.

    Raises
    ------
    EstimateError
        For an unknown rule or interval, an order outside (0, 1), or a jackknife of a quantile.

    References
    ----------
    .. [1] Woodruff (1952), Confidence intervals for medians, JASA 47, 635-646.
    .. [2] Hyndman and Fan (1996), Sample quantiles in statistical packages, American
       Statistician 50, 361-365.
    """
    from scipy.special import stdtrit

    _require(rule, interval, orders, sample)
    base = replace(breakdown, level=np.where(np.isnan(y), -1, breakdown.level))
    value = _by_level(y, base, orders, sample.weight, rule)
    if interval == "replicate":
        return _from_replicates(y, base, orders, sample, rule, value, level)
    known = np.nan_to_num(y)
    reached = np.column_stack(
        [
            np.where(base.level >= 0, known <= value[base.level, place], False)
            for place in range(len(orders))
        ]
    ).astype(float)
    inside = (base.level >= 0).astype(float)[:, None] * np.ones((1, len(orders)))
    shares = estimate(Ratios(reached, inside, base), sample)
    shape = value.shape
    if interval == "score":
        low, high = _inverted(y, base, orders, sample, level)
    else:
        low, high = _share_interval(shares, interval, level, base, sample)
        low = _by_level(y, base, low.reshape(shape), sample.weight, rule)
        high = _by_level(y, base, high.reshape(shape), sample.weight, rule)
    df = shares.df.reshape(shape)
    with np.errstate(invalid="ignore"):
        span = 2 * stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2)
    return QuantileEstimates(value, (high - low) / span, low, high, df)


def _inverted(y, base: Breakdown, orders, sample, level) -> tuple[np.ndarray, np.ndarray]:
    """Bounds by level and order from tests inverted at every value."""
    known = sample.weight > 0
    bounds = np.array(
        [
            [
                inverted_bounds(y, known & (base.level == place), p, sample, level=level)
                for p in orders
            ]
            for place in range(len(base.domains))
        ]
    )
    return bounds[:, :, 0], bounds[:, :, 1]


def weighted_quantile(x: np.ndarray, weight: np.ndarray, orders: np.ndarray, rule: str):
    """Quantiles of x, shape (n,), by one rule; NaN for a NaN order or without weight.

    Cumulated weights are sums of integers, so that ties do not depend on the order of rows.
    """
    keep = weight > 0
    x, weight = x[keep], weight[keep]
    orders = np.asarray(orders, dtype=float)
    if not len(x):
        return np.full(orders.shape, np.nan)
    order = np.lexsort((weight, x))
    x, fixed = x[order], fix(weight)
    units = Fixed(fixed.units[order], fixed.quantum)
    if rule == "hf3":
        x, first = np.unique(x, return_index=True)
        units = Fixed(np.add.reduceat(units.units, first), fixed.quantum)
    cumulated = np.cumsum(units.units)
    if rule in ("math", "school", "hf1", "hf2", "hf3", "hf4"):
        return _stepped(x, cumulated / cumulated[-1], orders, rule)
    return (
        np.interp(orders, _positions(units, cumulated, rule), x)
        if rule != "shahvaish"
        else (_shah_vaish(x, units, orders))
    )


def _stepped(x, reached, orders, rule):
    """Rules that look at the two values around the order."""
    place = np.searchsorted(reached, np.nan_to_num(orders) + _TIE, side="right") - 1
    before = place < 0
    low = np.clip(place, 0, len(x) - 1)
    high = np.where(before, 0, np.minimum(low + 1, len(x) - 1))
    tied = ~before & (np.abs(reached[low] - orders) <= _TIE)
    if rule == "hf4":
        under = orders - reached[low]
        over = reached[high] - orders
        part = np.where(before | (high == low), 1.0, under / np.where(high > low, under + over, 1))
        result = x[low] * (1 - part) + x[high] * part
    else:
        at_tie = {"math": x[low], "hf1": x[low]}.get(rule, (x[low] + x[high]) / 2)
        if rule == "hf3":
            at_tie = np.where((low + 1) % 2 == 0, x[low], x[high])
        result = np.where(tied, at_tie, x[high])
    return np.where(np.isnan(orders), np.nan, result)


def _positions(units: Fixed, cumulated: np.ndarray, rule: str) -> np.ndarray:
    """Plotting position of every value for the rules that interpolate."""
    last, total = float(units.units[-1]), float(cumulated[-1])
    before = np.concatenate([[0], cumulated[:-1]])
    if rule == "hf5":
        return (cumulated - units.units / 2) / total
    if rule == "hf6":
        return cumulated / (total + last)
    if rule == "hf7":
        return before / max(total - last, 1.0)
    if rule == "hf8":
        return (before / 3 + cumulated * 2 / 3) / (total + last / 3)
    return (before * 3 / 8 + cumulated * 5 / 8) / (total + last / 4)  # hf9


def _shah_vaish(x, units: Fixed, orders):
    n = len(x)
    weight = units.values()
    scaled = weight / weight.mean()
    position = (np.cumsum(scaled) + 0.5 - weight / 2) / (n + 1)
    order = np.argsort(position, kind="stable")  # a heavy value may lie before the one under it
    position, x = position[order], x[order]
    place = np.searchsorted(position, np.nan_to_num(orders), side="right") - 1
    return np.where(np.isnan(orders), np.nan, x[np.clip(place, 0, n - 1)])


def _by_level(y, base: Breakdown, orders: np.ndarray, weight, rule) -> np.ndarray:
    """Quantiles by level; `orders` is shared, shape (q,), or by level, shape (L, q)."""
    levels = len(base.domains)
    wanted = np.broadcast_to(orders, (levels, np.shape(orders)[-1]))
    result = np.empty(wanted.shape)
    for level in range(levels):
        who = base.level == level
        result[level] = weighted_quantile(y[who], weight[who], wanted[level], rule)
    return result


def _from_replicates(y, base, orders, sample, rule, value, level) -> QuantileEstimates:
    from scipy.special import stdtrit

    whole = _Quantiles(y, base, orders, rule)
    done = estimate(whole, sample)
    df = done.df.reshape(value.shape)
    se = done.se.reshape(value.shape)
    half = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2) * se
    return QuantileEstimates(value, se, value - half, value + half, df, done.factor)


@dataclass(frozen=True, eq=False)
class _Quantiles:
    """Quantiles as a functional without a linear form, for replicates."""

    y: np.ndarray
    base: Breakdown
    orders: np.ndarray
    rule: str

    @property
    def size(self) -> int:
        return len(self.base.domains) * len(self.orders)

    def values(self, weight: np.ndarray) -> np.ndarray:
        return _by_level(self.y, self.base, self.orders, weight, self.rule).ravel()

    def linearised(self, weight, values, columns):
        raise EstimateError("a quantile has no linear form", hint="take Woodruff's interval")

    def present(self, columns: slice) -> np.ndarray:
        levels = [k // len(self.orders) for k in range(columns.start, columns.stop)]
        return np.column_stack([self.base.level == level for level in levels])


def _share_interval(shares, interval, level, base, sample) -> tuple[np.ndarray, np.ndarray]:
    if interval == "beta":
        design_df = shares.df
        n = np.repeat(
            [(base.level == place).sum() for place in range(len(base.domains))],
            len(shares.values) // len(base.domains),
        )
        low, high = beta_interval(shares.values, shares.se, design_df, n=n, level=level)
    else:
        low, high = transformed_interval(
            shares.values, shares.se, shares.df, kind=interval, level=level
        )
    return np.where(low < 0, np.nan, low), np.where(high > 1, np.nan, high)


def _require(rule, interval, orders, sample: WeightedSample) -> None:
    if rule not in QUANTILE_RULES:
        raise EstimateError(f"unknown quantile rule '{rule}'", expected=one_of(QUANTILE_RULES))
    if interval not in QUANTILE_INTERVALS:
        raise EstimateError(
            f"unknown quantile interval '{interval}'", expected=one_of(QUANTILE_INTERVALS)
        )
    if not ((np.asarray(orders) > 0) & (np.asarray(orders) < 1)).all():
        raise EstimateError("quantile orders must lie between 0 and 1", got=f"{orders}")
    if interval != "replicate":
        return
    if sample.replicates is None:
        raise EstimateError(
            "there are no replicates", hint="take Woodruff's interval: interval='mean'"
        )
    if not sample.replicates.quantiles_allowed:
        raise EstimateError(
            "the jackknife of a quantile is not valid",
            hint="take Woodruff's interval: interval='mean'",
        )
