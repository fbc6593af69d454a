"""One weight per household: calibration to person and household totals at once.

Everybody in a household gets the household's mean of every auxiliary and so the same ratio, while
the totals are still met by persons. Decided here: how a household is made of its members. The
calibration itself is generalised.py's, on one row per household.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.errors import WeightError, collect
from survey.weights.check import columns_fault, weights_fault
from survey.weights.distance import Bounds, make_distance
from survey.weights.generalised import Calibration, Problem, prepare
from survey.weights.newton import exact_sum


@dataclass(frozen=True, eq=False)
class Households:
    """Which persons live together.

    Attributes
    ----------
    member : ndarray of int, shape (n,)
        Household of every person.
    labels : tuple of str, length H
        Sorted.
    sizes : ndarray of int, shape (H,)
        Persons of every household.
    """

    member: np.ndarray
    labels: tuple[str, ...]
    sizes: np.ndarray

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Sums over the members, shape (H,), added in one order whatever the order of rows."""
        order = np.lexsort((values, self.member))
        starts = np.r_[0, np.cumsum(self.sizes)[:-1]]
        return np.add.reduceat(values[order], starts)

    def means(self, values: np.ndarray) -> np.ndarray:
        return self.totals(values) / self.sizes


def make_households(household) -> Households:
    """Households from one label per person, shape (n,)."""
    labels, member = np.unique(np.asarray(household, dtype=str), return_inverse=True)
    return Households(member, tuple(labels.tolist()), np.bincount(member, minlength=len(labels)))


@dataclass(frozen=True, eq=False)
class HouseholdProblem:
    """A calibration of households, checked once, for any weights of the same persons."""

    households: Households
    problem: Problem

    def solve(
        self, weights: np.ndarray, bounds, *, method: str, tolerance: float, most_steps: int
    ) -> Calibration:
        """Calibrate weights of persons, shape (n,); every result is by person again."""
        homes = self.households
        distance = make_distance(method, bounds, where=self.problem.where)
        whole = homes.totals(weights)
        done = self.problem.solve(whole, distance, tolerance=tolerance, most_steps=most_steps)
        ratio = done.ratio[homes.member]
        slope = np.divide(done.response, whole, out=np.zeros(len(whole)), where=whole > 0)
        return replace(
            done, weights=weights * ratio, ratio=ratio, response=weights * slope[homes.member]
        )


def calibrate_households(
    base: np.ndarray,
    auxiliaries: np.ndarray,
    totals: np.ndarray,
    household,
    *,
    method: str,
    bounds: Bounds | None = None,
    scale: np.ndarray | None = None,
    tolerance: float,
    most_steps: int,
    names: Sequence[str] | None = None,
    where: str = "",
) -> Calibration:
    """Calibrated weights that are the same for everybody in a household.

    Parameters
    ----------
    base : ndarray of float, shape (n,)
        Base weights, one value per household.
    auxiliaries : ndarray of float, shape (n, p)
        By person. For a total of households give every member 1 / (size of the household).
    totals : ndarray of float, shape (p,)
        Over persons.
    household : array_like, shape (n,)
        Label of every person's household.
    method, bounds, scale, tolerance, most_steps, names, where
        As in `calibrate_totals`; bounds are two numbers; a household's scale is its members' mean.

    Raises
    ------
    WeightError
        If members of a household differ in base weight, and as `calibrate_totals` does.

    References
    ----------
    .. [1] Lemaitre and Dufour (1987), An integrated method for weighting persons and families,
       Survey Methodology 13, 199-207. R: survey::calibrate(aggregate.stage = ).
    """
    problem = prepare_households(
        base,
        auxiliaries,
        totals,
        household,
        scale=scale,
        names=names,
        tolerance=tolerance,
        where=where,
    )
    base = np.asarray(base, dtype=float)
    return problem.solve(base, bounds, method=method, tolerance=tolerance, most_steps=most_steps)


def prepare_households(
    base: np.ndarray,
    auxiliaries: np.ndarray,
    totals: np.ndarray,
    household,
    *,
    scale: np.ndarray | None = None,
    names: Sequence[str] | None = None,
    tolerance: float,
    where: str = "",
) -> HouseholdProblem:
    """Check the input of `calibrate_households`, whose parameters these are."""
    base = np.asarray(base, dtype=float)
    auxiliaries = np.asarray(auxiliaries, dtype=float)
    homes = make_households(household)
    names = tuple(names) if names else tuple(f"x{k + 1}" for k in range(auxiliaries.shape[1]))
    with collect(WeightError) as faults:
        weights_fault(base, faults, where=where, name="base weight")
        columns_fault(auxiliaries, names, faults, where=where)
        _require_one_weight(base, homes, faults, where)
    problem = prepare(
        homes.totals(base),
        np.column_stack([homes.means(column) for column in auxiliaries.T]),
        totals,
        scale=None if scale is None else homes.means(np.asarray(scale, dtype=float)),
        names=names,
        tolerance=tolerance,
        where=where,
    )
    return HouseholdProblem(homes, problem)


def household_totals(values: np.ndarray, weights: np.ndarray, household) -> float:
    """Weighted total over households of a value that every member carries alike.

    Parameters
    ----------
    values, weights : ndarray of float, shape (n,)
    household : array_like, shape (n,)
    """
    homes = make_households(household)
    return exact_sum(weights * values / homes.sizes[homes.member])


def _require_one_weight(base, homes: Households, faults, where) -> None:
    low = np.full(len(homes.labels), np.inf)
    high = np.zeros(len(homes.labels))
    np.minimum.at(low, homes.member, base)
    np.maximum.at(high, homes.member, base)
    apart = np.flatnonzero(high - low > 1e-12 * high)
    if len(apart):
        first = apart[0]
        faults.add(
            f"{len(apart)} households have more than one base weight, first: household "
            f"'{homes.labels[first]}' {low[first]:g} to {high[first]:g}",
            where=where,
            expected="one base weight for everybody in a household",
            hint="give every member the household's base weight",
        )
