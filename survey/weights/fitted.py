"""Calibration and post-stratification as steps fitted once and repeated on every replicate.

Each holds what was decided on the full sample: categories, collapses, auxiliaries, totals, bounds
and the basis of its equations. `apply` solves for the weights it is given, checks that every total
is met, and names a category that these weights leave empty. The order of steps and the replicates
are the business of replicated.py; trimming has its own frozen form in trim.py, nonresponse its own
in nonresponse.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.design.totals import fix, sums_by_code
from survey.errors import WeightError
from survey.weights.calibrate import calibrate
from survey.weights.categorical import Crossing, cross, solve_cells
from survey.weights.collapse import Collapsed
from survey.weights.distance import Bounds, make_distance
from survey.weights.generalised import Calibration, Problem, prepare
from survey.weights.household import HouseholdProblem
from survey.weights.margins import Margin
from survey.weights.poststratify import empty_cells
from survey.weights.steps import checked_weights, counts


@dataclass(frozen=True, eq=False)
class MarginStep:
    """Calibration to margins of categories, on their cells.

    Attributes
    ----------
    crossing : Crossing
    problem : Problem or None
        None: plain raking, as in calibrate.py.
    method : str
    bounds : (low, high) or None
        Of calibrated over incoming weight, scaled to the margins' total.
    tolerance : float
    most_steps : int
        Sweeps of plain raking, Newton steps otherwise.
    """

    crossing: Crossing
    problem: Problem | None
    method: str
    bounds: Bounds | None
    tolerance: float
    most_steps: int

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights, shape (n,), that meet every margin; see `steps.Step`."""
        crossing = self.crossing
        weights = checked_weights(weights, len(crossing.cell), where=crossing.where)
        if self.problem is not None:
            return solve_cells(
                weights,
                crossing,
                self.problem,
                method=self.method,
                bounds=self.bounds,
                tolerance=self.tolerance,
                most_steps=self.most_steps,
            ).weights
        return weights * self._raked(crossing.totals(weights))[crossing.cell]

    def _raked(self, totals: np.ndarray) -> np.ndarray:
        """Raked over incoming weight of every cell, shape (K,)."""
        used = totals > 0
        done = calibrate(
            totals[used],
            [level[used] for level in self.crossing.levels],
            self.crossing.margins,
            tolerance=self.tolerance,
            most_sweeps=self.most_steps,
            where=self.crossing.where,
        )
        ratio = np.ones(len(totals))
        ratio[used] = done.ratio * (self.crossing.margins[0].total / float(totals.sum()))
        return ratio


@dataclass(frozen=True, eq=False)
class TotalsStep:
    """Calibration to totals of any auxiliaries.

    Attributes
    ----------
    problem : Problem
    method : str
    bounds : (low, high) or None
        Of calibrated over incoming weight.
    limits : (low, high) or None
        Of the calibrated weight itself, in a replicate of weight / multiplier.
    tolerance : float
    most_steps : int
    """

    problem: Problem
    method: str
    bounds: Bounds | None
    limits: tuple[float, float] | None
    tolerance: float
    most_steps: int

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights, shape (n,), that meet every total; see `steps.Step`."""
        return self.solve(weights, multiplier).weights

    def solve(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> Calibration:
        """The same with all there is to know about the calibration."""
        where = self.problem.where
        weights = checked_weights(weights, len(self.problem.scale), where=where)
        bounds = self.bounds
        if self.limits is not None:
            single = weights / np.where(weights > 0, counts(multiplier, len(weights)), 1.0)
            single = np.where(weights > 0, single, 1.0)
            bounds = (self.limits[0] / single, self.limits[1] / single)
        distance = make_distance(self.method, bounds, where=where)
        return self.problem.solve(
            weights, distance, tolerance=self.tolerance, most_steps=self.most_steps
        )


@dataclass(frozen=True, eq=False)
class HouseholdStep:
    """Calibration with one ratio per household; attributes as in `TotalsStep`."""

    problem: HouseholdProblem
    method: str
    bounds: Bounds | None
    tolerance: float
    most_steps: int

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights, shape (n,), that meet every total; see `steps.Step`."""
        done = self.problem.solve(
            checked_weights(weights, len(self.problem.households.member)),
            self.bounds,
            method=self.method,
            tolerance=self.tolerance,
            most_steps=self.most_steps,
        )
        return done.weights


@dataclass(frozen=True, eq=False)
class CellStep:
    """Post-stratification.

    Attributes
    ----------
    margin : Margin
        Of the cells with respondents in the full sample.
    classes : ndarray of int, shape (n,)
    where : str
    """

    margin: Margin
    classes: np.ndarray
    where: str = ""

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights, shape (n,), whose cells add up to their counts; see `steps.Step`."""
        weights = checked_weights(weights, len(self.classes), where=self.where)
        fixed = fix(weights)
        seen = sums_by_code(fixed.units, self.classes, len(self.margin.counts)) * fixed.quantum
        if (seen == 0).any():
            raise empty_cells(self.margin, seen == 0, self.where)
        return weights * (self.margin.counts / seen)[self.classes]


def margin_step(
    classes: Sequence[np.ndarray],
    margins: Sequence[Margin],
    *,
    method: str = "raking",
    bounds: Bounds | None = None,
    collapsed: Sequence[Collapsed] = (),
    tolerance: float,
    most_steps: int,
    where: str = "",
) -> MarginStep:
    """A `MarginStep`; parameters as in `calibrate_margins`, with collapses decided before.

    Raises
    ------
    WeightError
        If a respondent is in no category of a margin, or margins disagree in total.
    """
    joins = {one.margin: one for one in collapsed}
    classes = [
        joins[margin.name].classes(level) if margin.name in joins else np.asarray(level)
        for level, margin in zip(classes, margins, strict=True)
    ]
    margins = [joins[m.name].apply(m) if m.name in joins else m for m in margins]
    crossing = cross(classes, margins, where=where)
    make_distance(method, bounds, where=where)
    plain = method == "raking" and bounds is None
    problem = None if plain else crossing.problem(tolerance)
    return MarginStep(crossing, problem, method, bounds, tolerance, most_steps)


def totals_step(
    weights: np.ndarray,
    auxiliaries: np.ndarray,
    totals: np.ndarray,
    *,
    method: str,
    bounds: Bounds | None = None,
    limits: tuple[float, float] | None = None,
    scale: np.ndarray | None = None,
    tolerance: float,
    most_steps: int,
    names: Sequence[str] | None = None,
    where: str = "",
) -> TotalsStep:
    """A `TotalsStep`; `weights` are those of the full sample that enter it.

    Other parameters as in `calibrate_totals`; `limits` are those of `TotalsStep`.
    """
    problem = prepare(
        weights, auxiliaries, totals, scale=scale, names=names, tolerance=tolerance, where=where
    )
    if bounds is not None and limits is not None:
        raise WeightError(
            "calibration has bounds of the ratio and limits of the weight",
            where=where,
            expected="one of the two",
        )
    return TotalsStep(problem, method, bounds, limits, tolerance, most_steps)


def cell_step(
    classes: np.ndarray,
    margin: Margin,
    *,
    collapsed: Collapsed | None = None,
    where: str = "",
) -> CellStep:
    """A `CellStep`; parameters as in `poststratify`, with a collapse decided before."""
    if collapsed is not None:
        classes, margin = collapsed.classes(classes), collapsed.apply(margin)
    _require_inside(classes, margin, where)
    return CellStep(margin, np.asarray(classes), where)


def _require_inside(classes: np.ndarray, margin: Margin, where: str) -> None:
    outside = (classes < 0) | (classes >= len(margin.levels))
    if outside.any():
        raise WeightError(
            f"{outside.sum()} respondents are in no category of margin '{margin.name}'",
            where=where,
            expected=f"a level of 0 to {len(margin.levels) - 1} for every respondent",
        )
