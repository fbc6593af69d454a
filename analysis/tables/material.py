"""What tables are made of, and what a kind hands back before its table has a number and notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

import pandas as pd

from analysis.results.select import Row, many
from analysis.results.wording import Words
from analysis.tables.shape import Cell, Column, Line
from analysis.tables.spec import TableSpec
from survey.errors import ReportError
from survey.instrument.load import Instrument

WHOLE = "all"  # the domain of everybody
NO_ROWS = "no rows fit 'select'"


@dataclass(frozen=True)
class Material:
    """The rows, words and calibration records of a report's studies."""

    rows: pd.DataFrame
    words: Words
    instruments: Mapping[str, Instrument]
    waves: Mapping[str, Sequence[str]]
    calibrations: Mapping[tuple[str, str], Mapping]
    main_study: str

    def study(self, spec: TableSpec) -> str:
        return spec.study or self.main_study

    def instrument(self, spec: TableSpec) -> Instrument:
        return self.instruments[self.study(spec)]

    def pick(self, spec: TableSpec, **key: str | list[str]) -> list[Row]:
        """Rows of a table's study that fit its `select` and `key`; any kind unless said."""
        wanted = {"study": self.study(spec), **spec.select, **key}
        wanted.setdefault("kind", ["collected", "measured", "published", "simulated"])
        return rows_of(many(self.rows, **wanted))

    def newest(self, spec: TableSpec, rows: Iterable[Row]) -> str:
        """The last wave of some rows."""
        found = {row.wave for row in rows}
        ordered = [wave for wave in self.waves[self.study(spec)] if wave in found]
        return (ordered or sorted(found) or [""])[-1]


@dataclass(frozen=True)
class Draft:
    """A table before its number, title and marks."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    chart: str = ""


Kind = Callable[[TableSpec, Material], Draft]


@dataclass
class Sheet:
    """Lines being collected, with the rows they used."""

    lines: list[Line] = field(default_factory=list)
    used: list[Row] = field(default_factory=list)

    def add(
        self,
        *cells: Cell,
        kind: Literal["row", "total"] = "row",
        rows: Sequence[Row | None] = (),
    ) -> None:
        self.lines.append(Line(tuple(cells), kind))
        self.used += [row for row in rows if row is not None]

    def group(self, words: str) -> None:
        self.lines.append(Line((Cell(words),), "group"))

    def draft(
        self, columns: Sequence[Column], *, notes: tuple[str, ...] = (), chart: str = ""
    ) -> Draft:
        """The collected lines as a draft; none at all is a fault of the table's entry."""
        if not self.lines:
            raise ReportError(NO_ROWS, hint="check indicator, statistic and wave")
        return Draft(tuple(columns), tuple(self.lines), tuple(self.used), notes, chart)


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The lines of a frame as rows."""
    return [Row(**cast(dict, record)) for record in frame.to_dict("records")]


def in_order(instrument: Instrument, indicator: str, categories: Iterable[str]) -> list[str]:
    """Categories in questionnaire order; groups and unknown codes after them."""
    known = set(categories)
    entry = next((e for e in instrument.study.indicators if e.id == indicator), None)
    order: list[str] = []
    if entry and entry.item in instrument.items and instrument.items[entry.item].scale:
        scale = instrument.scale_of(entry.item)
        order = [scale.code(value) for value in scale.values()]
        order += [*entry.groups, *scale.groups]
    listed = [code for code in dict.fromkeys(order) if code in known]
    return listed + sorted(known - set(listed))


def interval_head(rows: Iterable[Row], words: Words) -> str:
    """Head of a column of intervals, with the level of the rows that have one."""
    levels = [row.conf_level for row in rows if row.conf_level == row.conf_level]
    return words.phrase("head_interval", level=words.percent(levels[0] if levels else 0.95, 0))
