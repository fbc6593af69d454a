"""Trimming: extreme weights are cut, what was cut goes to the others.

The total stays, margins no longer hold exactly, and weights are not raked again: raking would
bring the extremes back. Where margins must hold, bounds in calibrate.py are the tool; how far a
trimmed file misses each margin is written into its calibration record. Limits are multiples of the
mean weight; frozen at the full sample they are numbers, and hold in every replicate for weight
over multiplier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.design.totals import fix
from survey.errors import WeightError
from survey.instrument.model import Trim

Share = Literal["proportional", "even"]
_MOST = 10_000  # rounds of cutting and sharing out
_HALVINGS = 200


@dataclass(frozen=True, eq=False)
class Trimmed:
    """Weights within their limits, and how many were cut."""

    weights: np.ndarray
    cut: int


@dataclass(frozen=True)
class FrozenTrim:
    """Trimming at fixed limits: a step that can be repeated on a replicate.

    Attributes
    ----------
    floor, ceiling : float
        Limits of a weight; of weight / multiplier in a replicate.
    share : {"proportional", "even"}
        What was cut is shared out over weights that were not, in proportion to them or, as R's
        ``trimWeights`` does, evenly.
    strict : bool
        Cut again what sharing out lifted over a limit, until nothing is.
    where : str
    """

    floor: float
    ceiling: float
    share: Share = "proportional"
    strict: bool = True
    where: str = ""

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Trim weights, shape (n,), keeping their total.

        Raises
        ------
        WeightError
            If no weights within the limits have that total.
        """
        weights = np.asarray(weights, dtype=float)
        if multiplier is None:
            return _cut(weights, np.ones(len(weights)), self)[0]
        times = np.asarray(multiplier, dtype=float)
        present = times > 0
        single, _ = _cut(weights[present] / times[present], times[present], self)
        trimmed = np.zeros(len(weights))
        trimmed[present] = single * times[present]
        return trimmed


def trim(weights: np.ndarray, limits: Trim, *, where: str = "") -> Trimmed:
    """Cut weights to `lower` and `upper` times their mean and keep their total.

    Parameters
    ----------
    weights : ndarray of float, shape (n,)
    limits : Trim
        Multiples of the mean weight; None is no limit.
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        If the limits are not around 1, so that no weights could keep the total.

    References
    ----------
    .. [1] Potter (1990), A study of procedures to identify and trim extreme sampling weights,
       Proceedings of the Survey Research Methods Section, ASA, 225-230.
    """
    weights = np.asarray(weights, dtype=float)
    trimmed, cut = _cut(weights, np.ones(len(weights)), freeze(weights, limits, where=where))
    return Trimmed(fix(trimmed).values(), cut)


def freeze(
    weights: np.ndarray, limits: Trim, *, share: Share = "proportional", where: str = ""
) -> FrozenTrim:
    """The step whose limits are those of the full sample's weights, shape (n,).

    Rows of weight 0 (nonrespondents) do not count in the mean.

    Raises
    ------
    WeightError
        If the limits are not around 1.
    """
    low, high = limits.lower or 0.0, limits.upper or math.inf
    if not low < 1 < high:
        raise WeightError(
            f"trimming limits are {low:g} and {high:g} times the mean",
            where=where,
            expected="a lower limit under 1 and an upper limit over 1",
        )
    mean = math.fsum(weights) / np.count_nonzero(weights)
    return FrozenTrim(low * mean, high * mean, share, True, where)


def _cut(single: np.ndarray, times: np.ndarray, limits: FrozenTrim) -> tuple[np.ndarray, int]:
    """Weights of rows that count `times` each, within the limits, and how many were cut."""
    active = single != 0  # a weight of 0 is no weight: nothing lifts it to the floor
    total = math.fsum(single * times)
    _require_room(total, math.fsum(times[active]), limits)
    if limits.share == "even":
        return _evenly(single, times, active, limits)
    return _proportionally(single, times, active, total, limits)


def _proportionally(single, times, active, total, limits: FrozenTrim):
    free = active.copy()
    trimmed = single
    while True:
        outside = free & ((trimmed < limits.floor) | (trimmed > limits.ceiling))
        if not outside.any():
            return trimmed, int((active & ~free).sum())
        free &= ~outside
        trimmed = np.where(outside, np.clip(trimmed, limits.floor, limits.ceiling), trimmed)
        left = total - math.fsum((trimmed * times)[~free])
        if not free.any() or left <= 0:
            return _scaled(single, times, active, total, limits)
        trimmed = np.where(free, trimmed * (left / math.fsum((trimmed * times)[free])), trimmed)
        if not limits.strict:
            return trimmed, int((active & ~free).sum())


def _scaled(single, times, active, total, limits: FrozenTrim):
    """The weights ``clip(c * weight)`` of that total: where cutting both ends leaves none free."""
    low = limits.floor / single.max()
    high = limits.ceiling / single[active].min() if math.isfinite(limits.ceiling) else 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried = np.where(active, np.clip(middle * single, limits.floor, limits.ceiling), 0.0)
        low, high = (middle, high) if math.fsum(tried * times) < total else (low, middle)
    cut = active & ((tried <= limits.floor) | (tried >= limits.ceiling))
    return tried, int(cut.sum())


def _evenly(single, times, active, limits: FrozenTrim):
    """As R's ``trimWeights``: whoever is not cut in a round gets the same share of what was."""
    trimmed = single
    was_cut = np.zeros(len(single), dtype=bool)
    for _ in range(_MOST):
        outside = active & ((trimmed < limits.floor) | (trimmed > limits.ceiling))
        if not outside.any():
            break
        was_cut |= outside
        inside = active & ~outside
        if not inside.any():
            raise _nothing_between(limits)
        within = np.where(outside, np.clip(trimmed, limits.floor, limits.ceiling), trimmed)
        spare = math.fsum((trimmed - within) * times) / math.fsum(times[inside])
        lifted = np.where(inside, within + spare, within)
        if not limits.strict or np.array_equal(lifted, trimmed):
            return lifted, int(was_cut.sum())
        trimmed = lifted
    return trimmed, int(was_cut.sum())


def _require_room(total: float, rows: float, limits: FrozenTrim) -> None:
    if not limits.floor * rows <= total <= limits.ceiling * rows:
        raise WeightError(
            f"no weights between {limits.floor:,.6g} and {limits.ceiling:,.6g} can keep the "
            f"total {total:,.6g}",
            where=limits.where,
            expected=f"a mean weight, here {total / rows:,.6g}, within the limits",
            hint="widen the trimming limits",
        )


def _nothing_between(limits: FrozenTrim) -> WeightError:
    return WeightError(
        f"no weight is left between {limits.floor:,.6g} and {limits.ceiling:,.6g} to take up "
        "what was cut",
        where=limits.where,
        hint="widen the trimming limits",
    )
