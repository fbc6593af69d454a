"""Scan records as read: every record valid or set aside with a reason, none lost.

A record is one package in one store and version on one day. Decided here: which columns a scan has
and what makes a record unusable. How records of one app become one is decided in copies.py, what a
permission means in groups.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from survey.errors import DataError, collect, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Column, Scale, Wave

FIELDS = ("app", "store", "category", "version", "scan_date", "permissions", "behaviours")
REQUIRED = ("app",)
TOKENS = ("permissions", "behaviours")
PACKAGE = re.compile(r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+$")
VERSION = re.compile(r"^\d{1,9}(\.\d{1,9}){0,5}$")
TORN = re.compile("[\x00-\x08\x0b-\x1f\x7f\N{REPLACEMENT CHARACTER}]")


@dataclass(frozen=True)
class Scans:
    """What a scan file holds.

    Attributes
    ----------
    records : DataFrame, one row per usable record
        `source_row` (line of the file) and the mapped fields: `app`, `store`, `category` (code),
        `version` as text, `scan_date` as datetime, `permissions` and `behaviours` as tuples of
        distinct names. A field the wave does not map is absent, except the token lists (empty).
    rejects : DataFrame, one row per record set aside
        `source_row`, `reason`, `detail`, and the record as it stood in the file.
    """

    records: pd.DataFrame
    rejects: pd.DataFrame

    @property
    def read(self) -> int:
        return len(self.records) + len(self.rejects)


def read_scans(path: Path, wave: Wave, instrument: Instrument, *, name: str = "") -> Scans:
    """Read a wave's scan file (CSV, plain or gzip) and judge every record.

    Raises
    ------
    DataError
        If the file cannot be read, or a mapped column is not in it.
    """
    name = name or path.name
    return validate(_cells(path, name), wave, instrument, name=name)


def validate(raw: pd.DataFrame, wave: Wave, instrument: Instrument, *, name: str) -> Scans:
    """Judge records already read; `raw` holds text cells under the file's own column names.

    A record is set aside, in this order, for: an unreadable cell, no or no proper package name, an
    unknown category, a version that is not numbers joined by dots, a day that is none, and a day
    outside the wave's period. Only the first reason is kept. A field that is not mapped is not
    judged.

    Raises
    ------
    DataError
        If a mapped column is missing.
    """
    columns = {item: wave.columns[item] for item in FIELDS if item in wave.columns}
    _require_columns(raw, columns, name)
    cells = {item: raw[str(column.column)].str.strip() for item, column in columns.items()}
    reason = pd.Series("", index=raw.index)
    detail = pd.Series("", index=raw.index)

    def judge(bad: pd.Series, why: str, item: str) -> None:
        fresh = bad & reason.eq("")
        reason[fresh] = why
        detail[fresh] = cells[item][fresh]

    for item, cell in cells.items():
        judge(cell.str.contains(TORN), "unreadable_cell", item)
    judge(cells["app"].eq(""), "no_package_name", "app")
    judge(~cells["app"].str.match(PACKAGE), "bad_package_name", "app")
    values: dict[str, pd.Series] = dict(cells)
    if "category" in cells:
        known = category_codes(instrument.scale_of("category"), columns["category"])
        values["category"] = cells["category"].map(known)
        judge(values["category"].isna(), "unknown_category", "category")
    if "version" in cells:
        judge(~cells["version"].str.match(VERSION), "bad_version", "version")
    if "scan_date" in cells:
        day = pd.to_datetime(cells["scan_date"], format="%Y-%m-%d", errors="coerce")
        values["scan_date"] = day
        judge(day.isna(), "bad_date", "scan_date")
        start, end = pd.Timestamp(wave.period.start), pd.Timestamp(wave.period.end)
        judge(day.notna() & ~day.between(start, end), "outside_window", "scan_date")
    source_row = pd.Series(range(2, len(raw) + 2), index=raw.index, name="source_row")
    good = reason.eq("")
    records = pd.DataFrame({"source_row": source_row, **values})[good].reset_index(drop=True)
    for item in TOKENS:
        records[item] = _token_lists(records, item, columns.get(item))
    told = pd.DataFrame({"source_row": source_row, "reason": reason, "detail": detail})
    rejects = pd.concat([told, raw], axis=1)[~good].reset_index(drop=True)
    return Scans(records, rejects)


def tokens(cell: str, separator: str) -> tuple[str, ...]:
    """Distinct names of one cell in order of first mention; blanks around them do not count.

    >>> tokens("a; b;;a", ";")
    ('a', 'b')
    """
    return tuple(dict.fromkeys(part for part in map(str.strip, cell.split(separator)) if part))


def category_codes(scale: Scale, column: Column) -> dict[str, str]:
    """What a category cell may say (number, code, words, alias, the wave's own words) -> code."""
    known: dict[str, str] = {}
    for value, point in scale.points.items():
        for word in (str(value), point.code, *point.text.values(), *point.aliases):
            known[word] = point.code
    return known | {word: scale.code(value) for word, value in column.codes.items()}


def _cells(path: Path, name: str) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError("file is missing", where=name) from None
    except (OSError, EOFError, ValueError) as fault:  # pandas' own are ValueErrors
        raise DataError(
            f"cannot be read as CSV: {fault}",
            where=name,
            expected="UTF-8 text with one header line, plain or gzip",
            hint="take the file from its source again",
        ) from None


def _require_columns(raw: pd.DataFrame, columns: dict[str, Column], name: str) -> None:
    with collect(DataError) as faults:
        for item in REQUIRED:
            if item not in columns:
                faults.add(f"the wave maps no column to '{item}'", where=name)
        for item, column in columns.items():
            if column.column not in raw.columns:
                faults.add(
                    f"column '{column.column}' (item '{item}') is missing",
                    where=name,
                    expected=one_of(raw.columns),
                    hint=did_you_mean(str(column.column), raw.columns),
                )


def _token_lists(records: pd.DataFrame, item: str, column: Column | None) -> pd.Series:
    if column is None:
        return pd.Series([()] * len(records), index=records.index, dtype=object)
    separator = column.split or ";"
    known = {cell: tokens(cell, separator) for cell in records[item].unique()}
    return records[item].map(known).astype(object)
