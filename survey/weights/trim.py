"""Trimming: extreme weights are cut, what was cut goes to the others in proportion to their weight.

The total stays, margins no longer hold exactly, and weights are not raked again: raking would
bring the extremes back. Where margins must hold, bounds in calibrate.py are the tool; how far a
trimmed file misses each margin is written into its calibration record.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from survey.design.totals import fix
from survey.errors import WeightError
from survey.instrument.model import Trim


@dataclass(frozen=True, eq=False)
class Trimmed:
    """Weights within their limits, and how many were cut."""

    weights: np.ndarray
    cut: int


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
    low, high = limits.lower or 0.0, limits.upper or math.inf
    if not low < 1 < high:
        raise WeightError(
            f"trimming limits are {low:g} and {high:g} times the mean",
            where=where,
            expected="a lower limit under 1 and an upper limit over 1",
        )
    total = math.fsum(weights)
    mean = total / len(weights)
    floor, ceiling = low * mean, high * mean
    free = np.ones(len(weights), dtype=bool)
    trimmed = np.asarray(weights, dtype=float)
    while True:
        outside = free & ((trimmed < floor) | (trimmed > ceiling))
        if not outside.any():
            break
        free &= ~outside
        trimmed = np.where(outside, np.clip(trimmed, floor, ceiling), trimmed)
        left = total - math.fsum(trimmed[~free])
        if not free.any():
            raise WeightError(
                f"no weight lies between {low:g} and {high:g} times the mean",
                where=where,
                hint="widen the trimming limits",
            )
        trimmed = np.where(free, trimmed * (left / math.fsum(trimmed[free])), trimmed)
    return Trimmed(fix(trimmed).values(), int((~free).sum()))
