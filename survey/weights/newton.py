"""Newton's method for calibration, on auxiliaries turned into a well-conditioned basis.

Calibration minimises a convex function of one multiplier per auxiliary (its dual), whose slope is
what the totals still miss. Decided here: the basis, the step and its length, and when to stop.
Which curve turns multipliers into ratios is decided in distance.py, whether the point found is
good enough in generalised.py.

Sums over respondents are sums of integers, so no row order or thread count changes a digit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from survey.design.linear import gram, inverse, product
from survey.weights.distance import Distance

_REDUNDANT = 1e-18  # squared length left of a column, relative, at which it adds nothing
_SHORTEST = 2.0**-30  # part of a Newton step below which no step helps
_ENOUGH = 1e-4  # part of the promised descent that a step must deliver


def exact_sum(values: np.ndarray) -> float:
    """The sum of n numbers, added up as integers of 2^-61 of their size: any order, one sum."""
    shift = min(61 - int(np.frexp(np.abs(values).sum())[1]), 1000)
    units = np.rint(values * math.ldexp(1.0, shift)).astype(np.int64)
    return math.ldexp(float(units.sum()), -shift)


@dataclass(frozen=True, eq=False)
class Basis:
    """The p auxiliaries as combinations of r orthonormal rows.

    Attributes
    ----------
    rows : ndarray of float, shape (r, n)
        ``sum(pull * rows[i] * rows[k])`` is 1 for i = k and 0 otherwise.
    mixture : ndarray of float, shape (p, r)
        Auxiliary j is ``mixture[j] @ rows``.
    kept : tuple of int, length r
        Auxiliaries that brought a row each; the others are explained by those before them.
    """

    rows: np.ndarray
    mixture: np.ndarray
    kept: tuple[int, ...]

    def turned(self, totals: np.ndarray) -> np.ndarray:
        """Totals of the rows, shape (r,), from totals of the auxiliaries, shape (p,)."""
        turned = np.zeros(len(self.kept))
        for place, column in enumerate(self.kept):
            known = float((self.mixture[column, :place] * turned[:place]).sum())
            turned[place] = (totals[column] - known) / self.mixture[column, place]
        return turned


def make_basis(pull: np.ndarray, columns: np.ndarray) -> Basis:
    """Orthonormal rows by modified Gram and Schmidt, in the order of the columns.

    Parameters
    ----------
    pull : ndarray of float, shape (n,)
        Weights of the inner product: base weight over scale.
    columns : ndarray of float, shape (p, n)
    """
    rows: list[np.ndarray] = []
    kept = []
    mixture = np.zeros((len(columns), len(columns)))
    for place, column in enumerate(columns):
        rest = column.copy()
        size = exact_sum(pull * rest * rest)
        for k, row in enumerate(rows):
            part = exact_sum(pull * row * rest)
            mixture[place, k] = part
            rest -= part * row
        left = exact_sum(pull * rest * rest)
        if left <= _REDUNDANT * size:
            continue
        mixture[place, len(rows)] = np.sqrt(left)
        rows.append(rest / np.sqrt(left))
        kept.append(place)
    found = np.array(rows).reshape(len(rows), columns.shape[1])
    return Basis(found, mixture[:, : len(rows)], tuple(kept))


@dataclass(frozen=True, eq=False)
class Point:
    """Where the search stands.

    Attributes
    ----------
    multipliers : ndarray of float, shape (r,)
    u, ratio, slope : ndarray of float, shape (n,)
    short : ndarray of float, shape (r,)
        Wanted totals of the rows minus those reached (and minus what `Search.give` concedes).
    worst : float
        Largest miss of any auxiliary, relative to `sizes`.
    height : float
        Of the function descended.
    """

    multipliers: np.ndarray
    u: np.ndarray
    ratio: np.ndarray
    slope: np.ndarray
    short: np.ndarray
    worst: float
    height: float


@dataclass(frozen=True, eq=False)
class Search:
    """One calibration problem; every array over respondents has shape (n,).

    Attributes
    ----------
    base, scale : ndarray of float
    basis : Basis
    wanted : ndarray of float, shape (r,)
        Totals of the basis' rows.
    sizes : ndarray of float, shape (p,)
        What the miss of every auxiliary is compared with.
    distance : Distance
    give : float
        Zero: totals are to be met. Above zero: totals may be missed, at the cost of their squared
        relative miss over twice this number, so that every problem has a solution (ridge
        calibration, Beaumont and Bocci 2008, Survey Methodology 34, 1-14).
    """

    base: np.ndarray
    scale: np.ndarray
    basis: Basis
    wanted: np.ndarray
    sizes: np.ndarray
    distance: Distance
    give: float = 0.0

    @cached_property
    def _ridge(self) -> np.ndarray:
        """What a multiplier concedes of the totals of the rows, shape (r, r)."""
        relative = self.basis.mixture / self.sizes[:, None]
        return self.give * inverse(product(relative.T, relative))

    def run(self, *, tolerance: float, most_steps: int) -> tuple[Point, int, bool]:
        """The best point, the steps taken, and whether the totals are proven out of reach.

        After the first point within `tolerance` one more step is taken and kept if it is better.
        """
        here = best = self._point(np.zeros(len(self.wanted)))
        for step in range(1, most_steps + 1):
            done = here.worst <= tolerance
            after = self._step(here)
            if after is None:
                return best, step, self._impossible(best)
            if after.worst < best.worst:
                best = after
            if done:
                return best, step, False
            here = after
            if here.worst > tolerance and self._impossible(here):
                return best, step, True
        return best, most_steps, False

    def _point(self, multipliers: np.ndarray) -> Point:
        u = np.zeros(len(self.base))
        for row, multiplier in zip(self.basis.rows, multipliers, strict=True):
            u += multiplier * row
        u /= self.scale
        ratio, slope = self.distance.curve(u)
        weights = self.base * ratio
        short = self.wanted - np.array([exact_sum(weights * row) for row in self.basis.rows])
        height = exact_sum(self.base * self.scale * self.distance.integral(u))
        height -= float((multipliers * self.wanted).sum())
        if self.give:
            conceded = product(self._ridge, multipliers[:, None])[:, 0]
            short -= conceded
            height += float((multipliers * conceded).sum()) / 2
        missed = product(self.basis.mixture, short[:, None])[:, 0]
        worst = float(np.abs(missed / self.sizes).max()) if len(missed) else 0.0
        return Point(multipliers, u, ratio, slope, short, worst, height)

    def _step(self, here: Point) -> Point | None:
        """The next point, or None where no step helps."""
        curvature = gram(np.sqrt(self.base * here.slope / self.scale) * self.basis.rows)
        if self.give:
            curvature += self._ridge
        elif not here.slope.all():  # respondents on a bound: the curvature may vanish
            off = float(np.sqrt((here.short**2).sum() / (self.wanted**2).sum()))
            curvature[np.diag_indices_from(curvature)] += min(1e-3, off)
        move = product(inverse(curvature), here.short[:, None])[:, 0]
        promised = float((move * here.short).sum())
        size = 1.0
        while size > _SHORTEST:
            there = self._point(here.multipliers + size * move)
            descends = there.height <= here.height - _ENOUGH * size * promised
            if descends or there.worst <= (1 - size / 2) * here.worst:
                return there
            size /= 2
        return None

    def _impossible(self, here: Point) -> bool:
        """Whether no ratios within the bounds can give this combination of the totals.

        The combination of auxiliaries ``u`` is largest with every ratio on its upper bound where u
        is positive and on its lower one elsewhere; a wanted total beyond that is out of reach.
        """
        if self.give or not self.distance.bounded:
            return False
        with np.errstate(invalid="ignore"):
            most = np.where(here.u > 0, self.distance.high * here.u, self.distance.low * here.u)
        most = np.where(here.u == 0, 0.0, most) * self.base * self.scale
        if not np.isfinite(most).all():
            return False
        asked = float((here.multipliers * self.wanted).sum())
        return asked - exact_sum(most) > 1e-9 * exact_sum(np.abs(most))
