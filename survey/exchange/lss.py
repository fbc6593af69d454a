"""Import a LimeSurvey structure (.lss), with texts in the question tables or in `_l10ns` tables.

Decided here: kinds by LimeSurvey's one-letter types, arrays as grids of items, the columns of its
export by question code. What has no place in our files is listed. Documents with a DTD are
refused, so that no entity can be expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from survey.errors import DataError
from survey.exchange import logic
from survey.exchange.draft import Draft, Names, code_word, slug
from survey.exchange.lss_logic import condition
from survey.exchange.markup import marked_up, plain
from survey.exchange.words import missing_text
from survey.exchange.xpath_in import UntranslatableError
from survey.instrument.model import (
    Block,
    Column,
    Group,
    Item,
    ItemKind,
    MissingKind,
    Point,
    Scale,
    Text,
)

MOST_BYTES = 64 << 20
KINDS: dict[str, ItemKind] = {
    **dict.fromkeys("L!OY5GI", "single"),
    **dict.fromkeys("MP", "multiple"),
    **dict.fromkeys("TSU", "open"),
    **{"N": "number", "D": "date", "R": "ranking", "X": "note", "*": "computed", "|": "file"},
}
ARRAYS: dict[str, ItemKind] = {
    **dict.fromkeys("ABCEFH", "single"),
    **{"K": "number", "Q": "open", ":": "number", ";": "open", "1": "single"},
}
FIXED = {  # answers that come with the type
    "Y": {"Y": ("Yes", "是"), "N": ("No", "否")},
    "G": {"M": ("Male", "男"), "F": ("Female", "女")},
    "5": {str(n): (str(n), str(n)) for n in range(1, 6)},
    "A": {str(n): (str(n), str(n)) for n in range(1, 6)},
    "B": {str(n): (str(n), str(n)) for n in range(1, 11)},
    "C": {"Y": ("Yes", "是"), "U": ("Uncertain", "不确定"), "N": ("No", "否")},
    "E": {"I": ("Increase", "增加"), "S": ("Same", "不变"), "D": ("Decrease", "减少")},
}
Row = dict[str, str]


def read_lss(path: Path) -> Draft:
    """A .lss file as a draft.

    Raises
    ------
    DataError
        If it is missing, too large, has a DTD, or is no LimeSurvey survey.
    """
    return _Survey(_tables(Path(path)), Path(path).stem).read()


def _tables(path: Path) -> tuple[dict[str, list[Row]], list[str]]:
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


class _Survey:
    def __init__(self, found: tuple[dict[str, list[Row]], list[str]], name: str) -> None:
        self.tables, languages = found
        survey = (self.tables.get("surveys") or [{}])[0]
        main = survey.get("language") or (languages or ["en"])[0]
        codes = {language: _code(language) for language in languages or [main]}
        codes.setdefault(main, _code(main))
        self.codes = {main: codes.pop(main)} | codes
        self.draft = Draft(slug(name, "form"), languages=list(dict.fromkeys(self.codes.values())))
        self.draft.raw = {"origin": "csv"}
        self.names = Names()
        self.meanings: dict[str, tuple[Item, int | None, dict[str, int]]] = {}
        self.formatted = 0
        self.attributes: dict[str, Row] = {}
        for row in self.tables.get("question_attributes", []):
            self.attributes.setdefault(row.get("qid", ""), {})[row.get("attribute", "")] = row.get(
                "value", ""
            )

    def read(self) -> Draft:
        for row in self.tables.get("surveys_languagesettings", []):
            lang = self.codes.get(row.get("surveyls_language", ""))
            if lang and row.get("surveyls_title"):
                self.draft.title[lang] = plain(row["surveyls_title"])
        if not self.draft.title:
            self.draft.title = {self.draft.languages[0]: self.draft.name}
        questions = self._unique("questions", "qid")
        relevances = []
        for group in sorted(
            self._unique("groups", "gid"), key=lambda g: _number(g.get("group_order"))
        ):
            items: list[str] = []
            members = [q for q in questions if q.get("gid") == group["gid"] and _top(q)]
            outer = group.get("grelevance", "")
            for question in sorted(members, key=lambda q: _number(q.get("question_order"))):
                made = self._question(question)
                items += made
                relevances.append((made, question, outer))
            name = Names(self.draft.groups).new(
                slug(
                    self._text("group", group, "group_name").get("en", "")
                    or f"group{group['gid']}",
                    "group",
                )
            )
            text = self._text("group", group, "group_name")
            self.draft.groups[name] = Group(text=text)
            if group.get("randomization_group"):
                self.draft.lacks(f"group {name}", "its place among groups is random")
            if items:
                self.draft.blocks.append(Block(id=name, items=items, groups=[name]))
        for made, question, outer in relevances:
            self._relevance(made, question, outer)
        for name in ("quota", "assessments"):
            if self.tables.get(name):
                self.draft.lacks(name, "it has no place in a questionnaire")
        if self.formatted:
            self.draft.lacks("wordings", f"formatting (HTML) of {self.formatted} texts")
        return self.draft

    def _unique(self, table: str, key: str) -> list[Row]:
        """Rows once each: older files repeat them per language."""
        found: dict[str, Row] = {}
        for row in self.tables.get(table, []):
            found.setdefault(row.get(key, ""), row)
        return list(found.values())

    def _text(self, kind: str, row: Row, field: str) -> Text:
        """A text in every language, from the table itself or its `_l10ns`."""
        table, key = {"group": ("groups", "gid")}.get(kind, (kind, "qid"))
        text: Text = {}
        for name in (f"{kind.rstrip('s')}_l10ns", table):
            for other in self.tables.get(name, []):
                lang = self.codes.get(other.get("language", ""))
                if other.get(key) == row.get(key) and lang and other.get(field):
                    self.formatted += marked_up(other[field])
                    text.setdefault(lang, plain(other[field]))
        return text

    def _question(self, row: Row) -> list[str]:
        title, kind = row.get("title", ""), row.get("type", "")
        text = self._text("questions", row, "question")
        if not text and kind not in ARRAYS:
            text = {self.draft.languages[0]: title}
            self.draft.lacks(title, "it has no wording; its code stands for it")
        hint = self._text("questions", row, "help")
        more = {"hint": hint, "required": row.get("mandatory") == "Y", "form": {"limesurvey": kind}}
        subs = [
            q
            for table in ("subquestions", "questions")
            for q in self._unique(table, "qid")
            if q.get("parent_qid") == row["qid"] and q.get("scale_id", "0") in ("0", "")
        ]
        subs.sort(key=lambda q: _number(q.get("question_order")))
        self._listed(row, title)
        if kind in ARRAYS:
            return self._array(row, title, kind, text, subs, more)
        if kind in ("M", "P"):
            return self._set(row, title, text, subs, more)
        found = KINDS.get(kind)
        if found is None:
            self.draft.lacks(title, f"a question of type {kind}")
            found = "computed"
        scale: str | None = None
        codes: dict[str, int] = {}
        if found in ("single", "ranking"):
            scale, codes = self._scale(row, title, kind)
        elif found == "number":
            scale = self._range(row, title)
        name = self._item(title, found, text, scale=scale, **more)
        self.meanings[title] = (self.draft.items[name], None, codes)
        if found not in ("note", "computed"):
            self.draft.columns[name] = Column(column=title)
        made = [name]
        if row.get("other") == "Y" and scale is not None:
            made.append(self._other(name, title, text))
        if kind == "O":
            made.append(self._open(f"{title}_comment", f"{title}[comment]", text))
        return made

    def _item(self, title: str, kind: ItemKind, text: Text, **more) -> str:
        name = self.names.new(slug(title))
        self.draft.items[name] = Item(id=name, kind=kind, text=text, **more)
        return name

    def _open(self, title: str, column: str, text: Text) -> str:
        name = self._item(title, "open", text)
        self.draft.columns[name] = Column(column=column)
        return name

    def _other(self, item: str, title: str, text: Text) -> str:
        """The option "other" of a list, and its text."""
        entry = self.draft.items[item]
        scale = self.draft.scales[entry.scale or ""]
        value = max([0, *scale.values(), *scale.missing]) + 1
        words = {lang: "其他" if lang == "zh" else "Other" for lang in self.draft.languages}
        codes = Names(point.code for point in scale.points.values())
        point = Point(code=codes.new("other"), text=words, aliases=["-oth-"])
        name = Names(self.draft.scales).new(f"{entry.scale}_other")
        self.draft.scales[name] = scale.model_copy(update={"points": scale.points | {value: point}})
        self.draft.items[item] = entry.model_copy(update={"scale": name})
        known = self.meanings[title][2] | {"-oth-": value}
        self.meanings[title] = (self.draft.items[item], None, known)
        other = self._open(f"{title}_other", f"{title}[other]", text)
        self.draft.ask_if[other] = f"{item} == {value}"
        return other

    def _set(self, row: Row, title: str, text: Text, subs: list[Row], more: dict) -> list[str]:
        points, columns, codes = {}, {}, {}
        words = Names()
        whole = all(re.fullmatch(r"[1-9]\d{0,5}", sub.get("title", "")) for sub in subs)
        for place, sub in enumerate(subs, start=1):
            code = int(sub["title"]) if whole else place
            label = self._text("questions", sub, "question") or {
                self.draft.languages[0]: sub["title"]
            }
            short = code_word(label.get("en") or sub["title"], f"c{code}")
            points[code] = Point(code=words.new(short), text=label)
            columns[code] = f"{title}[{sub['title']}]"
            codes[sub["title"]] = code
        if not points:
            self.draft.lacks(title, "a set without options")
            points = {1: Point(code="none", text={self.draft.languages[0]: "-"})}
        scale = self._kept(Scale(points=points), title)
        told = self.attributes.get(row["qid"], {})
        alone = re.split(r"[;,]", told.get("exclude_all_others", ""))
        most = told.get("max_answers", "")
        name = self._item(
            title,
            "multiple",
            text,
            scale=scale,
            exclusive=[codes[a] for a in alone if a in codes],
            most=int(most) if most.isdigit() and int(most) else None,
            **more,
        )
        item = self.draft.items[name]
        if columns:
            self.draft.columns[name] = Column(columns=columns, chosen=["1", "Y", "Yes"])
        for written, code in codes.items():
            self.meanings[f"{title}_{written}"] = (item, code, {})
        made = [name]
        if row.get("other") == "Y":
            made.append(self._open(f"{title}_other", f"{title}[other]", text))
        if row.get("type") == "P":
            self.draft.lacks(title, "a comment beside every option")
        return made

    def _array(
        self, row: Row, title: str, kind: str, text: Text, subs: list[Row], more: dict
    ) -> list[str]:
        found = ARRAYS[kind]
        scale, codes = self._scale(row, title, kind) if found == "single" else (None, {})
        if kind in ":;1":
            self.draft.lacks(title, "its second scale: only the rows become items")
        made = []
        for sub in subs:
            label = self._text("questions", sub, "question")
            words = {lang: f"{told} – {label.get(lang, '')}" for lang, told in text.items()}
            words = words or label or {self.draft.languages[0]: title}
            written = sub.get("title", "")
            name = self._item(f"{title}_{written}", found, words, scale=scale, short=label, **more)
            self.draft.columns[name] = Column(column=f"{title}[{written}]")
            self.meanings[f"{title}_{written}"] = (self.draft.items[name], None, codes)
            made.append(name)
        if found == "single" and len(made) > 1:
            self.draft.grids.append(made)
        return made

    def _scale(self, row: Row, title: str, kind: str) -> tuple[str, dict[str, int]]:
        labels: dict[str, Text] = {}
        for code, words in FIXED.get(kind, {}).items():
            labels[code] = {
                lang: words[1] if lang == "zh" else words[0] for lang in self.draft.languages
            }
        for code, label in self._answers(row):
            labels.setdefault(code, {}).update(label)
        whole = all(re.fullmatch(r"0|-?[1-9]\d{0,5}", code) for code in labels)
        points: dict[int, Point] = {}
        missing: dict[int, MissingKind] = {}
        values, words_used = {}, Names()
        for place, (code, label) in enumerate(labels.items(), start=1):
            value = int(code) if whole else place
            values[code] = value
            meant = _missing(label)
            if meant:
                missing[value] = meant
                continue
            plain_code = bool(re.fullmatch(r"[A-Za-z0-9_+-]+", code)) and not whole
            short = code if plain_code else code_word(label.get("en", ""), f"c{value}")
            aliases = [] if whole or short == code else [code]
            points[value] = Point(code=words_used.new(short), text=label, aliases=aliases)
        if not points:
            self.draft.lacks(title, "it has no answers of its own")
            points = {0: Point(code="none", text={self.draft.languages[0]: "-"})}
        return self._kept(Scale(points=points, missing=missing), title), values

    def _answers(self, row: Row) -> Iterator[tuple[str, Text]]:
        texts: dict[str, Text] = {}
        keys = {}
        rows = [a for a in self.tables.get("answers", []) if a.get("qid") == row["qid"]]
        for answer in sorted(rows, key=lambda a: _number(a.get("sortorder"))):
            if answer.get("scale_id", "0") not in ("0", ""):
                continue
            text = texts.setdefault(answer.get("code", ""), {})
            keys[answer.get("aid", "")] = answer.get("code", "")
            lang = self.codes.get(answer.get("language", ""))
            if lang and answer.get("answer"):
                text[lang] = plain(answer["answer"])
        for told in self.tables.get("answer_l10ns", []):
            lang = self.codes.get(told.get("language", ""))
            code = keys.get(told.get("aid", ""))
            if lang and code is not None and told.get("aid") and told.get("answer"):
                texts[code][lang] = plain(told["answer"])
        for code, text in texts.items():
            yield code, text or {self.draft.languages[0]: code}

    def _range(self, row: Row, title: str) -> str | None:
        told = self.attributes.get(row["qid"], {})
        low, high = told.get("min_num_value_n", ""), told.get("max_num_value_n", "")
        if re.fullmatch(r"-?\d+", low) and re.fullmatch(r"-?\d+", high) and int(low) < int(high):
            return self._kept(Scale(range=(int(low), int(high)), numeric=True), title)
        return None

    def _kept(self, scale: Scale, title: str) -> str:
        for name, other in self.draft.scales.items():
            if other == scale:
                return name
        name = Names(self.draft.scales).new(slug(title))
        self.draft.scales[name] = scale
        return name

    def _listed(self, row: Row, title: str) -> None:
        told = self.attributes.get(row["qid"], {})
        for name, what in (
            ("random_order", "its answers come in random order"),
            ("random_group", "its place among questions is random"),
            ("em_validation_q", "a check by an expression"),
            ("array_filter", "its rows depend on another question"),
        ):
            if told.get(name) not in (None, "", "0"):
                self.draft.lacks(title, f"{what} ({told[name]})")
        if row.get("preg"):
            self.draft.lacks(title, f"its text must fit the pattern {row['preg']}")

    def _relevance(self, made: list[str], row: Row, outer: str) -> None:
        parts = []
        for text in (outer, row.get("relevance", "")):
            if text.strip() in ("", "1"):
                continue
            try:
                parts.append(condition(text, self.meanings))
            except UntranslatableError as fault:
                self.draft.lacks(row.get("title", ""), f"relevance {text!r}: {fault}")
        told = logic.told(logic.both(*parts))
        for item in made if told != "all" else ():
            own = self.draft.ask_if.get(item)
            self.draft.ask_if[item] = f"({told}) and ({own})" if own else told


def _top(row: Row) -> bool:
    return row.get("parent_qid", "0") in ("0", "")


def _code(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else language.split("-")[0].lower()


def _number(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdigit() else 0


def _missing(label: Text) -> MissingKind | None:
    """The kind of missing answer whose fixed words these are, in every language."""
    kinds: tuple[MissingKind, ...] = ("dont_know", "refused")
    for kind in kinds:
        if label and all(words == missing_text(kind, lang) for lang, words in label.items()):
            return kind
    return None
