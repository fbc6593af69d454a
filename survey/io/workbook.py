"""Every sheet of a workbook as rows of text, read in the child of isolated.py.

For workbooks that are forms, not data: cells become the text a person sees, true and false stay
words, and all sheets are read. openpyxl reads first; where it fails (stray bytes before the zip,
an old .xls under the name .xlsx) calamine does. Archives that would unpack to more than `MOST`
bytes are refused before anything is unpacked.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io.isolated import Limits, read_isolated

LIBRARY = "python_calamine"
MOST = 256 << 20  # bytes of all parts together
MOST_RATIO = 500  # of unpacked to packed size, from which a large part is a bomb
LIMITS = Limits(seconds=60, megabytes=2048)

Rows = list[list[str]]


def read_workbook(path: Path) -> tuple[dict[str, Rows], str]:
    """Sheets by name (rows of equal or unequal length, cells as text) and the reader that did it.

    Raises
    ------
    DataError
        If the file is missing, no workbook, damaged, or too large when unpacked.
    """
    if not Path(path).is_file():
        raise DataError("file is missing", where=str(path))
    answer = read_isolated("workbook", Path(path), {}, limits=LIMITS)
    return dict(answer["sheets"]), answer["reader"]


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """The reader run in the child: {"columns": [], "sheets": [(name, rows)], "reader": name}."""
    data = path.read_bytes()
    _refuse_bombs(data, path)
    try:
        sheets, reader = _openpyxl(data), "openpyxl"
    except MemoryError:
        raise
    except Exception:  # openpyxl fails in many ways on files that calamine opens
        sheets, reader = _calamine(data, path), "calamine"
    return {"columns": [], "sheets": sheets, "reader": reader}


def _refuse_bombs(data: bytes, path: Path) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        return  # the readers say what is wrong with it
    large = [p for p in parts if p.file_size > MOST_RATIO * max(p.compress_size, 1)]
    whole = sum(part.file_size for part in parts)
    if whole > MOST or any(part.file_size > (MOST >> 3) for part in large):
        raise DataError(
            f"would unpack to {whole:,} bytes",
            where=str(path),
            expected=f"a form of at most {MOST:,} bytes",
        )


def _openpyxl(data: bytes) -> list[tuple[str, Rows]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return [
        (sheet.title, _trimmed([[_text(cell) for cell in row] for row in sheet.values]))
        for sheet in book.worksheets
    ]


def _calamine(data: bytes, path: Path) -> list[tuple[str, Rows]]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            (
                name,
                _trimmed(
                    [
                        [_text(cell) for cell in row]
                        for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                    ]
                ),
            )
            for name in book.sheet_names
        ]
    except (python_calamine.CalamineError, OSError) as fault:
        raise DataError(
            f"is not a readable workbook: {fault}",
            where=str(path),
            expected=".xlsx or .xls",
            hint="open it in the program that wrote it and save it again",
        ) from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return cell.isoformat()
    return str(cell).strip()


def _trimmed(rows: Rows) -> Rows:
    """Without the empty cells and rows that a sheet trails."""
    cut = []
    for row in rows:
        end = len(row)
        while end and row[end - 1] == "":
            end -= 1
        cut.append(row[:end])
    while cut and not cut[-1]:
        cut.pop()
    return cut
