"""Calibration: the weights nearest to the base weights that meet every margin.

Everything happens on the cells of the margins' cross-classification, so its cost does not grow
with the sample. Without bounds: raking (iterative proportional fitting). With bounds: the logit
distance of Deville and Sarndal, whose ratios cannot leave the bounds. Converged means that after
a full sweep no margin is off by more than the tolerance, relative to its target; anything else is
an error naming the margin and category that is furthest off. How the cells are adjusted is in
cells.py and logit.py; margins come from margins.py and classes.py; trimming, which gives margins
up, is in trim.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from survey.design.kernels import exact_sums, spread
from survey.design.totals import fix, sums_by_code
from survey.errors import WeightError
from survey.weights.cells import make_cells, rake
from survey.weights.logit import bounded

if TYPE_CHECKING:
    from survey.weights.margins import Margin


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Weights that meet their margins.

    Attributes
    ----------
    weights : ndarray of float, shape (n,)
        Whole multiples of a quantum (design/totals.py), so that they add up exactly.
    ratio : ndarray of float, shape (n,)
        Calibrated over base weight, base weights scaled to the margins' total: 1 on average.
    sweeps : int
        Full sweeps (raking) or Newton steps (logit).
    error : float
        Largest relative difference of a weighted margin from its target, over the weights
        themselves.
    """

    weights: np.ndarray
    ratio: np.ndarray
    sweeps: int
    error: float


def calibrate(
    base: np.ndarray,
    classes: Sequence[np.ndarray],
    margins: Sequence[Margin],
    *,
    bounds: tuple[float, float] | None = None,
    tolerance: float,
    most_sweeps: int,
    where: str = "",
) -> Calibrated:
    """Calibrate base weights to margins.

    Parameters
    ----------
    base : ndarray of float, shape (n,)
        Positive base weights; their scale does not matter.
    classes : sequence of ndarray of int, each of shape (n,)
        Level of every respondent in every margin; every level occurs.
    margins : sequence of Margin
        Of one total (see `margins.reconcile`).
    bounds : (low, high), optional
        Limits of the ratio of calibrated to scaled base weight; low < 1 < high.
    tolerance : float
        Largest relative margin error after a full sweep.
    most_sweeps : int
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        If the margins cannot be met, naming the margin and category furthest off.

    References
    ----------
    .. [1] Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427-444.
    .. [2] Deville and Sarndal (1992), JASA 87, 376-382.
    """
    fixed = fix(base)
    scale = margins[0].total / float(fixed.units.sum() * fixed.quantum)
    cells = make_cells(fixed, scale, classes, margins)
    enough = tolerance / 2  # the other half is left to rounding weights to quanta
    if bounds is None:
        totals, sweeps = rake(cells, tolerance=enough, most_sweeps=most_sweeps)
    else:
        _require_around_one(bounds, where)
        totals, sweeps = bounded(cells, bounds, tolerance=enough, most_steps=most_sweeps)
    factor = totals / cells.base
    final = fix(spread(fixed.units, float(fixed.quantum), scale, factor, cells.cell))
    reached = sums_by_code(final.units, cells.cell, len(factor))
    misfit = [
        exact_sums(level, reached, len(margin.counts)) * final.quantum / margin.counts - 1
        for level, margin in zip(cells.levels, margins, strict=True)
    ]
    worst = require_met(misfit, margins, tolerance, sweeps=sweeps, bounds=bounds, where=where)
    return Calibrated(final.values(), factor[cells.cell], sweeps, worst)


def require_met(
    misfit: Sequence[np.ndarray],
    margins: Sequence[Margin],
    tolerance: float,
    *,
    sweeps: int,
    bounds: tuple[float, float] | None = None,
    where: str = "",
) -> float:
    """The largest relative margin error; a WeightError naming its category if it is too large."""
    worst = max(float(np.abs(off).max()) for off in misfit)
    if not worst <= tolerance:
        raise _unmet(misfit, margins, sweeps, bounds, where)
    return worst


def margin_misfit(
    weights: np.ndarray, classes: Sequence[np.ndarray], margins: Sequence[Margin]
) -> list[np.ndarray]:
    """Relative difference of every weighted level of every margin from its target."""
    pairs = zip(weighted_margins(weights, classes, margins), margins, strict=True)
    return [seen / margin.counts - 1 for seen, margin in pairs]


def weighted_margins(
    weights: np.ndarray, classes: Sequence[np.ndarray], margins: Sequence[Margin]
) -> list[np.ndarray]:
    """Weighted total of every level of every margin."""
    fixed = fix(weights)
    pairs = zip(classes, margins, strict=True)
    return [
        sums_by_code(fixed.units, level, len(margin.levels)) * fixed.quantum
        for level, margin in pairs
    ]


def _require_around_one(bounds: tuple[float, float], where: str) -> None:
    low, high = bounds
    if not 0 <= low < 1 < high:
        raise WeightError(
            f"bounds of the weight ratio are {low:g} to {high:g}",
            where=where,
            expected="a lower bound under 1 and an upper bound over 1",
        )


def _unmet(misfit, margins, sweeps, bounds, where) -> WeightError:
    """The error naming the category that is furthest off."""
    place = int(np.argmax([np.abs(off).max() for off in misfit]))
    margin, level = margins[place], int(np.argmax(np.abs(misfit[place])))
    off, target = misfit[place][level], margin.counts[level]
    within = f" within the bounds {bounds[0]:g} to {bounds[1]:g}" if bounds else ""
    return WeightError(
        f"margin '{margin.name}', category '{margin.levels[level]}' cannot be met{within}: "
        f"{target * (1 + off):,.6g} after {sweeps} sweeps",
        where=where,
        expected=f"{target:,.6g} (off by {off:+.2e})",
        hint="widen the bounds, or join small categories"
        if bounds
        else "some combinations of categories have no respondents: join some, or drop a margin",
    )
