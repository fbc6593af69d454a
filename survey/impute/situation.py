"""Who lacks an answer that is to be imputed, who may give one, and which answers may go together.

Decided here: a recipient was asked and has a missing answer of a declared kind; items of the same
step that are asked only because of the missing one go with it; a donor is included and lacks none
of the step's items. An answer is refused where with it an edit would find something, or routing
and answers would part. Who gives to whom is decided in donors.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.clean.answers import columns_of, given
from survey.clean.rules import Routing
from survey.instrument.expression import holds, items_in, names
from survey.instrument.imputation import Step

NO_ANSWER = "no_answer"  # what a blank of somebody who was asked means


@dataclass(frozen=True, eq=False)
class Situation:
    """Donors and gaps of one step.

    Attributes
    ----------
    donors : ndarray of bool, shape (n,)
    gaps : ndarray of bool, shape (n, items of the step)
        Answers to impute.
    """

    donors: np.ndarray
    gaps: np.ndarray

    @property
    def recipients(self) -> np.ndarray:
        return np.asarray(self.gaps.any(axis=1))


def situation_of(frame: pd.DataFrame, step: Step, routing: Routing) -> Situation:
    """Donors and gaps among the included respondents of a wave."""
    included = frame["included"].to_numpy(bool)
    n = len(frame)
    gaps = np.zeros((n, len(step.items)), dtype=bool)
    whole = np.ones(n, dtype=bool)
    for place, name in enumerate(step.items):
        item = routing.instrument.items[name]
        asked = routing.asked(frame, item).to_numpy(bool)
        answered = given(frame, name, routing.scale(item)).to_numpy(bool)
        gaps[:, place] = asked & ~answered & _kind_wanted(frame, name, step, routing)
        whole &= answered | ~asked
    for place, name in enumerate(step.items):
        for other in _filters(name, step, routing):
            gaps[:, place] |= gaps[:, step.items.index(other)]
    gaps &= included[:, None]
    return Situation(included & whole & ~gaps.any(axis=1), gaps)


def _kind_wanted(frame: pd.DataFrame, name: str, step: Step, routing: Routing) -> np.ndarray:
    """Where a missing answer is of a kind the step imputes."""
    scale = routing.scale(routing.instrument.items[name])
    if name not in frame.columns:  # a set, which is blank as a whole
        return np.full(len(frame), NO_ANSWER in step.missing)
    blank = frame[name].isna().to_numpy()
    wanted = blank & (NO_ANSWER in step.missing)
    codes = [
        code for code, kind in (scale.missing if scale else {}).items() if kind in step.missing
    ]
    return wanted | (frame[name].isin(codes).to_numpy(bool) & ~blank)


def _filters(name: str, step: Step, routing: Routing) -> list[str]:
    """Items of the step because of which an item is asked, also round a corner."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for condition in routing.conditions[waiting.pop()]:
            for used in sorted(items_in(condition, routing.instrument.items)):
                root = root_of(used, routing)
                if root in step.items and root not in found and root != name:
                    found[root] = None
                    waiting.append(root)
    return list(found)


def root_of(name: str, routing: Routing) -> str:
    """An item, or the one it is derived from."""
    item = routing.instrument.items[name]
    return name if item.derive is None else item.derive.source


class Together:
    """Which answers of donors may stand beside the other answers of recipients."""

    def __init__(self, frame: pd.DataFrame, step: Step, gaps: np.ndarray, routing: Routing) -> None:
        self.step, self.gaps, self.routing = step, gaps, routing
        edits = routing.instrument.edits.of(routing.wave_name)
        fails = [edit.fails for edit in edits if edit.then != "flag"]
        self.fails = [text for text in fails if self._touched(text)]
        self.routed = [
            name for name in step.items if any(map(self._touched, routing.conditions[name]))
        ]
        used = {name for text in self._conditions() for name in names(text)}
        roots = {self._root(name) for name in used} | set(step.items)
        columns = [c for root in sorted(roots) for c in columns_of(frame, root)]
        columns += [name for name in sorted(roots) if name in frame.columns]
        self.frame = frame[list(dict.fromkeys(columns))].reset_index(drop=True)

    @property
    def free(self) -> bool:
        """Nothing is ever refused."""
        return not self.fails and not self.routed

    def refused(self, recipients: np.ndarray, donors: np.ndarray) -> np.ndarray:
        """Where a donor's answers may not be given.

        Parameters
        ----------
        recipients, donors : ndarray of int, shape (k,)
            Rows of the frame, pair by pair.

        Returns
        -------
        ndarray of bool, shape (k,)
        """
        bad = np.zeros(len(recipients), dtype=bool)
        if self.free or not len(recipients):
            return bad
        record = self.frame.iloc[recipients].reset_index(drop=True)
        giver = self.frame.iloc[donors].reset_index(drop=True)
        for place, lacking in enumerate(self.step.items):
            gap = self.gaps[recipients, place]
            for column in columns_of(record, lacking):
                record[column] = record[column].mask(gap, giver[column])
        for text in self.fails:
            bad |= holds(text, self.routing.seen(record, text)).to_numpy(bool)
        for name in self.routed:
            item = self.routing.instrument.items[name]
            asked = self.routing.asked(record, item).to_numpy(bool)
            answered = given(record, name, self.routing.scale(item)).to_numpy(bool)
            bad |= (asked != answered) & self.gaps[recipients, self.step.items.index(name)]
        return bad

    def _conditions(self) -> list[str]:
        return [*self.fails, *(c for name in self.routed for c in self.routing.conditions[name])]

    def _touched(self, text: str) -> bool:
        used = items_in(text, self.routing.instrument.items)
        return bool({self._root(name) for name in used} & set(self.step.items))

    def _root(self, name: str) -> str:
        known = self.routing.instrument.items
        return root_of(name if name in known else name.rpartition("__")[0], self.routing)


def rows_of(mask: np.ndarray, who: Sequence[str] | np.ndarray) -> np.ndarray:
    """Row numbers of a mask, in the order of the respondents' keys and never of the file."""
    rows = np.flatnonzero(mask)
    return rows[np.argsort(np.asarray(who, dtype=str)[rows], kind="stable")]
