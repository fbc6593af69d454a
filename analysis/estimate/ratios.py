"""Ratios and totals by domain as functionals: means, shares, ratios, multiple-response shares.

The ratio ``sum(w y) / sum(w x)`` has the linearised form ``(y - R x) / sum(w x)`` inside its
domain, the total has ``y``. What y and x are is decided by whoever asks (survey.py here,
quantity.py in the pipeline).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.estimate.breakdown import Breakdown
from survey.design.stages import exact_totals
from survey.design.totals import Groups


@dataclass(frozen=True, eq=False)
class Ratios:
    """Ratios (or, without division, totals) of m numerators in L levels; k = L m, level by level.

    Attributes
    ----------
    y : ndarray of float, shape (n, m)
        Zero outside the base.
    x : ndarray of float, shape (n, m)
        Denominators; for a total 1 in the base, 0 outside.
    breakdown : Breakdown
    total : bool
        The statistic is the sum of w y, and x is only its base.
    """

    y: np.ndarray
    x: np.ndarray
    breakdown: Breakdown
    total: bool = False

    @property
    def size(self) -> int:
        return self.y.shape[1] * len(self.breakdown.domains)

    @cached_property
    def _groups(self) -> Groups:
        return self.breakdown.groups()

    def sums(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted sums of y and of x, shape (k,) each."""
        m = self.y.shape[1]
        both = exact_totals(
            weight[:, None] * np.concatenate([self.y, self.x], axis=1), self._groups
        )
        return both[:, :m].ravel(), both[:, m:].ravel()

    def values(self, weight: np.ndarray) -> np.ndarray:
        top, bottom = self.sums(weight)
        if self.total:
            return top
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(bottom != 0, top / bottom, np.nan)

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        bottom = np.ones(self.size) if self.total else self.sums(weight)[1]
        result = np.zeros((len(self.y), columns.stop - columns.start))
        for place, (level, column) in enumerate(self._places(columns)):
            who = self.breakdown.level == level
            k = columns.start + place
            linear = self.y[who, column]
            if not self.total:
                linear = (linear - values[k] * self.x[who, column]) / (bottom[k] or np.nan)
            result[who, place] = linear
        return np.nan_to_num(result, copy=False)

    def present(self, columns: slice) -> np.ndarray:
        return np.column_stack(
            [
                (self.breakdown.level == level) & (self.x[:, column] != 0)
                for level, column in self._places(columns)
            ]
        )

    def _places(self, columns: slice) -> list[tuple[int, int]]:
        """Level and numerator of each of the columns."""
        return [divmod(k, self.y.shape[1]) for k in range(columns.start, columns.stop)]

    def simple_variance(self, weight: np.ndarray, n: np.ndarray, *, finite: bool) -> np.ndarray:
        """Variance of each statistic under simple random sampling of the same n.

        Parameters
        ----------
        weight : ndarray of float, shape (n,)
        n : ndarray of float, shape (k,)
            Respondents in the base.
        finite : bool
            Without replacement from a population of the weights' sum, as R's ``deff = TRUE``;
            otherwise with replacement, as ``deff = "replace"``.
        """
        base = (self.x != 0).astype(float)
        m = self.y.shape[1]
        products = np.concatenate([self.y**2, self.y * self.x, self.x**2, base], axis=1)
        sums = exact_totals(weight[:, None] * products, self._groups).reshape(-1, 4, m)
        yy, xy, xx, size = (sums[:, part].ravel() for part in range(4))
        top, bottom = self.sums(weight)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = top / bottom
            element = (yy - 2 * ratio * xy + ratio**2 * xx) / size * n / (n - 1)
            variance = element / n * (size**2 if self.total else (size / bottom) ** 2)
            return variance * ((size - n) / size if finite else 1.0)
