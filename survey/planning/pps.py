"""A systematic draw with probability proportional to size, which anyone can repeat.

The frame is put into an order (the implicit stratification), the sizes are added up along it, and
every n-th part of the sum, from a random start, points at a unit. The start belongs to (seed,
stratum), so another stratum in the frame moves nobody. Units larger than a step are taken for
certain and named. What is written down about a draw is decided in draw_record.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.design.draws import uniforms, unit_keys
from survey.errors import DataError, Faults, UsageError, collect
from survey.planning.allocation import bounds, in_proportion

_CERTAIN = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class Draw:
    """A sample drawn from N units of a frame.

    Attributes
    ----------
    chosen : ndarray of bool, shape (N,)
    probability : ndarray of float, shape (N,)
        Inclusion probability of every unit of the frame; the base weight is its inverse.
    certainty : tuple of str
        Units taken without chance, sorted.
    sizes : dict of stratum to int
        Units drawn from every stratum, those taken for certain included.
    starts : dict of stratum to float
        Random start of every stratum, in [0, 1) steps.
    seed : int
    """

    chosen: np.ndarray
    probability: np.ndarray
    certainty: tuple[str, ...]
    sizes: dict[str, int]
    starts: dict[str, float]
    seed: int


def draw_pps(
    units: Sequence[str],
    measure,
    size: int | Mapping[str, int],
    seed: int,
    *,
    strata: Sequence[str] | None = None,
    order: Sequence[Sequence] = (),
) -> Draw:
    """Draw units systematically with probability proportional to `measure`.

    Parameters
    ----------
    units : N labels, all different
    measure : array_like of float, shape (N,)
        Size of every unit, over 0.
    size : int, or mapping of stratum to int
        Units to draw; one number is split over strata in proportion to their measure, at least
        two per stratum.
    seed : int
    strata : N labels, optional
    order : columns of N values, optional
        The frame is walked through in their order, then by label; not by row.

    Raises
    ------
    DataError
        If a unit occurs twice or has no size over 0: all of them named.
    UsageError
        If more units are wanted than there are, or a stratum has no number.

    References
    ----------
    .. [1] Madow (1949), On the theory of systematic sampling II, Annals of Mathematical
       Statistics 20, 333-354.
    """
    units = [str(unit) for unit in units]
    measure = np.asarray(measure, dtype=float)
    strata = [""] * len(units) if strata is None else [str(label) for label in strata]
    _require_units(units, measure)
    walk = walking_order(units, order)
    labels, index = np.unique(strata, return_inverse=True)
    members = [walk[index[walk] == h] for h in range(len(labels))]
    names = [str(label) for label in labels]
    sizes = split_size(size, {name: measure[m] for name, m in zip(names, members, strict=True)})
    chosen = np.zeros(len(units), dtype=bool)
    probability = np.zeros(len(units))
    starts = {}
    for name, mine in zip(names, members, strict=True):
        starts[name] = float(uniforms(unit_keys(seed, [name], ["start"]), np.zeros(1))[0, 0])
        probability[mine] = inclusion_probabilities(measure[mine], sizes[name])
        chosen[mine] = systematic(probability[mine], starts[name])
    certain = tuple(sorted(units[i] for i in np.flatnonzero(probability == 1)))
    return Draw(chosen, probability, certain, sizes, starts, seed)


def inclusion_probabilities(measure: np.ndarray, n: int) -> np.ndarray:
    """``n x measure / sum``, at most 1: what a certain unit cannot use goes to the others.

    Parameters
    ----------
    measure : ndarray of float, shape (N,)
    n : int, at most N

    Returns
    -------
    ndarray of float, shape (N,)
        Adds up to n.
    """
    certain = np.zeros(len(measure), dtype=bool)
    while True:
        rest = ~certain
        left = n - int(certain.sum())
        result = np.where(certain, 1.0, 0.0)
        if left > 0:
            result[rest] = left * measure[rest] / measure[rest].sum()
        larger = rest & (result >= _CERTAIN)
        if not larger.any():
            return result
        certain |= larger


def systematic(probability: np.ndarray, start: float) -> np.ndarray:
    """Units that ``start, start + 1, ...`` hit on the line of added-up probabilities.

    Parameters
    ----------
    probability : ndarray of float, shape (N,)
        In the order of the walk; adds up to a whole number. Units of probability 1 are taken and
        stand aside of the line.
    start : float, in [0, 1)

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    certain = probability == 1
    ends = np.cumsum(probability[~certain])
    if len(ends):
        ends[-1] = round(ends[-1])
    passed = np.ceil(ends - start)  # points of the comb below each end
    chosen = certain.copy()
    chosen[~certain] = np.diff(passed, prepend=0.0) > 0
    return chosen


def walking_order(units: Sequence[str], order: Sequence[Sequence]) -> np.ndarray:
    """Places of units sorted by the columns of `order`, then by label, shape (N,)."""
    keys = [pd.factorize(np.asarray(column), sort=True)[0] for column in (*order, units)]
    return np.lexsort(keys[::-1])


def split_size(size: int | Mapping[str, int], measures: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Units to draw from every stratum."""
    held = np.array([len(measure) for measure in measures.values()])
    if not isinstance(size, Mapping):
        total = np.array([measure.sum() for measure in measures.values()])
        low, high = bounds(int(size), held, 2 if len(held) > 1 else 1, None)
        return dict(zip(measures, in_proportion(int(size), total, low, high).tolist(), strict=True))
    with collect(UsageError) as faults:
        for name in sorted(set(size) - set(measures)):
            faults.add(f"stratum '{name}' has a size but no units in the frame")
        for name, number in zip(measures, held, strict=True):
            wanted = size.get(name)
            if wanted is None or not 0 <= wanted <= number:
                faults.add(
                    f"stratum '{name}': {'no' if wanted is None else wanted} units wanted",
                    expected=f"0 to {number}, its units in the frame",
                )
    return {name: int(size[name]) for name in measures}


def _require_units(units: Sequence[str], measure: np.ndarray) -> None:
    with collect(DataError) as faults:
        if len(units) != len(measure) or not len(units):
            faults.add(f"{len(units)} units with {len(measure)} sizes", expected="one for each")
            return
        values, times = np.unique(units, return_counts=True)
        for unit in values[times > 1][:20]:
            faults.add(f"unit '{unit}' occurs more than once", expected="one row per unit")
        _name_sizes(units, measure, faults)


def _name_sizes(units: Sequence[str], measure: np.ndarray, faults: Faults) -> None:
    wrong = np.flatnonzero(~(np.isfinite(measure) & (measure > 0)))
    for place in wrong[:20]:
        faults.add(
            f"unit '{units[place]}' has the size {measure[place]:g}",
            expected="a number over 0, or the unit could never be drawn",
        )
    if len(wrong) > 20:
        faults.add(f"and {len(wrong) - 20} more such units")
