"""One wave's usable records of scans under its terms, as measuring in memory takes them.

Decided here: that records carry their period, and how apps are merged within stores and periods.
Which rows are made of them is decided in estimates.py, sampled.py and sampledchange.py; waves too
large for memory are measured in large.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.monitoring import breakdowns
from analysis.monitoring.copies import Merged
from analysis.monitoring.terms import Terms


@dataclass(frozen=True, eq=False, kw_only=True)
class Scanned(Terms):
    """One wave's usable records (scans.Scans), and one row per app of the whole window."""

    records: pd.DataFrame
    merged: Merged

    def __post_init__(self) -> None:
        records = breakdowns.with_period(self.records, self.rules)
        object.__setattr__(self, "records", records)

    def within(self, parts: Sequence[str], *, every_version: bool = False) -> pd.DataFrame:
        """Apps (or their versions) in each store and period that `parts` names."""
        return breakdowns.merged_within(
            self.records, parts, self.rules, self.levels, every_version=every_version
        ).apps

    @property
    def by_period(self) -> bool:
        """Whether there are periods between which a change can be measured."""
        return ["period"] in self.rules.breakdowns and "period" in self.records
