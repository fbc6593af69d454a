"""The Word report: pandoc with a reference document made here, native captions and fields.

Captions are SEQ fields with bookmarks, references REF fields, the contents a TOC field that is
already filled in, so that a ministry's editor can go on working. Pictures are PNG: old Word does
not show SVG. The styles of the reference document are made in reference.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

from analysis.report.book import Book
from analysis.report.bound import without_links
from analysis.report.chapters import Text
from analysis.report.html import alt_text
from analysis.report.pandoc import convert
from analysis.tables.shape import Table, shown
from survey.io.zipfix import fixed_zip

_REF = re.compile(r"\[([^\[\]]+)\]\(#([^)\s]+)\)\{\.ref\}")
_WIDTH = "16cm"
_FIRST_BOOKMARK = 9000  # above those pandoc numbers itself


def render_docx(book: Book, text: Text, tables: dict[str, Table], reference: Path) -> bytes:
    """The whole report of one language as a Word file."""
    numbers = {name: _FIRST_BOOKMARK + place for place, name in enumerate(sorted(text.labels))}

    def put(kind: str, name: str) -> str:
        if kind == "table":
            return _table(tables[name], text, numbers[name])
        return _figure(book, text, name, numbers[name])

    markdown = without_links(text.placing(put))
    markdown = _REF.sub(lambda found: _inline(_ref_field(found[2], found[1])), markdown)
    markdown = _cover(book, text) + _contents(text) + markdown
    filters = [book.project.root / "report_templates" / "styles" / "boxes.lua"]
    language = {"zh": "zh-CN", "en": "en-GB"}.get(text.lang, text.lang)
    made = convert(
        markdown,
        "docx",
        "--output=-",
        "--columns=20",  # tables take the whole width, shared as their rules say
        f"--reference-doc={reference}",
        f"--metadata=lang:{language}",
        f"--metadata=title:{book.report.title[text.lang]}",
        f"--metadata=subtitle:{book.report.subtitle.get(text.lang, '')}",
        folder=book.project.root,
        filters=filters,
    )
    issued = book.report.issued.isoformat()
    return fixed_zip(made, moment=f"{issued}T00:00:00Z")


def _cover(book: Book, text: Text) -> str:
    """What stands under the title on the first page; pandoc sets title and subtitle."""
    report, lang, say = book.report, text.lang, text.words.phrase
    issued = book.issued(text.words)
    told = [
        ("Edition", report.edition.get(lang, "")),
        ("Publisher", f"{report.publisher[lang]}　{issued}"),
        ("Notice", f"{say('notice')}　{report.notice[lang]}"),
        ("Imprint", report.copyright.get(lang, "")),
    ]
    return "".join(_styled(style, words) for style, words in told if words)


def _contents(text: Text) -> str:
    """A TOC field holding the headings; Word adds page numbers when it updates the field."""
    entries = [heading for heading in text.headings if heading.level <= 2]
    if not entries:
        return ""
    begin = (
        _field_part("begin") + _instruction(r' TOC \o "1-2" \h \z \u ') + _field_part("separate")
    )
    paragraphs = []
    for place, heading in enumerate(entries):
        link = (
            f'<w:hyperlink w:anchor="{heading.anchor}" w:history="1">'
            f"{_run(heading.text)}</w:hyperlink>"
        )
        last = _field_part("end") if place == len(entries) - 1 else ""
        paragraphs.append(
            f'<w:p><w:pPr><w:pStyle w:val="TOC{heading.level}"/></w:pPr>'
            f"{begin if not place else ''}{link}{last}</w:p>"
        )
    head = _styled("TOC Heading", text.words.phrase("contents"))
    return head + _block("\n".join(paragraphs))


def _figure(book: Book, text: Text, name: str, number: int) -> str:
    figure = book.figures[name]
    picture = book.figure_file(figure, text.lang, "png").relative_to(book.project.root)
    alt = alt_text(book, text, name).replace("[", "(").replace("]", ")")
    image = f"![{_plain(alt)}]({picture.as_posix()}){{width={_WIDTH}}}"
    caption = _caption(
        "ImageCaption", text.labels[name], figure.spec.title[text.lang], name, number
    )
    return f'::: {{custom-style="Figure"}}\n{image}\n:::\n\n{caption}'


def _table(table: Table, text: Text, number: int) -> str:
    """Caption, pipe table, notes."""
    columns = table.columns
    total = sum(column.width for column in columns)
    rules = []
    for column in columns:
        dashes = "-" * max(3, round(90 * column.width / total))
        rules.append(f"{dashes}:" if column.numeric else f":{dashes}")
    lines = [[_plain(column.head) for column in columns], rules]
    for line in table.lines:
        if line.kind == "group":
            lines.append([f"**{_plain(str(line.cells[0].value))}**", *[""] * (len(columns) - 1)])
            continue
        cells = [_plain(shown(c, k, text.words)) for c, k in zip(line.cells, columns, strict=True)]
        lines.append([f"**{cell}**" if line.kind == "total" and cell else cell for cell in cells])
    body = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    styles = ["Table Note"] * (len(table.notes) - 1) + ["Table Note End"]
    notes = "".join(_styled(style, note) for style, note in zip(styles, table.notes, strict=False))
    caption = _caption("TableCaption", table.label, table.title, table.name, number)
    return f"{caption}\n\n{body}\n\n{notes}"


def _caption(style: str, label: str, title: str, name: str, number: int) -> str:
    """A caption whose number is a SEQ field inside a bookmark."""
    digits = re.split(r"\D", label)[-1]
    word = label.removesuffix(digits)
    series = re.sub(r"\W+", "", word) or "N"
    field = _field(rf" SEQ {series} \* ARABIC \r {digits} ", digits)
    return _block(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'
        f'<w:bookmarkStart w:id="{number}" w:name="{_bookmark(name)}"/>'
        f'{_run(word)}{field}<w:bookmarkEnd w:id="{number}"/>{_run("　" + title)}</w:p>'
    )


def _ref_field(name: str, label: str) -> str:
    return _field(rf" REF {_bookmark(name)} \h ", label)


def _field(instruction: str, shown_text: str) -> str:
    parts = (_field_part("begin"), _instruction(instruction), _field_part("separate"))
    return "".join(parts) + _run(shown_text) + _field_part("end")


def _field_part(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{escape(text)}</w:instrText></w:r>'


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _bookmark(name: str) -> str:
    """A name Word takes for a bookmark."""
    return re.sub(r"\W", "_", name)[:40]


def _styled(style: str, text: str) -> str:
    return f'::: {{custom-style="{style}"}}\n{_plain(text)}\n:::\n\n'


def _plain(text: str) -> str:
    """Text that Markdown reads as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>#|^~$@])", r"\\\1", text.replace("\n", " "))


def _block(xml: str) -> str:
    return f"```{{=openxml}}\n{xml}\n```\n\n"


def _inline(xml: str) -> str:
    return f"`{xml}`{{=openxml}}"
