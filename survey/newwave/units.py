"""What a file holds, as candidates for items: single columns, and groups that are a set.

A group is a set of the wave before whose columns are all here, one that the file declares (SPSS),
columns called `第6题(option)`, or columns that share a stem (of their label, or of names such as
Q2_1) and hold only chosen and not chosen. Which item a candidate is, is decided in match.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from survey.clean.cells import cell_text, folded
from survey.io.readers import RawTable
from survey.newwave.alike import bare
from survey.newwave.rules import rules

MOST_CELLS = 400  # different cells of a column that are looked at
CHOSEN = {"0", "1", "-1", "-2", "-3"}
_OPTION = re.compile(r"^(第\s*\d+\s*题)[(（](.+)[)）]$")
_STEM = re.compile(r"^(.+?)\s+[-–—:：]\s+(.+)$")
_COUNTED = re.compile(r"^(.*[^0-9][_.]|.*\d.*[^0-9])(\d+)$")  # Q2_1, not Q2
_ROW = re.compile(r"^.+[)）]\s*—(.+)$")  # first row of a matrix: stem (kind)—row


@dataclass(frozen=True)
class Unit:
    """A candidate.

    Attributes
    ----------
    columns : raw columns; one, or those of a set
    texts : what it is called: header, label, the stem of a set
    options : raw column -> words or number of the option, of a set
    cells : different cells as text -> share of the rows that are not blank; of a single column
    place : of its first column, from 0 to 1
    """

    columns: tuple[str, ...]
    texts: tuple[str, ...]
    options: Mapping[str, str]
    cells: Mapping[str, float]
    labels: Mapping[str, str]
    typed: bool
    unique: bool
    place: float

    @property
    def is_set(self) -> bool:
        return bool(self.options)


def units_of(table: RawTable, known: Mapping[str, Mapping[str, str]] | None = None) -> list[Unit]:
    """Every column once: in a set, or alone.

    Parameters
    ----------
    known : stem -> option -> column
        Sets of the wave before, by the names of their columns.
    """
    groups = list(_groups(table, known or {}))
    inside = {column for _, options in groups for column in options}
    order = {column: place for place, column in enumerate(table.frame.columns)}
    last = max(len(order) - 1, 1)
    found = [_single(table, c, order[c] / last) for c in table.frame.columns if c not in inside]
    for stem, options in groups:
        columns = tuple(options)
        texts = tuple(dict.fromkeys(text for text in (bare(stem), stem) if text))
        place = order[columns[0]] / last
        found.append(Unit(columns, texts, options, {}, {}, True, False, place))
    return sorted(found, key=lambda unit: order[unit.columns[0]])


def _single(table: RawTable, column: str, place: float) -> Unit:
    cells = table.frame[column].dropna()
    counts = cells.map(cell_text).value_counts()
    few = counts.head(MOST_CELLS)
    label = table.labels.get(column, "")
    texts = [column, label, bare(column), bare(label)]
    for name in (column, label):
        if found := _OPTION.match(name):
            texts.append(found[2])
        if found := _ROW.match(name):
            texts.append(found[1])
    labels = {cell_text(v): t for v, t in table.value_labels.get(column, {}).items()}
    return Unit(
        (column,),
        tuple(dict.fromkeys(text for text in texts if text)),
        {},
        {str(cell): float(count) / max(len(cells), 1) for cell, count in few.items()},
        labels,
        bool(table.frame[column].dtype == "float64"),
        bool(len(cells) == len(table.frame) and cells.is_unique),
        place,
    )


def _groups(
    table: RawTable, known: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Stem and options of every set, each column in one set only."""
    done: set[str] = set()
    for stem, named in known.items():
        here = {column: o for o, name in named.items() if (column := table.find(name)) is not None}
        if len(here) == len(named) > 1 and not done & set(here):
            done |= set(here)
            yield stem, here
    for declared in table.sets:
        members = [c for c in declared.variables if c in table.frame and c not in done]
        if len(members) > 1:
            done |= set(members)
            yield declared.label or declared.name, {c: _option_text(table, c) for c in members}
    for key in (_by_option, _by_label, _by_name):
        found: dict[str, dict[str, str]] = {}
        for column in table.frame.columns:
            parts = key(table, column)
            if column not in done and parts is not None and _chosen_or_not(table, column):
                found.setdefault(parts[0], {})[column] = parts[1]
        for stem, options in found.items():
            if len(options) > 1 and len(set(options.values())) == len(options):
                done |= set(options)
                yield stem, options


def _by_option(table: RawTable, column: str) -> tuple[str, str] | None:
    found = _OPTION.match(column)
    return (table.labels.get(found[1], found[1]), found[2]) if found else None


def _by_label(table: RawTable, column: str) -> tuple[str, str] | None:
    found = _STEM.match(table.labels.get(column, ""))
    return (found[1], found[2]) if found else None


def _by_name(table: RawTable, column: str) -> tuple[str, str] | None:
    found = _COUNTED.match(column)
    return (found[1].rstrip("_. "), found[2]) if found else None


def _option_text(table: RawTable, column: str) -> str:
    label = table.labels.get(column, column)
    found = _STEM.match(label)
    return found[2] if found else label


def _chosen_or_not(table: RawTable, column: str) -> bool:
    """Only chosen, not chosen and missing; or one text alone, which is the option's."""
    cells = table.frame[column].dropna()
    values = {cell_text(cell) for cell in pd.unique(cells)}
    known = {folded(word) for words in rules().missing_words.values() for word in words}
    left = {v for v in values if v not in CHOSEN and folded(v) not in known}
    return bool(values) and not left if cells.dtype == "float64" else len(left) <= 1
