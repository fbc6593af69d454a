"""Tables of a published document (HTML, DOCX, XLSX) as grids of text.

A merged cell stands in every place it covers, so that a row can be read by itself. What a table
means is decided by who reads it. Pages whose charset is not declared are read as UTF-8, else as
GB 18030.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey.errors import DataError, one_of

HTML, WORD, SHEET = (".html", ".htm"), (".docx",), (".xlsx",)
_SPACE = re.compile(r"[ \t\u00a0\u3000]+")
_SPAN = 1000  # cells; what a page claims beyond it is a mistake


@dataclass(frozen=True)
class Grid:
    """A table: where it stands, its rows, and the number of the first row in the document."""

    place: str
    rows: tuple[tuple[str, ...], ...]
    first: int = 1


def read_grids(path: Path, *, name: str = "") -> list[Grid]:
    """Every table of a document that has a cell with text.

    Raises
    ------
    DataError
        If the file is missing, of another kind, unreadable, or has no table.
    """
    name = name or path.name
    readers = dict.fromkeys(HTML, _html) | dict.fromkeys(WORD, _word) | dict.fromkeys(SHEET, _sheet)
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"a '{path.suffix}' file cannot be read",
            where=name,
            expected=one_of(readers),
            hint="save it as .docx or .xlsx, or save the page as .html",
        )
    if not path.is_file():
        raise DataError("file is missing", where=name)
    grids = reader(path.read_bytes(), name)
    found = [grid for grid in grids if any(any(row) for row in grid.rows)]
    if not found:
        raise DataError("the document has no table", where=name)
    return found


def clean(text: object) -> str:
    """A cell's text: one space for many, line ends kept, none at the ends."""
    lines = (_SPACE.sub(" ", line).strip() for line in str(text).splitlines())
    return "\n".join(line for line in lines if line)


def _html(data: bytes, name: str) -> list[Grid]:
    from lxml import etree, html

    try:
        document = html.document_fromstring(_decoded(data))
    except (etree.ParserError, ValueError) as fault:
        raise DataError(f"is no readable HTML page: {fault}", where=name) from None
    grids = []
    for number, table in enumerate(document.iter("table"), start=1):
        rows = [row for row in table.iter("tr") if _owner(row) is table]
        grids.append(Grid(f"table {number}", _spread(rows)))
    return grids


def _decoded(data: bytes) -> str:
    told = re.search(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", data[:4096])
    names = [told[1].decode("ascii")] if told else []
    names = ["gb18030" if n.lower() in ("gb2312", "gbk") else n for n in names]
    for encoding in [*names, "utf-8-sig", "gb18030"]:
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # lxml refuses it in text
    return data.decode("utf-8", errors="replace")


def _owner(row: Any) -> Any:
    return next(part for part in row.iterancestors() if part.tag == "table")


def _spread(rows: list) -> tuple[tuple[str, ...], ...]:
    """Rows of an HTML table with spans carried to every place they cover."""
    held: dict[tuple[int, int], str] = {}
    wide = 0
    for y, row in enumerate(rows):
        x = 0
        for part in row:
            if part.tag not in ("td", "th"):
                continue
            while (y, x) in held:
                x += 1
            text = _text(part)
            down, across = (_count(part.get(key)) for key in ("rowspan", "colspan"))
            for below in range(min(down, len(rows) - y)):
                for beside in range(across):
                    held.setdefault((y + below, x + beside), text)
            x += across
            wide = max(wide, x)
    return tuple(tuple(held.get((y, x), "") for x in range(wide)) for y in range(len(rows)))


def _count(told: str | None) -> int:
    return min(int(told), _SPAN) if told and told.strip().isdigit() and int(told) > 0 else 1


def _text(part: Any) -> str:
    pieces = []
    for node in part.iter():
        if node.tag in ("br", "p", "div", "li"):
            pieces.append("\n")
        if isinstance(node.tag, str) and node.tag not in ("script", "style"):
            pieces.append(" ".join((node.text or "").split("\n")))
        if node is not part:
            pieces.append(" ".join((node.tail or "").split("\n")))
    return clean("".join(pieces))


def _word(data: bytes, name: str) -> list[Grid]:
    import zipfile

    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as fault:
        raise DataError(f"is no readable Word document: {fault}", where=name) from None
    grids = []
    for number, table in enumerate(document.tables, start=1):
        rows = tuple(tuple(clean(cell.text) for cell in row.cells) for row in table.rows)
        grids.append(Grid(f"table {number}", rows))
    return grids


def _sheet(data: bytes, name: str) -> list[Grid]:
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as fault:
        raise DataError(f"is no readable workbook: {fault}", where=name) from None
    grids = []
    for sheet in book.worksheets:
        values = [[_told(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        for area in sheet.merged_cells.ranges:
            top = values[area.min_row - 1][area.min_col - 1]
            for y in range(area.min_row - 1, area.max_row):
                for x in range(area.min_col - 1, area.max_col):
                    values[y][x] = top
        grids.append(Grid(f"sheet '{sheet.title}'", tuple(map(tuple, values))))
    return grids


def _told(value: object) -> str:
    """A workbook cell as text: 3.0 is 3, a version stored as a number stays as it reads."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(value)
