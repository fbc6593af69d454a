"""The cells of the margins' cross-classification, and raking on them.

A respondent enters twice, when cells are added up and when the cell's ratio is applied; every
sweep between touches the non-empty cells only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.design.totals import Fixed, group, sums
from survey.weights.margins import Margin


@dataclass(frozen=True, eq=False)
class Cells:
    """The K non-empty cells, in the order of the margins' levels.

    Attributes
    ----------
    base : ndarray of float, shape (K,)
        Base-weighted total of every cell, scaled to the margins' total.
    levels : tuple of ndarray of int, each of shape (K,)
        Level of every cell in each margin.
    cell : ndarray of int, shape (n,)
        Cell of every respondent.
    margins : tuple of Margin
    """

    base: np.ndarray
    levels: tuple[np.ndarray, ...]
    cell: np.ndarray
    margins: tuple[Margin, ...]

    def margin_totals(self, totals: np.ndarray) -> list[np.ndarray]:
        """Sums of cell totals, shape (K,), over every margin."""
        pairs = zip(self.levels, self.margins, strict=True)
        return [np.bincount(level, totals, len(margin.counts)) for level, margin in pairs]


def make_cells(
    base: Fixed, scale: float, classes: Sequence[np.ndarray], margins: Sequence[Margin]
) -> Cells:
    """Cells of respondents.

    Parameters
    ----------
    base : Fixed, n numbers
    scale : float
        From base weights to the margins' total.
    classes : sequence of ndarray of int, each of shape (n,)
    margins : sequence of Margin
    """
    code = np.zeros(len(base.units), dtype=np.int64)
    for level, margin in zip(classes, margins, strict=True):
        code = code * len(margin.levels) + level
    codes, cell = np.unique(code, return_inverse=True)
    levels: list[np.ndarray] = []
    for margin in reversed(margins):
        codes, level = np.divmod(codes, len(margin.levels))
        levels.insert(0, level)
    totals = sums(base.units[:, None], group(cell, int(cell.max()) + 1))[:, 0] * base.quantum
    return Cells(totals * scale, tuple(levels), cell, tuple(margins))


def rake(cells: Cells, *, tolerance: float, most_sweeps: int) -> tuple[np.ndarray, int]:
    """Cell totals after raking, and the number of full sweeps taken.

    Ends when no margin is off by more than `tolerance` relative to its target, or after
    `most_sweeps`; whether that is good enough is for the caller to judge.
    """
    totals = cells.base.copy()
    for sweep in range(1, most_sweeps + 1):
        for level, margin in zip(cells.levels, cells.margins, strict=True):
            totals *= (margin.counts / np.bincount(level, totals))[level]
        seen = zip(cells.margin_totals(totals), cells.margins, strict=True)
        if max(np.abs(got / margin.counts - 1).max() for got, margin in seen) <= tolerance:
            return totals, sweep
    return totals, most_sweeps
