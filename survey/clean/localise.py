"""Which answers of a record to take away, so that hard edits can hold again: the fewest.

Decided here: the least trusted set of answers that can be replaced so that no hard edit finds
anything, found exactly, as in Fellegi and Holt: sets are tried from the cheapest on, and a set will
do if some answers to its items satisfy all hard edits with the rest as it stands. Edits that follow
from others need not be worked out, because each set is tried on all edits at once. Equally cheap
sets are told apart by the order of the instrument.

References
----------
.. [1] Fellegi and Holt (1976), A systematic approach to automatic edit and imputation, Journal of
   the American Statistical Association 71, 17-35.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from survey.instrument.editcheck import changeable
from survey.instrument.edits import Edit
from survey.instrument.expression import holds
from survey.instrument.load import Instrument
from survey.instrument.states import (
    constants_of,
    followers,
    roots_of,
    values_of,
    with_followers,
)

Record = Mapping[str, float]  # root item -> answer, NaN none
MOST_SETS = 20_000  # of answers tried for one record


class Localiser:
    """Looks for the answers at fault; equal records are looked at once."""

    def __init__(self, edits: Sequence[Edit], instrument: Instrument) -> None:
        self.edits = list(edits)
        self.instrument = instrument
        self.conditions = [edit.fails for edit in edits]
        self.follow = followers(self.conditions, instrument)
        self.roots = {edit.id: roots_of(edit.fails, instrument) for edit in edits}
        order = list(instrument.items)
        used = set().union(*self.roots.values()) if self.roots else set()
        self.items = sorted(
            (name for name in used if changeable(name, instrument)), key=order.index
        )
        self.names = sorted(used)
        self.constants = constants_of(self.conditions)
        self._known: dict[tuple, tuple[str, ...] | None] = {}

    def at_fault(self, record: Record) -> tuple[str, ...] | None:
        """The answers to take away, in the order of the instrument; () where nothing is wrong.

        Parameters
        ----------
        record : mapping of str to float
            Answers to `names`; NaN for none.

        Returns
        -------
        tuple of str, or None
            None: no change to answers that may be changed satisfies all hard edits.
        """
        key = tuple(None if math.isnan(record[name]) else record[name] for name in self.names)
        if key not in self._known:
            self._known[key] = self._search(record)
        return self._known[key]

    def _search(self, record: Record) -> tuple[str, ...] | None:
        now = with_followers(pd.DataFrame([dict(record)], dtype=float), self.follow)
        broken = [e for e in self.edits if bool(holds(e.fails, now).iloc[0])]
        if not broken:
            return ()
        trust = self.instrument.edits.trust
        cost = [trust.get(name, 1.0) for name in self.items]
        waiting: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
        for _ in range(MOST_SETS):
            if not waiting:
                return None
            spent, chosen = heapq.heappop(waiting)
            names = tuple(self.items[k] for k in chosen)
            hits = all(self.roots[edit.id] & set(names) for edit in broken)
            if hits and self._will_do(record, names):
                return names
            start = chosen[-1] + 1 if chosen else 0
            for k in range(start, len(self.items)):
                heapq.heappush(waiting, (spent + cost[k], (*chosen, k)))
        return None

    def _will_do(self, record: Record, names: Sequence[str]) -> bool:
        """Whether some answers to `names` satisfy every edit, the rest staying as it is."""
        told = {value for value in record.values() if not math.isnan(value)}
        tried = [
            values_of(name, self.constants.get(name, set()) | told, self.instrument)
            for name in names
        ]
        frame = pd.DataFrame(itertools.product(*tried), columns=list(names), dtype=float)
        frame = frame.assign(**{n: v for n, v in record.items() if n not in names})
        frame = with_followers(frame, self.follow)
        broken = pd.concat([holds(text, frame) for text in self.conditions], axis=1)
        return bool((~broken.any(axis=1)).any())
