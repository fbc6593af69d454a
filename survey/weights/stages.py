"""Base weights from how a respondent was selected: one chance per stage, lines, household members.

The chance of a person is the product of the stages' chances, times the telephone lines through
which the household could be reached, over the household members one was drawn from. A base weight
is its inverse. How far lines and members count is capped by a declared number, and what a missing
number stands for is declared too, or it is a fault. Weights that a file brings along are read in
base.py; two telephone frames are joined in dualframe.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.errors import Faults, WeightError, collect
from survey.weights.steps import checked_weights


@dataclass(frozen=True, eq=False)
class Chance:
    """Selection probability of one stage.

    Attributes
    ----------
    name : str
    values : ndarray of float, shape (n,)
        In (0, 1].
    """

    name: str
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Multiplicity:
    """A number that changes a chance: lines raise it, eligible members lower it.

    Attributes
    ----------
    name : str
    values : array_like of float, shape (n,)
        Numbers of at least 1; NaN where not known.
    cap : float or None
        Larger numbers count as this one.
    missing : float or None
        What NaN stands for; None makes it a fault.
    """

    name: str
    values: np.ndarray
    cap: float | None
    missing: float | None = None


@dataclass(frozen=True, eq=False)
class BaseWeights:
    """Base weights and what was decided for them.

    Attributes
    ----------
    weights, chance : ndarray of float, shape (n,)
        ``weights = 1 / chance``, up to the caps' share.
    notes : tuple of str
        Caps and missing numbers, with counts.
    """

    weights: np.ndarray
    chance: np.ndarray
    notes: tuple[str, ...]

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights times the base weights, shape (n,): start from 1 per case.

        Selection is no estimate, so a replicate changes nothing here.
        """
        return checked_weights(weights, len(self.weights)) * self.weights


def equal_chance(name: str, drawn, available, *, where: str = "") -> Chance:
    """Simple random selection: so many drawn of so many, per row.

    Parameters
    ----------
    drawn, available : array_like of float, shape (n,), or a number
        In the row's stratum or unit of the stage before.

    Raises
    ------
    WeightError
        If more were drawn than available, or a number is not positive.
    """
    drawn, available = np.broadcast_arrays(
        np.asarray(drawn, dtype=float), np.asarray(available, dtype=float)
    )
    return _chance(name, drawn / np.where(available > 0, available, np.nan), where)


def pps_chance(
    name: str, size, total, drawn, *, certainty: bool = False, where: str = ""
) -> Chance:
    """Selection with probability proportional to size: ``drawn x size / total``.

    Parameters
    ----------
    size, total, drawn : array_like of float, shape (n,), or a number
        The unit's measure of size, that of its stratum, and the units drawn there.
    certainty : bool
        Units larger than ``total / drawn`` were taken for certain (chance 1); without it they are
        a fault. Where the frame is at hand, `inclusion_probabilities` takes them out properly.

    Raises
    ------
    WeightError
        If a number is not positive, or a chance exceeds 1 and `certainty` is not declared.
    """
    size, total, drawn = np.broadcast_arrays(
        *(np.asarray(part, dtype=float) for part in (size, total, drawn))
    )
    values = drawn * size / np.where(total > 0, total, np.nan)
    if certainty:
        values = np.minimum(values, 1.0)
    return _chance(name, values, where)


def inclusion_probabilities(sizes, drawn: int, *, where: str = "") -> np.ndarray:
    """Chances of a whole frame drawn proportional to size, large units taken for certain.

    A unit whose chance would exceed 1 is taken for certain and the rest is shared out anew, until
    none exceeds 1; the chances add up to `drawn`.

    Parameters
    ----------
    sizes : array_like of float, shape (N,)
        Measures of size over 0, of every unit of the frame.
    drawn : int
        At most N.

    Raises
    ------
    WeightError

    References
    ----------
    .. [1] Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 3.6.
    """
    sizes = np.asarray(sizes, dtype=float)
    bad = ~np.isfinite(sizes) | (sizes <= 0)
    if bad.any():
        raise WeightError(
            f"{int(bad.sum())} measures of size are missing, zero or negative",
            where=where,
            got=f"first: unit {int(np.argmax(bad)) + 1} has {sizes[bad][0]:g}",
        )
    if not 0 < drawn <= len(sizes):
        raise WeightError(
            f"{drawn} units cannot be drawn", where=where, expected=f"1 to {len(sizes)}"
        )
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        left = drawn - int(certain.sum())
        chance = np.where(certain, 1.0, sizes * (left / max(sizes[~certain].sum(), 1e-300)))
        more = ~certain & (chance >= 1)
        if not more.any():
            return chance
        certain |= more


def selection_weights(
    stages: Sequence[Chance],
    *,
    lines: Multiplicity | None = None,
    members: Multiplicity | None = None,
    where: str = "",
) -> BaseWeights:
    """Base weights from the chances of all stages.

    Parameters
    ----------
    stages : sequence of Chance
        First stage first, each of the same n rows.
    lines : Multiplicity, optional
        Telephone numbers through which the household could be drawn: the chance is multiplied.
    members : Multiplicity, optional
        Eligible members of whom one was drawn at random: the chance is divided.
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For every fault of lines and members at once.

    References
    ----------
    .. [1] Valliant, Dever and Kreuter (2018), Practical Tools for Designing and Weighting Survey
       Samples, 2nd ed., chapter 13.
    """
    if not stages:
        raise WeightError("no stage of selection is given", where=where)
    n = len(stages[0].values)
    notes: list[str] = []
    chance = np.ones(n)
    with collect(WeightError) as faults:
        for stage in stages:
            if len(stage.values) != n:
                faults.add(
                    f"stage '{stage.name}' has {len(stage.values)} rows",
                    where=where,
                    expected=f"{n}, as stage '{stages[0].name}'",
                )
            else:
                chance = chance * stage.values
        more = _numbers(lines, n, notes, faults, where)
        fewer = _numbers(members, n, notes, faults, where)
    chance = chance * more / fewer
    return BaseWeights(1.0 / chance, chance, tuple(notes))


def _chance(name: str, values: np.ndarray, where: str) -> Chance:
    values = np.atleast_1d(values)
    bad = ~(np.isfinite(values) & (values > 0) & (values <= 1 + 1e-12))
    if bad.any():
        first = int(np.argmax(bad))
        raise WeightError(
            f"stage '{name}': {int(bad.sum())} chances of selection are missing or outside (0, 1]",
            where=where,
            got=f"first: row {first + 1} has {values[first]:g}",
            hint="check the counts drawn and available, or declare units taken for certain",
        )
    return Chance(name, np.minimum(values, 1.0))


def _numbers(
    part: Multiplicity | None, n: int, notes: list[str], faults: Faults, where: str
) -> np.ndarray:
    """Lines or members per row, missing ones filled and large ones capped."""
    if part is None:
        return np.ones(n)
    values = np.asarray(part.values, dtype=float)
    if values.shape != (n,):
        faults.add(f"'{part.name}' has {len(values)} rows", where=where, expected=str(n))
        return np.ones(n)
    missing = np.isnan(values)
    if missing.any() and part.missing is None:
        faults.add(
            f"'{part.name}' is missing in {int(missing.sum())} rows, first in row "
            f"{int(np.argmax(missing)) + 1}",
            where=where,
            hint="declare what a missing number stands for, such as missing=1",
        )
    if missing.any() and part.missing is not None:
        notes.append(f"{part.name}: {int(missing.sum())} missing, taken as {part.missing:g}")
        values = np.where(missing, part.missing, values)
    few = ~np.isnan(values) & ((values < 1) | ~np.isfinite(values))
    if few.any():
        faults.add(
            f"'{part.name}' is under 1 or infinite in {int(few.sum())} rows, first in row "
            f"{int(np.argmax(few)) + 1} ({values[few][0]:g})",
            where=where,
            expected="at least 1: the respondent was reached and is a member",
        )
    if part.cap is None:
        return values
    if part.cap < 1:
        faults.add(f"the cap of '{part.name}' is {part.cap:g}", where=where, expected="at least 1")
    above = values > part.cap
    if above.any():
        notes.append(f"{part.name}: {int(above.sum())} over {part.cap:g}, counted as {part.cap:g}")
    return np.minimum(values, part.cap)
