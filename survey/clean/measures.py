"""What each interview shows, before any cut-off is held against it; every measure is taken once.

Cut-offs turn measures into signs (signs.py); the robustness band (analysis/quality/band.py) tries
many cut-offs on the same measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from survey.clean import quality
from survey.clean.alike import Answers, answers_of
from survey.clean.answers import given
from survey.clean.evidence import Evidence
from survey.clean.rules import SECONDS, Routing, count_questions


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of the interviews of a wave.

    Attributes
    ----------
    frame : DataFrame, one row per row of the file
        Answers after corrections, ranges, routing and exclusive options.
    routing : Routing
    evidence : Evidence
    stray : Series of int
        Answers given where nothing was asked, as apply_routing counted them.
    """

    frame: pd.DataFrame
    routing: Routing
    evidence: Evidence
    stray: pd.Series

    @cached_property
    def seconds(self) -> pd.Series | None:
        """Length of the interview; negative ones are blank. None without such an item."""
        if SECONDS not in self.frame.columns:
            return None
        seconds = self.frame[SECONDS]
        return seconds.where(seconds >= 0)

    @cached_property
    def asked(self) -> pd.Series:
        return self._counted[0]

    @cached_property
    def unanswered(self) -> pd.Series:
        return self._counted[1]

    @cached_property
    def _counted(self) -> tuple[pd.Series, pd.Series]:
        return count_questions(self.frame, self.routing)

    @cached_property
    def longest(self) -> pd.Series:
        return quality.longest_in_grids(self.frame, self.routing)

    @cached_property
    def spreads(self) -> pd.DataFrame:
        return quality.spread_in_grids(self.frame, self.routing)

    @cached_property
    def answers(self) -> Answers:
        return answers_of(self.frame, self.routing)

    @cached_property
    def failed(self) -> pd.Series:
        return quality.failed_attention(self.frame, self.routing)

    @cached_property
    def impossible(self) -> pd.Series:
        return quality.impossible(self.frame, self.routing)

    @cached_property
    def asked_by_page(self) -> dict[str, np.ndarray]:
        """Questions asked on each page whose time is known."""
        plan = self.routing.wave.pages
        return {page: self._asked_of(plan[page].items) for page in self.evidence.pages}

    def _asked_of(self, items: list[str]) -> np.ndarray:
        known = [self.routing.instrument.items[name] for name in items]
        there = [i for i in known if i.kind == "open" or self.routing.has(self.frame, i)]
        asked = [self.routing.asked(self.frame, item).to_numpy() for item in there]
        total = np.zeros(len(self.frame), dtype=np.int64)
        for here in asked:
            total += here
        return total

    def missing_by_item(self) -> pd.DataFrame:
        """Per question: interviews it was put to, and those without an answer of any kind given.

        Returns
        -------
        DataFrame with columns item, asked, missing
        """
        rows = []
        for item in self.routing.questions(self.frame):
            asked = self.routing.asked(self.frame, item)
            answered = given(self.frame, item.id, self.routing.scale(item))
            rows.append((item.id, int(asked.sum()), int((asked & ~answered).sum())))
        return pd.DataFrame(rows, columns=["item", "asked", "missing"])
