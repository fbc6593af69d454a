"""Which weighting classes are joined: too few respondents, or too large a factor.

A class in trouble joins the neighbour, in the declared order, whose response rate is nearer; the
worst goes first, and every join is logged with its reason. Categories of calibration margins are
joined by other rules, in collapse.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey.errors import WeightError
from survey.weights.steps import class_sums


@dataclass(frozen=True)
class Collapse:
    """Two classes became one.

    Attributes
    ----------
    small, into : str
        Names before; the new class is called ``small + into`` in the declared order.
    reason : str
        What was wrong with `small`, with its figure.
    """

    small: str
    into: str
    reason: str


def collapse_classes(
    size: np.ndarray,
    place: np.ndarray,
    responded: np.ndarray,
    known: Sequence[str],
    smallest: int,
    most_factor: float,
    ordered: bool,
    where: str,
) -> tuple[np.ndarray, tuple[str, ...], tuple[Collapse, ...]]:
    """Join classes until none is too small or has too large a factor.

    Parameters
    ----------
    size : ndarray of float, shape (n,)
        Weights, or 1 for every case.
    place : ndarray of int, shape (n,)
        Class of every case; -1 for cases set aside.
    responded : ndarray of bool, shape (n,)
    known : sequence of str
        Names of the classes, neighbours next to each other if `ordered`.
    smallest, most_factor
        See `nonresponse.fit_classes`.

    Returns
    -------
    class_of : ndarray of int
        Class after, by class before.
    names : tuple of str
        Of the classes after.
    log : tuple of Collapse

    Raises
    ------
    WeightError
        If a class is in trouble and has no neighbour, or no order says which it is.
    """
    if smallest < 1 or most_factor < 1:
        raise WeightError(
            "limits of a weighting class are out of range", where=where,
            got=f"at least {smallest} respondents, factor at most {most_factor:g}",
            expected="at least 1 and at least 1",
        )  # fmt: skip
    k = len(known)
    all_of = class_sums(size, place, k).tolist()
    answered = class_sums(np.where(responded, size, 0.0), place, k).tolist()
    cases = np.bincount(place[(place >= 0) & responded], minlength=k).tolist()
    groups = [[place] for place in range(k)]
    log: list[Collapse] = []
    while (bad := _worst(all_of, answered, cases, smallest, most_factor)) is not None:
        at, reason = bad
        name = " + ".join(known[g] for g in groups[at])
        if len(groups) == 1 or not ordered:
            lacking = "no order of classes says with which" if not ordered else "it is the only one"
            raise WeightError(
                f"class '{name}' must be joined with another ({reason}), but {lacking}",
                where=where,
                expected=f"at least {smallest} respondents and a factor of at most {most_factor:g}",
                hint="declare the order, or make classes larger",
            )
        near = [at + step for step in (-1, 1) if 0 <= at + step < len(groups)]
        rate = [a / b if b else 0.0 for a, b in zip(answered, all_of, strict=True)]
        into = min(near, key=lambda other: (abs(rate[other] - rate[at]), other))
        log.append(Collapse(name, " + ".join(known[g] for g in groups[into]), reason))
        first, second = sorted((at, into))
        groups[first] += groups.pop(second)
        for column in (all_of, answered, cases):
            column[first] += column.pop(second)
    class_of = np.empty(k, dtype=int)
    for number, members in enumerate(groups):
        class_of[members] = number
    named = tuple(" + ".join(known[g] for g in members) for members in groups)
    return class_of, named, tuple(log)


def _worst(all_of, answered, cases, smallest, most_factor) -> tuple[int, str] | None:
    """The class in most trouble and what it is: fewest respondents first, then largest factor."""
    few = min(range(len(cases)), key=lambda k: cases[k])
    if cases[few] < smallest:
        return few, f"{cases[few]} respondents"
    factors = [a / b if b > 0 else float("inf") for a, b in zip(all_of, answered, strict=True)]
    large = max(range(len(factors)), key=lambda k: factors[k])
    if factors[large] > most_factor * (1 + 1e-12):
        return large, f"factor {factors[large]:.3g}"
    return None
