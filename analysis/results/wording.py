"""Codes and numbers in a language: what a figure, table, sentence or page prints.

Words come from the instrument (scales, items, titles) and from words.yml beside this file; number
formats are decided here and are the same everywhere. Rounding is half away from zero on the
decimal text, so that a slide, a table and a sentence show one number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from survey.errors import ReportError, one_of
from survey.instrument.load import Instrument
from survey.io.yamlfile import read_yaml

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"


@dataclass(frozen=True)
class Words:
    """Words of one language for one or several studies."""

    lang: str
    instruments: Mapping[str, Instrument]
    phrases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, instruments: Mapping[str, Instrument], lang: str) -> Words:
        path = Path(__file__).with_name("words.yml")
        return cls(lang, instruments, read_yaml(path, path.name).data)

    # -- words ---------------------------------------------------------------------------------

    def phrase(self, name: str, **values: object) -> str:
        """A phrase of words.yml with its blanks filled."""
        if name not in self.phrases:
            raise ReportError(f"words.yml has no phrase '{name}'")
        return self.phrases[name][self.lang].format(**values)

    def study(self, study: str) -> str:
        return self._study(study).study.title[self.lang]

    def universe(self, study: str) -> str:
        return self._study(study).study.universe[self.lang]

    def indicator(self, indicator: str, study: str | None = None) -> str:
        for instrument in self._some(study):
            for entry in instrument.study.indicators:
                if entry.id == indicator:
                    return entry.text[self.lang]
            if indicator in instrument.items:
                return instrument.items[indicator].label(self.lang)
        return indicator

    def question(self, indicator: str, study: str | None = None) -> str:
        """Full wording of the question behind an indicator; "" if it is none of the study's."""
        for instrument in self._some(study):
            for entry in instrument.study.indicators:
                if entry.id == indicator and entry.item in instrument.items:
                    return instrument.items[entry.item].text[self.lang]
        return ""

    def variable(self, item: str, study: str | None = None) -> str:
        for instrument in self._some(study):
            if item in instrument.items:
                return instrument.items[item].label(self.lang)
        return item

    def category(self, indicator: str, category: str, study: str | None = None) -> str:
        """Words of a point or group of the scale behind an indicator."""
        for instrument in self._some(study):
            for entry in instrument.study.indicators:
                if entry.id == indicator and entry.item in instrument.items:
                    found = self._of_scale(instrument, entry.item, category)
                    if found is not None:
                        return found
        return category

    def level(self, domain: str, study: str | None = None) -> str:
        """``level("sex=male")`` is 男 / Men; several pairs are joined; ``all`` is everybody."""
        if domain == "all":
            return self.phrase("everybody")
        parts = []
        for pair in domain.split("&"):
            item, _, code = pair.partition("=")
            parts.append(self._level(item, code, study))
        return self.phrase("level_join").join(parts)

    def wave(self, wave: str, study: str | None = None) -> str:
        """2018H1 is 2018年上半年 / the first half of 2018; 2018Q1 likewise; others as they are."""
        year, mark, part = wave[:4], wave[4:5], wave[5:]
        name = {"H": "half", "Q": "quarter"}.get(mark)
        if name and year.isdigit() and part.isdigit():
            return self.phrase(f"{name}_{part}", year=year)
        return wave

    def levels(self, item: str, study: str) -> list[str]:
        """Point codes of an item's scale in questionnaire order, for sorting."""
        scale = self._study(study).scale_of(item)
        return [scale.code(value) for value in scale.values()]

    # -- numbers -------------------------------------------------------------------------------

    def percent(self, share: float, digits: int = 1) -> str:
        """0.415 is 41.5%."""
        return ABSENT if _absent(share) else f"{self.decimal(share * 100, digits)}%"

    def points(self, score: float, digits: int = 1) -> str:
        return ABSENT if _absent(score) else self.decimal(score, digits)

    def signed(self, value: float, digits: int = 1) -> str:
        if _absent(value):
            return ABSENT
        text = self.decimal(value, digits)
        return text if text.startswith(MINUS) or not float(text) else f"+{text}"

    def thousands(self, count: float) -> str:
        return (
            ABSENT
            if _absent(count)
            else f"{int(Decimal(str(count)).quantize(Decimal(1), ROUND_HALF_UP)):,}"
        )

    def decimal(self, value: float, digits: int) -> str:
        """Fixed decimals, half away from zero, a true minus sign, never a negative zero."""
        step = Decimal(1).scaleb(-digits)
        shown = Decimal(f"{value:.10g}").quantize(step, ROUND_HALF_UP)
        return f"{abs(shown)}" if not shown else f"{shown}".replace("-", MINUS)

    def imputed(self, *shares: float) -> str:
        """``imputed(0.024)`` is 2.4% imputed; of several the range; "" where nothing is."""
        known = [share for share in shares if not _absent(share)]
        if not any(known):
            return ""
        low, high = self.percent(min(known)), self.percent(max(known))
        told = low if low == high else self.phrase("imputed_range", low=low, high=high)
        return self.phrase("imputed", share=told)

    # -- inside --------------------------------------------------------------------------------

    def _study(self, study: str) -> Instrument:
        if study not in self.instruments:
            raise ReportError(f"no words for study '{study}'", expected=one_of(self.instruments))
        return self.instruments[study]

    def _some(self, study: str | None) -> list[Instrument]:
        return [self._study(study)] if study else list(self.instruments.values())

    def _of_scale(self, instrument: Instrument, item: str, code: str) -> str | None:
        name = instrument.items[item].scale
        if name is None:
            return None
        scale = instrument.scales[name]
        if code in scale.group_text:
            return scale.group_text[code][self.lang]
        for value in scale.values():
            if scale.code(value) == code:
                return scale.text(value, self.lang)
        return None

    def _level(self, item: str, code: str, study: str | None) -> str:
        for instrument in self._some(study):
            if item in instrument.items:
                found = self._of_scale(instrument, item, code)
                if found is not None:
                    return found
        return code


def _absent(value: float | None) -> bool:
    return value is None or math.isnan(value)
