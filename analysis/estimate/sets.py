"""Multiple-response sets held in 0/1 columns: who is in the base, which options have a share.

Not asked (an empty cell) is kept apart from not chosen (0). Sets of an instrument are in
multiple.py; both mean the same by a base.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.estimate.names import BASES
from survey.errors import EstimateError, one_of


def chosen_and_base(
    table: np.ndarray, columns: Sequence[str], base: str, exclusive: Sequence[str]
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Options with a share, what was chosen of them, and the base.

    Parameters
    ----------
    table : ndarray of float, shape (n, m)
        1 chosen, 0 not chosen, NaN not asked.
    columns : sequence of str, length m
    base : {"all", "eligible", "mentions"}
    exclusive : sequence of str
        Options that exclude the others.

    Returns
    -------
    options : tuple of str, length k
    chosen : ndarray of float, shape (n, k)
    size : ndarray of float, shape (n,)
        1 in the base; the number of mentions where these are the base.

    Raises
    ------
    EstimateError
        For an unknown base or exclusive option, a cell that is not 0 or 1, an exclusive option
        chosen together with others, or a set nobody was asked.
    """
    if base not in BASES:
        raise EstimateError(f"unknown base '{base}'", expected=one_of(BASES))
    strangers = sorted(set(exclusive) - set(columns))
    if strangers:
        raise EstimateError(
            f"the exclusive option '{strangers[0]}' is not in the set", expected=one_of(columns)
        )
    asked = ~np.isnan(table).any(axis=1)
    if not asked.any():
        raise EstimateError(f"'{stem(columns)}' is missing for every respondent")
    chosen = np.where(asked[:, None], table, 0.0)
    odd = ~np.isin(chosen, (0.0, 1.0)).all(axis=0)
    if odd.any():
        raise EstimateError(
            f"column '{columns[int(np.argmax(odd))]}' holds more than 0 and 1",
            expected="1 chosen, 0 not chosen, empty not asked",
        )
    kept = ~np.isin(columns, list(exclusive))
    both = (chosen[:, ~kept] > 0).any(axis=1) & (chosen.sum(axis=1) > 1)
    if both.any():
        raise EstimateError(
            f"{both.sum()} respondents chose an exclusive option together with another",
            got=f"first: row {int(np.argmax(both)) + 1}",
            hint="correct them, or leave the option out of --exclusive",
        )
    if base == "all":
        return tuple(columns), chosen, asked.astype(float)
    chosen = chosen[:, kept]
    mentions = chosen.sum(axis=1)
    size = (mentions > 0).astype(float) if base == "eligible" else mentions
    return tuple(np.array(columns)[kept]), chosen, size


def stem(columns: Sequence[str]) -> str:
    """What the names of a set's columns begin with."""
    first, last = min(columns), max(columns)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    return first[:length].rstrip("_. ") or first
