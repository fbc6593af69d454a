"""Rows of the schema from functionals: estimates with intervals, bases and design effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.functional import Estimated, WeightedSample, estimate
from analysis.estimate.interval import share_interval, transformed_interval
from analysis.estimate.quantiles import QuantileEstimates
from analysis.estimate.ratios import Ratios
from analysis.estimate.result import Result
from analysis.results.covariance import NO_FAMILY
from analysis.results.schema import conform
from survey.design.stages import exact_totals

FAMILY = "survey"  # covariance family of the rows of one file


@dataclass(frozen=True)
class Labels:
    """Words of a set of rows that do not come from the numbers."""

    indicator: str
    statistic: str
    unit: str = ""
    base_kind: str = "all"
    interval: str = "mean"
    deff: str = "replace"


def ratio_rows(
    functional: Ratios,
    sample: WeightedSample,
    categories: tuple[str, ...],
    labels: Labels,
    common: dict,
) -> Result:
    """Rows of ratios, shares, means or totals, level by level and category by category."""
    done = estimate(functional, sample)
    levels, m = len(functional.breakdown.domains), functional.y.shape[1]
    base = (functional.x != 0) & (sample.weight > 0)[:, None]
    counted = np.concatenate([base, base & (functional.y > 0)], axis=1).astype(float)
    both = np.concatenate([counted, sample.weight[:, None] * base], axis=1)
    sums = exact_totals(both, functional.breakdown.groups()).reshape(levels, 3, m)
    n, count, weighted = (sums[:, part].ravel() for part in range(3))
    simple = functional.simple_variance(sample.weight, n, finite=labels.deff == "without")
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.where(simple > 0, done.se**2 / simple, np.nan)
    low, high = share_interval(
        done.values, done.se, done.df, kind=labels.interval, n=n, level=common["conf_level"]
    )
    rows = _frame(done, functional.breakdown, categories, labels, common).assign(
        ci_low=low,
        ci_high=high,
        n=n,
        weighted_n=weighted,
        deff=deff,
        n_eff=np.where(deff > 0, n / np.where(deff > 0, deff, 1), np.nan),
        count=count if labels.statistic == "share" else np.nan,
    )
    return Result(conform(rows), done.factor, sample.labels())


def moment_rows(
    functional, sample: WeightedSample, categories: tuple[str, ...], labels: Labels, common: dict
) -> Result:
    """Rows of variances, correlations and other functions of moments, level by level."""
    done = estimate(functional, sample)
    breakdown = getattr(functional, "breakdown", None) or functional.moments.breakdown
    low, high = transformed_interval(
        done.values, done.se, done.df, kind="mean", level=common["conf_level"]
    )
    present = functional.present(slice(0, functional.size)) & (sample.weight > 0)[:, None]
    weighted = [float(np.add.reduce(np.sort(sample.weight[inside]))) for inside in present.T]
    rows = _frame(done, breakdown, categories, labels, common).assign(
        ci_low=low, ci_high=high, n=present.sum(axis=0).astype(float), weighted_n=weighted
    )
    return Result(conform(rows), done.factor, sample.labels())


def quantile_rows(
    done: QuantileEstimates,
    values: np.ndarray,
    breakdown: Breakdown,
    orders: np.ndarray,
    sample: WeightedSample,
    indicator: str,
    common: dict,
) -> Result:
    """Rows of quantiles, level by level and order by order; joint variance from replicates only."""
    level = np.where(np.isnan(values) | (sample.weight <= 0), -1, breakdown.level)
    n = np.bincount(level[level >= 0], minlength=len(breakdown.domains)).astype(float)
    family = NO_FAMILY if done.factor is None else FAMILY
    rows = pd.DataFrame(
        {
            "domain": np.repeat(np.array(breakdown.domains, dtype=object), len(orders)),
            "category": [f"{p:g}" for p in orders] * len(breakdown.domains),
            "estimate": done.value.ravel(),
            "se": done.se.ravel(),
            "ci_low": done.low.ravel(),
            "ci_high": done.high.ravel(),
            "df": done.df.ravel(),
            "n": np.repeat(n, len(orders)),
        }
    ).assign(indicator=indicator, statistic="quantile", cov_family=family, **common)
    return Result(conform(rows), done.factor, () if done.factor is None else sample.labels())


def _frame(
    done: Estimated,
    breakdown: Breakdown,
    categories: tuple[str, ...],
    labels: Labels,
    common: dict,
) -> pd.DataFrame:
    m = len(categories)
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = np.abs(done.se / done.values)
    reason = np.full(len(done.values), "", dtype=object)
    for k, lost in done.lost.items():
        told = ", ".join(str(r) for r in lost[:5]) + (" ..." if len(lost) > 5 else "")
        reason[k] = f"no standard error: replicates {told} have nobody in the base"
    empty = np.isnan(done.values)
    reason[empty] = "nobody in the base"
    return pd.DataFrame(
        {
            "domain": np.repeat(np.array(breakdown.domains, dtype=object), m),
            "category": np.array(list(categories) * len(breakdown.domains), dtype=object),
            "estimate": done.values,
            "se": done.se,
            "df": done.df,
            "cv": np.where(np.isfinite(cv), cv, np.nan),
            "reason": reason,
            "quality": np.where(reason != "", "caution", "ok"),
        }
    ).assign(
        indicator=labels.indicator,
        statistic=labels.statistic,
        unit=labels.unit,
        base_kind=labels.base_kind,
        cov_family=FAMILY,
        **common,
    )
