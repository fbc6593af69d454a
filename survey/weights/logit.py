"""Raking within bounds: the logit distance of Deville and Sarndal, by Newton's method on cells.

The ratio of a cell is ``F(u)``, u the sum of one multiplier per margin level: an S-shaped curve
between the bounds with F(0) = 1 and F'(0) = 1, so that without tight bounds it comes near raking.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survey.design.linear import inverse, product
from survey.weights.cells import Cells

_SMALLEST_STEP = 2.0**-20


def bounded(
    cells: Cells, bounds: tuple[float, float], *, tolerance: float, most_steps: int
) -> tuple[np.ndarray, int]:
    """Cell totals calibrated within bounds, and the number of Newton steps taken.

    Ends when no margin is off by more than `tolerance` relative to its target, when no step helps
    (the bounds do not allow the margins), or after `most_steps`; the caller judges.

    Parameters
    ----------
    cells : Cells
    bounds : (low, high), low < 1 < high

    References
    ----------
    .. [1] Deville and Sarndal (1992), JASA 87, 376-382, case 6.
    """
    sizes = [len(margin.counts) for margin in cells.margins]
    offsets = np.cumsum([0, *sizes])
    columns = [level + start for level, start in zip(cells.levels, offsets, strict=False)]
    target = np.concatenate([margin.counts for margin in cells.margins])

    def try_out(multipliers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        value, change = ratio(sum(multipliers[column] for column in columns), bounds)
        short = target - np.concatenate(cells.margin_totals(cells.base * value))
        return value, change, short

    multipliers = np.zeros(offsets[-1])
    value, change, short = try_out(multipliers)
    for step in range(1, most_steps + 1):
        worst = np.abs(short / target).max()
        if worst <= tolerance:
            return cells.base * value, step
        slope = crossed(columns, cells.base * change, int(offsets[-1]))
        move = product(inverse(slope), short[:, None])[:, 0]
        size = 1.0
        while size > _SMALLEST_STEP:
            value, change, short = try_out(multipliers + size * move)
            if np.abs(short / target).max() < worst:
                break
            size /= 2
        if size <= _SMALLEST_STEP:
            return cells.base * value, step
        multipliers = multipliers + size * move
    return cells.base * value, most_steps


def ratio(u: np.ndarray, bounds: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The S-shaped curve between the bounds and its slope, at u, shape (K,)."""
    low, high = bounds
    steep = (high - low) / ((1 - low) * (high - 1))
    grown = np.exp(np.clip(steep * u, -500, 500))
    value = (low * (high - 1) + high * (1 - low) * grown) / ((high - 1) + (1 - low) * grown)
    return value, (value - low) * (high - value) * steep / (high - low)


def crossed(columns: Sequence[np.ndarray], weight: np.ndarray, size: int) -> np.ndarray:
    """Sums of `weight` by pairs of margin levels, shape (size, size)."""
    table = np.zeros(size * size)
    for first in columns:
        for second in columns:
            table += np.bincount(first * size + second, weight, size * size)
    return table.reshape(size, size)
