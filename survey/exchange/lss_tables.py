"""Tables of a LimeSurvey structure: rows once each, texts in every language, answers in order.

Texts stand in the tables of questions and groups, or in `_l10ns` tables beside them. Documents with
a DTD are refused, so that no entity can be expanded. What the rows mean is decided in lss.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from survey.errors import DataError
from survey.exchange.markup import marked_up, plain
from survey.instrument.model import Text

MOST_BYTES = 64 << 20
Row = dict[str, str]


def read_tables(path: Path) -> tuple[dict[str, list[Row]], list[str]]:
    """Tables by name, and the languages of the survey.

    Raises
    ------
    DataError
        If the file cannot be opened, is too large, has a DTD, or is no LimeSurvey survey.
    """
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise DataError(f"cannot be opened: {fault.strerror}", where=str(path)) from None
    if len(data) > MOST_BYTES:
        raise DataError("is too large for a questionnaire", where=str(path))
    if re.search(rb"<!(DOCTYPE|ENTITY)", data):
        raise DataError("declares entities, which no LimeSurvey file needs", where=str(path))
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, RecursionError) as fault:
        raise DataError(f"is not well-formed XML: {fault}", where=str(path)) from None
    if root.tag != "document" or root.findtext("LimeSurveyDocType") != "Survey":
        raise DataError(
            "is no LimeSurvey survey",
            where=str(path),
            expected="a .lss file from Display/Export > Survey structure",
        )
    tables = {
        table.tag: [
            {cell.tag: cell.text or "" for cell in row} for row in table.iterfind("rows/row")
        ]
        for table in root
        if table.find("rows") is not None
    }
    return tables, [entry.text or "" for entry in root.iterfind("languages/language")]


class Tables:
    """Rows of one survey.

    Attributes
    ----------
    codes : LimeSurvey's languages -> ours, the main one in front
    attributes : question id -> its settings
    formatted : texts that held HTML so far
    """

    def __init__(self, rows: dict[str, list[Row]], languages: list[str]) -> None:
        self.rows = rows
        survey = (rows.get("surveys") or [{}])[0]
        main = survey.get("language") or (languages or ["en"])[0]
        codes = {language: _code(language) for language in languages or [main]}
        codes.setdefault(main, _code(main))
        self.codes = {main: codes.pop(main)} | codes
        self.formatted = 0
        self.attributes: dict[str, Row] = {}
        for row in rows.get("question_attributes", []):
            own = self.attributes.setdefault(row.get("qid", ""), {})
            own[row.get("attribute", "")] = row.get("value", "")

    def languages(self) -> list[str]:
        """Our codes, each once, the main one in front."""
        return list(dict.fromkeys(self.codes.values()))

    def unique(self, table: str, key: str) -> list[Row]:
        """Rows once each: older files repeat them per language."""
        found: dict[str, Row] = {}
        for row in self.rows.get(table, []):
            found.setdefault(row.get(key, ""), row)
        return list(found.values())

    def text(self, kind: str, row: Row, field: str) -> Text:
        """A text in every language, from the table itself or its `_l10ns`."""
        table, key = {"group": ("groups", "gid")}.get(kind, (kind, "qid"))
        text: Text = {}
        for name in (f"{kind.rstrip('s')}_l10ns", table):
            for other in self.rows.get(name, []):
                lang = self.codes.get(other.get("language", ""))
                if other.get(key) == row.get(key) and lang and other.get(field):
                    self.formatted += marked_up(other[field])
                    text.setdefault(lang, plain(other[field]))
        return text

    def answers(self, row: Row) -> Iterator[tuple[str, Text]]:
        """Answers of a question: code and words, in their order."""
        texts: dict[str, Text] = {}
        keys = {}
        rows = [a for a in self.rows.get("answers", []) if a.get("qid") == row["qid"]]
        for answer in sorted(rows, key=lambda a: number(a.get("sortorder"))):
            if answer.get("scale_id", "0") not in ("0", ""):
                continue
            text = texts.setdefault(answer.get("code", ""), {})
            keys[answer.get("aid", "")] = answer.get("code", "")
            lang = self.codes.get(answer.get("language", ""))
            if lang and answer.get("answer"):
                text[lang] = plain(answer["answer"])
        for told in self.rows.get("answer_l10ns", []):
            lang = self.codes.get(told.get("language", ""))
            code = keys.get(told.get("aid", ""))
            if lang and code is not None and told.get("aid") and told.get("answer"):
                texts[code][lang] = plain(told["answer"])
        for code, text in texts.items():
            yield code, text or {self.languages()[0]: code}


def top(row: Row) -> bool:
    return row.get("parent_qid", "0") in ("0", "")


def _code(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else language.split("-")[0].lower()


def number(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdigit() else 0
