"""The report as plain Markdown: what the other formats are made from, readable by itself."""

from __future__ import annotations

import os
import re

from analysis.report.book import Book
from analysis.report.bound import without_links
from analysis.report.chapters import Text
from analysis.report.html import caption
from analysis.tables.shape import Table, shown

_REPEATED = re.compile(r"\[(\d+)\]\{\.again\}")  # a source named again in its section


def plain_markdown(book: Book, text: Text, tables: dict[str, Table]) -> str:
    """Title, notice, chapters, pictures by path, tables as pipe tables."""
    folder = book.project.build(book.spec.name)

    def put(kind: str, name: str) -> str:
        if kind == "table":
            return pipe_table(tables[name], text)
        figure = book.figures[name]
        path = os.path.relpath(book.figure_file(figure, text.lang, "svg"), folder)
        return f"![{caption(text, name, figure.spec.title)}]({path}){{#{name}}}"

    report, lang = book.report, text.lang
    head = [f"# {report.title[lang]} {{.unnumbered}}", report.edition.get(lang, "")]
    head += [report.publisher[lang], f"> {report.notice[lang]}"]
    start = "\n\n".join(part for part in head if part)
    body = _REPEATED.sub(r"^\1^", without_links(text.placing(put)))
    return re.sub(r"\n{3,}", "\n\n", f"{start}\n\n{body.strip()}\n")


def pipe_table(table: Table, text: Text) -> str:
    columns = table.columns
    lines = [
        [column.head for column in columns],
        ["---:" if column.numeric else ":---" for column in columns],
    ]
    for line in table.lines:
        if line.kind == "group":
            lines.append([f"**{line.cells[0].value}**", *[""] * (len(columns) - 1)])
        else:
            cells = zip(line.cells, columns, strict=True)
            lines.append([shown(cell, column, text.words) for cell, column in cells])
    body = "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
    title = text.words.phrase("caption", label=table.label, title=table.title)
    notes = "".join(f"\n\n{note}" for note in table.notes)
    return f"**{title}**\n\n{body}{notes}"
