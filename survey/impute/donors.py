"""Draws of donors: the same for the full sample, for an imputation of many and for a replicate.

A donor is drawn with probability proportional to a weight given at the time, so that another draw
needs other weights and another number, and nothing else. Every uniform number belongs to (seed,
wave, step, respondent, number of the draw, attempt); the order of rows decides nothing. A donor
whose answers are refused beside the recipient's is drawn again; one who was used as often as
allowed is no donor any more. Who may answer for whom at all is decided in classes.py and
nearest.py, what is refused in situation.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from survey.design.draws import uniforms, unit_keys

ATTEMPTS = 24  # draws before every donor of a recipient is looked at
Refused = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Sampler(Protocol):
    """Donors of r recipients, by their places among d donors."""

    def draw(self, who: np.ndarray, weight: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """A donor for each of `who`, -1 where no donor has a weight."""
        ...  # pragma: no cover

    def all_of(self, one: int) -> np.ndarray:
        """Every donor of one recipient, nearest first."""
        ...  # pragma: no cover


class HotDeck:
    """Donors of the same class.

    Parameters
    ----------
    donor_class : ndarray of int, shape (d,)
    recipient_class : ndarray of int, shape (r,)
    """

    def __init__(self, donor_class: np.ndarray, recipient_class: np.ndarray) -> None:
        self.members = np.argsort(donor_class, kind="stable")
        sorted_class = donor_class[self.members]
        self.start = np.searchsorted(sorted_class, recipient_class, side="left")
        self.stop = np.searchsorted(sorted_class, recipient_class, side="right")

    def draw(self, who: np.ndarray, weight: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        upto = np.concatenate([[0.0], np.cumsum(weight[self.members])])
        low, high = upto[self.start[who]], upto[self.stop[who]]
        place = np.searchsorted(upto, low + uniform * (high - low), side="right") - 1
        last = np.maximum(self.stop[who] - 1, 0)
        found = self.members[np.clip(place, self.start[who], last).clip(0, len(self.members) - 1)]
        return np.where(high > low, found, -1)

    def all_of(self, one: int) -> np.ndarray:
        return self.members[self.start[one] : self.stop[one]]


class Nearest:
    """The nearest donors.

    Parameters
    ----------
    places, distance : ndarray, shape (r, k)
        See `nearest.neighbours`.
    among : int
        How many nearest the draw is among; those as near as the last of them count too.
    """

    def __init__(self, places: np.ndarray, distance: np.ndarray, among: int) -> None:
        self.places, self.distance, self.among = places, distance, among

    def draw(self, who: np.ndarray, weight: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        places, distance = self.places[who], self.distance[who]
        open_ = np.where(places >= 0, weight[places], 0.0)
        met = np.cumsum(open_ > 0, axis=1)
        last = np.where((open_ > 0) & (met <= self.among), distance, -np.inf).max(axis=1)
        upto = np.cumsum(np.where(distance <= last[:, None], open_, 0.0), axis=1)
        total = upto[:, -1]
        place = (upto <= (uniform * total)[:, None]).sum(axis=1).clip(max=places.shape[1] - 1)
        return np.where(total > 0, places[np.arange(len(who)), place], -1)

    def all_of(self, one: int) -> np.ndarray:
        return self.places[one][self.places[one] >= 0]


@dataclass(frozen=True, eq=False)
class Keys:
    """Uniform numbers of recipients.

    Attributes
    ----------
    key : ndarray of uint64, shape (r,)
    """

    key: np.ndarray

    def at(self, who: np.ndarray, number: np.ndarray, attempt: int) -> np.ndarray:
        """Two uniforms for each of `who`, shape (2, k)."""
        return uniforms(self.key[who], number, attempt)


def respondent_keys(seed: int, wave: str, step: str, respondents) -> np.ndarray:
    """Keys of respondents in one step of one wave, shape (n,), uint64."""
    names = [str(name) for name in respondents]
    return unit_keys(seed, (f"{wave}\x1f{step}" for _ in names), names)


def choose(
    sampler: Sampler,
    keys: Keys,
    weight: np.ndarray,
    room: np.ndarray,
    refused: Refused | None,
    *,
    who: np.ndarray,
    number: np.ndarray,
) -> np.ndarray:
    """A donor for every gap.

    Parameters
    ----------
    sampler : Sampler
        Of r recipients among d donors.
    keys : Keys
    weight : ndarray of float, shape (d,)
        Donors are drawn in proportion to it; 0 is no donor.
    room : ndarray of float, shape (d,)
        How often each may be used.
    refused : callable, or None
        From recipients and donors, pair by pair, to where they may not be paired.
    who : ndarray of int, shape (k,)
        Recipients; one may stand there several times.
    number : ndarray of int, shape (k,)
        Number of each draw: an imputation, or a replicate and copy.

    Returns
    -------
    ndarray of int, shape (k,)
        Places among the donors; -1 where nobody is left whose answers are not refused.
    """
    chosen = np.full(len(who), -1)
    room = np.asarray(room, dtype=float).copy()
    left = np.arange(len(who))
    for attempt in range(ATTEMPTS):
        if not len(left):
            return chosen
        uniform, turn = keys.at(who[left], number[left], attempt)
        found = sampler.draw(who[left], np.where(room >= 1, weight, 0.0), uniform)
        fits = found >= 0
        if refused is not None:
            fits[fits] = ~refused(who[left][fits], found[fits])
        fits[fits] = _first_come(found[fits], turn[fits], room)
        chosen[left[fits]] = found[fits]
        room -= np.bincount(found[fits], minlength=len(room))
        left = left[~fits]
    uniform, turn = keys.at(who[left], number[left], ATTEMPTS)
    for place in np.argsort(turn, kind="stable"):  # few: each looks at all its donors
        k = left[place]
        chosen[k] = _last_resort(sampler, int(who[k]), weight, room, refused, uniform[place])
        if chosen[k] >= 0:
            room[chosen[k]] -= 1
    return chosen


def _first_come(found: np.ndarray, turn: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Which of the draws a donor still has room for, by a drawn order of the recipients."""
    order = np.lexsort((turn, found))
    first = np.searchsorted(found[order], found[order], side="left")
    rank = np.empty(len(found))
    rank[order] = np.arange(len(found)) - first
    return rank + 1 <= room[found]


def _last_resort(sampler, one: int, weight, room, refused, uniform: float) -> int:
    """A donor from all that are not refused; the nearest of them where they have an order."""
    donors = sampler.all_of(one)
    donors = donors[(weight[donors] > 0) & (room[donors] >= 1)]
    if refused is not None and len(donors):
        donors = donors[~refused(np.full(len(donors), one), donors)]
    if not len(donors):
        return -1
    if isinstance(sampler, Nearest):
        return int(donors[0])
    upto = np.cumsum(weight[donors])
    return int(
        donors[min(np.searchsorted(upto, uniform * upto[-1], side="right"), len(donors) - 1)]
    )
