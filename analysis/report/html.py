"""The interactive report: one HTML file that works without a network.

plotly.js stands in it once; figures are drawn from their JSON on wide screens and are SVG pictures
on paper, on narrow screens and without scripts. Every bound number leads to its row, with the
question, the base and the hash of the estimates. How it looks is in styles/report.css.
"""

from __future__ import annotations

import base64
import json
import re
from html import escape
from importlib.util import find_spec
from pathlib import Path

import jinja2

from analysis.figures.spec import selected
from analysis.figures.theme import theme
from analysis.report.book import Book
from analysis.report.chapters import Text
from analysis.report.pandoc import convert
from analysis.report.rowcard import card, row_table, tooltip
from analysis.tables.shape import Table, shown
from survey.errors import ReportError

_ROW = re.compile(r'\{\.n data-row="([0-9a-f]+)"\}')
FALLBACK = "PingFang SC, Microsoft YaHei, sans-serif"  # as --sans of report.css
_BACK = "\u21a9\ufe0e"  # pandoc's way back from a footnote: an arrow that few fonts have
_SLOT = re.compile(r"<!--slot:(figure|table):(\S+?)-->")


def render_html(book: Book, text: Text, tables: dict[str, Table]) -> str:
    """The whole report of one language as a self-contained page."""
    body = _body(book, text)
    payload: dict[str, dict] = {}
    body = _SLOT.sub(lambda slot: _fill(book, text, tables, payload, slot[1], slot[2]), body)
    styles = book.project.root / "report_templates" / "styles"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(styles), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("report.html.j2").render(
        lang={"zh": "zh-CN"}.get(text.lang, text.lang),
        report=book.report,
        code=text.lang,
        say=text.words.phrase,
        issued=book.issued(text.words),
        headings=[heading for heading in text.headings if heading.level <= 2],
        body=body,
        cards=[
            card(row, text.words, book.hashes[row.study]) for row in text.bindings.rows.values()
        ],
        style=(styles / "report.css").read_text(encoding="utf-8"),
        script=(styles / "report.js").read_text(encoding="utf-8"),
        plotly=_plotly() if payload else "",
        figures=_script_json(payload),
    )


def _body(book: Book, text: Text) -> str:
    """The chapters as HTML, with slots for figures and tables."""
    rows = text.bindings.rows

    def titled(found: re.Match) -> str:
        told = escape(tooltip(rows[found[1]], text.words)) if found[1] in rows else ""
        return f'{{.n data-row="{found[1]}" title="{told}"}}'

    placed = text.placing(lambda kind, name: f"```{{=html}}\n<!--slot:{kind}:{name}-->\n```")
    filters = [book.project.root / "report_templates" / "styles" / "boxes.lua"]
    made = convert(_ROW.sub(titled, placed), "html5", folder=book.project.root, filters=filters)
    return made.decode().replace(_BACK, "↑")


def _fill(book: Book, text: Text, tables, payload: dict, kind: str, name: str) -> str:
    if kind == "table":
        return table_html(tables[name], text)
    figure = book.figures[name]
    drawn = book.drawing(name, text.lang)
    payload[name] = {"data": drawn["data"], "layout": drawn["layout"]}
    svg = _with_fallback(book.figure_file(figure, text.lang, "svg").read_text(encoding="utf-8"))
    image = base64.b64encode(svg.encode()).decode()
    alt, told = escape(alt_text(book, text, name)), escape(caption(text, name, figure.spec.title))
    rows = row_table(selected(book.rows, figure.spec), text.words)
    return (
        f'<figure id="{name}" class="figure">\n'
        f'<p class="swipe">{escape(text.words.phrase("swipe"))}</p>\n'
        f'<div class="pan" tabindex="0" role="region" aria-label="{told}">\n'
        f'<div class="plot" data-figure="{name}" role="img" aria-label="{alt}" hidden></div>\n'
        f'<img alt="{alt}" src="data:image/svg+xml;base64,{image}">\n</div>\n'
        f"<figcaption>{told}</figcaption>\n"
        f"<details><summary>{escape(text.words.phrase('data_table'))}</summary>\n{rows}</details>\n"
        "</figure>"
    )


def _with_fallback(drawn: str) -> str:
    """A drawing, SVG or JSON, that names what to use where the figures' font is not installed."""
    font = theme().font
    named = drawn.replace(f"'{font}'", f"'{font}', {FALLBACK}")
    return named.replace(f'"family":"{font}"', f'"family":"{font}, {FALLBACK}"')


def caption(text: Text, name: str, title: dict[str, str]) -> str:
    return text.words.phrase("caption", label=text.labels[name], title=title[text.lang])


def alt_text(book: Book, text: Text, name: str) -> str:
    """What a reader who cannot see the figure is told."""
    spec = book.figures[name].spec
    meta = book.drawing(name, text.lang)["layout"].get("meta")
    if isinstance(meta, dict) and meta.get("alt"):
        return str(meta["alt"])
    parts = (caption(text, name, spec.title), spec.said("note", text.lang))
    return " ".join(part for part in parts if part)


def table_html(table: Table, text: Text) -> str:
    """A table with its title above, heads that scroll with it, and its notes below."""
    columns = table.columns
    heads = "".join(
        f'<th scope="col"{_number_class(column.numeric)}>{escape(column.head)}</th>'
        for column in columns
    )
    lines = []
    for line in table.lines:
        if line.kind == "group":
            words = escape(str(line.cells[0].value))
            lines.append(
                f'<tr class="group"><th scope="rowgroup" colspan="{len(columns)}">{words}</th></tr>'
            )
            continue
        cells = [escape(shown(c, k, text.words)) for c, k in zip(line.cells, columns, strict=True)]
        first = f'<th scope="row">{cells[0]}</th>'
        rest = "".join(
            f"<td{_number_class(column.numeric)}>{cell}</td>"
            for cell, column in zip(cells[1:], columns[1:], strict=True)
        )
        lines.append(f'<tr class="{line.kind}">{first}{rest}</tr>')
    notes = "".join(f'<p class="table-note">{escape(note)}</p>' for note in table.notes)
    title = text.words.phrase("caption", label=table.label, title=table.title)
    return (
        f'<div class="table" id="{table.name}"><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(title)}"><table><caption>{escape(title)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>{notes}</div>"
    )


def _number_class(numeric: bool) -> str:
    return ' class="num"' if numeric else ""


def _script_json(payload: dict) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = _with_fallback(text)
    return text.replace("<", "\\u003c")


def _plotly() -> str:
    """plotly.js as the installed package holds it; plotly itself is not imported."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ReportError("plotly is not installed", hint="run make setup")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return path.read_text(encoding="utf-8").replace("</script", "<\\/script")
