"""Import a LimeSurvey structure (.lss).

Decided here: kinds by LimeSurvey's one-letter types, arrays as grids of items, the columns of its
export by question code. What has no place in our files is listed. Rows and texts: lss_tables.py;
answers as scales: lss_scales.py.
"""

from __future__ import annotations

import re
from pathlib import Path

from survey.exchange import logic
from survey.exchange.draft import Draft, Names, code_word, slug
from survey.exchange.lss_logic import condition
from survey.exchange.lss_scales import Scales
from survey.exchange.lss_tables import Row, Tables, number, read_tables, top
from survey.exchange.markup import plain
from survey.exchange.xpath_in import UntranslatableError
from survey.instrument.model import Block, Column, Group, Item, ItemKind, Point, Scale, Text

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


def read_lss(path: Path) -> Draft:
    """A .lss file as a draft.

    Raises
    ------
    DataError
        If it is missing, too large, has a DTD, or is no LimeSurvey survey.
    """
    return _Survey(Tables(*read_tables(Path(path))), Path(path).stem).read()


class _Survey:
    def __init__(self, tables: Tables, name: str) -> None:
        self.tables = tables
        self.draft = Draft(slug(name, "form"), languages=tables.languages())
        self.draft.raw = {"origin": "csv"}
        self.scales = Scales(self.draft, tables)
        self.names = Names()
        self.meanings: dict[str, tuple[Item, int | None, dict[str, int]]] = {}

    def read(self) -> Draft:
        for row in self.tables.rows.get("surveys_languagesettings", []):
            lang = self.tables.codes.get(row.get("surveyls_language", ""))
            if lang and row.get("surveyls_title"):
                self.draft.title[lang] = plain(row["surveyls_title"])
        if not self.draft.title:
            self.draft.title = {self.draft.languages[0]: self.draft.name}
        questions = self.tables.unique("questions", "qid")
        relevances = []
        for group in sorted(
            self.tables.unique("groups", "gid"), key=lambda g: number(g.get("group_order"))
        ):
            items: list[str] = []
            members = [q for q in questions if q.get("gid") == group["gid"] and top(q)]
            outer = group.get("grelevance", "")
            for question in sorted(members, key=lambda q: number(q.get("question_order"))):
                made = self._question(question)
                items += made
                relevances.append((made, question, outer))
            name = Names(self.draft.groups).new(
                slug(
                    self.tables.text("group", group, "group_name").get("en", "")
                    or f"group{group['gid']}",
                    "group",
                )
            )
            text = self.tables.text("group", group, "group_name")
            self.draft.groups[name] = Group(text=text)
            if group.get("randomization_group"):
                self.draft.lacks(f"group {name}", "its place among groups is random")
            if items:
                self.draft.blocks.append(Block(id=name, items=items, groups=[name]))
        for made, question, outer in relevances:
            self._relevance(made, question, outer)
        for name in ("quota", "assessments"):
            if self.tables.rows.get(name):
                self.draft.lacks(name, "it has no place in a questionnaire")
        if self.tables.formatted:
            self.draft.lacks("wordings", f"formatting (HTML) of {self.tables.formatted} texts")
        return self.draft

    def _question(self, row: Row) -> list[str]:
        title, kind = row.get("title", ""), row.get("type", "")
        text = self.tables.text("questions", row, "question")
        if not text and kind not in ARRAYS:
            text = {self.draft.languages[0]: title}
            self.draft.lacks(title, "it has no wording; its code stands for it")
        hint = self.tables.text("questions", row, "help")
        more = {"hint": hint, "required": row.get("mandatory") == "Y", "form": {"limesurvey": kind}}
        subs = [
            q
            for table in ("subquestions", "questions")
            for q in self.tables.unique(table, "qid")
            if q.get("parent_qid") == row["qid"] and q.get("scale_id", "0") in ("0", "")
        ]
        subs.sort(key=lambda q: number(q.get("question_order")))
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
            scale, codes = self.scales.of(row, title, kind)
        elif found == "number":
            scale = self.scales.range(row, title)
        name = self._item(title, found, text, scale=scale, **more)
        self.meanings[title] = (self.draft.items[name], None, codes)
        if found == "ranking" and scale is not None:
            ranks = range(1, self.scales.ranks(row, len(self.draft.scales[scale].values())) + 1)
            columns = {rank: f"{title}[{rank}]" for rank in ranks}
            self.draft.columns[name] = Column(columns=columns, by="rank")
        elif found not in ("note", "computed"):
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
            label = self.tables.text("questions", sub, "question") or {
                self.draft.languages[0]: sub["title"]
            }
            short = code_word(label.get("en") or sub["title"], f"c{code}")
            points[code] = Point(code=words.new(short), text=label)
            columns[code] = f"{title}[{sub['title']}]"
            codes[sub["title"]] = code
        if not points:
            self.draft.lacks(title, "a set without options")
            points = {1: Point(code="none", text={self.draft.languages[0]: "-"})}
        scale = self.scales.kept(Scale(points=points), title)
        told = self.tables.attributes.get(row["qid"], {})
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
        scale, codes = self.scales.of(row, title, kind) if found == "single" else (None, {})
        if kind in ":;1":
            self.draft.lacks(title, "its second scale: only the rows become items")
        made = []
        for sub in subs:
            label = self.tables.text("questions", sub, "question")
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

    def _listed(self, row: Row, title: str) -> None:
        told = self.tables.attributes.get(row["qid"], {})
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
