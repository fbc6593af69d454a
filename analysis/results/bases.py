"""Bases never mix: shares may be compared only if they are shares of the same things.

A base is what is counted (unit), what it was drawn from (frame) and who of it counts (base kind).
Shares of apps seen by scanners and shares of apps named in notices have different bases; so have
shares of all and of mentions. A chart, table or sentence that would set such shares against each
other fails here, naming both bases.

Two waves of one indicator are a trend: whether those may be compared is declared by the study
(comparability.yml) and judged in analysis/compare; they must share unit and base kind all the same.
A number published without its frame has an empty one, which contradicts nothing; the frame
``model`` restates published numbers under assumptions and has no base of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from analysis.results.select import Row
from survey.errors import ReportError

UNIT = "share"
RESTATED = "model"
_COLUMNS = ("study", "indicator", "wave", "analysis_unit", "frame", "base_kind")


class Base(NamedTuple):
    """What a share is a share of, and of which series it is a part."""

    study: str
    indicator: str
    wave: str
    unit: str
    frame: str
    kind: str

    def told(self) -> str:
        """``'device_info' 2018H1: apps of 'scans' (all)``."""
        frame = f" of '{self.frame}'" if self.frame else ""
        return f"'{self.indicator}' {self.wave}: unit {self.unit or 'unknown'}{frame} ({self.kind})"


def base_of(row: Row) -> Base:
    """The base of one row."""
    return Base(*(getattr(row, name) for name in _COLUMNS))


def require_same_base(rows: Iterable[Row], *, where: str = "") -> None:
    """Refuse shares of different bases among rows that would be compared.

    Raises
    ------
    ReportError
        Naming both bases.
    """
    shares = (row for row in rows if row.unit == UNIT)
    _require({base_of(row) for row in shares}, where)


def require_same_base_in(rows: pd.DataFrame, *, where: str = "") -> None:
    """The same for a slice of estimates."""
    shares = rows.loc[rows["unit"] == UNIT, list(_COLUMNS)].drop_duplicates()
    _require({Base(*record) for record in shares.itertuples(index=False)}, where)


def same_base(first: Base, second: Base) -> bool:
    """Whether two shares may be set against each other."""
    if _apart(first.unit, second.unit) or _apart(first.kind, second.kind):
        return False
    series = (first.study, first.indicator) == (second.study, second.indicator)
    if series and first.wave != second.wave:
        return True
    frames = {first.frame, second.frame} - {RESTATED}
    return len(frames - {""}) < 2


def _apart(first: str, second: str) -> bool:
    return bool(first and second) and first != second


def _require(bases: set[Base], where: str) -> None:
    for first, second in combinations(sorted(bases), 2):
        if not same_base(first, second):
            raise ReportError(
                f"shares of different bases would be compared: {first.told()}, and {second.told()}",
                where=where,
                expected="shares of one unit, frame and base",
                hint="show them apart, each with its own base; " + _differ(first, second),
            )


def _differ(first: Base, second: Base) -> str:
    pairs: Mapping[str, tuple[str, str]] = {
        "unit": (first.unit, second.unit),
        "frame": (first.frame, second.frame),
        "base kind": (first.kind, second.kind),
    }
    return "they differ in " + ", ".join(name for name, (a, b) in pairs.items() if a != b)
