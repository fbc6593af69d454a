"""The sheets of an XLSForm as rows: headers understood, texts apart by language.

Decided here: which spellings of a header mean the same, which language a header without one
stands for, and the short code of a language. What a row means is decided in xlsform_in.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from survey.instrument.model import Text
from survey.io.workbook import Rows

WORDED = ("label", "hint", "constraint_message")  # columns with texts by language
HEADERS = {
    "caption": "label",
    "relevance": "relevant",
    "list name": "list_name",
    "list_name": "list_name",
    "constraint message": "constraint_message",
    "constraintmsg": "constraint_message",
    "command": "type",
    "choice filter": "choice_filter",
    "read only": "read_only",
    "readonly": "read_only",
    "calculate": "calculation",
    "repeat count": "repeat_count",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "bind::constraint": "constraint",
    "bind::calculate": "calculation",
    "bind::readonly": "read_only",
}
CODES = {
    "english": "en",
    "chinese": "zh",
    "simplified chinese": "zh",
    "中文": "zh",
    "简体中文": "zh",
    "french": "fr",
    "français": "fr",
    "german": "de",
    "deutsch": "de",
    "spanish": "es",
    "español": "es",
    "arabic": "ar",
    "portuguese": "pt",
    "russian": "ru",
    "dutch": "nl",
}


@dataclass
class Row:
    """One row: cells by header, and the worded columns by language code."""

    number: int
    cells: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)


@dataclass
class Languages:
    """Languages of a form: code -> as the form spells it, the first one in front."""

    spelled: dict[str, str] = field(default_factory=dict)
    primary: str = "en"

    def code(self, written: str) -> str:
        code = language_code(written)
        self.spelled.setdefault(code, written)
        return code


def language_code(written: str) -> str:
    """Short code of a language: `English (en)` and `english` are both en."""
    inside = re.search(r"\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)?)\)\s*$", written)
    if inside:
        return inside[1].lower()
    plain = written.strip().lower()
    return CODES.get(plain) or re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "xx"


def languages(sheets: dict[str, Rows], default: str) -> Languages:
    """The languages that the headers of survey and choices name."""
    found = Languages()
    for name in ("survey", "choices"):
        for header in sheets.get(name, [[]])[0] if sheets.get(name) else []:
            base, language = split_header(header)
            if base in WORDED and language:
                found.code(language)
    if default:
        found.primary = found.code(default)
    elif found.spelled:
        found.primary = next(iter(found.spelled))
    return found


def split_header(header: str) -> tuple[str, str]:
    """(column, language) of a header: `label::English (en)`, `label:English`, `hint`."""
    text = header.strip()
    known = HEADERS.get(text.lower())
    if known:
        return known, ""
    base, separator, language = text.partition("::")
    if not separator:
        base, separator, language = text.partition(":")
    base = HEADERS.get(base.strip().lower(), base.strip())
    if base.lower() in WORDED:
        return base.lower(), language.strip()
    return text, ""


def rows_of(sheet: Rows, spoken: Languages) -> list[Row]:
    """The filled rows under the header of a sheet."""
    if not sheet:
        return []
    heads = [split_header(cell) for cell in sheet[0]]
    found = []
    for number, cells in enumerate(sheet[1:], start=2):
        row = Row(number)
        for (base, language), raw, cell in zip(heads, sheet[0], cells, strict=False):
            if cell.strip() == "" or not base:
                continue
            if base in WORDED:
                code = spoken.code(language) if language else spoken.primary
                texts = row.texts.setdefault(base, {})
                if language or code not in texts:
                    texts[code] = cell
            else:
                row.cells[base if base != raw.strip() else raw.strip()] = cell.strip()
        if row.cells or row.texts:
            found.append(row)
    return found
