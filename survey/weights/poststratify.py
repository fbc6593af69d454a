"""Post-stratification: the weights of every cell scaled to the cell's population count.

The one-margin case of calibration, and exact. Decided here: what happens to a cell without
respondents. Cells too small to be scaled are joined in collapse.py before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.design.totals import fix, sums_by_code
from survey.errors import Faults, WeightError, collect, one_of
from survey.weights.check import weights_fault
from survey.weights.margins import Margin


@dataclass(frozen=True, eq=False)
class Poststratified:
    """Weights whose cells add up to their counts.

    Attributes
    ----------
    weights, ratio : ndarray of float, shape (n,)
        Final weights, and final over base weight.
    left_out : tuple of str
        Cells with a count and without respondents (only if `partial`).
    """

    weights: np.ndarray
    ratio: np.ndarray
    left_out: tuple[str, ...]


def poststratify(
    base: np.ndarray,
    classes: np.ndarray,
    margin: Margin,
    *,
    partial: bool = False,
    where: str = "",
) -> Poststratified:
    """Scale weights to the counts of one margin, whose levels may cross several items.

    Parameters
    ----------
    base : ndarray of float, shape (n,)
        Zero or more.
    classes : ndarray of int, shape (n,)
        Level of every respondent.
    margin : Margin
    partial : bool
        Leave out counts of cells that no respondent is in; otherwise they are an error.
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For bad weights, respondents in no level, and cells without respondents.

    References
    ----------
    .. [1] Holt and Smith (1979), Post stratification, JRSS A 142, 33-46. R: postStratify().
    """
    base = np.asarray(base, dtype=float)
    with collect(WeightError) as faults:
        weights_fault(base, faults, where=where, name="base weight")
        outside = (classes < 0) | (classes >= len(margin.levels))
        if outside.any():
            faults.add(
                f"{outside.sum()} respondents are in no category of margin '{margin.name}'",
                where=where,
                expected=one_of(margin.levels),
            )
    fixed = fix(base)
    seen = sums_by_code(fixed.units, np.asarray(classes), len(margin.levels)) * fixed.quantum
    empty = seen == 0
    if empty.any() and not partial:
        raise empty_cells(margin, empty, where)
    with np.errstate(divide="ignore"):
        ratio = np.where(empty, 1.0, margin.counts / seen)[classes]
    left_out = tuple(margin.levels[place] for place in np.flatnonzero(empty))
    return Poststratified(base * ratio, ratio, left_out)


def empty_cells(margin: Margin, empty: np.ndarray, where: str) -> WeightError:
    """The error naming every category that nobody with weight is in; `empty` is (n_levels,)."""
    faults = Faults()
    for place in np.flatnonzero(empty):
        faults.add(
            f"margin '{margin.name}', category '{margin.levels[place]}' has a target "
            f"({margin.counts[place]:,.0f}), and no respondent with weight is in it",
            where=where,
            hint="join the category with another",
        )
    return WeightError(faults=faults.items)
