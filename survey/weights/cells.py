"""The cells of the margins' cross-classification, and raking on them.

A respondent enters twice, when cells are added up and when the cell's ratio is applied; every
sweep between touches the non-empty cells only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from survey.design.kernels import mixed_radix
from survey.design.totals import Fixed, sums_by_code

if TYPE_CHECKING:
    from survey.weights.margins import Margin

_DENSE = 1 << 20  # a table of so many cells costs less than sorting respondents


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
    sizes = [len(margin.levels) for margin in margins]
    codes, cell, units = _non_empty(mixed_radix(classes, sizes), math.prod(sizes), base.units)
    levels: list[np.ndarray] = []
    for size in reversed(sizes):
        codes, level = np.divmod(codes, size)
        levels.insert(0, level)
    totals = units * base.quantum
    return Cells(totals * scale, tuple(levels), cell, tuple(margins))


def _non_empty(
    code: np.ndarray, size: int, units: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes that occur, sorted; every respondent's place among them; sums of units by place."""
    if size > max(_DENSE, 2 * len(code)):
        codes, cell = np.unique(code, return_inverse=True)
        return codes.astype(np.int64), cell, sums_by_code(units, cell, len(codes))
    total = sums_by_code(units, code, size)
    occurs = total > 0
    if (units == 0).any():  # a cell of zero weights has respondents all the same
        occurs[code[units == 0]] = True
    if occurs.all():
        return np.arange(size), code, total
    place = (np.cumsum(occurs) - 1).astype(np.int32)
    return np.flatnonzero(occurs), place[code], total[occurs]


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
