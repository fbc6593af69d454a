"""The printed report: Markdown to Typst to a tagged PDF, with the project's own fonts.

How a page looks is in styles/report.typ; here the words are handed over and figures and tables
set as Typst calls. The same text, figures and fonts give the same bytes: the only time in the file
is the report's date of issue.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Literal

from analysis.report.book import Book
from analysis.report.bound import without_links
from analysis.report.chapters import Text
from analysis.report.html import alt_text
from analysis.report.pandoc import convert
from analysis.tables.shape import Column, Table, shown
from survey.errors import ReportError

STANDARD: Literal["ua-1"] = "ua-1"  # accessible: tagged, titled, every picture described
_TALL = 0.9  # higher than this part of its width, a figure goes to the next page's head
_REGION = {"zh": "CN", "en": "GB"}


def typst_source(book: Book, text: Text, tables: dict[str, Table]) -> str:
    """The whole report of one language as Typst."""

    def put(kind: str, name: str) -> str:
        made = _table(tables[name], text) if kind == "table" else _figure(book, text, name)
        return f"```{{=typst}}\n{made} <{name}>\n```"

    filters = [book.project.root / "report_templates" / "styles" / "boxes.lua"]
    markdown = without_links(text.placing(put))
    body = convert(markdown, "typst", folder=book.project.root, filters=filters).decode()
    head = '#import "/report_templates/styles/report.typ": *\n'
    return f"{head}#show: report.with({_value(_cover_words(book, text))})\n\n{body}"


def render_pdf(book: Book, source: Path) -> bytes:
    """Set a Typst file of the project as PDF.

    Raises
    ------
    ReportError
        With Typst's own message if it does not compile, or if the project's fonts are missing.
    """
    import typst

    root = book.project.root
    fonts = root / "report_templates" / "fonts"
    _require_fonts(fonts, book.project.relative(fonts))
    issued = book.report.issued
    moment = dt.datetime(issued.year, issued.month, issued.day, tzinfo=dt.UTC)
    compiler = typst.Compiler(
        str(source), root=str(root), font_paths=[str(fonts)], ignore_system_fonts=True
    )
    try:
        made = compiler.compile(
            format="pdf", pdf_standards=[STANDARD], timestamp=int(moment.timestamp())
        )
    except typst.TypstError as fault:
        glyph = "could not be displayed" in str(fault)
        raise ReportError(
            f"the PDF cannot be set: {fault}",
            where=book.project.relative(source),
            hint="the fonts lack this sign; use another in chapters or report.yml" if glyph else "",
        ) from None
    assert isinstance(made, bytes)  # one document, not a picture of each page
    return made


def _require_fonts(folder: Path, name: str) -> None:
    """Typst takes another font, and says nothing, where the one it is asked for is not there."""
    recorded = folder / "SHA256SUMS"
    listed = recorded.read_text(encoding="utf-8").splitlines() if recorded.is_file() else []
    fonts = [line.split()[-1] for line in listed if line.endswith(".ttf")]
    missing = [font for font in fonts if not (folder / font).is_file()]
    if missing or not fonts:
        raise ReportError(
            f"fonts are missing: {', '.join(missing) or 'all of them'}",
            where=name,
            hint="restore them, or make them again with make fonts",
        )


def _cover_words(book: Book, text: Text) -> dict[str, str]:
    report, lang, say = book.report, text.lang, text.words.phrase
    return {
        "lang": lang,
        "region": _REGION.get(lang, "GB"),
        **{name: getattr(report, name).get(lang, "") for name in ("title", "subtitle", "edition")},
        "publisher": report.publisher[lang],
        "issued": book.issued(text.words),
        "notice": report.notice[lang],
        "notice-title": say("notice"),
        "running": report.running[lang],
        "copyright": report.copyright.get(lang, ""),
        "copyright-title": say("copyright"),
        "contents": say("contents"),
        "figures": say("list_of_figures"),
        "tables": say("list_of_tables"),
        "page": text.words.phrases["page_of"][lang],
    }


def _figure(book: Book, text: Text, name: str) -> str:
    figure = book.figures[name]
    path = book.figure_file(figure, text.lang, "svg").relative_to(book.project.root)
    supplement, number = _split(text.labels[name], figure.spec.number)
    layout = book.drawing(name, text.lang)["layout"]
    tall = layout["height"] > _TALL * layout["width"]
    return (
        "#placed-figure("
        + ", ".join(
            [
                _value(f"/{path.as_posix()}"),
                f"alt: {_value(alt_text(book, text, name))}",
                f"supplement: {_value(supplement)}",
                f"number: {_value(number)}",
                f"caption: {_value(figure.spec.title[text.lang])}",
                f"floats: {'true' if tall else 'false'}",
            ]
        )
        + ")"
    )


def _table(table: Table, text: Text) -> str:
    supplement, number = _split(table.label, table.label.split()[-1])
    lines = [
        {
            "kind": line.kind,
            "cells": [str(line.cells[0].value)]
            if line.kind == "group"
            else [shown(c, k, text.words) for c, k in zip(line.cells, table.columns, strict=True)],
        }
        for line in table.lines
    ]
    parts = {
        "columns": _raw_array(f"{column.width:g}fr" for column in table.columns),
        "align": _raw_array(_alignment(column) for column in table.columns),
        "head": _value([column.head for column in table.columns]),
        "lines": _value(lines),
        "notes": _value(list(table.notes)),
        "supplement": _value(supplement),
        "number": _value(number),
        "caption": _value(table.title),
    }
    return "#placed-table(" + ",\n  ".join(f"{k}: {v}" for k, v in parts.items()) + ")"


def _split(label: str, number: str) -> tuple[str, str]:
    """A label's word and its number: ("图", "1")."""
    return label.removesuffix(number).strip(), number


def _alignment(column: Column) -> str:
    return "right" if column.numeric else "left"


def _raw_array(parts) -> str:
    return "(" + "".join(f"{part}, " for part in parts) + ")"


def _value(value) -> str:
    """A Python value as a Typst one."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(name)}: {_value(part)}" for name, part in value.items())
        return f"({inner})"
    if isinstance(value, list):
        return _raw_array(_value(part) for part in value)
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[a-z][a-z-]*", name) else json.dumps(name)
