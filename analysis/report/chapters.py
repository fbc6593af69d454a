"""Chapters to one Markdown text per language, the same for every format.

Templates are Jinja with strict names; the chapters' own order and files are in report.yml. Every
fault of every chapter is told at once, by file and line. Figures and tables stay marks here
(`@@figure name@@`): each format sets them in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from analysis.report.book import Book
from analysis.report.bound import Bindings
from analysis.report.context import Context
from analysis.report.footnotes import with_citations
from analysis.report.lint import check_chapters
from analysis.report.mixing import check_text
from analysis.results.wording import Words
from survey.errors import Fault, PerceptionError, ReportError
from survey.io.text import text_of

PLACED = re.compile(r"^@@(figure|table) (\S+)@@$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) +(.+?)(?: *\{([^}\n]*)\})?$", re.MULTILINE)


@dataclass(frozen=True)
class Heading:
    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Text:
    """A report's text in one language.

    Attributes
    ----------
    markdown : str
        Pandoc Markdown with explicit heading anchors and marks for figures and tables.
    labels : mapping of str to str
        图 1, 表 2, ... by name of figure or table.
    """

    lang: str
    words: Words
    markdown: str
    headings: tuple[Heading, ...]
    bindings: Bindings
    labels: Mapping[str, str]

    def placing(self, put: Callable[[str, str], str]) -> str:
        """The Markdown with `put(kind, name)` in place of every figure and table."""
        return PLACED.sub(lambda found: put(found[1], found[2]), self.markdown)


def chapter_files(book: Book, lang: str) -> list[Path]:
    """The report's chapters in one language, in order.

    Raises
    ------
    ReportError
        Naming every chapter that is missing.
    """
    folder = book.project.templates(book.spec.name) / "chapters" / lang
    files = [folder / f"{name}.md" for name in book.report.chapters]
    missing = [
        Fault(
            f"chapter '{path.stem}' is missing",
            book.project.relative(path),
            hint="write it, or take it out of 'chapters' in report.yml",
        )
        for path in files
        if not path.exists()
    ]
    if missing:
        raise ReportError(faults=missing)
    return files


def compose(book: Book, lang: str) -> Text:
    """Render every chapter of one language.

    Raises
    ------
    ReportError
        With every unbound number, unknown name, missing row, wrong template and sentence that
        prints shares of different bases, by file:line.
    """
    files = chapter_files(book, lang)
    check_chapters(files, book.report.allow, book.project.root)
    context = Context(book, lang)
    environment = _environment(book, context)
    texts, faults = [], []
    for path in files:
        where, name = book.project.relative(path), f"chapters/{lang}/{path.name}"
        try:
            made = environment.get_template(name).render()
        except (jinja2.TemplateError, PerceptionError, TypeError, ValueError) as error:
            faults += _placed(error, path, book)
            continue
        source = text_of(path, where, ReportError)
        try:
            texts.append(check_text(made, context.bindings, source=source, where=where))
        except ReportError as error:
            faults += error.faults
    if faults:
        raise ReportError(faults=faults)
    markdown, headings = _anchored("\n\n".join(texts))
    names = [*book.figures, *book.report.table_numbers()]
    return Text(
        lang=lang,
        words=context.words,
        markdown=with_citations(markdown, book.spec, context.words),
        headings=headings,
        bindings=context.bindings,
        labels={name: context.label(name) for name in names},
    )


def _environment(book: Book, context: Context) -> jinja2.Environment:
    templates = book.project.root / "report_templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([templates / book.spec.name, templates / "styles"]),
        undefined=jinja2.StrictUndefined,
        comment_start_string="<!--#",  # Pandoc's {#anchor} is no comment
        comment_end_string="#-->",
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # what comes out is Markdown
    )
    environment.globals.update(context.names())
    environment.filters.update(context.filters())
    return environment


def _placed(error: Exception, path: Path, book: Book) -> list[Fault]:
    """The faults of an error met in a template, each with file and line."""
    line = getattr(error, "lineno", None) or _line_in(error, path.name)
    where = book.project.relative(path) + (f":{line}" if line else "")
    if isinstance(error, PerceptionError):
        return [
            Fault(fault.what, where, fault.expected, fault.hint or fault.where)
            for fault in error.faults
        ]
    return [Fault(f"template: {error}", where)]


def _line_in(error: Exception, name: str) -> int | None:
    """Line of the chapter on which an error arose: Jinja rewrites tracebacks to say so."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).name == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _anchored(markdown: str) -> tuple[str, tuple[Heading, ...]]:
    """Give every heading an anchor by its place, equal in every language."""
    headings: list[Heading] = []
    counts = [0] * 6

    def anchor(found: re.Match) -> str:
        level = len(found[1])
        counts[level - 1] += 1
        counts[level:] = [0] * (6 - level)
        attributes = found[3] or ""
        name = next((a[1:] for a in attributes.split() if a.startswith("#")), "")
        if not name:
            name = "s-" + "-".join(str(count) for count in counts[:level])
            attributes = f"#{name} {attributes}".strip()
        headings.append(Heading(level, found[2].strip(), name))
        return f"{found[1]} {found[2].strip()} {{{attributes}}}"

    return _HEADING.sub(anchor, markdown), tuple(headings)
