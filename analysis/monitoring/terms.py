"""What the rows of one wave of scans depend on besides its records.

Both ways of measuring a wave, in memory (estimates.py) and in blocks (large.py), make their rows
under the same terms. How the apps were reached decides what an interval is (docs/monitoring.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survey.errors import DataError
from survey.instrument.monitoring import Grouping
from survey.instrument.scanrules import ScanRules

Reach = Literal["convenience", "sampled_stores", "complete"]
COMPLETE = "every app of the frame was scanned, so there is no sampling error; {source}"
ERRORS = ("se", "cv", "ci_low", "ci_high", "conf_level", "p_value", "n_eff", "deff")


@dataclass(frozen=True, eq=False, kw_only=True)
class Terms:
    """Rules, names and policies of one wave.

    domains : variable -> its level codes, levels : category codes in scale order,
    indicators : ids the study declares, source : who says that every app was scanned,
    lonely : policy for a stratum with one sampled store.
    """

    grouping: Grouping
    rules: ScanRules
    domains: dict[str, list[str]]
    levels: list[str]
    indicators: frozenset[str]
    conf_level: float
    min_base: float
    reach: Reach = "convenience"
    source: str = ""
    lonely: str = "fail"

    def wanted(self, suffix: str) -> list[str]:
        """Measures of which the study asks for an indicator of its own, such as ``_versions``."""
        return [name for name in self.grouping.measures if f"{name}{suffix}" in self.indicators]

    def change_levels(self) -> list[str]:
        """Categories that a change is broken down by."""
        crossed = ["category", "period"] in [sorted(parts) for parts in self.rules.breakdowns]
        return self.domains.get("category", []) if crossed else []


def trusted(table: pd.DataFrame, terms: Terms, unit: str = "apps", told: str = "") -> pd.DataFrame:
    """The rows with `quality` and `reason`: a base under the least one is named, else `told`."""
    small = table["n"] < terms.min_base
    return table.assign(
        quality=np.where(small, "caution", "ok"),
        reason=np.where(small, f"fewer than {terms.min_base:g} {unit}", told),
    )


def without_error(table: pd.DataFrame, terms: Terms, variant: str = "complete") -> pd.DataFrame:
    """The rows without error and interval, as is due where every app was scanned."""
    blank = dict.fromkeys((name for name in ERRORS if name in table), np.nan)
    return table.assign(**blank, design=COMPLETE.format(source=terms.source), variant=variant)


def assembled(parts: Sequence[pd.DataFrame], terms: Terms) -> pd.DataFrame:
    """All rows of a wave, each with its base kind and frame.

    Raises
    ------
    DataError
        If there are none, because no record was usable.
    """
    full = [part for part in parts if len(part)]
    if not full:
        raise DataError(
            "no scan record is usable, so there is nothing to count",
            hint="intake.csv and the rejects file of the wave say why each was set aside",
        )
    rows = pd.concat(full, ignore_index=True)
    eligible = [k for k, m in terms.grouping.measures.items() if m.evidence == "unused"]
    rows["base_kind"] = np.where(rows["indicator"].isin(eligible), "eligible", "all")
    frame = "stores" if terms.reach == "sampled_stores" else "scans"
    rows["frame"] = rows["frame"].fillna(frame) if "frame" in rows else frame
    return rows
