"""The variables of a wave's clean data, in the order of the questionnaire, for codebook and DDI.

Decided here: a multiple-response set is one variable per option, notes are none, and the weight of
a calibrated wave is a variable of its own. Words for kinds and missing answers are in words.yml.
"""

from __future__ import annotations

from dataclasses import dataclass

from survey.exchange.draft import SECONDS, Draft, draft_of
from survey.exchange.words import missing_text, word
from survey.instrument.load import Instrument
from survey.instrument.model import Item, Scale, Text, Wave

WEIGHT = "weight"  # the column of weights.parquet
NOT_KEPT = ("note", "open")
CHOSEN = {"en": ("not chosen", "chosen"), "zh": ("未选", "选了")}


@dataclass(frozen=True)
class Category:
    value: int
    text: Text
    code: str = ""
    missing: str = ""  # kind of missing answer


@dataclass(frozen=True)
class Variable:
    """One column of the clean data."""

    name: str
    item: Item
    label: Text
    question: Text
    categories: tuple[Category, ...] = ()
    range: tuple[int, int] | None = None
    option: int | None = None  # of a set
    asked: str = "all"
    column: str = ""  # of the raw file
    weight: bool = False

    @property
    def weighted(self) -> bool:
        """Whether estimates of it use the weight: answers do, keys and times do not."""
        return not self.weight and self.item.kind in ("single", "multiple", "number", "ranking")


@dataclass
class Dictionary:
    """All variables of a wave and what belongs together."""

    draft: Draft
    variables: list[Variable]
    sets: dict[str, list[str]]
    grids: list[list[str]]
    weight: str | None


def dictionary(instrument: Instrument, wave_name: str | None) -> Dictionary:
    """The variables of a wave, or of the only questionnaire where there is no wave yet."""
    draft = draft_of(instrument, wave=wave_name)
    wave = instrument.waves.get(wave_name or "") or (
        list(instrument.waves.values())[-1] if instrument.waves else None
    )
    base = wave.design.base_weight if wave else None
    variables, sets = [], {}
    derived = [i for i in instrument.items.values() if i.derive is not None]
    for item in [*draft.items.values(), *derived]:
        if item.kind in NOT_KEPT:
            continue
        if item.scale and item.scale not in draft.scales:
            draft.scales[item.scale] = instrument.scales[item.scale]
        made = _of_item(item, draft, wave, base)
        variables += made
        if item.kind == "multiple":
            sets[item.id] = [variable.name for variable in made]
    weight = base
    if wave is not None and wave.calibrate is not None:
        weight = WEIGHT
        text = {lang: word("calibrated_weight", lang) for lang in draft.languages}
        item = Item(id=WEIGHT, kind="number", text=text)
        variables.append(Variable(WEIGHT, item, text, {}, weight=True))
    return Dictionary(draft, variables, sets, draft.grids, weight)


def _of_item(item: Item, draft: Draft, wave: Wave | None, base: str | None) -> list[Variable]:
    scale = draft.scale_of(item)
    place = wave.columns.get(item.id) if wave else None
    column = (place.column or "") if place else ""
    label = dict(item.short or item.text)
    asked = draft.ask_if.get(item.id, item.universe)
    if item.kind != "multiple" or scale is None:
        return [
            Variable(
                item.id,
                item,
                label,
                dict(item.text),
                _categories(scale, draft, item),
                scale.range if scale else None,
                asked=asked,
                column=column,
                weight=item.id == base,
            )
        ]
    options = []
    for code in scale.values():
        point = scale.points.get(code)
        text = dict(point.text) if point else {lang: str(code) for lang in draft.languages}
        told = {lang: f"{label.get(lang, '')}: {text.get(lang, '')}" for lang in draft.languages}
        raw = place.columns.get(code, column) if place else ""
        marks = {lang: CHOSEN.get(lang, CHOSEN["en"]) for lang in draft.languages}
        categories = tuple(
            Category(value, {lang: both[value] for lang, both in marks.items()}) for value in (0, 1)
        )
        options.append(
            Variable(
                f"{item.id}__{code}",
                item,
                told,
                dict(item.text),
                categories,
                option=code,
                asked=asked,
                column=raw,
            )
        )
    return options


def _categories(scale: Scale | None, draft: Draft, item: Item) -> tuple[Category, ...]:
    if scale is None:
        return ()
    missing = [
        Category(code, {lang: missing_text(kind, lang) for lang in draft.languages}, missing=kind)
        for code, kind in scale.missing.items()
    ]
    if item.kind == "number" or item.id == SECONDS:
        return tuple(missing)
    points = [
        Category(
            code,
            {lang: scale.text(code, lang) for lang in draft.languages}
            if scale.range
            else dict(scale.points[code].text),
            scale.code(code),
        )
        for code in scale.values()
    ]
    return (*points, *missing)
