"""How an item was put to people in one wave: everything a comparison of waves looks at.

An item has one id for ever; its wording, answers and place are those of the wave's questionnaire.
Which differences there are between two forms is worked out in differences.py, what they mean in
rules.yml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.instrument import expression
from survey.instrument.entry import Text
from survey.instrument.load import Instrument
from survey.instrument.model import Item, Scale

NOT_ASKED = ("key", "note", "computed", "file")  # nothing of theirs is compared
SECONDS = "seconds"  # length of the interview, see survey/clean/quality.py
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """One answer: its value in the data, its lasting name, its words by language."""

    value: int
    code: str
    text: Texts


@dataclass(frozen=True)
class Form:
    """An item as it was asked.

    Attributes
    ----------
    text, hint : by language
    options : in the order they were shown
    ends : value -> words, of a scale that is a range
    low, high : ends of the range, where the answers are one
    missing : code -> kind of missing answer
    route : who was asked, with the routes of the items that it looks at
    before : the item asked just before, "" at the beginning
    place : number of the item in the questionnaire, from 1
    derived : how it is made of another item; "" for a question
    """

    item: str
    kind: str
    text: Texts
    hint: Texts
    options: tuple[Option, ...]
    ends: Mapping[int, Texts]
    low: int | None
    high: int | None
    numeric: bool
    missing: Mapping[int, str]
    exclusive: tuple[int, ...]
    most: int | None
    show_if: Mapping[str, tuple[int, ...]]
    route: str
    before: str
    place: int
    derived: str

    @property
    def points(self) -> int:
        """How many answers there are to choose from; 0 where any number or text is one."""
        if self.low is not None and self.high is not None:
            return self.high - self.low + 1
        return len(self.options)


def compared_items(instrument: Instrument, *waves: str) -> list[str]:
    """Items that one of the waves asked, in the order of the latest that did, derived ones last."""
    asked: dict[str, None] = {}
    for wave in reversed(waves):
        asked |= dict.fromkeys(_questions(instrument, wave))
    order = [*asked, *(name for wave in waves for name in _technical(instrument, wave))]
    made = [i.id for i in instrument.items.values() if _source(instrument, i) != i.id]
    return [*asked, *(name for name in made if name not in order)]


def form_of(instrument: Instrument, wave: str, item: str) -> Form | None:
    """An item as the wave asked it; None where it did not."""
    questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
    asked = instrument.at(wave)
    entry = asked.items[item]
    order = _questions(asked, wave)
    source = _source(asked, entry)
    if source not in order:
        return None
    place = order.index(source)
    scale = asked.scales.get(entry.scale or "")
    return Form(
        item=item,
        kind=entry.kind,
        text=_spoken(entry.text),
        hint=_spoken(entry.hint),
        options=_options(scale),
        ends={k: _spoken(v) for k, v in sorted(scale.ends.items())} if scale else {},
        low=scale.range[0] if scale and scale.range else None,
        high=scale.range[1] if scale and scale.range else None,
        numeric=bool(scale and scale.numeric),
        missing=dict(sorted(scale.missing.items())) if scale else {},
        exclusive=tuple(entry.exclusive),
        most=entry.most,
        show_if={text: tuple(codes) for text, codes in sorted(entry.show_if.items())},
        route=route_of(asked, questionnaire.ask_if, source),
        before=order[place - 1] if place else "",
        place=place + 1,
        derived=_derived(entry),
    )


def route_of(instrument: Instrument, ask_if: Mapping[str, str], item: str) -> str:
    """Who is asked an item, as one condition: its own route and those of the items it looks at."""
    parts: dict[str, None] = {}
    waiting, met = [item], {item}
    while waiting:
        name = waiting.pop(0)
        for text in (instrument.items[name].universe, ask_if.get(name, "all")):
            if text.strip() == "all":
                continue
            parts[" ".join(text.split())] = None
            for used in sorted(expression.items_in(text, instrument.items)):
                if used in instrument.items and used not in met:
                    met.add(used)
                    waiting.append(used)
    if len(parts) == 1:
        return next(iter(parts))
    return " and ".join(f"({text})" for text in parts) or "all"


def _questions(instrument: Instrument, wave: str) -> list[str]:
    """What respondents were asked in a wave, in order."""
    order = instrument.questionnaires[instrument.waves[wave].questionnaire].order()
    technical = _technical(instrument, wave)
    kinds = {name: instrument.items[name].kind for name in order}
    return [name for name in order if kinds[name] not in NOT_ASKED and name not in technical]


def _technical(instrument: Instrument, wave: str) -> set[str]:
    """Numbers that nobody is asked: length of the interview, weight, sampling units."""
    design = instrument.waves[wave].design
    weight = [design.base_weight] if design.base_weight else []
    return {SECONDS, *weight, *design.units(), *design.fpc}


def _source(instrument: Instrument, item: Item) -> str:
    """The question an item comes from: itself, what it is derived of, or the open answer coded."""
    return item.derive.source if item.derive is not None else instrument.asked_as(item.id)


def _options(scale: Scale | None) -> tuple[Option, ...]:
    if scale is None or scale.range is not None:
        return ()
    return tuple(
        Option(value, point.code, _spoken(point.text)) for value, point in scale.points.items()
    )


def _derived(item: Item) -> str:
    if item.derive is None:
        return ""
    classes = ", ".join(f"{low}-{high}: {code}" for low, high, code in item.derive.classes)
    codes = ", ".join(f"{old}: {new}" for old, new in sorted(item.derive.recode.items()))
    return f"{item.derive.source}: {classes or codes or 'all codes'}"


def _spoken(text: Text) -> Texts:
    return {lang: " ".join(words.split()) for lang, words in sorted(text.items())}
