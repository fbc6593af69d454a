"""How a workbook looks: fonts, fills, number formats, safe text.

Nothing here knows what a cell means; which format a column takes follows from its unit in
shape.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from math import ceil

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from analysis.tables.shape import Column

FACE = "Microsoft YaHei"  # on every Windows with Chinese; elsewhere a spreadsheet chooses its own
INK, ACCENT, MUTED, WARM = "1B2733", "0B4F7D", "586474", "A84A00"
_TINT = PatternFill("solid", fgColor="F4F7FA")
_THIN, _THICK = Side(style="thin", color="D5DBE2"), Side(style="medium", color=INK)

TITLE = Font(name=FACE, size=13, bold=True, color=ACCENT)
COVER = Font(name=FACE, size=22, bold=True, color=ACCENT)
PLAIN = Font(name=FACE, size=10, color=INK)
STRONG = Font(name=FACE, size=10, bold=True, color=INK)
SMALL = Font(name=FACE, size=9, color=MUTED)
NOTICE = Font(name=FACE, size=10, bold=True, color=WARM)
LINK = Font(name=FACE, size=10, color=ACCENT, underline="single")
WRAP = Alignment(wrap_text=True, vertical="top")
RIGHT = Alignment(horizontal="right", vertical="top")
HEAD = Alignment(wrap_text=True, vertical="center", horizontal="center")

_LINE_HEIGHT = 1.55  # of a font's size; a spreadsheet does not raise rows of itself
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def put_text(cell: Cell, text: str, font: Font = PLAIN) -> Cell:
    """Text that a spreadsheet never takes for a formula, whoever typed it."""
    cell.value = _ILLEGAL.sub("", text)
    cell.data_type = "s"
    cell.font = font
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    return cell


def fit_height(sheet: Worksheet, row: int, widths: Mapping[int, float]) -> None:
    """Raise a row until its wrapped texts show whole.

    Parameters
    ----------
    widths : mapping of int to float
        Room of each text by the column it begins in, in characters.
    """
    height = 0.0
    for place, width in widths.items():
        cell = sheet.cell(row, place)
        size = cell.font.size / PLAIN.size
        lines = ceil(_length(str(cell.value or "")) * size / max(width - 1, 1)) or 1
        height = max(height, lines * cell.font.size * _LINE_HEIGHT)
    sheet.row_dimensions[row].height = round(height, 1)


def _length(text: str) -> int:
    """Characters as wide as a digit; a Chinese one is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def number_format(column: Column, mark: str = "") -> str:
    """Excel's format of a column's numbers; a mark is shown behind the number."""
    decimals = "." + "0" * column.shown_digits if column.shown_digits else ""
    suffix = f'"{mark}"' if mark else ""
    match column.unit:
        case "share":
            return f"0{decimals}%{suffix}"
        case "count":
            return f"#,##0{suffix}"
        case "pp" | "points":
            return f"+0{decimals}{suffix};-0{decimals}{suffix};0{decimals}{suffix}"
    return f"0{decimals}{suffix}"


def dress_head(cell: Cell) -> None:
    cell.font, cell.fill, cell.alignment = STRONG, _TINT, HEAD
    cell.border = Border(top=_THICK, bottom=_THICK)


def dress_line(cell: Cell, kind: str, *, last: bool) -> None:
    """A body cell: bold totals, tinted groups, a rule under the last line."""
    cell.font = STRONG if kind in ("group", "total") else PLAIN
    if kind == "group":
        cell.fill = _TINT
    cell.border = Border(bottom=_THICK if last else _THIN)
