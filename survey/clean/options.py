"""From a raw cell to the code of a scale: numbers, words in any language, aliases, the map's codes.

Decided here, in this order: the map's own `codes`; the platform's words for a missing answer; the
map's `pattern`; a number that is a code of the scale (after `shift`); words of the scale; words
the file itself gives a value. What cannot be told is never guessed: it comes back as `Unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from survey.clean.cells import cell_text, folded, number_in
from survey.errors import did_you_mean, one_of
from survey.instrument.model import Column, MissingKind, Scale


@dataclass(frozen=True)
class Unknown:
    """A cell that no rule turns into a code; `hint` where the reason is known already."""

    text: str
    hint: str = ""


class Options:
    """The answers one item accepts in one raw column.

    Parameters
    ----------
    scale : Scale or None
        None for a number without a scale: every number is accepted.
    column : Column
        The item's place in the wave's column map.
    value_labels : value -> words
        As the file gives them for this column.
    missing_words : cell -> kind of missing answer
    numbers : bool
        Accept every number, also one outside the scale (items of kind number; rules.py looks at
        the range).
    """

    def __init__(
        self,
        scale: Scale | None,
        column: Column,
        *,
        value_labels: Mapping[float | str, str] | None = None,
        missing_words: Mapping[str, MissingKind] | None = None,
        numbers: bool = False,
    ) -> None:
        self.scale = scale
        self.column = column
        self.numbers = numbers
        self.pattern = re.compile(column.pattern) if column.pattern else None
        self.labels = {cell_text(value): text for value, text in (value_labels or {}).items()}
        self.missing_words = missing_words or {}
        self.codes = set(scale.values()) | set(scale.missing) if scale else set()
        self.words = words_of(scale) if scale else {}

    def code(self, cell: float | str) -> float | Unknown | None:
        """The code of a cell; None where it stands for a missing answer without a code."""
        text = cell_text(cell)
        if text in self.column.codes:
            return self.column.codes[text]
        if text in self.missing_words:
            return self.scale.missing_code(self.missing_words[text]) if self.scale else None
        if self.pattern is not None:
            found = self.pattern.search(text)
            if found is None:
                return Unknown(text, f"it does not fit the pattern {self.column.pattern!r}")
            text = (found[1] or "").strip() if found.groups() else found[0]
            if text in self.column.codes:
                return self.column.codes[text]
        return self._own(text, typed=isinstance(cell, float))

    def _own(self, text: str, *, typed: bool) -> float | Unknown:
        """The code of a number or of words; `typed`: the file holds it as a number."""
        number = number_in(text)
        value = None if number is None else number + self.column.shift
        word = self.words.get(folded(text))
        if value is not None and (value in self.codes or self.numbers):
            if typed or self.column.shift or word in (None, value):
                return value
            return Unknown(text, f"it is code {value:g} and also the wording of {word}: use codes:")
        if word is not None:
            return word
        word = self.words.get(folded(self.labels.get(text, "")))
        return Unknown(text) if word is None else word

    def hint(self, text: str) -> str:
        """What might help with an unknown cell."""
        if self.scale is None or self.numbers:
            return "a pattern in the column map takes a number out of a cell"
        value = number_in(text)
        if value is not None and self.scale.range and value == self.scale.range[1] + 1:
            return "one above the scale: if the file counts options from 1, set shift: -1"
        return did_you_mean(text, self.near())

    def near(self) -> list[str]:
        """What a person may have meant: the wordings, then the codes."""
        return [*self.wordings(), *(str(code) for code in sorted(self.codes))]

    def wordings(self) -> list[str]:
        points = self.scale.points.values() if self.scale else ()
        return [text for point in points for text in (*point.text.values(), *point.aliases)]

    def expected(self) -> str:
        """The accepted answers, for a message."""
        if self.scale is None:
            return "a number"
        if self.scale.range is not None:
            low, high = self.scale.range
            codes = ", ".join(str(code) for code in self.scale.missing)
            return f"{low} to {high}" + (f", or missing {codes}" if codes else "")
        first = [next(iter(point.text.values())) for point in self.scale.points.values()]
        return one_of(f"{code} {text}" for code, text in zip(self.scale.points, first, strict=True))

    def conflicts(self) -> list[tuple[str, str, int]]:
        """Values whose words in the file belong to another code: (value, words, that code)."""
        found = []
        for value, words in self.labels.items():
            number = number_in(value)
            code = self.words.get(folded(words))
            if number is None or code is None or value in self.column.codes:
                continue
            own = number + self.column.shift
            if own in self.codes and own != code:
                found.append((value, words, code))
        return found


def words_of(scale: Scale) -> dict[str, int]:
    """Every wording of a point -> its code: texts in all languages, aliases, its name."""
    if scale.range is not None:
        return {folded(text): code for code, ends in scale.ends.items() for text in ends.values()}
    words: dict[str, int] = {}
    for code, point in scale.points.items():
        for text in (*point.text.values(), *point.aliases, point.code):
            words.setdefault(folded(text), code)
    return words
