"""Shares and totals of the cells of a table as functionals: one code per respondent, no columns.

A table of many cells would need as many columns of 0 and 1; here they exist sixteen at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.models.base import Base
from survey.design.stages import exact_totals
from survey.design.totals import Groups, group
from survey.errors import EstimateError


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a table of a base.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        Cell of every respondent; -1 outside the base.
    size : int
    base : Base
    total : bool
        Estimated totals; otherwise shares of the base.
    """

    codes: np.ndarray
    size: int
    base: Base
    total: bool

    @cached_property
    def _groups(self) -> Groups:
        return group(self.codes, self.size)

    def values(self, weight: np.ndarray) -> np.ndarray:
        totals = exact_totals(weight[:, None], self._groups)[:, 0]
        if self.total:
            return totals
        with np.errstate(divide="ignore", invalid="ignore"):
            return totals / totals.sum()

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        inside = self.base.inside[:, None]
        chosen = self.codes[:, None] == np.arange(columns.start, columns.stop)
        if self.total:
            return chosen.astype(float)
        whole = exact_totals(weight[:, None], self._groups).sum()
        return np.where(inside, chosen - values[columns], 0.0) / whole

    def present(self, columns: slice) -> np.ndarray:
        return self.base.present(columns)

    def estimate(self) -> tuple[np.ndarray, np.ndarray]:
        """Values, shape (k,), and factor, shape (C, k).

        Raises
        ------
        EstimateError
            If a replicate has nobody in the base.
        """
        done = self.base.estimate(self)
        if done.lost:
            lost = ", ".join(str(r) for r in next(iter(done.lost.values()))[:5])
            raise EstimateError(
                f"the table has no variance: nobody of the base is in replicates {lost}"
            )
        return done.values, done.factor
