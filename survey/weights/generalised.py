"""Calibration to totals of any auxiliaries: counts of categories, incomes, hours, connections.

Decided here: what is asked of the input, which auxiliaries are redundant and whether their totals
agree, and whether the weights found are good enough: every total met to the tolerance, relative.
The curves are in distance.py, the search in newton.py. Margins of categories alone are faster on
their cells (calibrate.py); one weight per household is made in household.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.errors import WeightError, collect
from survey.weights.check import columns_fault, rows_of, told, weights_fault
from survey.weights.distance import Bounds, Distance, make_distance
from survey.weights.margins import Margin
from survey.weights.newton import Basis, Search, exact_sum, make_basis

_NEAR_ZERO = 1e-5  # of the sum of absolute values: a total below it is judged against that sum
_SHOWN = 4  # totals that are off, named in a message
_GIVE = 1e-8  # how dearly misses are paid for where totals are out of reach: almost their least


@dataclass(frozen=True, eq=False)
class Calibration:
    """Weights that meet their totals.

    Attributes
    ----------
    weights, ratio : ndarray of float, shape (n,)
        Calibrated weights (linear calibration without bounds can make some negative), and
        calibrated over base weight (1 where the base weight is zero).
    steps : int
    error : float
        Largest relative miss of a total, over the weights themselves.
    misses : ndarray of float, shape (p,)
        Weighted minus wanted total of every auxiliary, relative to the wanted one.
    response : ndarray of float, shape (n,)
        Base weight times the slope of the curve over scale: how strongly every weight answers to
        the totals. It weights the regression that makes a variance calibration-aware: the base
        weights for ``linear``, the final ones for ``raking``.
    redundant : tuple of str
        Auxiliaries that those before them explain.
    """

    weights: np.ndarray
    ratio: np.ndarray
    steps: int
    error: float
    misses: np.ndarray
    response: np.ndarray
    redundant: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Problem:
    """Auxiliaries and totals, checked once, to be solved for any weights of the same respondents.

    Attributes
    ----------
    columns : ndarray of float, shape (p, n)
    totals : ndarray of float, shape (p,)
    names : tuple of str
    scale : ndarray of float, shape (n,)
    basis : Basis
        Made with the base weights; other weights may use it too.
    where : str
    """

    columns: np.ndarray
    totals: np.ndarray
    names: tuple[str, ...]
    scale: np.ndarray
    basis: Basis
    where: str

    def solve(
        self, weights: np.ndarray, distance: Distance, *, tolerance: float, most_steps: int
    ) -> Calibration:
        """Calibrate weights, shape (n,).

        Raises
        ------
        WeightError
            If nobody with weight has an auxiliary that has a total, or the totals are not met.
        """
        mass = np.array([exact_sum(weights * np.abs(column)) for column in self.columns])
        self._require_somebody(mass)
        sizes = np.maximum(np.abs(self.totals), _NEAR_ZERO * mass)
        sizes = np.where(sizes > 0, sizes, 1.0)
        search = Search(
            weights, self.scale, self.basis, self.basis.turned(self.totals), sizes, distance
        )
        # half of the tolerance is left to the rounding of weights
        point, steps, impossible = search.run(tolerance=tolerance / 2, most_steps=most_steps)
        final = weights * point.ratio
        misses = self._misses(final, sizes)
        error = float(np.abs(misses).max())
        if not error <= tolerance:
            near, _, _ = replace(search, give=_GIVE / exact_sum(weights)).run(
                tolerance=tolerance, most_steps=most_steps
            )
            closest = self._misses(weights * near.ratio, sizes)
            if np.abs(closest).max() < error:
                misses = closest
            raise self._unmet(misses, sizes, mass, steps, distance, impossible)
        response = weights * point.slope / self.scale
        ratio = np.where(weights > 0, point.ratio, 1.0)
        left_out = sorted(set(range(len(self.names))) - set(self.basis.kept))
        redundant = tuple(self.names[place] for place in left_out)
        return Calibration(final, ratio, steps, error, misses, response, redundant)

    def _misses(self, weights: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Weighted minus wanted totals, relative, shape (p,)."""
        reached = np.array([exact_sum(weights * column) for column in self.columns])
        return (reached - self.totals) / sizes

    def _require_somebody(self, mass: np.ndarray) -> None:
        with collect(WeightError) as faults:
            for place in np.flatnonzero((mass == 0) & (self.totals != 0)):
                faults.add(
                    f"{told(self.names[place])} has a total ({self.totals[place]:,.6g}), "
                    "and no respondent with weight has it",
                    where=self.where,
                    hint="join the category with another, or leave the auxiliary out",
                )

    def _unmet(self, misses, sizes, mass, steps, distance, impossible) -> WeightError:
        """The error naming the auxiliary that is furthest off at the best point found."""
        place = int(np.argmax(np.abs(misses)))
        reached = self.totals[place] + misses[place] * sizes[place]
        low, high = np.min(distance.low), np.max(distance.high)
        within = f" within the bounds {low:g} to {high:g}" if distance.bounded else ""
        off = int((np.abs(misses) > 1e-6).sum())
        proof = "no weights can" if impossible else f"after {steps} steps"
        hint = "drop an auxiliary, join small categories, or check the totals"
        if distance.bounded:
            hint = "widen the bounds, or join small categories"
            with np.errstate(divide="ignore", invalid="ignore"):
                wanted = self.totals / mass
            if np.nanmin(wanted) > high or np.nanmax(wanted) < low:
                hint = (
                    f"the totals are about {np.nanmedian(wanted):,.3g} times the base-weighted "
                    "ones: scale the base weights to the population first"
                )
        others = [k for k in np.argsort(-np.abs(misses)).tolist() if k != place][: _SHOWN - 1]
        also = [f"{told(self.names[k])} {misses[k]:+.2e}" for k in others if abs(misses[k]) > 1e-6]
        return WeightError(
            f"{told(self.names[place])} cannot be met{within}: {reached:,.6g} at best "
            f"({proof}); {off} of {len(misses)} totals are off"
            f"{', too: ' if also else ''}{', '.join(also)}",
            where=self.where,
            expected=f"{self.totals[place]:,.6g} (off by {misses[place]:+.2e})",
            hint=hint,
        )


def calibrate_totals(
    base: np.ndarray,
    auxiliaries: np.ndarray,
    totals: np.ndarray,
    *,
    method: str,
    bounds: Bounds | None = None,
    scale: np.ndarray | None = None,
    tolerance: float,
    most_steps: int,
    names: Sequence[str] | None = None,
    where: str = "",
) -> Calibration:
    """Weights nearest to the base weights that give known totals of auxiliaries.

    Parameters
    ----------
    base : ndarray of float, shape (n,)
        Base weights, zero or more, on the scale of the totals: bounds are relative to them.
    auxiliaries : ndarray of float, shape (n, p)
        A column of ones for the size of the population, 0/1 columns for categories, amounts.
    totals : ndarray of float, shape (p,)
    method : {"linear", "raking", "logit"}
    bounds : (low, high), optional
        Limits of calibrated over base weight; see `make_distance`.
    scale : ndarray of float, shape (n,), optional
        Positive; respondents with a larger one change less (R's ``variance``, sigma squared).
    tolerance : float
        Largest miss of a total, relative to it.
    most_steps : int
    names : sequence of str, length p
        For messages; ``margin=category`` for a category.
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For missing or negative input, redundant auxiliaries whose totals disagree, and totals
        that are not met in `most_steps`, naming the one furthest off at the best point found.

    References
    ----------
    .. [1] Deville and Sarndal (1992), Calibration estimators in survey sampling, JASA 87, 376-382.
    .. [2] Deville, Sarndal and Sautory (1993), Generalized raking procedures, JASA 88, 1013-1020.

    Examples
    --------
    >>> done = calibrate_totals(
    ...     np.array([2.0, 2.0, 2.0]), np.array([[1, 0.0], [1, 1.0], [1, 2.0]]),
    ...     np.array([6.0, 9.0]), method="linear", tolerance=1e-10, most_steps=50,
    ...     names=["persons", "hours"])
    >>> done.weights.round(6).tolist()
    [0.5, 2.0, 3.5]
    """
    distance = make_distance(method, bounds, where=where)
    problem = prepare(
        base, auxiliaries, totals, scale=scale, names=names, tolerance=tolerance, where=where
    )
    base = np.asarray(base, dtype=float)
    return problem.solve(base, distance, tolerance=tolerance, most_steps=most_steps)


def prepare(
    base: np.ndarray,
    auxiliaries: np.ndarray,
    totals: np.ndarray,
    *,
    scale: np.ndarray | None = None,
    names: Sequence[str] | None = None,
    tolerance: float,
    where: str = "",
) -> Problem:
    """Check the input of `calibrate_totals`, whose parameters these are, and make its basis."""
    base, totals = np.asarray(base, dtype=float), np.asarray(totals, dtype=float)
    auxiliaries = np.asarray(auxiliaries, dtype=float)
    if auxiliaries.shape != (len(base), len(totals)):
        raise WeightError(
            f"auxiliaries have the shape {auxiliaries.shape}",
            where=where,
            expected=f"one row per weight and one column per total: ({len(base)}, {len(totals)})",
        )
    names = tuple(names) if names else tuple(f"x{k + 1}" for k in range(len(totals)))
    scale = np.ones(len(base)) if scale is None else np.asarray(scale, dtype=float)
    with collect(WeightError) as faults:
        weights_fault(base, faults, where=where, name="base weight")
        columns_fault(auxiliaries, names, faults, where=where)
        for place in np.flatnonzero(~np.isfinite(totals)):
            faults.add(f"the total of {told(names[place])} is {totals[place]:g}", where=where)
        bad = ~(np.isfinite(scale) & (scale > 0))
        if bad.any():
            faults.add(
                f"{bad.sum()} scales are not positive: {rows_of(bad, scale)}",
                where=where,
                expected="a positive number for every respondent",
            )
    columns = np.ascontiguousarray(auxiliaries.T)
    basis = make_basis(base / scale, columns)
    problem = Problem(columns, totals, names, scale, basis, where)
    problem._require_somebody(np.array([exact_sum(base * np.abs(column)) for column in columns]))
    _require_agreement(problem, tolerance)
    return problem


def indicators(
    classes: Sequence[np.ndarray], margins: Sequence[Margin]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Auxiliaries (n, p), totals (p,) and names of margins: one 0/1 column per category.

    Parameters
    ----------
    classes : sequence of ndarray of int, each of shape (n,)
    margins : sequence of Margin
    """
    blocks = [
        (level[:, None] == np.arange(len(margin.levels))).astype(float)
        for level, margin in zip(classes, margins, strict=True)
    ]
    names = tuple(f"{margin.name}={level}" for margin in margins for level in margin.levels)
    totals = np.concatenate([margin.counts for margin in margins])
    return np.concatenate(blocks, axis=1), totals, names


def _require_agreement(problem: Problem, tolerance: float) -> None:
    """Totals of redundant auxiliaries must be those the others imply."""
    basis, totals, names = problem.basis, problem.totals, problem.names
    implied = (basis.mixture * basis.turned(totals)).sum(axis=1)
    parts = np.abs(basis.mixture * basis.turned(totals)).sum(axis=1)
    with collect(WeightError) as faults:
        for place in sorted(set(range(len(names))) - set(basis.kept)):
            gap = abs(totals[place] - implied[place])
            if gap <= tolerance * max(abs(totals[place]), _NEAR_ZERO * parts[place]):
                continue
            before = [
                told(names[k]) for k in basis.kept if basis.mixture[place, basis.kept.index(k)]
            ]
            faults.add(
                f"{told(names[place])} is a combination of {', '.join(before[:4])}"
                f"{' and others' if len(before) > 4 else ''}, but its total is not",
                where=problem.where,
                expected=f"{implied[place]:,.10g}, as those imply (got {totals[place]:,.10g})",
                hint="margins of one population must have one total: scale them to it",
            )
