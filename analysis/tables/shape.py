"""What a table is, before any format: columns with units, lines of cells, notes.

Cells keep their full number; how many digits are shown is decided by their column and is the same
on paper, on screen and in the workbook. Which rows of estimates make a table is decided in
kinds.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.results.comparable import is_carried, is_withheld
from analysis.results.select import Row
from analysis.results.wording import ABSENT, Words

Unit = Literal["text", "share", "points10", "points", "count", "pp", "number", "p"]
HIDDEN, BROKEN, CARRIED = "*", "≠", "‡"
SIGNS = {"caution": "†", "carried": CARRIED}
_DIGITS = {"share": 1, "points10": 1, "points": 2, "count": 0, "pp": 1, "number": 2, "p": 3}


@dataclass(frozen=True)
class Column:
    """Head, unit (decides alignment and digits) and relative width of a column."""

    head: str
    unit: Unit = "text"
    digits: int | None = None
    width: float = 1.0

    @property
    def numeric(self) -> bool:
        return self.unit != "text"

    @property
    def shown_digits(self) -> int:
        return _DIGITS.get(self.unit, 0) if self.digits is None else self.digits


@dataclass(frozen=True)
class Cell:
    """A number or words; `suppressed` hides it, `broken` too because its question changed;
    `caution` marks it, and `carried` where a bridge brought it over a break.

    A range (an interval) has its upper end in `high`; `reason` is why a mark is there.
    """

    value: float | str | None = None
    mark: Literal["", "suppressed", "broken", "caution", "carried"] = ""
    high: float | None = None
    reason: str = ""

    @property
    def hidden(self) -> str:
        """What stands in place of a number that is not shown; "" where one is."""
        return {"suppressed": HIDDEN, "broken": BROKEN}.get(self.mark, "")

    @property
    def absent(self) -> bool:
        return self.value is None or (isinstance(self.value, float) and math.isnan(self.value))


@dataclass(frozen=True)
class Line:
    """A line of a table; a `group` line heads the lines under it and has one cell."""

    cells: tuple[Cell, ...]
    kind: Literal["row", "group", "total"] = "row"


@dataclass(frozen=True)
class Table:
    """A table ready to be set.

    Attributes
    ----------
    label : str
        表 1 / Table 1.
    notes : tuple of str
        Printed under the table: what the marks mean, the base, the source.
    simulated : {"", "all", "part"}
        How much of it rests on simulated data.
    chart : str
        Kind of native chart in the workbook ("bar", lying; "column", upright), or "".
    rows : tuple of Row
        The estimates the cells were taken from.
    """

    name: str
    label: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    simulated: Literal["", "all", "part"] = ""
    chart: str = ""
    rows: tuple[Row, ...] = ()

    def frame(self) -> pd.DataFrame:
        """The cells as numbers and words, one column per head; a range takes two columns."""
        heads: list[str] = ["group"] if self._grouped else []
        for place, column in enumerate(self.columns):
            heads += (
                [f"{column.head} {end}" for end in ("low", "high")]
                if self._is_range(place)
                else [column.head]
            )
        return pd.DataFrame(self._records(), columns=heads)

    @property
    def _grouped(self) -> bool:
        return any(line.kind == "group" for line in self.lines)

    def _is_range(self, place: int) -> bool:
        lines = [line for line in self.lines if line.kind != "group"]
        return any(line.cells[place].high is not None for line in lines)

    def _records(self) -> list[list]:
        group, records = "", []
        for line in self.lines:
            if line.kind == "group":
                group = str(line.cells[0].value)
                continue
            record: list = [group] if self._grouped else []
            for place, cell in enumerate(line.cells):
                record.append(cell.hidden or cell.value)
                if self._is_range(place):
                    record.append(cell.hidden or cell.high)
            records.append(record)
        return records


def shown(cell: Cell, column: Column, words: Words) -> str:
    """A cell as it is printed."""
    if cell.hidden:
        return cell.hidden
    if cell.value is None or cell.absent:
        return ABSENT
    if isinstance(cell.value, str):
        return cell.value
    text = _number(cell.value, column, words)
    if cell.high is not None:
        text = words.phrase("range", low=text, high=_number(cell.high, column, words))
    return f"{text}{SIGNS.get(cell.mark, '')}"


def _number(value: float, column: Column, words: Words) -> str:
    digits = column.shown_digits
    match column.unit:
        case "share":
            return words.percent(value, digits)
        case "pp":
            return words.signed(value * 100, digits)
        case "points":
            return words.signed(value, digits)
        case "count":
            return words.thousands(value)
        case "p" if value < 10**-digits:
            return f"<{words.decimal(10**-digits, digits)}"
    return words.decimal(value, digits)


def cell(row: Row | None, column: str = "estimate") -> Cell:
    """A number of a row, hidden or marked as the row says."""
    if row is None:
        return Cell()
    if row.suppressed:
        return _hidden(row)
    cautious = row.quality == "caution" and column == "estimate"
    value = getattr(row, column)
    if is_carried(row) and column == "estimate":
        return Cell(value, "carried", reason=row.reason)
    return Cell(value, "caution", reason=row.reason) if cautious else Cell(value)


def interval(row: Row | None) -> Cell:
    """A row's confidence interval as one cell."""
    if row is None:
        return Cell()
    if row.suppressed:
        return _hidden(row)
    return Cell(row.ci_low, high=None if math.isnan(row.ci_high) else row.ci_high)


def _hidden(row: Row) -> Cell:
    return Cell(mark="broken" if is_withheld(row) else "suppressed")


def how_simulated(rows: Sequence[Row]) -> Literal["", "all", "part"]:
    simulated = [row.kind == "simulated" for row in rows]
    return "all" if simulated and all(simulated) else "part" if any(simulated) else ""
