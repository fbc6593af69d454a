"""Scan records as read: every record valid or set aside with a reason, none lost.

A record is one package in one store and version on one day. Decided here: which fields a scan has
and what makes a record unusable (docs/scan-records.md has both in words). How a file becomes cells
is decided in scanfiles.py, how records of one app become one in copies.py, what a permission means
in groups.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.monitoring.scanfiles import UNREAD, RawRecords, read_records
from survey.errors import DataError, collect, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Column, Scale, Wave
from survey.instrument.scanrules import ScanRules, taken_days

TOKENS = ("permissions", "behaviours", "sdks")
NUMBERS = (
    "version_code",
    "installs",
    "sample_size",  # apps scanned in the store in this run
    "stores_listing",  # stores of the frame that offer the app, sampled or not
    "stores_holding",  # stores of the frame that hold this version of it, sampled or not
    "store_weight",  # stores of the frame that the sampled store stands for
    "stores_in_stratum",  # stores of the frame in the sampled store's stratum
)
FIELDS = (
    *("app", "signer", "store", "category", "version", "scan_date", "window", "store_stratum"),
    *NUMBERS,
    *TOKENS,
)
REQUIRED = ("app",)
PACKAGE = re.compile(r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+$")
VERSION = re.compile(r"^\d{1,9}(\.\d{1,9}){0,5}$")
SIGNER = re.compile(r"^[0-9A-Za-z:+/=._-]{1,200}$")  # a digest of the certificate, in any notation
COUNT = re.compile(r"^\d{1,3}(,\d{3})*\+?$|^\d{1,15}(\.\d{1,12})?\+?$")
WINDOW = re.compile(r"^(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})$")
TORN = re.compile("[\x00-\x08\x0b-\x1f\x7f\N{REPLACEMENT CHARACTER}]")


@dataclass(frozen=True)
class Scans:
    """What a scan file holds.

    Attributes
    ----------
    records : DataFrame, one row per usable record
        `source_row` (line of the file) and the mapped fields: `app`, `store`, `category` (code),
        `version`, `signer`, `store_stratum` as text, `scan_date` as datetime, the numbers as float
        (NaN where the cell is empty), `permissions`, `behaviours` and `sdks` as tuples of distinct
        names. A field the wave does not map is absent, except the token lists (empty).
    rejects : DataFrame, one row per record set aside
        `source_row`, `reason`, `detail`, and the record as it stood in the file: its cells, or its
        text (`record`) where it could not be split into cells.
    """

    records: pd.DataFrame
    rejects: pd.DataFrame

    @property
    def read(self) -> int:
        return len(self.records) + len(self.rejects)


def read_scans(
    path: Path,
    wave: Wave,
    instrument: Instrument,
    *,
    name: str = "",
    rules: ScanRules | None = None,
) -> Scans:
    """Read a wave's scan file (see scanfiles.py for its forms) and judge every record.

    Raises
    ------
    DataError
        If the file cannot be read, or a mapped column is not in it.
    """
    name = name or path.name
    separators = {str(c.column): c.split for c in wave.columns.values() if c.split}
    raw = read_records(path, name=name, separators=separators)
    return judge(raw, wave, instrument, name=name, rules=rules)


def validate(raw: pd.DataFrame, wave: Wave, instrument: Instrument, *, name: str) -> Scans:
    """`judge` for a table of text cells whose first row is line 2 of a file."""
    unread = pd.DataFrame(columns=list(UNREAD)).astype({"source_row": "int64"})
    rows = pd.Series(range(2, len(raw) + 2), name="source_row", dtype="int64")
    return judge(RawRecords(raw.reset_index(drop=True), rows, unread), wave, instrument, name=name)


def judge(
    raw: RawRecords,
    wave: Wave,
    instrument: Instrument,
    *,
    name: str,
    rules: ScanRules | None = None,
) -> Scans:
    """Judge records already read.

    A record is set aside, in this order, for: an unreadable cell, no or no proper package name, an
    unknown category, a version that is not numbers joined by dots, a day that is none, a day
    outside the wave's period, a day that counts in a wave before it, a day outside the window the
    record itself names, an impossible signer, and a number that is none. Only the first reason is
    kept. A field that is not mapped is not judged.

    Raises
    ------
    DataError
        If a mapped column is missing.
    """
    columns = {item: wave.columns[item] for item in FIELDS if item in wave.columns}
    if len(raw.cells) or raw.cells.columns.size or not len(raw.unread):
        _require_columns(raw.cells, columns, name)
        cells = {item: raw.cells[str(c.column)].str.strip() for item, c in columns.items()}
    else:  # not one line could be read
        cells = {item: pd.Series([], dtype="str") for item in columns}
    judged = _Judged(cells, len(raw.cells))
    for item, cell in cells.items():
        judged.reject(cell.str.contains(TORN), "unreadable_cell", item)
    judged.reject(cells["app"].eq(""), "no_package_name", "app")
    judged.reject(~cells["app"].str.match(PACKAGE), "bad_package_name", "app")
    if "category" in cells:
        known = category_codes(instrument.scale_of("category"), columns["category"])
        judged.values["category"] = cells["category"].map(known)
        judged.reject(judged.values["category"].isna(), "unknown_category", "category")
    if "version" in cells:
        judged.reject(~cells["version"].str.match(VERSION), "bad_version", "version")
    if "scan_date" in cells:
        _judge_days(judged, wave, taken_days(instrument, name_of(wave, instrument)))
    if "signer" in cells:
        odd = cells["signer"].ne("") & ~cells["signer"].str.match(SIGNER)
        judged.reject(odd, "bad_signer", "signer")
    for item in NUMBERS:
        if item in cells:
            odd = cells[item].ne("") & ~cells[item].str.match(COUNT)
            judged.reject(odd, f"bad_{item}", item)
            plain = cells[item].str.replace(r"[,+]", "", regex=True)
            judged.values[item] = pd.to_numeric(plain, errors="coerce")
    good = judged.reason.eq("")
    table = pd.DataFrame({"source_row": raw.source_row, **judged.values})
    records = table[good].reset_index(drop=True)
    for item in TOKENS:
        records[item] = _token_lists(records, item, columns.get(item))
    told = {"source_row": raw.source_row, "reason": judged.reason, "detail": judged.detail}
    rejects = pd.concat([pd.DataFrame(told), raw.cells], axis=1)[~good]
    if len(raw.unread):
        rejects = pd.concat([rejects, raw.unread], ignore_index=True).fillna("")
        rejects = rejects.sort_values("source_row", kind="stable")
    records = renamed(records, rules) if rules else records
    return Scans(records, rejects.reset_index(drop=True))


def renamed(records: pd.DataFrame, rules: ScanRules) -> pd.DataFrame:
    """Records with permissions under the names of groups.yml: a new name becomes the old one.

    It does so on scans from the day of the release on (without a day always); before that day no
    such permission existed, so the name is an app's own and stays as it is. A manifest that asks
    for both, to serve old and new phones, then asks once.
    """
    for rename in rules.renames:
        holds = records["permissions"].map(lambda names, new=rename.new: new in names)
        if "scan_date" in records:
            holds &= ~(records["scan_date"] < pd.Timestamp(rename.since))
        changed = records.loc[holds, "permissions"].map(
            lambda names, r=rename: tuple(
                dict.fromkeys(r.old if name == r.new else name for name in names)
            )
        )
        if len(changed):
            records = records.assign(permissions=changed.combine_first(records["permissions"]))
    return records


class _Judged:
    """Reasons found so far, and the values of fields."""

    def __init__(self, cells: dict[str, pd.Series], n: int) -> None:
        self.cells = cells
        self.values: dict[str, pd.Series] = dict(cells)
        self.reason = pd.Series([""] * n, dtype="str")
        self.detail = pd.Series([""] * n, dtype="str")

    def reject(self, bad: pd.Series, why: str, item: str, detail: str = "") -> None:
        fresh = bad & self.reason.eq("")
        self.reason[fresh] = why
        self.detail[fresh] = detail or self.cells[item][fresh]


def name_of(wave: Wave, instrument: Instrument) -> str:
    """Name under which the instrument holds a wave; "" for one it does not hold."""
    return next((name for name, held in instrument.waves.items() if held is wave), "")


def _judge_days(judged: _Judged, wave: Wave, taken: Sequence) -> None:
    day = pd.to_datetime(judged.cells["scan_date"], format="%Y-%m-%d", errors="coerce")
    judged.values["scan_date"] = day
    judged.reject(day.isna(), "bad_date", "scan_date")
    start, end = pd.Timestamp(wave.period.start), pd.Timestamp(wave.period.end)
    judged.reject(day.notna() & ~day.between(start, end), "outside_window", "scan_date")
    for owner, first, last in taken:
        inside = day.between(pd.Timestamp(first), pd.Timestamp(last))
        judged.reject(inside, "counts_in_earlier_window", "scan_date", f"day counts in {owner}")
    if "window" in judged.cells:
        ends = judged.cells["window"].str.extract(WINDOW)
        first = pd.to_datetime(ends[0], format="%Y-%m-%d", errors="coerce")
        last = pd.to_datetime(ends[1], format="%Y-%m-%d", errors="coerce")
        named = judged.cells["window"].ne("")
        judged.reject(named & ~(first <= last), "bad_window", "window")
        judged.reject(named & ~((first <= day) & (day <= last)), "outside_its_window", "window")


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
