"""Sheets of .xlsx and .xls files, plain or gzipped, read by calamine in the child of isolated.py.

Decided here: which sheet and which row is the header, and that a cell is a number, a text or
blank (dates become ISO text, true/false become 1/0). Names of columns are settled in header.py.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError, did_you_mean, one_of
from survey.io.archive import refuse_bombs
from survey.io.compressed import bytes_of
from survey.io.header import column_names

LIBRARY = "python_calamine"
OPTIONS = ("sheet", "header_row", "skip_rows")


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Cells of one sheet by column.

    Parameters
    ----------
    options : mapping
        `sheet`: name, or number from 1 (default: the first). `header_row`: from 1. `skip_rows`:
        rows after the header that are no respondents. `drop`: columns not to return.

    Raises
    ------
    DataError
        If it is no workbook, is damaged, or has no such sheet or header row.
    """
    import python_calamine

    data = bytes_of(path)
    refuse_bombs(data, path)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_name(_sheet(path, book.sheet_names, options.get("sheet", 1)))
        rows = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as fault:
        raise DataError(
            f"is not a readable workbook: {fault}",
            where=str(path),
            expected=".xlsx or .xls",
            hint="open it in the program that wrote it and save it again",
        ) from None
    top = int(options.get("header_row", 1))
    if len(rows) < top:
        raise DataError(f"has no row {top} for the header", where=f"{path}, sheet {sheet.name}")
    names = column_names([str(_cell(cell) or "") for cell in rows[top - 1]])
    below = rows[top + int(options.get("skip_rows", 0)) :]
    body = [row for row in below if any(cell != "" for cell in row)]
    dropped = set(options.get("drop", ()))
    columns = [
        (name, [_cell(row[place]) for row in body])
        for place, name in enumerate(names)
        if name not in dropped
    ]
    return {"columns": columns, "dropped": sorted(dropped & set(names))}


def _sheet(path: Path, names: list[str], wanted: str | int) -> str:
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1]
    if wanted not in names:
        raise DataError(
            f"has no sheet '{wanted}'",
            where=str(path),
            expected=one_of(names),
            hint=did_you_mean(str(wanted), names),
        )
    return str(wanted)


def _cell(value: Any) -> float | str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    return None if value is None else float(value)
