"""Coding sheets as workbooks: answers with lists of codes to choose from, codes, instructions.

Decided here: how a sheet looks and what it says. Texts of people are written as text, never as
formulas. Who codes which answers is decided in drawing.py, how a sheet is read back in sheetin.py.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from survey.instrument.codeframe import Code, CodeFrame
from survey.io.yamlfile import read_yaml

WORDS = Path(__file__).with_name("sheet_words.yml")
TEXT_WIDTH, CODE_WIDTH = 56, 22
LONGEST = 32_000  # signs in a cell; more does not fit
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
INK, PAPER, LINE = "#1F2937", "#EEF2F6", "#CBD5E1"


@dataclass(frozen=True)
class About:
    """What a sheet is for; it stands in the file, and reading back compares it."""

    study: str
    wave: str
    item: str
    frame: str
    version: int
    coder: str
    seed: int
    double: float
    answers: int


@dataclass(frozen=True)
class Line:
    """One answer on a sheet. shown: further columns before the codes."""

    answer: str
    text: str
    people: int
    shown: tuple[str, ...]


@cache
def words() -> Mapping[str, Any]:
    return read_yaml(WORDS, WORDS.name).data


def option(code: Code) -> str:
    """A code as it stands in the lists: its number and its name in every language."""
    names = " / ".join(dict.fromkeys(code.text.values()))
    return f"{code.id} {names}"


def sheet_bytes(
    lines: Sequence[Line], frame: CodeFrame, about: About, shown: Sequence[str] = ("proposal",)
) -> bytes:
    """A coding sheet as an .xlsx file; the same lines give the same bytes.

    Parameters
    ----------
    shown : names of the further columns, entries of `head` in sheet_words.yml
    """
    import xlsxwriter

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1), "author": ""})
        names = words()["sheets"]
        sheet = book.add_worksheet(names["answers"])
        _instructions(book, book.add_worksheet(names["instructions"]), frame, about)
        _codes(book, book.add_worksheet(names["codes"]), frame)
        _answers(book, sheet, lines, frame, shown)
        _about(book.add_worksheet(names["about"]), about)
    return written.getvalue()


def _answers(book, sheet, lines: Sequence[Line], frame: CodeFrame, shown: Sequence[str]) -> None:
    head = words()["head"]
    bold = book.add_format(
        {
            "bold": True,
            "text_wrap": True,
            "valign": "vcenter",
            "bg_color": INK,
            "font_color": "white",
        }
    )
    wrap = {"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": LINE}
    text, grey = book.add_format(wrap), book.add_format(wrap | {"font_color": "#6B7280"})
    entry = book.add_format(wrap | {"bg_color": PAPER, "locked": False})
    codes = [head["code"].format(number=n) for n in range(1, frame.most + 1)]
    titles = [head["answer"], head["text"], head["people"], *(head[name] for name in shown)]
    for column, title in enumerate([*titles, *codes, head["note"]]):
        sheet.write_string(0, column, title, bold)
    sheet.set_row(0, 34)
    first = len(titles)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, TEXT_WIDTH)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, first - 1, 26)
    sheet.set_column(first, first + frame.most, CODE_WIDTH)
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line.answer, grey)
        sheet.write_string(row, 1, _CONTROL.sub(" ", line.text)[:LONGEST], text)
        sheet.write_number(row, 2, line.people, grey)
        for place, told in enumerate(line.shown, start=3):
            sheet.write_string(row, place, _CONTROL.sub(" ", told)[:LONGEST], grey)
        for column in range(first, first + frame.most + 1):
            sheet.write_blank(row, column, None, entry)
    if lines:
        place = words()["sheets"]["codes"]
        listed = f"='{place}'!$A$2:$A${len(frame.alive()) + 1}"
        sheet.data_validation(
            1, first, len(lines), first + frame.most - 1,
            {"validate": "list", "source": listed, "error_type": "stop",
             "error_title": "编码 Code", "error_message": "请从列表中选择。Choose from the list."},
        )  # fmt: skip
        sheet.autofilter(0, 0, len(lines), first + frame.most)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _codes(book, sheet, frame: CodeFrame) -> None:
    bold = book.add_format({"bold": True, "bg_color": INK, "font_color": "white"})
    text = book.add_format({"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": LINE})
    for column, (title, width) in enumerate(
        zip(words()["codes"], (34, 24, 32, 48, 48), strict=True)
    ):
        sheet.write_string(0, column, title, bold)
        sheet.set_column(column, column, width)
    for row, code in enumerate(frame.alive(), start=1):
        cells = [option(code), code.text.get("zh", ""), code.text.get("en", "")]
        cells += ["\n".join(code.note.values()), "\n".join(code.examples)]
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, text)
    sheet.freeze_panes(1, 0)


def _instructions(book, sheet, frame: CodeFrame, about: About) -> None:
    title = book.add_format({"bold": True, "font_size": 14, "font_color": INK})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 1, 100)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, f"{about.study} {about.wave}: {about.item}", title)
    row = 2
    names = {code.role: option(code) for code in frame.alive()}
    none = names.get("none", names["uncoded"])
    for lines in words()["instructions"].values():
        for number, line in enumerate(lines, start=1):
            told = line.format(most=frame.most, none=none, uncoded=names["uncoded"])
            sheet.write_number(row, 0, number, text)
            sheet.write_string(row, 1, told, text)
            row += 1
        row += 1


def _about(sheet, about: About) -> None:
    for row, (name, value) in enumerate(asdict(about).items()):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, str(value))
    sheet.hide()
