"""Scales of a Qualtrics survey: points with the codes an export writes for choices.

Decided here: a choice's code is its recode value; where two choices share one, the second gets a
number of its own and is listed, since an export cannot tell them apart. Equal scales are one.
"""

from __future__ import annotations

from typing import Any

from survey.exchange.draft import Draft, Names, code_word, slug
from survey.exchange.markup import plain
from survey.exchange.qsf_payload import number, ordered
from survey.exchange.qsf_texts import Texts
from survey.instrument.model import Point, Scale


class Scales:
    """Scales made so far, in a draft."""

    def __init__(self, draft: Draft, texts: Texts) -> None:
        self.draft, self.texts = draft, texts
        self.names = Names()

    def numeric(self, tag: str, low: int | None, high: int | None) -> str | None:
        """A scale from low to high, where both are known."""
        if low is None or high is None or low >= high:
            return None
        name = self.names.new(slug(tag))
        self.draft.scales[name] = Scale(range=(low, high), numeric=True)
        return name

    def of(
        self, payload: dict[str, Any], part: str, order: str, tag: str
    ) -> tuple[str, dict[str, int]]:
        recodes = payload.get("RecodeValues")
        recodes = recodes if isinstance(recodes, dict) else {}
        named = payload.get("VariableNaming")
        named = named if isinstance(named, dict) else {}
        points: dict[int, Point] = {}
        codes: dict[str, int] = {}
        words = Names()
        choices = ordered(payload, part, order)
        wanted = {key: number(recodes.get(key)) for key, _ in choices}
        free = max(
            [
                0,
                *(v for v in wanted.values() if v is not None),
                *(number(k) or 0 for k, _ in choices),
            ]
        )
        for key, choice in choices:
            code = wanted[key] if wanted[key] is not None else number(key)
            if code is None or code in points:
                free += 1
                told = f"choice '{plain(str(choice.get('Display', '')))}'"
                self.draft.lacks(
                    tag,
                    f"{told} has the same recode value {code} as another; an export cannot tell "
                    f"them apart, here it is {free}",
                )
                code = free
            codes[key] = code
            text = self.texts.of_choice(payload, part, key)
            name = str(named.get(key) or "")
            short = code_word(name or text.get("en") or next(iter(text.values())), f"c{code}")
            aliases = [name] if name and name not in text.values() else []
            points[code] = Point(code=words.new(short), text=text, aliases=aliases)
        if not points:
            points = {0: Point(code="none", text={self.texts.language: "-"})}
            self.draft.lacks(tag, "it has no choices of its own")
        scale = Scale(points=points)
        for known, other in self.draft.scales.items():
            if other == scale:
                return known, codes
        name = self.names.new(slug(tag))
        self.draft.scales[name] = scale
        return name, codes

    def not_exported(self, payload: dict[str, Any], codes: dict[str, int]) -> set[int]:
        """Options an export has no column for: kept out of the analysis, or coded twice."""
        out = payload.get("AnalyzeChoices")
        out = out if isinstance(out, dict) else {}
        hidden = {codes[key] for key, said in out.items() if said == "No" and key in codes}
        recodes = payload.get("RecodeValues")
        recodes = recodes if isinstance(recodes, dict) else {}
        for key, code in codes.items():
            if number(recodes.get(key)) not in (None, code):
                hidden.add(code)
        return hidden

    def doubled(self, payload: dict[str, Any], codes: dict[str, int], scale: str) -> list[str]:
        """Words an export writes for choices that share a recode value with another one."""
        recodes = payload.get("RecodeValues")
        recodes = recodes if isinstance(recodes, dict) else {}
        points = self.draft.scales[scale].points
        words = []
        for key, code in codes.items():
            if number(recodes.get(key)) not in (None, code):
                words += [*points[code].text.values(), *points[code].aliases]
        return words
