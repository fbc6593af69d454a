"""A new wave's column map, proposed from its file and from the wave before.

Decided here: what is known of the wave before (names, labels, answers where its file can be read),
and what becomes of identifying columns (never a candidate). How candidates are judged is decided
in match.py, how the proposal is written in write.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from survey.clean.identifiers import Dropped, close_the_door
from survey.clean.recode import recode
from survey.clean.run import read_wave
from survey.errors import PerceptionError
from survey.instrument.identifying import dropped_names
from survey.instrument.load import Instrument
from survey.instrument.model import Column, Item
from survey.io.readers import RawTable, read_raw
from survey.newwave.match import Match, Wanted, match, texts_of
from survey.newwave.units import Unit, units_of
from survey.project import Project

BY_NUMBER = "options stand in it by number"
NEVER = ("note", "file")


@dataclass(frozen=True)
class Proposal:
    """What a file seems to hold.

    Attributes
    ----------
    table : the file without identifiers
    matches : one per item of the wave before, in its order
    left : candidates that are no item
    dropped : identifying columns, never mapped
    compared : whether answers of the wave before could be compared with
    """

    previous: str
    origin: str
    table: RawTable
    matches: tuple[Match, ...]
    left: tuple[Unit, ...]
    dropped: tuple[Dropped, ...]
    compared: bool

    @property
    def unsure(self) -> list[Match]:
        return [m for m in self.matches if m.unit is not None and not is_settled(m)]

    @property
    def missing(self) -> list[Match]:
        return [m for m in self.matches if m.unit is None]


def is_settled(found: Match) -> bool:
    """Whether nothing of a match is left to a person."""
    reading = found.reading
    return found.sure and reading is not None and not reading.unsure and not reading.doubt


def propose(
    project: Project, instrument: Instrument, file: Path, origin: str, previous: str
) -> Proposal:
    """Match the columns of a file with the items of a wave.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    asked = instrument.at(previous)
    raw = read_raw(file, origin, {}, drop=dropped_names(instrument.study.identifiers))
    admitted = close_the_door(raw, {}, ())
    table = admitted.table
    before = _read_before(project, instrument, previous)
    wanted = _wanted(asked, previous, before)
    sets = {
        item: {str(code): name for code, name in place.columns.items()}
        for item, place in instrument.waves[previous].columns.items()
        if place.columns
    }
    units = units_of(table, sets)
    found = match(
        wanted,
        units,
        asked,
        origin=origin,
        by_number=any(BY_NUMBER in line for line in table.report),
        missing_words=table.missing_words,
    )
    used = {m.unit.columns for m in found if m.unit is not None}
    left = tuple(unit for unit in units if unit.columns not in used)
    return Proposal(
        previous, origin, table, tuple(found), left, tuple(admitted.dropped), before is not None
    )


def _read_before(
    project: Project, instrument: Instrument, previous: str
) -> tuple[RawTable, pd.DataFrame] | None:
    """The file of the wave before and its answers; None where it cannot be read here."""
    try:
        table = read_wave(project, instrument, previous)
        return table, recode(table, instrument.at(previous), previous)
    except PerceptionError:
        return None


def _wanted(
    asked: Instrument, previous: str, before: tuple[RawTable, pd.DataFrame] | None
) -> list[Wanted]:
    """Items that had a column, in the order of the questionnaire, then of the column map."""
    wave = asked.waves[previous]
    order = asked.questionnaires[wave.questionnaire].order()
    items = [name for name in dict.fromkeys([*order, *wave.columns]) if name in wave.columns]
    items = [name for name in items if asked.items[name].kind not in NEVER]
    last = max(len(items) - 1, 1)
    return [
        _one(asked.items[name], wave.columns[name], place / last, before)
        for place, name in enumerate(items)
    ]


def _one(
    item: Item, column: Column, place: float, before: tuple[RawTable, pd.DataFrame] | None
) -> Wanted:
    names = [column.column] if column.column else list(column.columns.values())
    if before is None:
        return Wanted(item, frozenset(names), texts_of(item, names), {}, place)
    table, answers = before
    found = [c for name in names if (c := table.find(name)) is not None]
    labels = [table.labels[c] for c in found if c in table.labels and len(found) == 1]
    spread: dict[float, float] = {}
    if item.id in answers and item.kind not in ("key", "open"):
        counts = answers[item.id].dropna().astype(float).value_counts(normalize=True)
        spread = {float(code): float(share) for code, share in counts.items()}  # type: ignore[arg-type]
    own = [name for name in names if len(names) == 1]
    return Wanted(item, frozenset(found), texts_of(item, [*own, *labels]), spread, place)
