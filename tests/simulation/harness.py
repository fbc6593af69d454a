"""Runs cells, sums them up, and judges them by the limits that were set beforehand.

Samples are measured in chunks by as many processes as there are cores; a sample's random numbers
depend on its cell and number alone, so the results do not depend on the number of processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.simulation.cells import Cell, cells
from tests.simulation.measures import QUANTILE_KINDS, Measured

MANY_DF = 30
COVERAGE = {"many": (0.94, 0.96), "few": (0.925, 0.97)}  # by degrees of freedom
QUANTILE_COVERAGE = 0.94
VARIANCE, VARIANCE_TRIMMED = (0.95, 1.05), (0.9, 1.1)
BIAS_LEFT = 0.25
ERRORS = 3  # Monte Carlo errors allowed beside the limits of variances
CHUNK = 250


@dataclass(frozen=True, eq=False)
class Samples:
    """Measurements of R samples of one cell.

    Attributes
    ----------
    names : tuple of str, length S
    kinds : tuple of (str, str), length K
        Statistic and kind of interval.
    value, se, df : ndarray of float, shape (R, S)
    low, high : ndarray of float, shape (R, K)
    """

    names: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    value: np.ndarray
    se: np.ndarray
    df: np.ndarray
    low: np.ndarray
    high: np.ndarray


def sampled(cell: Cell, numbers: Iterable[int], measure: Callable[..., Measured] | None = None):
    """The samples of these numbers, measured."""
    return collected([cell.measured(number, measure) for number in numbers])


def collected(measured: Sequence[Measured]) -> Samples:
    """Measurements as arrays."""
    names = tuple(measured[0])
    kinds = tuple((name, kind) for name in names for kind in measured[0][name].bounds)

    def table(get):
        return np.array([[float(get(one[name])) for name in names] for one in measured])

    bounds = np.array([[one[name].bounds[kind] for name, kind in kinds] for one in measured], float)
    return Samples(
        names, kinds, table(lambda s: s.value), table(lambda s: s.se), table(lambda s: s.df),
        bounds[:, :, 0], bounds[:, :, 1],
    )  # fmt: skip


def joined(parts: Sequence[Samples]) -> Samples:
    """Chunks of one cell together."""
    arrays = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("value", "se", "df", "low", "high")
    )
    return Samples(parts[0].names, parts[0].kinds, *arrays)


def chunk(task: tuple[str, int, int]) -> tuple[tuple[str, int, int], Samples, float]:
    """What a process does: samples `start` to `stop` of a cell or a defect, and its seconds."""
    from tests.simulation.defects import DEFECTS

    name, start, stop = task
    began = time.process_time()
    defect = DEFECTS.get(name)
    cell = cells()[defect.cell if defect else name]
    done = sampled(cell, range(start, stop), defect.measure if defect else None)
    return task, done, time.process_time() - began


def summary(cell: Cell, samples: Samples) -> pd.DataFrame:
    """One row per statistic and interval: bias, variance ratio, coverage, their Monte Carlo errors.

    Columns
    -------
    bias_in_se : mean error over the standard deviation of the estimates
    ratio, ratio_error : mean estimated variance over the variance of the estimates
    coverage, coverage_error : of the truth by the 95 % interval; no interval counts as a miss
    below, above : parts of the samples whose whole interval lies below, and above, the truth
    """
    truth = cell.truth()
    rows = []
    for place, (name, kind) in enumerate(samples.kinds):
        s = samples.names.index(name)
        value, variance, df = samples.value[:, s], samples.se[:, s] ** 2, samples.df[:, s]
        low, high = samples.low[:, place], samples.high[:, place]
        true, count = truth[name], len(value)
        spread = value.var(ddof=1)
        ratio, influence = np.nan, np.full(count, np.nan)
        if spread > 0:  # a discrete quantile may be the same in every sample
            ratio = variance.mean() / spread
            influence = (variance - ratio * (value - value.mean()) ** 2) / spread
        covered = (low <= true) & (true <= high)
        coverage = covered.mean()
        rows.append(
            {
                "cell": cell.name, "statistic": name, "interval": kind, "samples": count,
                "truth": true, "mean": value.mean(), "bias": value.mean() - true,
                "bias_error": np.sqrt(spread / count), "sd": np.sqrt(spread),
                "df": df.mean(), "ratio": ratio, "ratio_error": influence.std() / np.sqrt(count),
                "coverage": coverage, "below": (high < true).mean(), "above": (low > true).mean(),
                "coverage_error": np.sqrt(max(coverage * (1 - coverage), 1 / count) / count),
                "without": np.isnan(low).mean(),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def judged(rows: pd.DataFrame, *, slack: float = 0.0) -> pd.DataFrame:
    """Rows with the verdicts `coverage_ok`, `ratio_ok`, `bias_ok`, `ok`, and whether they count.

    Parameters
    ----------
    rows : DataFrame
        Of `summary`.
    slack : float
        Monte Carlo errors allowed beside the limits of coverage: 0 in a whole run; more where
        few samples are taken.

    Returns
    -------
    DataFrame
        `judged` is True for the interval that is recommended for the statistic; a verdict that
        does not apply to a row is True.
    """
    rows = rows.copy()
    rows["judged"] = [
        interval == recommended(statistic, df)
        for statistic, interval, df in zip(
            rows["statistic"], rows["interval"], rows["df"], strict=True
        )
    ]
    quantile = rows["statistic"].str.startswith("quantile").to_numpy()
    attrition = rows["statistic"].str.startswith("second wave, ").to_numpy()
    trimmed = rows["statistic"].str.endswith(", trimmed").to_numpy()
    many = rows["df"].to_numpy() >= MANY_DF
    low = np.where(many, COVERAGE["many"][0], COVERAGE["few"][0])
    high = np.where(many, COVERAGE["many"][1], COVERAGE["few"][1])
    low, high = np.where(quantile, QUANTILE_COVERAGE, low), np.where(quantile, 1.0, high)
    spare = slack * rows["coverage_error"]
    inside = rows["coverage"].between(low - spare, high + spare)
    rows["coverage_ok"] = inside | trimmed | attrition
    least = np.where(trimmed, VARIANCE_TRIMMED[0], VARIANCE[0])
    most = np.where(trimmed, VARIANCE_TRIMMED[1], VARIANCE[1])
    spare = ERRORS * rows["ratio_error"]
    rows["ratio_ok"] = rows["ratio"].between(least - spare, most + spare) | quantile | attrition
    rows["bias_left"], rows["bias_ok"] = np.nan, True
    for cell in rows.loc[attrition, "cell"].unique():
        here = rows["cell"] == cell
        bias = rows[here].set_index("statistic")["bias"].abs()
        left = bias["second wave, adjusted"] / bias["second wave, unadjusted"]
        rows.loc[here, "bias_left"] = left
        rows.loc[here, "bias_ok"] = left <= BIAS_LEFT
    rows["ok"] = rows["coverage_ok"] & rows["ratio_ok"] & rows["bias_ok"]
    return rows


def recommended(statistic: str, df: float) -> str:
    """The interval that is judged.

    Shares have the logit interval; a rare one (under 5 %) has Korn and Graubard's where there
    are at least 30 degrees of freedom. Quantiles have the one that holds for discrete answers.
    """
    if statistic.startswith("quantile"):
        return QUANTILE_KINDS[0]
    if not statistic.startswith("share"):
        return "t"
    return "beta" if statistic.startswith("share .02") and df >= MANY_DF else "logit"
