"""Scan files as text cells, whatever their form; a record that cannot be read is set aside.

A line that is no record is kept with its number and its text; what is wrong inside a readable
record is judged in scans.py. Lists become one cell, their names joined by the separator the wave
declares. CSV, JSON lines, Parquet, and an archive of manifests and tracker reports, each read by
manifests.py or trackers.py.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.monitoring.manifests import aapt_record, manifest_record
from analysis.monitoring.trackers import tracker_records
from survey.errors import DataError

UNREAD = ("source_row", "reason", "detail", "record")
MOST_LINES = 50  # of one record: a quote left open must not swallow the rest of a file
csv.field_size_limit(2**27)


@dataclass(frozen=True)
class RawRecords:
    """A scan file before anything is judged.

    Attributes
    ----------
    cells : DataFrame of str, one row per readable record, under the file's own column names
    source_row : Series of int, same index
        Line of the file on which the record starts (the header is 1), or its place in a Parquet
        file, counted from 1.
    unread : DataFrame, columns `source_row`, `reason`, `detail`, `record`
        Lines that are no record, `record` being their text.
    """

    cells: pd.DataFrame
    source_row: pd.Series
    unread: pd.DataFrame


def read_records(
    path: Path, *, name: str, separators: Mapping[str, str] | None = None
) -> RawRecords:
    """Read a scan file by its ending: .csv, .jsonl or .ndjson (each also .gz), .parquet, .zip.

    An archive holds one manifest (.xml), printed permission list (.txt) or tracker report (.json)
    a file; its columns are those of manifests.py and trackers.py, and `file`, the member's name.

    Parameters
    ----------
    separators : mapping of column to str, optional
        What joins the names of a list in that column; ";" where it says nothing.

    Raises
    ------
    DataError
        If the file is missing or is not what its ending says.
    """
    separators = separators or {}
    if path.name.endswith(".zip"):
        return _archive(path, name)
    plain = path.name.removesuffix(".gz")
    if plain.endswith(".parquet"):
        return _parquet(path, name, separators)
    lined = plain.endswith((".jsonl", ".ndjson"))
    form = "JSON lines" if lined else "CSV"
    text = _text(path, name, form)
    return _json_lines(text, separators) if lined else _csv(text, name)


def _text(path: Path, name: str, form: str) -> str:
    """The whole file; bytes that are no UTF-8 become a mark that no good cell holds."""
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.name.endswith(".gz") else data
    except FileNotFoundError:
        raise DataError("file is missing", where=name) from None
    except (OSError, EOFError, gzip.zlib.error) as fault:  # type: ignore[attr-defined]
        raise DataError(
            f"cannot be read as {form}: {fault}",
            where=name,
            expected="UTF-8 text, plain or gzip",
            hint="take the file from its source again",
        ) from None
    return data.decode("utf-8-sig", errors="replace")


def _csv(text: str, name: str) -> RawRecords:
    lines = text.replace("\r\n", "\n").split("\n")
    header = next(csv.reader(lines[:1]), [])
    if not header:
        raise DataError("is empty", where=name, expected="one header line and records")
    if len(set(header)) < len(header):
        twice = sorted({column for column in header if header.count(column) > 1})
        raise DataError(f"column '{twice[0]}' stands in the header twice", where=f"{name}:1")
    rows: list[list[str]] = []
    places: list[int] = []
    unread: list[tuple[int, str, str, str]] = []
    for place, cells, record in _csv_records(lines, len(header)):
        if len(cells) == len(header):
            rows.append(cells)
            places.append(place)
        else:
            told = f"{len(cells)} cells under {len(header)} columns"
            unread.append((place, "wrong_number_of_cells", told, record))
    return _raw(pd.DataFrame(rows, columns=header, dtype="str"), places, unread)


def _csv_records(lines: list[str], width: int) -> Iterator[tuple[int, list[str], str]]:
    """Line number, cells and text of each record; a quoted cell may go on in further lines.

    A record that is not whole after some lines ends with the line it began on.
    """
    place = 1
    while place < len(lines):
        line = lines[place]
        if not line:
            place += 1
            continue
        cells, used = _cells_of(line), 1
        if cells is None or len(cells) != width:
            record = line
            for reach in range(2, MOST_LINES + 1):
                if cells is not None or place + reach > len(lines):
                    break
                record += "\n" + lines[place + reach - 1]
                cells = _cells_of(record)
                used = reach
            if cells is None or len(cells) != width:
                cells, used = next(csv.reader([line]), []), 1
                cells = cells if len(cells) != width else [*cells, ""]  # an open quote
        yield place + 1, cells, "\n".join(lines[place : place + used])
        place += used


def _cells_of(record: str) -> list[str] | None:
    """Cells of one whole record, None where a quote is still open."""
    try:
        found = list(csv.reader(io.StringIO(record, newline=""), strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _json_lines(text: str, separators: Mapping[str, str]) -> RawRecords:
    rows: list[dict[str, str]] = []
    places: list[int] = []
    unread: list[tuple[int, str, str, str]] = []
    for place, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            if not isinstance(found, dict):
                raise ValueError("it is not an object of named values")
            rows.append(
                {key: _cell(value, separators.get(key, ";")) for key, value in found.items()}
            )
        except (ValueError, RecursionError) as fault:
            unread.append((place, "unreadable_line", str(fault), line))
        else:
            places.append(place)
    return _raw(pd.DataFrame(rows).fillna("").astype("str"), places, unread)


def _parquet(path: Path, name: str, separators: Mapping[str, str]) -> RawRecords:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        columns = pq.read_table(path).to_pydict()
    except FileNotFoundError:
        raise DataError("file is missing", where=name) from None
    except (pa.ArrowException, OSError) as fault:
        raise DataError(f"cannot be read as Parquet: {fault}", where=name) from None
    try:
        cells = {
            column: [_cell(value, separators.get(column, ";")) for value in values]
            for column, values in columns.items()
        }
    except ValueError as fault:
        raise DataError(
            f"a column of the Parquet file is no list of names, text, number or day: {fault}",
            where=name,
        ) from None
    frame = pd.DataFrame(cells, dtype="str")
    return _raw(frame, list(range(1, len(frame) + 1)), [])


MEMBER = ("app", "version", "version_code", "scan_date", "permissions", "sdks", "file")
LARGEST = 2**26  # bytes of one member


def _archive(path: Path, name: str) -> RawRecords:
    rows: list[dict[str, str]] = []
    places: list[int] = []
    unread: list[tuple[int, str, str, str]] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda member: member.filename)
            members = [member for member in members if not member.is_dir()]
            for place, member in enumerate(members, 1):
                try:
                    found = _member(archive, member)
                except (ValueError, KeyError, TypeError, RecursionError) as fault:
                    told = f"{member.filename}: {fault}"
                    unread.append((place, "unreadable_file", told, member.filename))
                    continue
                rows += [{**record, "file": member.filename} for record in found]
                places += [place] * len(found)
    except FileNotFoundError:
        raise DataError("file is missing", where=name) from None
    except (zipfile.BadZipFile, OSError, RuntimeError) as fault:
        raise DataError(f"cannot be read as an archive: {fault}", where=name) from None
    return _raw(pd.DataFrame(rows, columns=list(MEMBER)).fillna("").astype("str"), places, unread)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> list[dict[str, str]]:
    if member.file_size > LARGEST:
        raise ValueError("it is too large for a manifest or report")
    text = archive.read(member).decode("utf-8-sig")
    ending = member.filename.rpartition(".")[2].lower()
    if ending == "xml":
        return [manifest_record(text)]
    if ending == "txt":
        return [aapt_record(text)]
    if ending == "json":
        found = tracker_records(text)
        if not found:
            raise ValueError("it holds no report")
        return found
    raise ValueError("it is no .xml, .txt or .json")


def _cell(value: Any, separator: str) -> str:
    """A value as the text a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        names = [_cell(part, "") for part in value if not isinstance(part, (list, tuple))]
        if len(names) < len(value):
            raise ValueError("a list holds another list")
        return separator.join(names)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"'{value}' is no text, number or list of names")


def _raw(cells: pd.DataFrame, places: list[int], unread: list) -> RawRecords:
    return RawRecords(
        cells=cells.reset_index(drop=True),
        source_row=pd.Series(places, name="source_row", dtype="int64"),
        unread=pd.DataFrame(unread, columns=list(UNREAD)).astype({"source_row": "int64"}),
    )
