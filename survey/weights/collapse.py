"""Joining small categories, in a declared order, before weights are scaled to their counts.

A category with few respondents, or far from its count, gives wild weights. The order of the joins
is the researcher's: each says which category goes into which. Decided here: which of them are
carried out. The joins are then frozen, so that replicates are weighted in the same categories, and
each is logged with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from survey.errors import WeightError, collect, did_you_mean, one_of
from survey.weights.margins import Margin
from survey.weights.newton import exact_sum


@dataclass(frozen=True)
class Small:
    """When a category is too small.

    Attributes
    ----------
    respondents : int
        Fewer of them than this.
    adjustment : float, optional
        Count over base-weighted respondents, relative to that of all categories, beyond this or
        under its inverse.
    """

    respondents: int
    adjustment: float | None = None


@dataclass(frozen=True)
class Join:
    """One category joined with another, and why.

    Attributes
    ----------
    level, into : str
        As they were called when they were joined.
    respondents : int
        In `level`.
    adjustment : float
        Of `level`; infinite without respondents.
    reason : str
        ``few respondents`` or ``large adjustment``.
    """

    level: str
    into: str
    respondents: int
    adjustment: float
    reason: str

    def __str__(self) -> str:
        return (
            f"'{self.level}' joined with '{self.into}': {self.reason} "
            f"({self.respondents} respondents, adjustment {self.adjustment:.3g})"
        )


@dataclass(frozen=True)
class Collapsed:
    """Joins decided on the full sample.

    Attributes
    ----------
    margin : str
    levels : tuple of str
        Categories before.
    groups : tuple of int
        Category after, of every one before.
    log : tuple of Join
    """

    margin: str
    levels: tuple[str, ...]
    groups: tuple[int, ...]
    log: tuple[Join, ...]

    def classes(self, classes: np.ndarray) -> np.ndarray:
        """Category after, shape (n,), from category before; a negative one stays."""
        return np.where(classes < 0, classes, np.array(self.groups)[classes])

    def apply(self, margin: Margin) -> Margin:
        """The margin in the joined categories, named ``a+b``, with added counts."""
        if margin.levels != self.levels:
            raise WeightError(
                f"margin '{margin.name}' has other categories than those that were joined",
                expected=one_of(self.levels),
                got=", ".join(margin.levels),
            )
        names = _names(self.levels, self.groups)
        counts = np.bincount(self.groups, margin.counts, len(names))
        return replace(margin, levels=names, counts=counts)


def collapse(
    margin: Margin,
    classes: np.ndarray,
    base: np.ndarray,
    *,
    order: Sequence[tuple[str, str]],
    small: Small,
    where: str = "",
) -> Collapsed:
    """Decide which categories are joined.

    The first join of `order` whose category is still small is carried out, until no category is
    small. Joined categories go on as one: a join naming either part means the whole.

    Parameters
    ----------
    margin : Margin
    classes : ndarray of int, shape (n,)
        Category of every respondent.
    base : ndarray of float, shape (n,)
    order : sequence of (level, into)
        Joins in the order in which they are tried; see `adjacent` for ordered categories.
    small : Small
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For a join of an unknown category, and for every small category no join is declared for.

    References
    ----------
    .. [1] Kalton and Flores-Cervantes (2003), Weighting methods, Journal of Official Statistics
       19, 81-97, on the size of cells and of adjustments.
    """
    place = _places(margin, order, where)
    groups = np.arange(len(margin.levels))
    log: list[Join] = []
    while True:
        cells = _Cells(margin, groups[classes], base, groups, small)
        step = next(
            (
                (groups[place[level]], groups[place[into]])
                for level, into in order
                if groups[place[level]] != groups[place[into]]
                and cells.reason(groups[place[level]])
            ),
            None,
        )
        if step is None:
            break
        one, other = step
        names = _label(margin.levels, groups, one), _label(margin.levels, groups, other)
        found = int(cells.n[one]), float(cells.adjustment[one])
        log.append(Join(*names, *found, cells.reason(one)))
        groups[groups == one] = other
    _require_none_left(cells, margin, groups, small, where)
    numbers = np.unique(_first(groups), return_inverse=True)[1]
    return Collapsed(margin.name, margin.levels, tuple(int(k) for k in numbers), tuple(log))


def adjacent(levels: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Joins of ordered categories: each with the one before it, the first with the second."""
    pairs = [(level, before) for before, level in pairwise(levels)]
    return (*reversed(pairs), *[(before, level) for level, before in pairs])


class _Cells:
    """Size and adjustment of every group of categories as it stands."""

    def __init__(self, margin: Margin, cell, base, groups, small: Small) -> None:
        k = len(margin.levels)
        self.small = small
        self.n = np.bincount(cell, minlength=k)
        weight = np.array([exact_sum(base[cell == g]) if self.n[g] else 0.0 for g in range(k)])
        counts = np.bincount(groups, margin.counts, k)
        overall = margin.total / exact_sum(base)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.adjustment = counts / weight / overall

    def reason(self, group: int) -> str:
        """Why a group is small, or an empty string."""
        if self.n[group] < self.small.respondents:
            return "few respondents"
        most = self.small.adjustment
        adjustment = self.adjustment[group]
        if most is not None and not 1 / most <= adjustment <= most:
            return "large adjustment"
        return ""


def _places(margin: Margin, order, where) -> dict[str, int]:
    place = {level: k for k, level in enumerate(margin.levels)}
    with collect(WeightError) as faults:
        for name in sorted({name for pair in order for name in pair} - set(place)):
            faults.add(
                f"a join of margin '{margin.name}' names the category '{name}'",
                where=where,
                expected=one_of(margin.levels),
                hint=did_you_mean(name, margin.levels),
            )
    return place


def _require_none_left(cells: _Cells, margin: Margin, groups, small: Small, where) -> None:
    with collect(WeightError) as faults:
        for group in np.unique(groups):
            reason = cells.reason(group)
            if reason:
                limit = f"at least {small.respondents} respondents"
                if small.adjustment is not None:
                    limit += f", adjustments from {1 / small.adjustment:.3g} to "
                    limit += f"{small.adjustment:.3g}"
                faults.add(
                    f"margin '{margin.name}', category '{_label(margin.levels, groups, group)}' "
                    f"is small ({reason}: {cells.n[group]} respondents, adjustment "
                    f"{cells.adjustment[group]:.3g}), and no join is declared for it",
                    where=where,
                    expected=limit,
                    hint="declare a category it may be joined with",
                )


def _first(groups: np.ndarray) -> np.ndarray:
    """Every category's group, called by the first category in it."""
    return np.array([int(np.flatnonzero(groups == group)[0]) for group in groups])


def _label(levels: Sequence[str], groups: np.ndarray, group: int) -> str:
    return "+".join(level for level, own in zip(levels, groups, strict=True) if own == group)


def _names(levels: Sequence[str], groups: Sequence[int]) -> tuple[str, ...]:
    return tuple(_label(levels, np.array(groups), group) for group in range(max(groups) + 1))
