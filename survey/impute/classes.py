"""Classes of respondents who answer for each other, and how classes are given up.

Decided here: a class is a combination of the declared variables; one with fewer donors than
`impute_min_donors`, or with more gaps than its donors may fill, is joined with all classes that
agree in the variables before the last, until there are donors enough; a class variable without an
answer is a level of its own. Classes are made once, on the full sample, and frozen after that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from survey.clean.answers import without_missing
from survey.clean.derive import with_derived
from survey.errors import DataError
from survey.instrument.load import Instrument

NONE = "none"  # level of a variable that has no answer
WHOLE = "all"  # label of the class of everybody


def classes_of(
    frame: pd.DataFrame,
    variables: Sequence[str],
    donors: np.ndarray,
    recipients: np.ndarray,
    *,
    least: int,
    uses: int,
    instrument: Instrument,
    what: str = "",
    where: str = "",
) -> np.ndarray:
    """Label of every donor's and recipient's class.

    Parameters
    ----------
    frame : DataFrame, n rows
    variables : sequence of str
        From the one that is kept longest to the one that is given up first.
    donors, recipients : ndarray of bool, shape (n,)
    least : int
        Donors a class must have.
    uses : int
        How often one donor may be used.
    what, where : str
        The step, and its place, named in messages.

    Returns
    -------
    ndarray of str, shape (n,)
        ``residence=1&sex=2``; ``""`` for those outside both masks.

    Raises
    ------
    DataError
        If a variable is not in the data, or even all donors together are too few.
    """
    words = _levels(frame, variables, instrument, what, where)
    inside = donors | recipients
    paths = np.full((len(frame), len(variables) + 1), WHOLE, dtype=object)
    for place, (name, level) in enumerate(zip(variables, words, strict=True)):
        told = np.array([f"{name}={word}" for word in level], dtype=object)
        paths[:, place + 1] = told if place == 0 else paths[:, place] + "&" + told
    depth = np.full(len(frame), len(variables))
    for now in range(len(variables), 0, -1):
        at = inside & (depth == now)
        poor = _poor(paths[at, now], donors[at], recipients[at], least, uses)
        parents = set(paths[at, now - 1][np.isin(paths[at, now], list(poor))])
        depth[inside & np.isin(paths[:, now - 1], list(parents))] = now - 1
    labels = np.where(inside, paths[np.arange(len(frame)), depth], "").astype(str)
    left = _poor(labels[inside], donors[inside], recipients[inside], least, uses)
    if left:
        raise DataError(
            f"'{what}' has {int(donors.sum())} donors for {int(recipients.sum())} missing answers",
            where=where,
            expected=f"at least {least} donors, each used at most {uses} times",
            hint="take the step out; such an item is better left missing",
        )
    return labels


def _poor(labels, donors, recipients, least: int, uses: int) -> set[str]:
    """Classes with gaps and too few donors to fill them."""
    counts = pd.DataFrame({"label": labels, "d": donors, "r": recipients}).groupby("label").sum()
    few = (counts["d"] < least) | (counts["r"] > counts["d"] * uses)
    return set(counts.index[few & (counts["r"] > 0)])


def _levels(frame, variables, instrument: Instrument, what: str, where: str) -> list[np.ndarray]:
    if not set(variables) <= set(frame.columns):
        frame = with_derived(frame, instrument)
    absent = [name for name in variables if name not in frame.columns]
    if absent:
        raise DataError(
            f"donors of '{what}' are chosen by '{absent[0]}', which this wave does not have",
            where=where,
            hint="name the waves of the step under 'waves:'",
        )
    found = []
    for name in variables:
        item = instrument.items[name]
        scale = instrument.scales[item.scale] if item.scale else None
        values = without_missing(frame, name, scale)
        codes = {value: f"{float(value):g}" for value in values.dropna().unique()}
        found.append(values.map(codes).astype(object).where(values.notna(), NONE).to_numpy())
    return found
