"""What calibration made certain: residuals of linearised values on the auxiliaries.

Weights calibrated to totals of auxiliaries leave no error in what these explain, so a linearised
value counts with its residual only. The regression is weighted with the final weights by default;
base weights are R ``survey::calibrate``, no weights R ``survey::rake``. Sums do not depend on the
order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from survey.design.linear import inverse, product
from survey.design.stages import exact_totals
from survey.design.totals import Groups, group


@dataclass(frozen=True, eq=False)
class Regression:
    """A regression on margin categories, on numbers, or on both.

    Attributes
    ----------
    classes : tuple of ndarray of int, each of shape (n,)
        Category of every respondent in every margin; -1: in none.
    numbers : ndarray of float, shape (n, p)
        Continuous auxiliaries (an intercept is not added).
    weight : ndarray of float, shape (n,)
        Weights of the regression.

    References
    ----------
    .. [1] Deville and Sarndal (1992), Calibration estimators in survey sampling, JASA 87, 376-382.
    """

    classes: tuple[np.ndarray, ...]
    numbers: np.ndarray
    weight: np.ndarray

    @cached_property
    def _groups(self) -> list[Groups]:
        return [group(c, int(c.max()) + 1) for c in self.classes]

    @cached_property
    def _columns(self) -> np.ndarray:
        """Numbers, each divided by its largest value so that their scale does not matter."""
        largest = np.abs(self.numbers).max(axis=0, initial=0.0)
        return self.numbers / np.where(largest > 0, largest, 1.0)

    @cached_property
    def _inverse(self) -> np.ndarray:
        parts = [group_.size for group_ in self._groups] + [self._columns.shape[1]]
        ends = np.cumsum(parts)
        cross = np.zeros((ends[-1], ends[-1]))
        for place, codes in enumerate(self.classes):
            rows = slice(ends[place] - parts[place], ends[place])
            inside = codes >= 0
            for other, more in enumerate(self.classes):
                columns = slice(ends[other] - parts[other], ends[other])
                both = np.where(inside & (more >= 0), codes * parts[other] + more, -1)
                table = exact_totals(self.weight[:, None], group(both, parts[place] * parts[other]))
                cross[rows, columns] = table.reshape(parts[place], parts[other])
        if parts[-1]:
            last = slice(ends[-1] - parts[-1], ends[-1])
            weighted = self.weight[:, None] * self._columns
            for place, groups in enumerate(self._groups):
                rows = slice(ends[place] - parts[place], ends[place])
                cross[rows, last] = exact_totals(weighted, groups)
                cross[last, rows] = cross[rows, last].T
            cross[last, last] = np.column_stack(
                [_total(weighted * column[:, None]) for column in self._columns.T]
            )
        return inverse(cross)

    def residuals(self, linear: np.ndarray) -> np.ndarray:
        """Residuals of linearised values, shape (n, k); regressed twice, for full precision."""
        return self._once(self._once(linear))

    def _once(self, linear: np.ndarray) -> np.ndarray:
        weighted = self.weight[:, None] * linear
        explained = [exact_totals(weighted, groups) for groups in self._groups]
        if self._columns.shape[1]:
            explained.append(np.array([_total(weighted * c[:, None]) for c in self._columns.T]))
        slopes = product(self._inverse, np.concatenate(explained))
        left = linear.copy()
        start = 0
        for codes, groups in zip(self.classes, self._groups, strict=True):
            inside = codes >= 0
            left[inside] -= slopes[start : start + groups.size][codes[inside]]
            start += groups.size
        for column, slope in zip(self._columns.T, slopes[start:], strict=True):
            left -= column[:, None] * slope
        return left


def on_classes(classes: Sequence[np.ndarray], weight: np.ndarray) -> Regression:
    """A regression on margin categories alone."""
    return Regression(tuple(classes), np.empty((len(weight), 0)), weight)


def _total(values: np.ndarray) -> np.ndarray:
    """Column sums, in any order of rows."""
    return exact_totals(values, group(np.zeros(len(values), dtype=np.int64), 1))[0]
