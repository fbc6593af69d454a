"""A paper questionnaire: what stands on it, before it is HTML or Word.

Decided here: numbering (a grid is one question with lettered rows), the routing instructions above
questions and beside options, and the instruction of every kind of question. How it looks is
decided in paper_html.py and paper_docx.py, which only draw these parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from survey.exchange.draft import Draft, Unexpressed
from survey.exchange.told import Teller, words_of
from survey.exchange.words import missing_text, word
from survey.instrument.model import Item, Scale

ENTERED = ("dont_know", "refused")
MOST_POINTS_IN_A_ROW = 11  # of a numeric scale drawn as a row of boxes
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Option:
    """One box. mark: `one` (a circle), `many` (a square) or `rank` (a line for a number)."""

    text: str
    mark: str
    jump: str = ""


@dataclass(frozen=True)
class Question:
    """What is drawn as one question.

    Attributes
    ----------
    kind : options, row (boxes side by side), grid, line, lines, boxes (numbers), text
    heads : over the columns of a grid, or over the boxes of a row
    rows : of a grid, with their letters
    """

    number: str
    text: str
    kind: str
    instruction: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Who answers the questions that follow."""

    text: str


@dataclass(frozen=True)
class Heading:
    text: str


Part = Question | Filter | Heading


@dataclass
class Paper:
    """A questionnaire in one language."""

    title: str
    lang: str
    parts: list[Part] = field(default_factory=list)
    end: str = ""
    not_said: list[Unexpressed] = field(default_factory=list)


def paper(draft: Draft, lang: str) -> Paper:
    """Lay out a questionnaire in one language."""
    return _Layout(draft, lang).paper


class _Layout:
    def __init__(self, draft: Draft, lang: str) -> None:
        self.draft, self.lang = draft, lang
        self.paper = Paper(words_of(draft.title, lang), lang, end=word("end", lang))
        self.units = self._units()
        self.numbers = self._numbers()
        self.teller = Teller(draft, lang, self.numbers)
        self._parts()
        for name in draft.technical:
            self.lacks(name, "no question: set by whoever collects the answers")
        for item in draft.items.values():
            if item.valid or "constraint" in item.form:
                self.lacks(item.id, "that only some answers are taken")
            if "relevant" in item.form:
                self.lacks(item.id, f"who is asked: {item.form['relevant']}")

    def lacks(self, where: str, what: str) -> None:
        self.paper.not_said.append(Unexpressed(where, what))

    def _units(self) -> list[list[Item]]:
        """Questions in order; the items of a grid together where they stand together."""
        asked = [i for i in self.draft.asked() if i.kind not in ("key", "computed", "tokens")]
        place = {item.id: number for number, item in enumerate(asked)}
        units, used = [], set()
        for item in asked:
            if item.id in used:
                continue
            grid = next((g for g in self.draft.grids if item.id in g), [item.id])
            run = [item]
            for following in asked[place[item.id] + 1 :]:
                if following.id not in grid or not self._alike(item, following):
                    break
                run.append(following)
            used |= {entry.id for entry in run}
            units.append(run)
        return units

    def _alike(self, one: Item, other: Item) -> bool:
        same = one.scale == other.scale and one.kind == other.kind == "single"
        return same and self.draft.ask_if.get(one.id) == self.draft.ask_if.get(other.id)

    def _numbers(self) -> dict[str, str]:
        numbers, number = {}, 0
        for unit in self.units:
            if unit[0].kind == "note":
                continue
            number += 1
            for place, item in enumerate(unit):
                letter = _LETTERS[place] if len(unit) > 1 and place < len(_LETTERS) else ""
                numbers[item.id] = f"{number}{letter}"
        return numbers

    def _parts(self) -> None:
        previous: str | None = None
        group: tuple[str, ...] = ()
        for place, unit in enumerate(self.units):
            path = self._path(unit[0].id)
            self._headings(group, path)
            group = path
            route = self.draft.ask_if.get(unit[0].id)
            if route is not None and route != previous:
                self.paper.parts.append(Filter(self._filter(place, route)))
            previous = route
            self.paper.parts.append(self._question(unit))

    def _path(self, item: str) -> tuple[str, ...]:
        return next((tuple(b.groups) for b in self.draft.blocks if item in b.items), ())

    def _headings(self, before: tuple[str, ...], now: tuple[str, ...]) -> None:
        same = 0
        while same < min(len(before), len(now)) and before[same] == now[same]:
            same += 1
        for name in now[same:]:
            entry = self.draft.groups[name]
            text = words_of(entry.text, self.lang)
            if text:
                self.paper.parts.append(Heading(self._piped(text)))
            if entry.repeat:
                self.paper.parts.append(Filter(word("asked_again", self.lang)))

    def _filter(self, place: int, route: str) -> str:
        last = place
        while (
            last + 1 < len(self.units)
            and self.draft.ask_if.get(self.units[last + 1][0].id) == route
        ):
            last += 1
        told = self.teller.condition(route)
        asked = [
            i.id for unit in self.units[place : last + 1] for i in unit if i.id in self.numbers
        ]
        if len(asked) > 1:
            first, final = (re.sub("[a-z]$", "", self.numbers[i]) for i in (asked[0], asked[-1]))
            if first != final:
                ends = [word("question", self.lang, number=number) for number in (first, final)]
                return word(
                    "only_if_several", self.lang, first=ends[0], last=ends[1], condition=told
                )
        return word("only_if", self.lang, condition=told)

    def _piped(self, text: str) -> str:
        def answer(found: re.Match) -> str:
            return word("answer_to", self.lang, question=self.teller.question(found[1]))

        return re.sub(r"\$\{([^}]+)\}", answer, text)

    # -- questions -----------------------------------------------------------------------------

    def _question(self, unit: list[Item]) -> Question:
        if len(unit) > 1:
            return self._grid(unit)
        item = unit[0]
        made = self._of_kind(item, self.draft.scale_of(item))
        hint = self._piped(words_of(item.hint, self.lang)) if item.hint else ""
        instruction = made.instruction
        if item.required:
            instruction = f"{instruction} {word('required', self.lang)}".strip()
        return replace(made, hint=hint, instruction=instruction, items=(item.id,))

    def _base(self, item: Item) -> dict[str, Any]:
        text = self._piped(words_of(item.text, self.lang))
        return {"number": self.numbers.get(item.id, ""), "text": text}

    def _of_kind(self, item: Item, scale: Scale | None) -> Question:
        base = self._base(item)
        if item.kind == "note":
            return Question(**base, kind="text")
        if item.kind in ("single", "multiple", "ranking") and scale is not None:
            return self._choices(item, scale, base)
        if item.kind == "number":
            return self._number(scale, base)
        if item.kind == "open":
            return Question(**base, kind="lines")
        key = {"date": "date_answer", "time": "time_answer", "datetime": "datetime_answer"}.get(
            item.kind
        )
        if key:
            return Question(**base, kind="line", heads=(word(key, self.lang),))
        told = word("place_answer" if item.kind == "place" else "file_answer", self.lang)
        return Question(**base, kind="lines", instruction=told)

    def _choices(self, item: Item, scale: Scale, base: dict[str, Any]) -> Question:
        mark = {"single": "one", "multiple": "many", "ranking": "rank"}[item.kind]
        in_a_row = scale.range is not None and len(scale.values()) <= MOST_POINTS_IN_A_ROW
        missing = [
            Option(missing_text(kind, self.lang), mark, self._jump(item, code))
            for code, kind in scale.missing.items()
            if kind in ENTERED
        ]
        if in_a_row and item.kind == "single":
            heads = tuple(str(value) for value in scale.values())
            ends = tuple(
                words_of(scale.ends[value], self.lang) if value in scale.ends else ""
                for value in (scale.values()[0], scale.values()[-1])
            )
            return Question(
                **base,
                kind="row",
                instruction=word("one_answer", self.lang),
                heads=heads,
                rows=ends,
                options=tuple(missing),
            )
        options = [
            Option(self._option(item, scale, code), mark, self._jump(item, code))
            for code in scale.values()
        ]
        return Question(
            **base,
            kind="options",
            instruction=self._instruction(item),
            options=(*options, *missing),
        )

    def _instruction(self, item: Item) -> str:
        if item.kind == "single":
            return word("one_answer", self.lang)
        if item.kind == "ranking":
            most = f" {word('rank_most', self.lang, most=item.most)}" if item.most else ""
            return word("rank_answers", self.lang) + most
        if item.most:
            return word("most_answers", self.lang, most=item.most)
        return word("several_answers", self.lang)

    def _option(self, item: Item, scale: Scale, code: int) -> str:
        point = scale.points.get(code)
        text = self._piped(words_of(point.text, self.lang)) if point else str(code)
        if code in item.exclusive:
            text = f"{text} {word('excludes', self.lang)}"
        bound = [condition for condition, codes in item.show_if.items() if code in codes]
        if bound:
            told = self.teller.condition(bound[0])
            text = word("offered_if", self.lang, text=text, condition=told)
        return text

    def _jump(self, item: Item, code: int) -> str:
        """The arrow beside an option of a single answer."""
        if item.kind != "single":
            return ""
        following = self.teller.after(item.id, code)
        if following is None:
            return ""
        while following and following not in self.numbers:  # a note, then what is behind it
            order = [entry.id for entry in self.draft.asked()]
            behind = order[order.index(following) + 1 :]
            following = behind[0] if behind else ""
        if not following:
            return word("go_to_end", self.lang)
        return word("go_to", self.lang, question=self.teller.question(following))

    def _number(self, scale: Scale | None, base: dict[str, Any]) -> Question:
        if scale is None or scale.range is None:
            told = word("number_any", self.lang)
            return Question(**base, kind="boxes", instruction=told, heads=("",) * 6)
        low, high = scale.range
        told = word("number_between", self.lang, low=low, high=high)
        boxes = ("",) * max(len(str(low)), len(str(high)))
        missing = [
            Option(missing_text(kind, self.lang), "one")
            for kind in scale.missing.values()
            if kind in ENTERED
        ]
        return Question(**base, kind="boxes", instruction=told, heads=boxes, options=tuple(missing))

    def _grid(self, unit: list[Item]) -> Question:
        scale = self.draft.scale_of(unit[0])
        assert scale is not None
        texts = [self._piped(words_of(item.text, self.lang)) for item in unit]
        stem, rows = _stem(texts)
        heads = [words_of(p.text, self.lang) for p in scale.points.values()]
        if scale.range is not None:
            heads = [scale.text(value, self.lang) for value in scale.values()]
        heads += [missing_text(k, self.lang) for k in scale.missing.values() if k in ENTERED]
        number = re.sub("[a-z]$", "", self.numbers[unit[0].id])
        lettered = [f"{_LETTERS[p % 26]}. {row}" for p, row in enumerate(rows)]
        return Question(
            number,
            stem,
            "grid",
            instruction=word("grid_answers", self.lang),
            heads=tuple(heads),
            rows=tuple(lettered),
            items=tuple(item.id for item in unit),
        )


def _stem(texts: list[str]) -> tuple[str, list[str]]:
    """What all rows of a grid begin with, up to a dash, and the rows without it."""
    starts = {text.split(" – ")[0] for text in texts if " – " in text}
    if len(starts) == 1 and all(" – " in text for text in texts):
        return starts.pop(), [text.split(" – ", 1)[1] for text in texts]
    return "", texts
