"""From raw columns to items: the wave's column map applied to the raw table.

Decided here: what becomes of each kind of item. How one cell becomes a code is decided in
options.py; what a blank means for somebody who was not asked, in rules.py. Nothing is guessed:
every cell that is no answer of its item is reported, all of them at once.

Reserved items: `respondent` (a key; without it rows are numbered), `seconds` (a number, see
quality.py), `submitted` (a key, kept as a date), `device` (never kept, see identifiers.py). Items
of kind open are not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from survey.clean.cells import Distinct, cell_text, distinct, number_in
from survey.clean.identifiers import DEVICE
from survey.clean.multiple import Chosen, option_columns, parts_of
from survey.clean.options import Options, Unknown
from survey.clean.ranking import Rank, ranks_in_order, ranks_of_places
from survey.errors import DataError, Faults, collect
from survey.instrument.load import Instrument
from survey.instrument.model import Column, Item, Scale
from survey.io.readers import RawTable
from survey.privacy.search import masked

RESPONDENT, SUBMITTED = "respondent", "submitted"
MOST_VALUES = 40  # unknown values listed of one column
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")


def recode(raw: RawTable, instrument: Instrument, wave: str) -> pd.DataFrame:
    """The wave's answers as codes.

    Returns
    -------
    DataFrame, index `source_row` (1 is the first row under the header)
        `respondent` and a column per item, in the order of the instrument; sets as one column
        per option of the scale. Blanks are <NA> still.

    Raises
    ------
    DataError
        With every missing column, unknown cell value and faulty respondent key.
    """
    columns = instrument.waves[wave].columns
    raw = replace(raw, frame=raw.frame.set_axis(_source_rows(len(raw.frame)), axis=0))
    made: dict[str, pd.Series] = {}
    with collect(DataError) as faults:
        task = _Recoding(raw, instrument, wave, faults)
        made[RESPONDENT] = task.respondents(columns.get(RESPONDENT))
        for name, item in instrument.items.items():
            if name in columns and name != RESPONDENT and item.kind != "open":
                made |= task.item(item, columns[name])
    return pd.DataFrame(made, index=raw.frame.index)


def _source_rows(rows: int) -> pd.Index:
    return pd.RangeIndex(1, rows + 1, name="source_row")


@dataclass(frozen=True)
class _Recoding:
    """One wave being recoded; each method returns the columns it made and adds to `faults`."""

    raw: RawTable
    instrument: Instrument
    wave: str
    faults: Faults

    def respondents(self, place: Column | None) -> pd.Series:
        rows = self.raw.frame.index
        if place is None:
            width = len(str(len(rows)))
            return pd.Series([f"{row:0{width}d}" for row in rows], index=rows, dtype="str")
        name = self._find(RESPONDENT, place.column or "")
        if name is None:
            return pd.Series("", index=rows, dtype="str")
        keys = self._texts(name)
        blanks = rows[keys.isna()]
        if len(blanks):
            self.faults.add(
                f"{len(blanks)} rows have no respondent key",
                where=self._where(name, blanks[0]),
                hint="number them in the file, or leave 'respondent' out of the column map",
            )
        return keys.astype("str")

    def item(self, item: Item, place: Column) -> dict[str, pd.Series]:
        scale = self.instrument.scales[item.scale] if item.scale else None
        if item.kind == "multiple":
            made = self._by_option if place.columns else self._joined
            return made(item, scale, place) if scale is not None else {}
        if item.kind == "ranking":
            return self._ranked(item, scale, place) if scale is not None else {}
        name = self._find(item.id, place.column or "")
        if name is None:
            return {}
        if item.id == DEVICE:
            return {item.id: self.raw.frame[name].astype("Int64")}
        if item.kind == "key":
            return {item.id: self._key(item, name)}
        options = self._options(scale, place, name, numbers=item.kind == "number")
        self._contradictions(name, options)
        codes = self._each(item, name, options.code, options)
        return {item.id: self._typed(item, codes)}

    # -- kinds ---------------------------------------------------------------------------------

    def _key(self, item: Item, name: str) -> pd.Series:
        if item.id != SUBMITTED:
            return self._texts(name).astype("str")
        found = distinct(self.raw.frame[name])
        texts = [cell_text(cell) for cell in found.cells]
        dates = [_date(text) for text in texts]
        unknown = _Tally(found)
        for place, (text, date) in enumerate(zip(texts, dates, strict=True)):
            if date is None:
                unknown.add(Unknown(text), place)
        self._report(item, name, unknown, "a date")
        return pd.Series(found.spread_texts(dates), index=self.raw.frame.index).astype("str")

    def _typed(self, item: Item, codes: pd.Series) -> pd.Series:
        """Codes and whole numbers as Int64; the base weight and other decimals as float64."""
        weight = self.instrument.waves[self.wave].design.base_weight
        values, blank = codes.to_numpy(), codes.isna().to_numpy()
        decimal = item.kind == "number" and not (blank | (values % 1 == 0)).all()
        if item.id == weight or decimal:
            return codes
        whole = np.where(blank, 1, values).astype(np.int64)
        return pd.Series(pd.arrays.IntegerArray(whole, blank), index=codes.index)

    def _by_option(self, item: Item, scale: Scale, place: Column) -> dict[str, pd.Series]:
        """A set with one raw column per option; a blank beside an answer is not chosen."""
        chosen: dict[int, pd.Series] = {}
        for option, name in place.columns.items():
            column = self._find(item.id, name)
            if column is not None:
                accepts = Chosen(self._options(scale, place, column), option)
                chosen[option] = self._each(item, column, accepts.code, accepts.options)
        if not chosen:
            return {}
        table = pd.DataFrame(chosen)
        answered = table.notna().any(axis=1)
        return option_columns(item.id, scale, table.fillna(0.0).where(answered))

    def _joined(self, item: Item, scale: Scale, place: Column) -> dict[str, pd.Series]:
        """A set whose options stand joined in one raw column."""
        name = self._find(item.id, place.column or "")
        if name is None:
            return {}
        options = self._options(scale, place, name)
        found = distinct(self.raw.frame[name])
        values = np.full((len(found.cells) + 1, len(scale.values())), np.nan)
        unknown = _Tally(found)
        for number, cell in enumerate(found.cells):
            picked = set()
            for part in dict.fromkeys(parts_of(cell_text(cell), place.split, options)):
                code = options.code(part)
                if isinstance(code, Unknown):
                    unknown.add(code, number)
                elif code is not None:
                    picked.add(code)
            if picked and not picked & set(scale.missing):
                values[number] = [float(option in picked) for option in scale.values()]
        self._report(item, name, unknown, options.expected(), options.hint)
        rows = self.raw.frame.index
        table = pd.DataFrame(values[found.codes], index=rows, columns=scale.values())
        return option_columns(item.id, scale, table)

    def _ranked(self, item: Item, scale: Scale, place: Column) -> dict[str, pd.Series]:
        """A ranking as one column of ranks per option; see ranking.py."""
        values = scale.values()
        if not place.columns:
            return self._order(item, scale, place)
        told: dict[int, pd.Series] = {}
        for key, name in place.columns.items():
            column = self._find(item.id, name)
            if column is not None:
                options = self._options(scale, place, column)
                accepts = Rank(options, len(values)) if place.by == "option" else options
                told[key] = self._each(item, column, accepts.code, options)
        if not told:
            return {}
        table = pd.DataFrame(told) if place.by == "option" else ranks_of_places(told, values)
        return option_columns(item.id, scale, table)

    def _order(self, item: Item, scale: Scale, place: Column) -> dict[str, pd.Series]:
        """A ranking whose options stand joined in one raw column, the first in front."""
        name = self._find(item.id, place.column or "")
        if name is None:
            return {}
        options = self._options(scale, place, name)
        found = distinct(self.raw.frame[name])
        values = np.full((len(found.cells) + 1, len(scale.values())), np.nan)
        unknown = _Tally(found)
        for number, cell in enumerate(found.cells):
            codes = []
            for part in parts_of(cell_text(cell), place.split, options):
                code = options.code(part)
                if isinstance(code, Unknown):
                    unknown.add(code, number)
                elif code is not None and code not in scale.missing:
                    codes.append(int(code))
            values[number] = ranks_in_order(codes, scale.values())
        self._report(item, name, unknown, options.expected(), options.hint)
        rows = self.raw.frame.index
        table = pd.DataFrame(values[found.codes], index=rows, columns=scale.values())
        return option_columns(item.id, scale, table)

    # -- cells ---------------------------------------------------------------------------------

    def _find(self, item: str, name: str) -> str | None:
        column = self.raw.find(name)
        if column is None:
            near = self.raw.near(name)
            self.faults.add(
                f"column '{name}' of item '{item}' is missing",
                where=self.raw.path,
                expected=f"it among the file's {len(self.raw.frame.columns)} columns",
                hint=f"near are {', '.join(near)}" if near else "see the file's header",
            )
        return column

    def _options(
        self, scale: Scale | None, place: Column, name: str, *, numbers: bool = False
    ) -> Options:
        return Options(
            scale,
            place,
            value_labels=self.raw.value_labels.get(name),
            missing_words=self.raw.missing_words,
            numbers=numbers,
        )

    def _contradictions(self, name: str, options: Options) -> None:
        """A file whose own words give a value another meaning than the scale does."""
        for value, words, code in options.conflicts():
            self.faults.add(
                f"the file calls value {value} '{words}', which is code {code} of the scale",
                where=self._where(name),
                hint=f"say which is meant in the map: codes: {{'{value}': {code}}}",
            )

    def _texts(self, name: str) -> pd.Series:
        """Cells as text, blanks as None."""
        found = distinct(self.raw.frame[name])
        words = found.spread_texts([cell_text(cell) for cell in found.cells])
        return pd.Series(words, index=self.raw.frame.index, dtype=object)

    def _each(self, item: Item, name: str, code: Callable, options: Options) -> pd.Series:
        """A column as float codes, blanks as NaN; each different cell is looked at once."""
        found = distinct(self.raw.frame[name])
        codes = np.full(len(found.cells), np.nan)
        unknown = _Tally(found)
        for place, cell in enumerate(found.cells):
            told = code(cell)
            if isinstance(told, Unknown):
                unknown.add(told, place)
            elif told is not None:
                codes[place] = told
        self._report(item, name, unknown, options.expected(), options.hint)
        return pd.Series(found.spread(codes), index=self.raw.frame.index)

    def _report(
        self,
        item: Item,
        name: str,
        unknown: _Tally,
        expected: str,
        hint: Callable[[str], str] = lambda text: "",
    ) -> None:
        """One fault per answer nobody knows, with the rows that give it."""
        for found, (count, first) in list(unknown.met.items())[:MOST_VALUES]:
            times = "1 cell" if count == 1 else f"{count} cells"
            self.faults.add(
                f"unknown answer '{masked(found.text)}' to item '{item.id}' ({times})",
                where=self._where(name, self.raw.frame.index[first]),
                expected=expected,
                hint=found.hint or hint(found.text) or self._declared_missing(name, found.text),
            )
        if len(unknown.met) > MOST_VALUES:
            self.faults.add(
                f"and {len(unknown.met) - MOST_VALUES} more unknown answers to item '{item.id}'",
                where=self._where(name),
                hint="is it the right column?",
            )

    def _declared_missing(self, name: str, text: str) -> str:
        value: float | str | None = number_in(text)
        spans = self.raw.user_missing.get(name, ())
        if value is not None and any(low <= value <= high for low, high in spans):
            return "the file declares this value missing: add it to 'missing' of the scale"
        return "add it to the scale's aliases, or to 'codes' in the column map"

    def _where(self, name: str, row: int | None = None) -> str:
        place = f"{self.raw.path}, column '{name}'"
        return place if row is None else f"{place}, respondent row {row}"


class _Tally:
    """Answers nobody knows: in how many rows of one column, and in which first (from 0)."""

    def __init__(self, column: Distinct) -> None:
        self.column = column
        self.met: dict[Unknown, tuple[int, int]] = {}

    def add(self, told: Unknown, place: int) -> None:
        count, first = self._counts[place], self._firsts[place]
        before = self.met.get(told)
        self.met[told] = (count + before[0], min(first, before[1])) if before else (count, first)

    @cached_property
    def _counts(self) -> list[int]:
        return np.bincount(self.column.codes[self.column.codes >= 0]).tolist()

    @cached_property
    def _firsts(self) -> list[int]:
        first = np.zeros(len(self.column.cells) + 1, dtype=np.int64)
        first[self.column.codes[::-1]] = np.arange(len(self.column.codes))[::-1]
        return first.tolist()


def _date(text: str) -> str | None:
    found = _DATE.match(text)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else None
