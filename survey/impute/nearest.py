"""The donors nearest to each recipient, by Gower's distance on declared auxiliaries.

Decided here: a number counts with its distance over the range, a code with equal or not; an
auxiliary one of the two lacks does not count; two that have nothing in common are as far apart as
can be. The order among equally near donors is a draw that belongs to donor and recipient.

References
----------
.. [1] Gower (1971), A general coefficient of similarity and some of its properties, Biometrics 27,
   857-871.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.clean.answers import without_missing
from survey.clean.derive import with_derived
from survey.instrument.load import Instrument

MOST = 50  # nearest donors kept for every recipient
_BLOCK = 2_000_000  # distances in memory at one time


@dataclass(frozen=True, eq=False)
class Auxiliaries:
    """What distances are measured on.

    Attributes
    ----------
    values : ndarray of float, shape (n, a)
        NaN where there is no answer.
    coded : ndarray of bool, shape (a,)
        Compared as equal or not.
    part : ndarray of float, shape (a,)
    span : ndarray of float, shape (a,)
        Range of every number; 1 for codes.
    """

    values: np.ndarray
    coded: np.ndarray
    part: np.ndarray
    span: np.ndarray

    def distances(self, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Distances in [0, 1], shape (rows, others)."""
        total = np.zeros((len(rows), len(others)))
        weight = np.zeros_like(total)
        for k, part in enumerate(self.part):
            a, b = self.values[rows, k][:, None], self.values[others, k][None, :]
            both = ~(np.isnan(a) | np.isnan(b))
            away = (a != b).astype(float) if self.coded[k] else np.abs(a - b) / self.span[k]
            total += np.where(both, part * away, 0.0)
            weight += np.where(both, part, 0.0)
        return np.where(weight > 0, total / np.where(weight > 0, weight, 1.0), 1.0)


def auxiliaries(
    frame: pd.DataFrame, parts: Mapping[str, float], used: np.ndarray, instrument: Instrument
) -> Auxiliaries:
    """Auxiliaries of a wave; `used` (n,) says over whom the range of a number is taken."""
    if not set(parts) <= set(frame.columns):
        frame = with_derived(frame, instrument)
    values, coded, span = [], [], []
    for name in parts:
        item = instrument.items[name]
        scale = instrument.scales[item.scale] if item.scale else None
        column = without_missing(frame, name, scale).to_numpy(float, na_value=np.nan)
        number = item.kind == "number" or bool(scale is not None and scale.numeric)
        seen = column[used & ~np.isnan(column)]
        reach = float(seen.max() - seen.min()) if number and len(seen) else 1.0
        values.append(column)
        coded.append(not number)
        span.append(reach or 1.0)
    return Auxiliaries(
        np.column_stack(values), np.array(coded), np.array(list(parts.values())), np.array(span)
    )


def neighbours(
    of: Auxiliaries,
    recipients: np.ndarray,
    donors: np.ndarray,
    label: np.ndarray,
    own: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest donors of every recipient within their class, nearest first.

    Parameters
    ----------
    recipients, donors : ndarray of int
        Rows, shape (r,) and (d,).
    label : ndarray of str, shape (n,)
        Classes.
    own : ndarray of float, shape (n,)
        A uniform number of each respondent, for the order among equally near ones.

    Returns
    -------
    places, distance : ndarray of int and of float, shape (r, at most MOST)
        Places in `donors`, -1 and infinity where a class has no more.
    """
    most = min(MOST, len(donors))
    places = np.full((len(recipients), most), -1)
    distance = np.full((len(recipients), most), np.inf)
    step = max(1, _BLOCK // max(len(donors), 1))
    for start in range(0, len(recipients), step):
        rows = recipients[start : start + step]
        away = of.distances(rows, donors)
        away[label[rows][:, None] != label[donors][None, :]] = np.inf
        turn = (own[donors][None, :] - own[rows][:, None]) % 1.0
        order = np.lexsort((turn, away), axis=1)[:, :most]
        near = np.take_along_axis(away, order, axis=1)
        distance[start : start + step] = near
        places[start : start + step] = np.where(np.isfinite(near), order, -1)
    return places, distance
