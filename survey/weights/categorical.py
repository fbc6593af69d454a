"""Calibration of any method to margins of categories, on the cells of their cross-classification.

Respondents of one cell have the same auxiliaries and so the same ratio: the equations are solved
on cells, and their cost does not grow with the sample. Plain raking has a way of its own
(calibrate.py); here it is for the methods of distance.py. Base weights are scaled to the margins'
total first, so bounds are those of the ratio to scaled base weights, as in calibrate.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.design.totals import fix, sums_by_code
from survey.errors import WeightError, collect
from survey.weights.cells import make_cells
from survey.weights.check import weights_fault
from survey.weights.distance import Bounds, make_distance
from survey.weights.generalised import Calibration, Problem, indicators, prepare
from survey.weights.margins import Margin
from survey.weights.poststratify import empty_cells


@dataclass(frozen=True, eq=False)
class Crossing:
    """The K non-empty cells of margins.

    Attributes
    ----------
    margins : tuple of Margin
    levels : tuple of ndarray of int, each of shape (K,)
        Level of every cell in each margin.
    cell : ndarray of int, shape (n,)
        Cell of every respondent.
    counts : ndarray of float, shape (K,)
        Respondents of every cell.
    where : str
        Place named in messages.
    """

    margins: tuple[Margin, ...]
    levels: tuple[np.ndarray, ...]
    cell: np.ndarray
    counts: np.ndarray
    where: str = ""

    def totals(self, weights: np.ndarray) -> np.ndarray:
        """Weight of every cell, shape (K,), from weights (n,).

        Raises
        ------
        WeightError
            If a category of a margin has no weight: all of them named.
        """
        fixed = fix(weights)
        totals = sums_by_code(fixed.units, self.cell, len(self.counts)) * fixed.quantum
        for level, margin in zip(self.levels, self.margins, strict=True):
            empty = np.bincount(level, totals, len(margin.levels)) == 0
            if empty.any():
                raise empty_cells(margin, empty, self.where)
        return totals

    def problem(self, tolerance: float) -> Problem:
        """The equations on cells, one 0/1 column per category."""
        auxiliaries, totals, names = indicators(self.levels, self.margins)
        return prepare(
            self.counts, auxiliaries, totals, names=names, tolerance=tolerance, where=self.where
        )


def cross(classes: Sequence[np.ndarray], margins: Sequence[Margin], *, where: str = "") -> Crossing:
    """The cells of respondents.

    Parameters
    ----------
    classes : sequence of ndarray of int, each of shape (n,)
        Level of every respondent in every margin.
    margins : sequence of Margin
    where : str

    Raises
    ------
    WeightError
        If a respondent is in no category of a margin.
    """
    with collect(WeightError) as faults:
        for level, margin in zip(classes, margins, strict=True):
            outside = (level < 0) | (level >= len(margin.levels))
            if outside.any():
                faults.add(
                    f"{outside.sum()} respondents are in no category of margin '{margin.name}'",
                    where=where,
                    expected=f"a level of 0 to {len(margin.levels) - 1} for every respondent",
                )
    cells = make_cells(fix(np.ones(len(classes[0]))), 1.0, classes, margins)
    return Crossing(tuple(margins), cells.levels, cells.cell, cells.base, where)


def calibrate_margins(
    base: np.ndarray,
    classes: Sequence[np.ndarray],
    margins: Sequence[Margin],
    *,
    method: str,
    bounds: Bounds | None = None,
    tolerance: float,
    most_steps: int,
    where: str = "",
) -> Calibration:
    """Weights nearest to the base weights, by the method's distance, that meet every margin.

    Parameters
    ----------
    base : ndarray of float, shape (n,)
        Zero or more; their scale does not matter.
    classes : sequence of ndarray of int, each of shape (n,)
    margins : sequence of Margin
        Of one total (see `margins.reconcile`).
    method : {"linear", "raking", "logit"}
    bounds : (low, high), optional
        Limits of the ratio of calibrated to scaled base weight.
    tolerance : float
        Largest relative miss of a category.
    most_steps : int
    where : str
        Place named in messages.

    Returns
    -------
    Calibration
        By respondent; `ratio` is to scaled base weights, `misses` by category of all margins.

    Raises
    ------
    WeightError
        For bad weights, categories without respondents, margins whose totals disagree, and
        margins that are not met, naming the category furthest off.
    """
    base = np.asarray(base, dtype=float)
    with collect(WeightError) as faults:
        weights_fault(base, faults, where=where, name="base weight")
    crossing = cross(classes, margins, where=where)
    return solve_cells(
        base,
        crossing,
        crossing.problem(tolerance),
        method=method,
        bounds=bounds,
        tolerance=tolerance,
        most_steps=most_steps,
    )


def solve_cells(
    weights: np.ndarray,
    crossing: Crossing,
    problem: Problem,
    *,
    method: str,
    bounds: Bounds | None,
    tolerance: float,
    most_steps: int,
) -> Calibration:
    """Calibrate weights, shape (n,), with the equations of their cells made before."""
    totals = crossing.totals(weights)
    scale = crossing.margins[0].total / float(totals.sum())
    distance = make_distance(method, bounds, where=crossing.where)
    done = problem.solve(totals * scale, distance, tolerance=tolerance, most_steps=most_steps)
    slope = np.divide(done.response, totals, out=np.zeros(len(totals)), where=totals > 0)
    ratio = done.ratio[crossing.cell]
    return replace(
        done,
        weights=weights * scale * ratio,
        ratio=ratio,
        response=weights * slope[crossing.cell],
    )
