"""Comma-separated files, plain or gzipped, in UTF-8, UTF-8 with BOM, or GB18030.

Decided here: the encoding is never guessed by likeness. A declared one must fit every byte; an
undeclared one is UTF-8 if every byte fits, else GB18030 if every byte fits. A row with too few or
too many cells is a fault. Every cell stays text; what it means is decided in clean/recode.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError, collect, did_you_mean, one_of
from survey.io.compressed import bytes_of
from survey.io.header import column_names

OPTIONS = ("encoding", "delimiter", "header_row", "skip_rows")
BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
CANONICAL = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "latin-1": "latin-1",
    "windows-1252": "windows-1252",
}
MOST_ROW_FAULTS = 20


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
    text, encoding = decode(bytes_of(path), path, options.get("encoding"))
    rows = _rows(text, path, str(options.get("delimiter", ",")))
    top = int(options.get("header_row", 1))
    if len(rows) < top:
        raise DataError(f"has no line {top} for the header", where=str(path))
    header = rows[top - 1][1]
    names = column_names(header)
    body = rows[top + int(options.get("skip_rows", 0)) :]
    _require_width(body, len(names), path)
    cells = zip(*(row for _, row in body), strict=True) if body else ([] for _ in names)
    dropped = set(options.get("drop", ()))
    columns = [
        (name, [cell.strip() or None for cell in column])
        for name, column in zip(names, cells, strict=True)
        if name not in dropped
    ]
    return {"columns": columns, "dropped": sorted(dropped & set(names)), "encoding": encoding}


def decode(data: bytes, path: Path | str, declared: str | None = None) -> tuple[str, str]:
    """The text of a file and the encoding it is in.

    Raises
    ------
    DataError
        If the declared encoding is unknown, does not fit, or reads UTF-8 text as something else.
    """
    if data.startswith(WIDE_BOMS):
        raise DataError(
            "is UTF-16", where=f"{path}, byte 0", hint="save it as CSV UTF-8 and try again"
        )
    if declared is None:
        return _detect(data, path)
    encoding = CANONICAL.get(str(declared).lower())
    if encoding is None:
        raise DataError(
            f"unknown encoding '{declared}'",
            where=str(path),
            expected=one_of(CANONICAL),
            hint=did_you_mean(str(declared), CANONICAL),
        )
    if encoding in ("utf-8", "utf-8-sig"):
        encoding = "utf-8-sig" if data.startswith(BOM) else "utf-8"
    else:
        _require_not_utf8(data, path, encoding)
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as fault:
        raise DataError(
            f"is not {encoding}: {_shown(data, fault.start)} does not fit",
            where=_place(path, data, fault.start),
            hint=_other(data, encoding),
        ) from None


def _detect(data: bytes, path: Path | str) -> tuple[str, str]:
    tried = ("utf-8-sig",) if data.startswith(BOM) else ("utf-8", "gb18030")
    misfits = {}
    for encoding in tried:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as fault:
            misfits[encoding] = fault.start
    furthest = max(misfits.values())
    raise DataError(
        "is in no encoding tried: "
        + ", ".join(f"{name} fails at byte {start}" for name, start in misfits.items()),
        where=_place(path, data, furthest),
        expected="UTF-8 or GB18030",
        hint="save it as CSV UTF-8, or set raw.options.encoding in the wave file",
    )


def _require_not_utf8(data: bytes, path: Path | str, declared: str) -> None:
    """UTF-8 text often decodes as another encoding, to wrong characters: refuse it by name."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if any(char >= "\u0800" for char in text):  # three bytes: not met by chance
        start = next(place for place, byte in enumerate(data) if byte > 0x7F)
        raise DataError(
            f"is declared {declared} but is UTF-8",
            where=_place(path, data, start),
            hint="set raw.options.encoding to utf-8 in the wave file, or leave it out",
        )


def _other(data: bytes, declared: str) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != declared:
            return f"every byte fits {encoding}: set raw.options.encoding in the wave file"
    return "ask for the file again as CSV UTF-8"


def _place(path: Path | str, data: bytes, byte: int) -> str:
    line = data.count(b"\n", 0, byte) + 1
    return f"{path}:{line}, byte {byte}"


def _shown(data: bytes, start: int) -> str:
    return f"byte 0x{data[start]:02x}"


def _rows(text: str, path: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    """(last line number, cells) of every row that is not wholly blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as fault:
        raise DataError(
            f"is not well-formed CSV: {fault}",
            where=f"{path}:{reader.line_num}",
            hint="look for an unclosed quotation mark",
        ) from None


def _require_width(rows: list[tuple[int, list[str]]], width: int, path: Path) -> None:
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
