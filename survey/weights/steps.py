"""What every step of weighting promises, and the checks all steps share.

A step is fitted once on the full sample and then frozen: its thresholds, class bounds and
collapses stay as fitted, while factors that are estimates are worked out again from the weights it
is given. So `apply` repeats the step on a replicate. Which steps a survey takes, and in which
order, is decided by whoever weights it; how replicates are made, in survey/design.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from survey.errors import WeightError


@runtime_checkable
class Step(Protocol):
    """A fitted step: weights in, weights out, one per row and in the same order."""

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Repeat the step on weights, shape (n,).

        `multiplier` (n,) is what a replicate multiplied the base weights by; None is the full
        sample. Limits on a single weight hold for weight / multiplier, and what is counted rather
        than weighted counts a row `multiplier` times.
        """
        ...  # pragma: no cover


@dataclass(frozen=True, eq=False)
class Factor:
    """A step that multiplies by fixed numbers, the same on every replicate.

    Attributes
    ----------
    factor : ndarray of float, shape (n,)
    """

    factor: np.ndarray

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights times the factor; see `Step`."""
        return checked_weights(weights, len(self.factor)) * self.factor


def run_steps(
    base: np.ndarray, steps: Mapping[str, Step], multiplier: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Weights after each step, by name; ``base`` comes first.

    Parameters
    ----------
    base : ndarray of float, shape (n,)
        Base weights of the full sample.
    steps : mapping of str to Step
        In the order they are taken.
    multiplier : ndarray of float, shape (n,), optional
        Of one replicate.
    """
    weights = checked_weights(base)
    times = counts(multiplier, len(weights))
    stages = {"base": weights * times}
    for name, step in steps.items():
        stages[name] = step.apply(list(stages.values())[-1], multiplier)
    return stages


def checked_weights(
    weights: object, n: int | None = None, *, what: str = "weights", where: str = ""
) -> np.ndarray:
    """Weights as floats, shape (n,).

    Raises
    ------
    WeightError
        If one is missing, infinite or negative, all are zero, or there are not `n` of them.
    """
    values = np.asarray(weights, dtype=float)
    if values.ndim != 1 or (n is not None and len(values) != n):
        raise WeightError(
            f"{what} do not match the rows", where=where, expected=f"{n} numbers, one per row",
            got=f"shape {values.shape}",
        )  # fmt: skip
    bad = ~np.isfinite(values) | (values < 0)
    if bad.any():
        first = int(np.argmax(bad))
        raise WeightError(
            f"{int(bad.sum())} {what} are missing, infinite or negative",
            where=where,
            got=f"first: row {first + 1} has {values[first]:g}",
            expected="finite numbers of at least 0",
        )
    if not values.any():
        raise WeightError(f"all {what} are zero", where=where, got=f"{len(values)} rows")
    return values


def counts(multiplier: np.ndarray | None, n: int) -> np.ndarray:
    """How often each row counts, shape (n,): 1 on the full sample."""
    if multiplier is None:
        return np.ones(n)
    return checked_weights(multiplier, n, what="multipliers")


def checked_mask(mask: object, n: int, *, what: str, where: str = "") -> np.ndarray:
    """A yes or no per row, shape (n,), bool.

    Raises
    ------
    WeightError
        If a value is neither, is missing, or there are not `n` of them.
    """
    values = np.asarray(mask)
    if values.shape != (n,):
        raise WeightError(
            f"'{what}' does not match the rows", where=where, expected=f"{n} values, one per row",
            got=f"shape {values.shape}",
        )  # fmt: skip
    if values.dtype == bool:
        return values
    known = np.array([value in (0, 1) for value in values.tolist()], dtype=bool)
    if not known.all():
        first = int(np.argmin(known))
        raise WeightError(
            f"'{what}' is neither yes nor no in {int((~known).sum())} rows",
            where=where,
            got=f"first: row {first + 1} has {values[first]}",
            expected="true or false, or 1 or 0",
        )
    return values.astype(bool)


def row_labels(values: object, n: int, *, what: str, where: str = "") -> np.ndarray:
    """A label per row as text, shape (n,), object.

    Raises
    ------
    WeightError
        If one is missing, or there are not `n` of them.
    """
    labels = np.asarray(values, dtype=object)
    if labels.shape != (n,):
        raise WeightError(
            f"'{what}' does not match the rows", where=where, expected=f"{n} labels, one per row",
            got=f"shape {labels.shape}",
        )  # fmt: skip
    missing = pd.isna(labels)
    if missing.any():
        raise WeightError(
            f"'{what}' is missing in {int(missing.sum())} rows",
            where=where,
            got=f"first: row {int(np.argmax(missing)) + 1}",
            hint="make 'missing' a class of its own before weighting, if that is meant",
        )
    place, known = pd.factorize(labels)
    return np.array([_text(value) for value in known], dtype=object)[place]


def class_sums(values: np.ndarray, place: np.ndarray, size: int) -> np.ndarray:
    """Sum of values (n,) by class number (n,), shape (size,); rows of class -1 are left out.

    Values are added in sorted order, so that the order of rows makes no difference.
    """
    inside = place >= 0
    place, values = place[inside], values[inside]
    order = np.lexsort((values, place))
    return np.bincount(place[order], weights=values[order], minlength=size)


def names(labels: Sequence[object], most: int = 6) -> str:
    """A short list for a message."""
    shown = ", ".join(str(label) for label in labels[:most])
    return shown + (f" and {len(labels) - most} more" if len(labels) > most else "")


def _text(value: object) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
