"""Comma-separated files, plain or gzipped, in any encoding that encodings.py can vouch for.

Decided here: a row with too few or too many cells is a fault. Every cell stays text; what it means
is decided in clean/recode.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError, collect
from survey.io.compressed import bytes_of
from survey.io.encodings import find_encoding
from survey.io.header import column_names

OPTIONS = ("encoding", "delimiter", "header_row", "skip_rows")
MOST_ROW_FAULTS = 20
LONGEST_CELL = 1 << 24
Malformed = csv.Error

Lines = list[tuple[int, list[str]]]


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of text cells, blanks as None.

    Parameters
    ----------
    options : mapping
        `encoding`, `delimiter` (default a comma), `header_row` (from 1), `skip_rows` after the
        header, `drop`: columns not to return.

    Raises
    ------
    DataError
        If a byte does not fit the encoding (with its position), a row has the wrong number of
        cells, or the file is empty or a broken gzip.
    """
    rows, told = read_rows(path, options)
    top = int(options.get("header_row", 1))
    if len(rows) < top:
        raise DataError(f"has no line {top} for the header", where=str(path))
    names = column_names(rows[top - 1][1])
    body = rows[top + int(options.get("skip_rows", 0)) :]
    require_width(body, len(names), path)
    return columns_of(names, body, options.get("drop", ())) | told


def read_rows(
    path: Path, options: Mapping[str, Any], *, platform: str = ""
) -> tuple[Lines, dict[str, Any]]:
    """(last line number, cells) of every row that is not wholly blank; encoding and report."""
    found = find_encoding(bytes_of(path), path, options.get("encoding"), platform=platform)
    rows = rows_of(found.text, path, str(options.get("delimiter", ",")))
    return rows, {
        "encoding": found.encoding,
        "report": [f"its encoding is {found.encoding}: {found.why}"],
    }


def columns_of(names: list[str], body: Lines, drop: Any = ()) -> dict[str, Any]:
    """Rows as columns of text, blank cells as None; every row is as long as `names`."""
    cells = zip(*(row for _, row in body), strict=True) if body else ([] for _ in names)
    dropped = set(drop)
    columns = [
        (name, [cell.strip() or None for cell in column])
        for name, column in zip(names, cells, strict=True)
        if name not in dropped
    ]
    return {"columns": columns, "dropped": sorted(dropped & set(names))}


def decode(data: bytes, path: Path | str, declared: str | None = None) -> tuple[str, str]:
    """The text of a file and the encoding it is in.

    Raises
    ------
    DataError
        If the declared encoding is unknown, does not fit, or reads UTF-8 text as something else.
    """
    found = find_encoding(data, path, declared)
    return found.text, found.encoding


def rows_of(text: str, path: Path | str, delimiter: str) -> Lines:
    """Rows of a text that are not wholly blank, each with the number of its last line.

    Raises
    ------
    DataError
        If quotation marks do not close.
    """
    reader = reader_of(io.StringIO(text, newline=""), delimiter)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except Malformed as fault:
        raise DataError(
            f"is not well-formed CSV: {fault}",
            where=f"{path}:{reader.line_num}",
            hint="look for an unclosed quotation mark",
        ) from None


def reader_of(lines: Iterable[str], delimiter: str):
    """Rows of cells; `Malformed` where quotation marks do not close."""
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def require_width(rows: Lines, width: int, path: Path | str) -> None:
    """Every row has as many cells as the header.

    Raises
    ------
    DataError
        With the first twenty rows that have not.
    """
    wrong = [(line, len(row)) for line, row in rows if len(row) != width]
    with collect(DataError) as faults:
        for line, cells in wrong[:MOST_ROW_FAULTS]:
            faults.add(
                f"this row has {cells} cells",
                where=f"{path}:{line}",
                expected=f"{width}, as the header",
                hint="quote cells that hold the delimiter",
            )
        if len(wrong) > MOST_ROW_FAULTS:
            faults.add(f"and {len(wrong) - MOST_ROW_FAULTS} more such rows", where=str(path))
