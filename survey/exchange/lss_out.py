"""Export a questionnaire as a LimeSurvey structure (.lss), in the tables of LimeSurvey 6.

Decided here: question codes (letters and digits only, at most 20), one-letter types, arrays for
grids, numbers counted from 1 so that equal questionnaires give equal bytes. Relevance is written
in lss_logic.py.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from survey.errors import InstrumentError
from survey.exchange.draft import Draft, Names, Unexpressed
from survey.exchange.lss_logic import expression
from survey.exchange.paper import ENTERED
from survey.exchange.words import missing_text
from survey.instrument.model import Item, Scale, Text

VERSION = "630"
SURVEY = "100000"
LANGUAGES = {"zh": "zh-Hans"}
TYPES = {
    "single": "L",
    "multiple": "M",
    "number": "N",
    "open": "T",
    "note": "X",
    "date": "D",
    "datetime": "D",
    "time": "S",
    "ranking": "R",
    "file": "|",
    "computed": "*",
    "place": "S",
    "key": "S",
    "tokens": "S",
}
Row = dict[str, str]


def to_lss(draft: Draft) -> tuple[str, list[Unexpressed]]:
    """The .lss text of a draft, and what it does not say."""
    survey = _Survey(draft)
    return survey.text(), survey.not_said


class _Survey:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.not_said: list[Unexpressed] = []
        self.tables: dict[str, list[Row]] = {}
        self.titles: dict[str, str] = {}  # item or option -> its name in expressions
        self.codes = Names()
        self.number = 0
        self._title_all()
        self._languages()
        self._groups()

    def lacks(self, where: str, what: str) -> None:
        self.not_said.append(Unexpressed(where, what))

    def row(self, table: str, **cells: object) -> None:
        self.tables.setdefault(table, []).append({k: str(v) for k, v in cells.items()})

    def next(self) -> int:
        self.number += 1
        return self.number

    def language(self, lang: str) -> str:
        return LANGUAGES.get(lang, lang)

    # -- names ---------------------------------------------------------------------------------

    def _title_all(self) -> None:
        for unit in self._units():
            first = unit[0]
            if len(unit) > 1:
                code = self._code(f"{first.id}grid")
                for place, item in enumerate(unit, start=1):
                    self.titles[item.id] = f"{code}_SQ{place:03d}"
                continue
            code = self._code(first.id)
            self.titles[first.id] = code
            scale = self.draft.scale_of(first)
            if first.kind == "multiple" and scale is not None:
                for option in scale.values():
                    self.titles[f"{first.id}__{option}"] = f"{code}_{option}"

    def _code(self, name: str) -> str:
        plain = "".join(char for char in name if char.isalnum())[:17]
        return self.codes.new(plain).replace("_", "x")

    def _units(self) -> list[list[Item]]:
        """Items in order, those of a grid together where they stand together."""
        asked = [item for item in self.draft.asked() if not item.form.get("implied_lss")]
        units: list[list[Item]] = []
        for item in asked:
            last = units[-1] if units else []
            grid = next((g for g in self.draft.grids if item.id in g), None)
            same = last and grid and last[0].id in grid and last[0].scale == item.scale
            route = last and self.draft.ask_if.get(last[0].id) == self.draft.ask_if.get(item.id)
            if same and route and item.kind == "single":
                last.append(item)
            else:
                units.append([item])
        return units

    # -- tables --------------------------------------------------------------------------------

    def _languages(self) -> None:
        first, *more = self.draft.languages
        self.row(
            "surveys",
            sid=SURVEY,
            admin="",
            format="G",
            language=self.language(first),
            additional_languages=" ".join(self.language(lang) for lang in more),
            anonymized="N",
            datestamp="Y",
            allowprev="Y",
            ipaddr="N",
        )
        for lang in self.draft.languages:
            title = self.draft.title.get(lang) or next(iter(self.draft.title.values()), "")
            self.row(
                "surveys_languagesettings",
                surveyls_survey_id=SURVEY,
                surveyls_language=self.language(lang),
                surveyls_title=title,
            )

    def _groups(self) -> None:
        block_of = {item: block for block in self.draft.blocks for item in block.items}
        current, gid = None, 0
        for order, unit in enumerate(self._units(), start=1):
            block = block_of[unit[0].id]
            if block is not current:
                current, gid = block, self.next()
                self.row("groups", gid=gid, sid=SURVEY, group_order=gid, grelevance="")
                for lang in self.draft.languages:
                    self.row(
                        "group_l10ns",
                        id=self.next(),
                        gid=gid,
                        group_name=self._group_text(block.groups, lang) or block.id,
                        description="",
                        language=self.language(lang),
                    )
            self._question(unit, gid, order)
        for item in self.draft.technical:
            self.lacks(item, "no question: the tool that collects the answers sets it")
        for group, entry in self.draft.groups.items():
            if entry.repeat:
                self.lacks(f"group {group}", "it is asked several times over")

    def _group_text(self, groups: list[str], lang: str) -> str:
        texts = [self.draft.groups[group].text.get(lang, "") for group in groups]
        return " – ".join(text for text in texts if text)

    def _question(self, unit: list[Item], gid: int, order: int) -> None:
        item, qid = unit[0], self.next()
        scale = self.draft.scale_of(item)
        grid = len(unit) > 1
        title = self.titles[item.id].split("_")[0]
        kind = "F" if grid else TYPES[item.kind]
        if item.kind == "single" and scale is None:
            kind = "S"
        self.row(
            "questions",
            qid=qid,
            parent_qid=0,
            sid=SURVEY,
            gid=gid,
            type=kind,
            title=title,
            preg="",
            other="N",
            mandatory="Y" if item.required else "N",
            encrypted="N",
            question_order=order,
            scale_id=0,
            same_default=0,
            relevance=self._relevance(item),
            same_script=0,
        )
        text = dict.fromkeys(self.draft.languages, "") if grid else item.text
        self._texts(qid, text, item.hint)
        if grid:
            for place, row in enumerate(unit, start=1):
                self._subquestion(qid, gid, f"SQ{place:03d}", place, row.text)
        if kind in ("L", "F", "R") and scale is not None:
            self._answers(qid, scale)
        if kind == "M" and scale is not None:
            for place, code in enumerate(scale.values(), start=1):
                self._subquestion(qid, gid, str(code), place, self._option(scale, code))
        self._attributes(qid, item, scale)
        if item.kind in ("time", "place", "key", "tokens"):
            self.lacks(item.id, f"that it is a {item.kind}: it is asked as a short text")
        if "relevant" in item.form or "constraint" in item.form:
            self.lacks(item.id, "an expression of another tool")
        if item.valid or item.show_if:
            self.lacks(item.id, "which answers are taken or offered")

    def _texts(self, qid: int, text: Text, hint: Text) -> None:
        for lang in self.draft.languages:
            self.row(
                "question_l10ns",
                id=self.next(),
                qid=qid,
                question=text.get(lang, ""),
                help=hint.get(lang, ""),
                language=self.language(lang),
            )

    def _subquestion(self, qid: int, gid: int, title: str, order: int, text: Text) -> None:
        own = self.next()
        self.row(
            "subquestions",
            qid=own,
            parent_qid=qid,
            sid=SURVEY,
            gid=gid,
            type="T",
            title=title,
            other="N",
            question_order=order,
            scale_id=0,
            relevance="1",
        )
        self._texts(own, text, {})

    def _answers(self, qid: int, scale: Scale) -> None:
        entries = [(code, self._option(scale, code)) for code in scale.values()]
        for code, kind in scale.missing.items():
            if kind in ENTERED:
                words = {lang: missing_text(kind, lang) for lang in self.draft.languages}
                entries.append((code, words))
        for order, (code, text) in enumerate(entries, start=1):
            aid = self.next()
            self.row(
                "answers",
                aid=aid,
                qid=qid,
                code=code,
                sortorder=order,
                assessment_value=0,
                scale_id=0,
            )
            for lang in self.draft.languages:
                self.row(
                    "answer_l10ns",
                    id=self.next(),
                    aid=aid,
                    answer=text.get(lang, ""),
                    language=self.language(lang),
                )

    def _option(self, scale: Scale, code: int) -> Text:
        if scale.range is not None:
            return {lang: scale.text(code, lang) for lang in self.draft.languages}
        return scale.points[code].text

    def _attributes(self, qid: int, item: Item, scale: Scale | None) -> None:
        told: dict[str, object] = {}
        if item.exclusive:
            told["exclude_all_others"] = ";".join(str(code) for code in item.exclusive)
        if item.most:
            told["max_answers"] = item.most
        if item.kind == "number" and scale is not None and scale.range:
            told["min_num_value_n"], told["max_num_value_n"] = scale.range
            entered = [c for c, kind in scale.missing.items() if kind in ENTERED]
            if entered:
                self.lacks(item.id, f"codes beside its range: {', '.join(map(str, entered))}")
        for name, value in told.items():
            self.row("question_attributes", qid=qid, attribute=name, value=value, language="")

    def _relevance(self, item: Item) -> str:
        text = self.draft.ask_if.get(item.id)
        if text is None:
            return "1"
        try:
            return expression(text, self.draft.items, self.draft.scales, lambda n: self.titles[n])
        except (KeyError, InstrumentError):
            self.lacks(item.id, f"who is asked: '{text}' uses what the survey does not ask")
            return "1"

    # -- the file ------------------------------------------------------------------------------

    def text(self) -> str:
        root = ET.Element("document")
        ET.SubElement(root, "LimeSurveyDocType").text = "Survey"
        ET.SubElement(root, "DBVersion").text = VERSION
        languages = ET.SubElement(root, "languages")
        for lang in self.draft.languages:
            ET.SubElement(languages, "language").text = self.language(lang)
        for name in sorted(self.tables):
            table = ET.SubElement(root, name)
            rows = self.tables[name]
            fields = ET.SubElement(table, "fields")
            for key in dict.fromkeys(key for row in rows for key in row):
                ET.SubElement(fields, "fieldname").text = key
            body = ET.SubElement(table, "rows")
            for row in rows:
                entry = ET.SubElement(body, "row")
                for key, value in row.items():
                    ET.SubElement(entry, key).text = _clean(value) or None
        ET.indent(root, " ")
        told = ET.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{told}\n'


def _clean(text: str) -> str:
    return "".join(char for char in text if ord(char) >= 32 or char in "\n\t")
