"""Which format is read and written by what: the one list both commands use.

Decided here: the format of a file by its ending, and what each export needs (a language, a wave).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from survey.errors import DataError, UsageError, one_of
from survey.exchange.draft import Draft, Unexpressed, draft_of
from survey.instrument.load import Instrument

READERS = {
    ".xlsx": "xlsform",
    ".xls": "xlsform",
    ".qsf": "qsf",
    ".lss": "lss",
    ".sav": "spss",
    ".zsav": "spss",
}


UNSOUND = (TypeError, KeyError, AttributeError, IndexError, ValueError, RecursionError)


@dataclass(frozen=True)
class Exported:
    """The bytes of a file and what it does not say."""

    data: bytes
    not_said: list[Unexpressed] = field(default_factory=list)


def read_instrument(path: Path, *, kind: str | None = None, language: str = "en") -> Draft:
    """A file of any known format as a draft.

    Raises
    ------
    UsageError
        If its ending is not known and no format is named.
    DataError
        If it cannot be read.
    """
    kind = kind or READERS.get(Path(path).suffix.lower())
    try:
        return _read(path, kind, language)
    except UNSOUND as fault:  # a part of the file is of another kind than the format says
        raise DataError(
            f"is not built as {kind} files are ({type(fault).__name__})",
            where=str(path),
            hint="open it in the program that wrote it and export it again",
        ) from fault


def _read(path: Path, kind: str | None, language: str) -> Draft:
    if kind == "xlsform":
        from survey.exchange.xlsform_in import read_xlsform

        return read_xlsform(path)
    if kind == "qsf":
        from survey.exchange.qsf import read_qsf

        return read_qsf(path)
    if kind == "lss":
        from survey.exchange.lss import read_lss

        return read_lss(path)
    if kind == "spss":
        from survey.exchange.sav_dictionary import read_sav_dictionary

        return read_sav_dictionary(path, language=language)
    raise UsageError(
        f"what kind of questionnaire {path} is cannot be told by its name",
        expected=f"a name that ends in {one_of(READERS)}",
        hint="say it with --format",
    )


Writer = Callable[[Instrument, "Options"], Exported]


@dataclass(frozen=True)
class Options:
    """What an export is asked for.

    Attributes
    ----------
    wave, questionnaire : which one; see `draft_of`
    lang : language of a file that has one only
    ending : of the file to be written; chooses between HTML and Word, HTML and workbook
    """

    wave: str | None = None
    questionnaire: str | None = None
    lang: str = "zh"
    ending: str = ""


def export_instrument(instrument: Instrument, kind: str, options: Options) -> Exported:
    """A study's questionnaire in a format.

    Raises
    ------
    UsageError
        If the format, its ending, language, wave or questionnaire does not exist.
    """
    if kind not in FORMATS:
        raise UsageError(f"there is no format '{kind}'", expected=one_of(FORMATS))
    endings, writer = FORMATS[kind]
    if options.ending not in endings:
        raise UsageError(
            f"format {kind} is not written to a {options.ending or 'nameless'} file",
            expected=f"a name that ends in {one_of(endings)}",
        )
    if options.lang not in instrument.study.languages:
        raise UsageError(
            f"study '{instrument.study.id}' has no language '{options.lang}'",
            expected=one_of(instrument.study.languages),
        )
    return writer(instrument, options)


def _draft(instrument: Instrument, options: Options) -> Draft:
    return draft_of(instrument, wave=options.wave, questionnaire=options.questionnaire)


def _xlsform(instrument: Instrument, options: Options) -> Exported:
    from survey.exchange.xlsform_out import to_xlsform

    form = to_xlsform(_draft(instrument, options))
    return Exported(form.bytes(), form.not_said)


def _lss(instrument: Instrument, options: Options) -> Exported:
    from survey.exchange.lss_out import to_lss

    text, not_said = to_lss(_draft(instrument, options))
    return Exported(text.encode(), not_said)


def _wjx(instrument: Instrument, options: Options) -> Exported:
    from survey.exchange.wjx_text import to_wjx_jsonl, to_wjx_text

    write = to_wjx_jsonl if options.ending == ".jsonl" else to_wjx_text
    text, not_said = write(_draft(instrument, options), options.lang)
    return Exported(text.encode(), not_said)


def _paper(instrument: Instrument, options: Options) -> Exported:
    from survey.exchange.paper import paper

    laid = paper(_draft(instrument, options), options.lang)
    if options.ending == ".docx":
        from survey.exchange.paper_docx import paper_docx

        return Exported(paper_docx(laid), laid.not_said)
    from survey.exchange.paper_html import paper_html

    return Exported(paper_html(laid).encode(), laid.not_said)


def _codebook(instrument: Instrument, options: Options) -> Exported:
    from survey.exchange.codebook import codebook_html, codebook_xlsx

    if options.ending == ".xlsx":
        return Exported(codebook_xlsx(instrument, options.wave, options.lang))
    return Exported(codebook_html(instrument, options.wave, options.lang).encode())


def _ddi(instrument: Instrument, options: Options) -> Exported:
    from survey.exchange.ddi import to_ddi

    return Exported(to_ddi(instrument, options.wave).encode())


FORMATS: dict[str, tuple[tuple[str, ...], Writer]] = {
    "xlsform": ((".xlsx",), _xlsform),
    "lss": ((".lss",), _lss),
    "wjx": ((".txt", ".jsonl"), _wjx),
    "paper": ((".html", ".docx"), _paper),
    "codebook": ((".html", ".xlsx"), _codebook),
    "ddi": ((".xml",), _ddi),
}
