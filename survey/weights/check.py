"""What the weighting steps ask of the arrays they are given; every fault named, none guessed at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survey.errors import Faults

_SHOWN = 5  # rows named in a message


def weights_fault(weights: np.ndarray, faults: Faults, *, where: str, name: str = "weight") -> None:
    """Add a fault for weights that are missing, infinite or negative, or all zero.

    Parameters
    ----------
    weights : ndarray of float, shape (n,)
    faults : Faults
    where, name : str
        Place, and what the numbers are called, in the message.
    """
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        faults.add(
            f"{bad.sum()} {name}s are missing, infinite or negative: {rows_of(bad, weights)}",
            where=where,
            expected="a finite number, zero or more, for every respondent",
            hint="correct them, or exclude the respondents by a rule",
        )
    elif not weights.any():
        faults.add(f"every {name} is zero", where=where, expected="some weight above zero")


def columns_fault(columns: np.ndarray, names: Sequence[str], faults: Faults, *, where: str) -> None:
    """Add a fault for every auxiliary, a column of (n, p), with a missing or infinite value."""
    for place in np.flatnonzero(~np.isfinite(columns).all(axis=0)).tolist():
        bad = ~np.isfinite(columns[:, place])
        faults.add(
            f"{told(names[place])} is missing or infinite for {bad.sum()} respondents: "
            f"{rows_of(bad, columns[:, place])}",
            where=where,
            expected="a finite number for every respondent",
            hint="impute it, or exclude the respondents by a rule",
        )


def rows_of(bad: np.ndarray, values: np.ndarray) -> str:
    """The first few rows of a fault with what stands there: ``row 3 (nan), row 8 (-2)``."""
    places = np.flatnonzero(bad)
    shown = ", ".join(f"row {place + 1} ({values[place]:g})" for place in places[:_SHOWN])
    return shown + (", ..." if len(places) > _SHOWN else "")


def told(name: str) -> str:
    """How a message calls an auxiliary: margin and category for ``sex=female``."""
    margin, equals, level = name.partition("=")
    return f"margin '{margin}', category '{level}'" if equals else f"auxiliary '{name}'"
