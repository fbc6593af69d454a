"""A study with an open question, its code frame, and sheets that coders filled in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import sha256
from survey.project import Project
from tests.conftest import edit

FRAME = """\
item: remarks
most: 2
stem: english
dictionary: [乱收费]
codes:
  - id: 1
    code: leak
    text: {zh: 信息泄露, en: Leaks}
    rules: [{any: [泄露, leak*], not: [没有泄露]}]
    examples: [个人信息泄露]
  - id: 2
    code: calls
    text: {zh: 骚扰电话, en: Nuisance calls}
    rules: [{words: [骚扰电话]}, {all: [电话, 多]}]
  - {id: 3, code: fees, text: {zh: 乱收费, en: Fees}, rules: [{pattern: '收费|fees?'}]}
  - {id: 96, code: other, role: other, text: {zh: 其他, en: Other}}
  - id: 97
    code: nothing
    role: none
    text: {zh: 没有意见, en: Nothing}
    rules: [{any: [没有, nothing]}]
  - {id: 99, code: uncoded, role: uncoded, text: {zh: 未编码, en: Not coded}}
versions:
  - {version: 1, wave: 2020H1, added: [1, 2, 3, 96, 97, 99], reason: {zh: 首次, en: first}}
"""
ITEMS = """\
- id: remarks
  kind: open
  text: {zh: 还有什么意见？, en: Anything else?}
  universe: sex == 1 or trust < 9
- {id: themes, kind: multiple, scale: worries, text: {zh: 意见主题, en: Themes of remarks}}
"""
INDICATOR = """\
  - {id: themes, item: themes, statistic: [share], unit: share, text: {zh: 主题, en: Themes}}
"""
ANSWERS = (
    "个人信息泄露太严重",
    "骚扰电话太多，还有信息泄露",
    "乱收费",
    "没有",
    "Data leaks and hidden fees",
    "客服态度不好",
    "我叫张伟，电话13812345678，担心信息泄露",
    "=HYPERLINK(\"http://x\",\"骚扰电话\")",
    None,
    "＝没有意见",
)  # fmt: skip


@pytest.fixture
def town(tiny) -> Project:
    """The tiny study with 200 people, nine in ten of whom answer an open question."""
    folder = tiny.instrument("tiny")
    (folder / "codeframes").mkdir()
    (folder / "codeframes" / "worries.yml").write_text(FRAME, encoding="utf-8")
    (folder / "items" / "open.yml").write_text(ITEMS, encoding="utf-8")
    edit(tiny, "study.yml", "domains: [sex]", INDICATOR + "domains: [sex]")
    edit(tiny, "waves/2020H1.yml", "trust: {column: t}", "trust: {column: t}, remarks: {column: r}")
    edit(tiny, "questionnaires/v1.yml", "[sex, trust]", "[sex, trust, remarks]")
    write_raw(tiny, [ANSWERS[n % len(ANSWERS)] for n in range(200)])
    return tiny


def write_raw(project: Project, answers: list[str | None]) -> None:
    import csv

    raw = project.raw("tiny", "2020H1") / "raw.csv"
    with raw.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "s", "t", "r"])
        for n, answer in enumerate(answers):
            rows.writerow([f"P{n:04d}", 1 + n % 2, (n * 7) % 11, answer])
    raw.with_name("source.yml").write_text(
        f"producer: t\nlicence: t\nkind: simulated\nfiles: {{raw.csv: {sha256(raw)}}}\n"
    )


def instrument_of(project: Project) -> Instrument:
    return load_instrument(project, "tiny")


def fill(path: Path, codes: dict[str, list[str | int]], *, first: int = 5) -> None:
    """Write codes into a sheet by what its answers say; `first` is the first column of codes."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for row in range(2, sheet.max_row + 1):
        text = str(sheet.cell(row, 2).value)
        chosen = next((value for part, value in codes.items() if part in text), [96])
        for place, code in enumerate(chosen):
            sheet.cell(row, first + place, code)
    book.save(path)
