"""The report stage: from built results to HTML, PDF, Word and a workbook, in every language.

Everything is made before anything is written, so that a faulty chapter leaves the last good
documents in place. Pandoc and Typst work outside this interpreter's lock: the formats of all
languages are made side by side.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from analysis.report import docx, html, pdf, reference
from analysis.report.book import Book, load_book
from analysis.report.chapters import Text, compose
from analysis.report.markdown import plain_markdown
from analysis.results.wording import Words
from analysis.tables.build import build_tables
from analysis.tables.material import Material
from analysis.tables.shape import Table
from survey.errors import ReportError, UsageError, collect, one_of
from survey.io.atomic import write_bytes, write_text
from survey.io.tables import write_csv
from survey.io.zipfix import fixed_zip
from survey.progress import Progress
from survey.project import Project

WORKERS = 4  # more than there are languages, fewer than would fight for the processor


def run(
    project: Project,
    report: str,
    progress: Progress,
    *,
    langs: Sequence[str] | None = None,
    wave: str | None = None,
) -> list[Path]:
    """Make every document of a report; returns the files written.

    Raises
    ------
    UsageError, ReportError
        With every fault of every chapter; nothing is written then.
    """
    book = load_book(project, report, wave=wave)
    texts = _compose(book, _languages(book, langs))
    tables = {text.lang: _tables(book, text.words) for text in texts}
    _warn_unequal(texts, progress)
    progress.step(f"{report}: {', '.join(text.lang for text in texts)} composed")
    makers = (_pdf, _docx, _html, _markdown, _workbook)
    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = [
            pool.submit(make, book, text, tables[text.lang]) for make in makers for text in texts
        ]
        made = [job.result() for job in jobs]
    written = [write_bytes(path, data) for path, data in made]
    for text in texts:
        written += _write_csv(book, text.lang, tables[text.lang])
    written.append(_write_bindings(project.build(report), texts))
    for path, _ in made:
        progress.step(project.relative(path))
    return written


def run_tables(
    project: Project,
    report: str,
    progress: Progress,
    *,
    langs: Sequence[str] | None = None,
    wave: str | None = None,
) -> list[Path]:
    """A report's tables alone: CSV files and the workbook."""
    book = load_book(project, report, wave=wave)
    written = []
    for lang in _languages(book, langs):
        words = book.words(lang)
        tables = _tables(book, words)
        path, data = _workbook_of(book, words, tables)
        written += [write_bytes(path, data), *_write_csv(book, lang, tables)]
        progress.step(project.relative(path))
    return written


def _languages(book: Book, wanted: Sequence[str] | None) -> list[str]:
    known = book.report.languages
    for lang in wanted or []:
        if lang not in known:
            raise UsageError(f"the report has no language '{lang}'", expected=one_of(known))
    return list(dict.fromkeys(wanted or known))


def _compose(book: Book, langs: Sequence[str]) -> list[Text]:
    """Every language's text; the faults of all languages are told together."""
    texts = []
    with collect(ReportError) as faults:
        for lang in langs:
            try:
                texts.append(compose(book, lang))
            except ReportError as error:
                faults.take(error)
    return texts


def _tables(book: Book, words: Words) -> dict[str, Table]:
    material = Material(
        rows=book.rows,
        words=words,
        instruments=book.instruments,
        waves={study: book.waves(study) for study in book.report.studies},
        calibrations=book.calibrations,
        main_study=book.main_study,
    )
    return build_tables(book.report.tables, material, book.report.table_numbers())


def _target(book: Book, lang: str, suffix: str) -> Path:
    return book.project.build(book.spec.name) / f"{book.spec.name}.{lang}.{suffix}"


def _cache(book: Book, name: str) -> Path:
    """A file that only serves the next run."""
    return book.project.build(book.spec.name) / "cache" / name


def _pdf(book: Book, text: Text, tables: dict[str, Table]) -> tuple[Path, bytes]:
    source = write_text(
        _cache(book, f"{book.spec.name}.{text.lang}.typ"), pdf.typst_source(book, text, tables)
    )
    return _target(book, text.lang, "pdf"), pdf.render_pdf(book, source)


def _docx(book: Book, text: Text, tables: dict[str, Table]) -> tuple[Path, bytes]:
    made = docx.render_docx(book, text, tables, _reference(book, text))
    return _target(book, text.lang, "docx"), made


def _html(book: Book, text: Text, tables: dict[str, Table]) -> tuple[Path, bytes]:
    return _target(book, text.lang, "html"), html.render_html(book, text, tables).encode()


def _markdown(book: Book, text: Text, tables: dict[str, Table]) -> tuple[Path, bytes]:
    return _target(book, text.lang, "md"), plain_markdown(book, text, tables).encode()


def _workbook(book: Book, text: Text, tables: dict[str, Table]) -> tuple[Path, bytes]:
    return _workbook_of(book, text.words, tables)


def _workbook_of(book: Book, words: Words, tables: dict[str, Table]) -> tuple[Path, bytes]:
    from analysis.tables.workbook import workbook

    made = workbook(list(tables.values()), book.report, words)
    moment = f"{book.report.issued.isoformat()}T00:00:00Z"
    return _target(book, words.lang, "xlsx"), fixed_zip(made, moment=moment)


def _write_csv(book: Book, lang: str, tables: dict[str, Table]) -> list[Path]:
    folder = book.project.build(book.spec.name) / "tables" / lang
    marked = {n: f"{n}.simulated" if table.simulated else n for n, table in tables.items()}
    return [write_csv(table.frame(), folder / f"{marked[n]}.csv") for n, table in tables.items()]


def _reference(book: Book, text: Text) -> Path:
    """The reference document of a language, made again when its words or its maker change."""
    words = (book.report.running[text.lang], text.words.phrases["page_of"][text.lang])
    maker = Path(reference.__file__).read_bytes()
    name = hashlib.sha256(maker + repr(words).encode()).hexdigest()[:12]
    target = _cache(book, f"reference.{text.lang}.{name}.docx")
    if not target.exists():
        for old in target.parent.glob(f"reference.{text.lang}.*.docx"):
            old.unlink()
        chinese = text.lang == "zh"
        write_bytes(target, reference.reference_document(*words, chinese=chinese))
    return target


def _write_bindings(folder: Path, texts: Sequence[Text]) -> Path:
    """What each language's text is bound to, for the manifest and for comparing languages."""
    record = {text.lang: text.bindings.record() for text in texts}
    told = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    return write_text(folder / "bindings.json", told + "\n")


def _warn_unequal(texts: Sequence[Text], progress: Progress) -> None:
    """Say where a translation has fallen behind; a draft may be built all the same."""
    first, *others = [(text.lang, text.bindings.record()) for text in texts]
    for lang, record in others:
        for what, used in record.items():
            apart = set(used) ^ set(first[1][what])
            if apart:
                progress.step(
                    f"{first[0]} and {lang} differ in {len(apart)} {what}: {sorted(apart)[0]} …"
                )
