"""From a raw file to a `RawTable`: one entry for every origin.

Decided here: which reader reads what, which options a wave file may give it, and how a column is
found by its name. What cells mean is decided in clean/recode.py; what may not be kept, in
clean/identifiers.py.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from survey.errors import DataError, Faults, collect, did_you_mean, one_of
from survey.instrument.model import MissingKind
from survey.io import (
    csvfile,
    delimited,
    excel,
    longcsv,
    odk,
    por,
    qualtrics,
    sas,
    spss,
    stata,
    surveymonkey,
    wjx,
    wjxsav,
)
from survey.io.isolated import read_isolated
from survey.io.mrsets import MultipleSet

LIMITS = ("max_seconds", "max_megabytes")
LEAST = {"header_row": 1, "skip_rows": 0, "max_seconds": 1, "max_megabytes": 1}
OPTIONS: dict[str, tuple[str, ...]] = {
    "spss": (*spss.OPTIONS, *LIMITS),
    "stata": (*stata.OPTIONS, *LIMITS),
    "sas": (*sas.OPTIONS, *LIMITS),
    "por": (*por.OPTIONS, *LIMITS),
    "qualtrics": qualtrics.OPTIONS,
    "surveymonkey": surveymonkey.OPTIONS,
    "odk": odk.OPTIONS,
    "csv": csvfile.OPTIONS,
    "excel": (*excel.OPTIONS, *LIMITS),
    "wjx": (*wjx.OPTIONS, *excel.OPTIONS, *csvfile.OPTIONS, *LIMITS),
}


@dataclass(frozen=True)
class RawTable:
    """A raw file as it was read.

    Attributes
    ----------
    frame : DataFrame, one row per respondent row of the file
        Columns that hold only numbers are float64, all others object: str, float or None (blank);
        those of a long file (longcsv.py) are categories of str.
    labels : column -> its full wording, where the file has one
    value_labels : column -> value -> its words
    user_missing : column -> spans (low, high) the file declares missing; the values stay
    missing_words : cell -> kind of missing answer, where the platform has its own words
    sets : multiple-response questions the file shows, by their columns (see mrsets.py); a counted
        value of None means that any text does
    weight : the column that weighs an SPSS file, or nothing
    import_ids : column -> the platform's own id of it (Qualtrics)
    children : repeat group -> its table (ODK)
    report : what was found in the file and why it is believed, a sentence each
    dropped : columns that were not handed over (direct identifiers)
    encoding, origin, path : of the file
    """

    frame: pd.DataFrame
    labels: dict[str, str] = field(default_factory=dict)
    value_labels: dict[str, dict[float | str, str]] = field(default_factory=dict)
    user_missing: dict[str, tuple] = field(default_factory=dict)
    missing_words: dict[str, MissingKind] = field(default_factory=dict)
    sets: tuple[MultipleSet, ...] = ()
    weight: str = ""
    import_ids: dict[str, str] = field(default_factory=dict)
    children: dict[str, RawTable] = field(default_factory=dict)
    report: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    encoding: str = ""
    origin: str = ""
    path: str = ""

    def find(self, name: str) -> str | None:
        """The column called `name`, or the only one with that wording as its label."""
        wanted = " ".join(name.split())
        if name in self.frame.columns:
            return name
        for names in (
            {column: column for column in self.frame.columns},
            {column: label for column, label in self.labels.items() if column in self.frame},
        ):
            found = [column for column, text in names.items() if " ".join(text.split()) == wanted]
            if len(found) == 1:
                return found[0]
        return None

    def near(self, name: str) -> list[str]:
        """Columns whose name or wording resembles `name`, nearest first, at most three."""
        names = {label: column for column, label in self.labels.items() if column in self.frame}
        names |= {column: column for column in self.frame.columns}
        close = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
        return list(dict.fromkeys(names[text] for text in close))


def read_raw(
    path: Path, origin: str, options: Mapping[str, Any], *, drop: Sequence[str] = ()
) -> RawTable:
    """Read one raw file.

    Parameters
    ----------
    origin : one of OPTIONS
    options : mapping
        See OPTIONS and the reader of the origin.
    drop : columns (direct identifiers) that the reader must not hand over

    Raises
    ------
    DataError
        If the file is missing or cannot be read, or an option is unknown.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("file is missing", where=str(path), hint="put the file as received there")
    _require_options(path, origin, options)
    given = {**options, "drop": list(drop)}
    table = _read(path, origin, given)
    words: dict[str, MissingKind] = {}
    if origin == "wjx":
        table = wjx.normalise(table, options.get("kind"))
        table["report"] = [*table.get("report", ()), f"options stand in it by {table['kind']}"]
        words = {wjx.SKIPPED: "not_asked"}
    raw = _table(table, origin, path)
    by_wording = [column for column in map(raw.find, drop) if column is not None]
    return replace(
        raw,
        frame=raw.frame.drop(columns=by_wording),
        dropped=(*raw.dropped, *by_wording),
        missing_words=words,
    )


IN_PROCESS = {
    "csv": longcsv.read,
    "qualtrics": qualtrics.read,
    "surveymonkey": surveymonkey.read,
    "odk": odk.read,
}


def _read(path: Path, origin: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The reader of an origin; C readers run in a child process."""
    if origin == "wjx":
        if ".csv" in [suffix.lower() for suffix in path.suffixes]:
            return csvfile.read(path, options)
        spss_file = path.suffix.lower() in (".sav", ".zsav")
        if spss_file:
            spss_options = {
                n: v for n, v in options.items() if n in (*spss.OPTIONS, *LIMITS, "drop")
            }
            return wjxsav.named(read_isolated("spss", path, spss_options))
        return read_isolated("excel", path, options)
    if origin in IN_PROCESS:
        return IN_PROCESS[origin](path, options)
    return read_isolated(origin, path, options)


def _table(table: Mapping[str, Any], origin: str, path: Path) -> RawTable:
    columns = {name: _series(cells) for name, cells in table["columns"]}
    frame = pd.DataFrame(columns)
    report = list(table.get("report", ()))
    if origin == "csv":
        held = delimited.set_names(frame)
        report += [f"'{name}' holds sets of codes such as 1;3; (split: ';')" for name in held]
    return RawTable(
        frame=frame,
        labels=table.get("labels", {}),
        value_labels={name: dict(pairs) for name, pairs in table.get("value_labels", {}).items()},
        user_missing={
            name: tuple(tuple(span) for span in spans)
            for name, spans in table.get("user_missing", {}).items()
        },
        sets=tuple(
            MultipleSet(**(one | {"variables": tuple(one["variables"])}))
            for one in table.get("sets", ())
        ),
        weight=table.get("weight", ""),
        import_ids=table.get("import_ids", {}),
        children={
            name: _table(child, origin, path) for name, child in table.get("children", {}).items()
        },
        report=tuple(report),
        dropped=tuple(table["dropped"]),
        encoding=table.get("encoding", ""),
        origin=origin,
        path=str(path),
    )


def _series(cells: list | pd.Categorical) -> pd.Series:
    if isinstance(cells, pd.Categorical):  # of a long file
        return pd.Series(cells)
    numbers = all(cell is None or isinstance(cell, float) for cell in cells)
    return pd.Series(cells, dtype="float64" if numbers else object)


def _require_options(path: Path, origin: str, options: Mapping[str, Any]) -> None:
    known = OPTIONS[origin]
    with collect(DataError) as faults:
        for option in options:
            if option not in known:
                faults.add(
                    f"unknown reading option '{option}' for origin {origin}",
                    where=str(path),
                    expected=one_of(known),
                    hint=did_you_mean(option, known),
                )
        _require_values(str(path), origin, options, faults)


def _require_values(path: str, origin: str, options: Mapping[str, Any], faults: Faults) -> None:
    for option, least in LEAST.items():
        given = options.get(option, least)
        if isinstance(given, (str, bool)) or given < least:
            faults.add(
                f"reading option '{option}' is {given!r}",
                where=path,
                expected=f"a number of at least {least}",
            )
    if len(str(options.get("delimiter", ","))) != 1:
        faults.add("reading option 'delimiter' is not one sign", where=path)
    kind = options.get("kind", wjx.KINDS[0])
    if origin == "wjx" and kind not in wjx.KINDS:
        faults.add(f"unknown kind '{kind}'", where=path, expected=one_of(wjx.KINDS))
