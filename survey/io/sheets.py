"""Workbooks of plain text written by xlsxwriter: bytes that depend on the cells only.

For forms and codebooks: a bold header that stays in view, wrapped text, widths that fit. Cells are
written as text, so that no cell becomes a formula.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

MOST_WIDTH = 60


@dataclass(frozen=True)
class Sheet:
    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx file of these sheets, in their order."""
    import xlsxwriter

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1), "author": ""})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, name in enumerate(sheet.head):
                page.write_string(0, column, name, bold)
                longest = max([len(name), *(_width(row[column]) for row in sheet.rows)])
                page.set_column(column, column, min(MOST_WIDTH, longest + 2))
            for place, row in enumerate(sheet.rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        if cell:
                            page.write_string(place, column, cell, plain)
                    else:
                        page.write_number(place, column, cell, plain)
    return written.getvalue()


def _width(cell: object) -> int:
    """Columns a cell needs: a Chinese character takes two."""
    lines = str(cell).splitlines() or [""]
    return max(sum(2 if ord(char) > 0x2E7F else 1 for char in line) for line in lines)
