"""Statistics as functions of weights: the second path, for every design and replicate set.

A functional knows its values under any weights and, where it has one, its linearised form; this
module makes variance factors from either. Ratios under one-stage designs have a faster first path
(variance.py, cells.py); tests hold the two equal. Which functionals there are: ratios.py,
moments.py, quantiles.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.estimate.residual import Regression
from survey.design.model import Design
from survey.design.replicates import BLOCK, Replicates, replicate_factor
from survey.design.stages import contributor_labels, variance_factor
from survey.errors import EstimateError


class Functional(Protocol):
    """k statistics of n respondents.

    `present` tells, for a slice of the k statistics, who is in their base, (n, b) bool. One
    whose attribute `total` is true has the degrees of freedom of totals, which count PSUs with
    nobody in the base.
    """

    @property
    def size(self) -> int: ...

    def values(self, weight: np.ndarray) -> np.ndarray: ...

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray: ...

    def present(self, columns: slice) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class WeightedSample:
    """Respondents' weights with all that their variance depends on.

    Attributes
    ----------
    weight : ndarray of float, shape (n,)
    design : Design or None
        None where variances come from replicates.
    replicates : Replicates or None
    calibration : tuple of Regression
        What the weights were calibrated to, step after step; empty: weights taken as fixed.
        Not used with replicates, which repeat the steps themselves.
    """

    weight: np.ndarray
    design: Design | None
    replicates: Replicates | None = None
    calibration: tuple[Regression, ...] = ()

    def labels(self) -> tuple[str, ...]:
        """What every row of a factor belongs to."""
        if self.replicates is not None:
            return tuple(f"replicate {r + 1}" for r in range(self.replicates.count))
        assert self.design is not None
        return contributor_labels(self.design)


@dataclass(frozen=True, eq=False)
class Estimated:
    """k estimates.

    Attributes
    ----------
    values, se, df : ndarray of float, shape (k,)
    factor : ndarray of float, shape (C, k)
        ``factor.T @ factor`` is their covariance.
    lost : dict of int to tuple of int
        Statistics without a variance, with the numbers of the replicates that have no value.
    """

    values: np.ndarray
    se: np.ndarray
    df: np.ndarray
    factor: np.ndarray
    lost: dict[int, tuple[int, ...]]


def estimate(functional: Functional, sample: WeightedSample) -> Estimated:
    """Values, variance factor and degrees of freedom of a functional.

    Blocks of 16 statistics or 16 replicates are in memory at one time, never n by R.
    """
    values = functional.values(sample.weight)
    if sample.replicates is not None:
        return _replicated(functional, sample, values)
    design = sample.design
    if design is None:
        raise EstimateError("there is neither a design nor a set of replicates")
    parts, df = [], np.empty(functional.size)
    finite = np.isfinite(values)
    for start in range(0, functional.size, BLOCK):
        columns = slice(start, min(start + BLOCK, functional.size))
        inside = functional.present(columns)
        present = np.column_stack(
            [
                np.bincount(design.psu[inside[:, b]], minlength=len(design.psus)) > 0
                for b in range(inside.shape[1])
            ]
        )
        totals = getattr(functional, "total", False)
        counted = design.degrees_of_totals if totals else design.degrees
        df[columns] = counted(present)
        linear = functional.linearised(sample.weight, np.where(finite, values, 0.0), columns)
        linear[:, ~finite[columns]] = 0.0
        for regression in sample.calibration:
            linear = regression.residuals(linear)
        part = variance_factor(
            design,
            sample.weight[:, None] * linear,
            present=None if sample.calibration else present,
        )
        part[:, ~finite[columns]] = np.nan
        parts.append(part)
    factor = np.concatenate(parts, axis=1)
    return Estimated(values, np.sqrt((factor * factor).sum(axis=0)), df, factor, {})


def _replicated(functional: Functional, sample: WeightedSample, values: np.ndarray) -> Estimated:
    replicates, weight = sample.replicates, sample.weight
    assert replicates is not None
    table = np.empty((replicates.count, functional.size))
    for start, block in replicates.blocks():
        for column in range(block.shape[1]):
            table[start + column] = functional.values(block[:, column])
    factor = replicate_factor(table, values, replicates)
    gone = np.isnan(table) & ~np.isnan(values)
    lost = {
        int(k): tuple(int(r) + 1 for r in np.flatnonzero(gone[:, k]))
        for k in np.flatnonzero(gone.any(axis=0))
    }
    df = _replicate_df(functional, replicates, weight)
    return Estimated(values, np.sqrt((factor * factor).sum(axis=0)), df, factor, lost)


def _replicate_df(functional: Functional, replicates: Replicates, weight: np.ndarray) -> np.ndarray:
    """Degrees of freedom of every statistic: those of the whole sample, or of its domain."""
    df = np.empty(functional.size)
    known: dict[bytes, float] = {}
    for start in range(0, functional.size, BLOCK):
        columns = slice(start, min(start + BLOCK, functional.size))
        for k, inside in enumerate(functional.present(columns).T, start=start):
            key = np.packbits(inside).tobytes()
            if key not in known:
                whole = bool((inside | (weight == 0)).all())
                known[key] = replicates.df if whole else replicates.df_among(inside)
            df[k] = known[key]
    return df
