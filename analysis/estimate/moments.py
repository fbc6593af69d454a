"""Variances, covariances and correlations of answers, and smooth functions of them.

A covariance is the mean of products of deviations, times n / (n - 1) as R ``survey::svyvar`` has
it; the error of the means it is taken around vanishes in first order. A correlation, and any
smooth function of moments (alpha, omega), is linearised by its gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.estimate.breakdown import Breakdown
from survey.design.stages import exact_totals
from survey.design.totals import Groups

_STEP = 1e-6  # relative step of numeric gradients


@dataclass(frozen=True, eq=False)
class Covariances:
    """All covariances of p items in L levels: p (p + 1) / 2 per level, rows of the lower triangle.

    Attributes
    ----------
    items : ndarray of float, shape (n, p)
        Zero where not `complete`.
    complete : ndarray of bool, shape (n,)
        Respondents with weight and an answer to every item; n counts them, in every replicate too.
    breakdown : Breakdown
    """

    items: np.ndarray
    complete: np.ndarray
    breakdown: Breakdown

    @property
    def pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(self.items.shape[1]) for j in range(i + 1)]

    @property
    def size(self) -> int:
        return len(self.pairs) * len(self.breakdown.domains)

    @cached_property
    def _base(self) -> Breakdown:
        level = np.where(self.complete, self.breakdown.level, -1)
        return Breakdown(self.breakdown.domains, level)

    @cached_property
    def _groups(self) -> Groups:
        return self._base.groups()

    def _means(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Means by level (L, p), sums of weights (L,), and n / (n - 1) (L,)."""
        used = np.column_stack([weight, self.complete, weight[:, None] * self.items])
        sums = exact_totals(used.astype(float), self._groups)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums[:, 2:] / sums[:, :1]
            return means, sums[:, 0], sums[:, 1] / (sums[:, 1] - 1)

    def _deviations(self, means: np.ndarray) -> np.ndarray:
        level = self._base.level
        around = np.where((level >= 0)[:, None], means[level], 0.0)
        return np.where((level >= 0)[:, None], self.items - around, 0.0)

    def values(self, weight: np.ndarray) -> np.ndarray:
        means, size, factor = self._means(weight)
        deviation = self._deviations(means)
        products = np.column_stack([deviation[:, i] * deviation[:, j] for i, j in self.pairs])
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = exact_totals(weight[:, None] * products, self._groups) / size[:, None]
            return (mean * factor[:, None]).ravel()

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        means, size, factor = self._means(weight)
        deviation = self._deviations(means)
        result = np.zeros((len(self.items), columns.stop - columns.start))
        for place, k in enumerate(range(columns.start, columns.stop)):
            level, pair = divmod(k, len(self.pairs))
            i, j = self.pairs[pair]
            who = self._base.level == level
            product = deviation[who, i] * deviation[who, j] * factor[level]
            result[who, place] = (product - values[k]) / size[level]
        return result

    def present(self, columns: slice) -> np.ndarray:
        levels = [k // len(self.pairs) for k in range(columns.start, columns.stop)]
        return np.column_stack([self._base.level == level for level in levels])


@dataclass(frozen=True, eq=False)
class Smooth:
    """A smooth function of covariances, level by level.

    Attributes
    ----------
    moments : Covariances
    function : callable
        From a covariance matrix, shape (p, p), to a number; NaN where it has none.
    """

    moments: Covariances
    function: Callable[[np.ndarray], float]

    @property
    def size(self) -> int:
        return len(self.moments.breakdown.domains)

    def values(self, weight: np.ndarray) -> np.ndarray:
        table = self.moments.values(weight).reshape(self.size, -1)
        return np.array([self.function(self._matrix(row)) for row in table])

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        moments = self.moments.values(weight)
        m = len(self.moments.pairs)
        result = np.zeros((len(self.moments.items), columns.stop - columns.start))
        for place, level in enumerate(range(columns.start, columns.stop)):
            part = slice(level * m, (level + 1) * m)
            if not np.isfinite(moments[part]).all():
                continue
            linear = self.moments.linearised(weight, moments, part)
            for column, slope in zip(linear.T, self._gradient(moments[part]), strict=True):
                result[:, place] += column * slope
        return result

    def present(self, columns: slice) -> np.ndarray:
        m = len(self.moments.pairs)
        firsts = [slice(level * m, level * m + 1) for level in range(columns.start, columns.stop)]
        return np.concatenate([self.moments.present(first) for first in firsts], axis=1)

    def _matrix(self, row: np.ndarray) -> np.ndarray:
        p = self.moments.items.shape[1]
        matrix = np.empty((p, p))
        for (i, j), value in zip(self.moments.pairs, row, strict=True):
            matrix[i, j] = matrix[j, i] = value
        return matrix

    def _gradient(self, row: np.ndarray) -> np.ndarray:
        """Central differences, each with one step of Richardson's extrapolation."""
        gradient = np.empty(len(row))
        size = np.sqrt(np.abs(self._matrix(row).diagonal()))
        for k, (i, j) in enumerate(self.moments.pairs):
            scale = size[i] * size[j]  # items in other units have covariances of another size
            slopes = []
            for step in (_STEP * 64 * scale, _STEP * 32 * scale):
                up, down = row.copy(), row.copy()
                up[k] += step
                down[k] -= step
                rise = self.function(self._matrix(up)) - self.function(self._matrix(down))
                slopes.append(rise / (2 * step))
            gradient[k] = (4 * slopes[1] - slopes[0]) / 3
        return gradient


def correlation(matrix: np.ndarray) -> float:
    """Pearson's correlation from a covariance matrix, shape (2, 2)."""
    size = matrix[0, 0] * matrix[1, 1]
    return float(matrix[0, 1] / np.sqrt(size)) if size > 0 else float("nan")
