"""Answers and texts of a questionnaire, looked at item by item: exclusive options, how many may be
chosen, grids, texts missing in a language. Who reaches an item is looked at in routing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from survey.instrument.model import Item, Questionnaire, Scale, Text

MOST_TOLD = 40  # missing texts of a language told one by one
NONE_WORDS = ("none of", "none_of", "以上都没有", "以上都不", "没有以上", "都没有", "no_problem")
Tell = Callable[..., None]


class AnswerChecks:
    """The checks of one questionnaire; `fault` and `note` take what is told."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        items: Mapping[str, Item],
        scales: Mapping[str, Scale],
        languages: Sequence[str],
        *,
        fault: Tell,
        note: Tell,
    ) -> None:
        self.questionnaire, self.items, self.scales = questionnaire, items, scales
        self.languages, self.fault, self.note = languages, fault, note
        self.unspoken: dict[str, list[str]] = {}

    def exclusive(self, item: Item) -> None:
        scale = self.scales.get(item.scale or "")
        if item.exclusive and item.kind != "multiple":
            self.fault(f"'{item.id}' is {item.kind} and cannot have exclusive options")
        if scale is None:
            if item.kind == "number" and item.valid is None:
                self.note(
                    f"'{item.id}' is a number of any size", hint="give it a scale with a range"
                )
            return
        values = scale.values()
        if item.exclusive and set(item.exclusive) >= set(values):
            self.fault(f"every option of '{item.id}' excludes the others: it is a single answer")
        if item.most is not None and not 1 <= item.most <= len(values):
            self.fault(
                f"'{item.id}' takes at most {item.most} of {len(values)} options",
                expected=f"1 to {len(values)}",
            )
        if item.kind != "multiple":
            return
        for code, point in scale.points.items():
            words = " ".join([point.code, *point.text.values()]).lower()
            alike = any(word in words for word in NONE_WORDS) or point.code == "none"
            if alike and code not in item.exclusive:
                self.note(
                    f"option {code} of '{item.id}' reads as none of them, and does not exclude",
                    hint=f"exclusive: [{code}]",
                )

    def grids(self) -> None:
        for grid in self.questionnaire.grids:
            scales = {self.items[item].scale for item in grid if item in self.items}
            if len(scales) > 1:
                self.fault(f"the grid of {', '.join(grid[:3])} mixes scales")

    def texts(self, item: Item) -> None:
        self.spoken(item.text, f"item '{item.id}'")
        for part, text in (("hint", item.hint), ("message", item.valid_text)):
            if text:
                self.spoken(text, f"the {part} of '{item.id}'")

    def scale_texts(self, name: str, scale: Scale) -> None:
        for code, point in scale.points.items():
            self.spoken(point.text, f"option {code} of scale '{name}'")
        for code, text in scale.ends.items():
            self.spoken(text, f"end {code} of scale '{name}'")

    def spoken(self, text: Text, what: str) -> None:
        for lang in self.languages:
            if not text.get(lang, "").strip():
                self.unspoken.setdefault(lang, []).append(what)

    def untold(self) -> None:
        """Missing texts: one by one, or counted where a language is hardly there at all."""
        for lang, things in self.unspoken.items():
            if len(things) <= MOST_TOLD:
                for what in things:
                    self.fault(f"{what} has no text in {lang}")
            else:
                first = ", ".join(things[:3])
                self.fault(f"{len(things)} texts are missing in {lang}: {first} and more")
