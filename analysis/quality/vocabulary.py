"""Signs, rules, items, headlines and distances as a page on quality calls them, in one language.

Decided here: which words stand for which thing. The words themselves are in words.yml (read by
words.py) and, for items and scales, in the instrument.
"""

from __future__ import annotations

from typing import Any

from analysis.quality.interviewerfindings import MISSING
from analysis.quality.words import said, say
from survey.instrument.load import Instrument


class Words:
    """Words of one language for signs, rules and items."""

    def __init__(self, instrument: Instrument, wave: str, language: str) -> None:
        self.instrument, self.wave, self.language = instrument, wave, language

    def say(self, name: str, **values: str) -> str:
        return say(name, self.language, **values)

    def sign(self, name: str) -> str:
        return self.say(f"sign_{name}") if said(f"sign_{name}") else name

    def rule(self, name: str) -> str:
        kind = name.partition(":")[0]
        told = self.say(f"rule_{kind}") if said(f"rule_{kind}") else kind
        return f"{told} · {name.partition(':')[2]}" if ":" in name else told

    def item(self, name: str) -> str:
        """An item, or one option of a set, as people read it."""
        if name == MISSING:
            return self.say("icc_missing")
        base, _, option = name.rpartition("__")
        items = self.instrument.items
        if name not in items and base in items:
            item = items[base]
            scale = self.instrument.scales.get(item.scale or "")
            if scale is not None and option.isdigit():
                return f"{item.label(self.language)} · {scale.text(int(option), self.language)}"
        return items[name].label(self.language) if name in items else name

    def headline(self, row: Any) -> str:
        """An indicator with its category."""
        indicator = next(i for i in self.instrument.study.indicators if i.id == row.indicator)
        told = self.item(indicator.item)
        category = str(row.category)
        if not category:
            return told
        scale = self.instrument.scale_of(indicator.item)
        if category in scale.group_text:
            return f"{told} · {scale.group_text[category][self.language]}"
        codes = {scale.code(value): value for value in scale.values()}
        text = scale.text(codes[category], self.language) if category in codes else category
        return f"{told} · {text}"

    def distance(self, value: float, unit: str) -> str:
        """A difference in the words of its unit."""
        if unit == "share":
            return self.say("band_points", value=f"{100 * value:.1f}")
        return self.say("band_score", value=f"{value:.2f}")

    def least(self) -> str:
        """The fewest interviews of which something is told."""
        return f"{self.instrument.policy('min_cell'):g}"
