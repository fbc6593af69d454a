"""All tables of a report as one workbook: cover, contents, notes, a sheet per table.

Every sheet says in its head what the table is, which base it has, and whether it is simulated:
sheets are copied out of workbooks and must still say so. Cells hold full numbers; ranges take two
columns. Bytes are made repeatable by the caller (survey/io/zipfix.py).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from analysis.results.wording import ABSENT, Words
from analysis.tables import styles
from analysis.tables.shape import SIGNS, Cell, Column, Line, Table

_HEAD_ROW = 5  # title, notice, base, way back, then the head
_WIDTH = 13  # characters of a column of width 1
_COVER_WIDTH, _CONTENTS_WIDTH, _NOTES_WIDTH = 100, 90, 110


class Cover(Protocol):
    """What the cover takes from a report: words by language."""

    title: dict[str, str]
    edition: dict[str, str]
    publisher: dict[str, str]
    notice: dict[str, str]
    running: dict[str, str]


def workbook(tables: Sequence[Table], report: Cover, words: Words) -> bytes:
    """The workbook of one language as bytes."""
    book = Workbook()
    cover = book.active
    assert cover is not None
    contents = book.create_sheet(words.phrase("sheet_contents"))
    notes = book.create_sheet(words.phrase("sheet_notes"))
    _cover(cover, report, words)
    names = {table.name: _sheet_name(table) for table in tables}
    _contents(contents, tables, names, report, words)
    _notes(notes, tables, report, words)
    for table in tables:
        _table(book.create_sheet(names[table.name]), table, report, words)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cover(sheet: Worksheet, report: Cover, words: Words) -> None:
    sheet.title = words.phrase("sheet_cover")
    lang = words.lang
    told = (
        (report.edition.get(lang, ""), styles.NOTICE),
        (report.title[lang], styles.COVER),
        (report.publisher[lang], styles.STRONG),
        (report.notice[lang], styles.NOTICE),
    )
    sheet.column_dimensions["A"].width = _COVER_WIDTH
    for place, (text, font) in enumerate(told, 2):
        cell = styles.put_text(sheet.cell(place * 2 - 2, 1), text, font)
        cell.alignment = styles.WRAP
        styles.fit_height(sheet, cell.row, {1: _COVER_WIDTH})
    _print_setup(sheet, report, words)


def _contents(sheet: Worksheet, tables, names, report: Cover, words: Words) -> None:
    styles.put_text(sheet["A1"], words.phrase("sheet_contents"), styles.TITLE)
    styles.put_text(sheet["A2"], report.running[words.lang], styles.NOTICE)
    sheet.column_dimensions["A"].width = 14
    sheet.column_dimensions["B"].width = _CONTENTS_WIDTH
    for row, table in enumerate(tables, 4):
        label = styles.put_text(sheet.cell(row, 1), table.label, styles.LINK)
        label.hyperlink = f"#'{names[table.name]}'!A1"
        label.font = styles.LINK
        styles.put_text(sheet.cell(row, 2), table.title).alignment = styles.WRAP
        styles.fit_height(sheet, row, {2: _CONTENTS_WIDTH})
    _print_setup(sheet, report, words)


def _notes(sheet: Worksheet, tables: Sequence[Table], report: Cover, words: Words) -> None:
    styles.put_text(sheet["A1"], words.phrase("sheet_notes"), styles.TITLE)
    sheet.column_dimensions["A"].width = _NOTES_WIDTH
    told = [report.notice[words.lang], words.phrase("sheets_note"), words.phrase("sheets_kinds")]
    told += [words.phrase(name) for name in ("note_hidden", "sheets_caution", "note_absent")]
    for row, text in enumerate(told, 3):
        font = styles.NOTICE if row == 3 else styles.PLAIN
        styles.put_text(sheet.cell(row, 1), text, font).alignment = styles.WRAP
        styles.fit_height(sheet, row, {1: _NOTES_WIDTH})
    _print_setup(sheet, report, words)


def _table(sheet: Worksheet, table: Table, report: Cover, words: Words) -> None:
    title = words.phrase("caption", label=table.label, title=table.title)
    styles.put_text(sheet["A1"], title, styles.TITLE)
    styles.put_text(sheet["A2"], report.running[words.lang], styles.NOTICE)
    back = styles.put_text(sheet["A4"], words.phrase("to_contents"), styles.LINK)
    back.hyperlink = f"#'{words.phrase('sheet_contents')}'!A1"
    back.font = styles.LINK
    columns = _spread(table)
    widths = {
        place: min(_WIDTH * max(column.width, 0.8) * (1.6 if place == 1 else 1), 60)
        for place, (column, _, _) in enumerate(columns, 1)
    }
    for place, (_, _, head) in enumerate(columns, 1):
        styles.dress_head(styles.put_text(sheet.cell(_HEAD_ROW, place), head))
        sheet.column_dimensions[get_column_letter(place)].width = widths[place]
    styles.fit_height(sheet, _HEAD_ROW, widths)
    for row, line in enumerate(table.lines, _HEAD_ROW + 1):
        last = row == _HEAD_ROW + len(table.lines)
        _line(sheet, row, line, columns, last=last)
        texts = [place for place in widths if sheet.cell(row, place).data_type == "s"]
        styles.fit_height(sheet, row, {place: widths[place] for place in texts})
    end = _HEAD_ROW + len(table.lines)
    for row, note in [(3, note) for note in table.notes[:1]] + [*enumerate(table.notes, end + 2)]:
        _note(sheet, row, note, widths)
    sheet.freeze_panes = sheet.cell(_HEAD_ROW + 1, 2)
    sheet.print_title_rows = f"1:{_HEAD_ROW}"
    _print_setup(sheet, report, words)
    if table.chart:
        _chart(sheet, table, columns, end)


def _note(sheet: Worksheet, row: int, note: str, widths: dict[int, float]) -> None:
    """A note across the whole table, as high as it needs."""
    styles.put_text(sheet.cell(row, 1), note, styles.SMALL).alignment = styles.WRAP
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(widths))
    styles.fit_height(sheet, row, {1: sum(widths.values())})


def _spread(table: Table) -> list[tuple[Column, str, str]]:
    """Workbook columns: (column, "value" or "high", head); a range takes two."""
    spread = []
    for place, column in enumerate(table.columns):
        cells = [line.cells[place] for line in table.lines if line.kind != "group"]
        if any(cell.high is not None for cell in cells):
            spread += [(column, "value", f"{column.head} ↓"), (column, "high", f"{column.head} ↑")]
        else:
            spread.append((column, "value", column.head))
    return spread


def _line(sheet: Worksheet, row: int, line: Line, columns, *, last: bool) -> None:
    if line.kind == "group":
        for place in range(1, len(columns) + 1):
            styles.dress_line(sheet.cell(row, place), "group", last=last)
        styles.put_text(sheet.cell(row, 1), str(line.cells[0].value), styles.STRONG)
        return
    by_column = iter(line.cells)
    current: Cell = Cell()
    for place, (column, part, _) in enumerate(columns, 1):
        if part == "value":
            current = next(by_column)
        target = sheet.cell(row, place)
        value = current.value if part == "value" else current.high
        if current.hidden:
            styles.put_text(target, current.hidden).alignment = styles.RIGHT
        elif current.absent or value is None:
            styles.put_text(target, ABSENT).alignment = styles.RIGHT
        elif isinstance(value, str):
            styles.put_text(target, value)
            target.alignment = styles.WRAP
        else:
            target.value = value
            mark = SIGNS.get(current.mark, "")
            target.number_format = styles.number_format(column, mark)
        styles.dress_line(target, line.kind, last=last)


def _chart(sheet: Worksheet, table: Table, columns, end: int) -> None:
    """A native chart of the first full column of numbers, under the table and its notes.

    Bars only: a line would be drawn through a value that was never published.
    """
    chart = BarChart()
    chart.type = "bar" if table.chart == "bar" else "col"
    if table.chart == "bar":
        chart.x_axis.scaling.orientation = "maxMin"  # first category on top
    chosen = _charted(table, columns)
    column = columns[chosen - 1]
    values = Reference(sheet, min_col=chosen, min_row=_HEAD_ROW, max_row=end)
    chart.add_data(values, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=_HEAD_ROW + 1, max_row=end))
    chart.title, chart.legend = table.title, None
    chart.y_axis.scaling.min = 0
    chart.y_axis.delete = chart.x_axis.delete = False  # or Excel hides the axes
    chart.y_axis.number_format = styles.number_format(column[0])
    chart.height, chart.width = 10, 20
    series = chart.series[0]
    series.graphicalProperties.solidFill = "0072B2"
    series.graphicalProperties.line.solidFill = "0072B2"
    sheet.add_chart(chart, f"A{end + len(table.notes) + 4}")


def _charted(table: Table, columns) -> int:
    """The column with the most numbers, the leftmost of those; counted from 1."""
    counts = []
    place = -1
    for column, part, _ in columns:
        place += part == "value"
        cells = [line.cells[place] for line in table.lines if line.kind != "group"]
        filled = sum(isinstance(cell.value, (int, float)) and not cell.absent for cell in cells)
        counts.append(filled if column.unit in ("share", "count", "points10") else -1)
    return counts.index(max(counts)) + 1


def _sheet_name(table: Table) -> str:
    return table.label.replace("/", "-")[:31]


def _print_setup(sheet: Worksheet, report: Cover, words: Words) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.right.text = report.running[words.lang].replace("&", "&&")
    sheet.oddFooter.center.text = "&P / &N"
    sheet.sheet_view.showGridLines = False
