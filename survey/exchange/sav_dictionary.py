"""Import an SPSS dictionary (.sav, .zsav): wordings, value labels, user-missing, sets.

Decided here: which variables are one answer, a number or text; a variable whose unlabelled values
fill a run of whole numbers is a range; which kind of missing answer a declared value is, by its
words, and that this is a guess. Sets of dichotomies become one multiple-response item. A data file
knows no routing and one language only. Bytes are read in the child process of survey/io.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from survey.exchange.draft import Draft, Names, code_word, slug
from survey.instrument.model import Block, Column, Item, MissingKind, Point, Scale
from survey.io.isolated import read_isolated

MOST_POINTS = 60  # labelled values of one variable that still make a scale
LONGEST_RANGE = 101
KINDS: tuple[tuple[MissingKind, str], ...] = (
    (
        "dont_know",
        r"don.?t know|do not know|\bdk\b|unsure|weiß nicht|ne sait pas|不知道|说不清|不清楚",
    ),
    ("refused", r"refus|declin|prefer not|\brf\b|keine angabe|拒绝|拒答|不愿"),
    ("not_asked", r"not appl|\binap\b|\biap\b|not asked|skip|不适用|跳过|未询问|未问"),
    ("no_answer", r"no answer|\bna\b|missing|not answered|not stated|skipped|未回答|未填|缺失|空"),
)
DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE")
MOMENTS = ("DATETIME", "YMDHMS")


def read_sav_dictionary(path: Path, *, language: str = "en") -> Draft:
    """The dictionary of a file as a draft; its texts are taken to be in `language`.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    answer = read_isolated("spss", Path(path), {})
    return _Dictionary(answer, Path(path), language).read()


class _Dictionary:
    def __init__(self, answer: dict[str, Any], path: Path, language: str) -> None:
        self.answer, self.language = answer, language
        self.cells = dict(answer["columns"])
        self.labels = answer.get("labels", {})
        self.words = {name: dict(pairs) for name, pairs in answer.get("value_labels", {}).items()}
        self.spans = answer.get("user_missing", {})
        self.shown = answer.get("variables", {})
        title = answer.get("title") or path.stem
        self.draft = Draft(slug(path.stem, "file"), title={language: title}, languages=[language])
        self.draft.raw = {"origin": "spss"}
        self.names = Names()

    def read(self) -> Draft:
        sets = [one for one in self.answer.get("sets", ()) if one["kind"] == "dichotomy"]
        inside = {name: one for one in sets for name in one["variables"]}
        done: set[str] = set()
        for name in self.cells:
            one = inside.get(name)
            if one is None:
                self._variable(name)
            elif one["name"] not in done:
                done.add(one["name"])
                self._set(one)
        for one in self.answer.get("sets", ()):
            if one["kind"] != "dichotomy":
                told = ", ".join(one["variables"])
                self.draft.lacks(f"set {one['name']}", f"a set of categories over {told}")
        weight = self.answer.get("weight")
        if weight:
            self.draft.lacks(
                "weight", f"the file is weighted by '{weight}': see design.base_weight"
            )
        self.draft.blocks = [Block(id="file", items=list(self.draft.items))]
        self.draft.lacks("routing", "a data file does not say who was asked what")
        return self.draft

    def _text(self, name: str) -> dict[str, str]:
        return {self.language: self.labels.get(name) or name}

    def _variable(self, name: str) -> None:
        item = self.names.new(slug(name))
        form = str(self.shown.get(name, {}).get("format", "")).upper()
        letters = re.match(r"[A-Z]*", form)
        kind_of_format = letters[0] if letters else ""
        words = self.words.get(name, {})
        text = kind_of_format == "A" or any(isinstance(cell, str) for cell in self.cells[name])
        scale, kind = None, "open"
        codes: dict[str, int] = {}
        if kind_of_format in DATES:
            kind = "date"
        elif kind_of_format in MOMENTS:
            kind = "datetime"
        elif kind_of_format.startswith("TIME"):
            kind = "time"
        elif text and words:
            scale, codes = self._of_texts(name, words)
            kind = "single"
        elif not text:
            kind, scale = self._of_numbers(name, words)
        if text and not words and name in self.spans:
            self.draft.lacks(name, "its texts that are declared missing")
        self.draft.items[item] = Item(id=item, kind=kind, text=self._text(name), scale=scale)  # type: ignore[arg-type]
        self.draft.columns[item] = Column(column=name, codes=codes)

    # -- numbers -------------------------------------------------------------------------------

    def _of_numbers(self, name: str, words: dict[Any, str]) -> tuple[str, str | None]:
        spans = [(float(low), float(high)) for low, high in self.spans.get(name, ())]

        def is_missing(value: float) -> bool:
            return any(low <= value <= high for low, high in spans)

        labelled = {float(value): text for value, text in words.items()}
        whole = all(value.is_integer() for value in labelled)
        missing = self._missing(name, spans, labelled)
        given = {c for c in self.cells[name] if isinstance(c, float) and not is_missing(c)}
        kept = {value: text for value, text in labelled.items() if not is_missing(value)}
        if labelled and not whole:
            self.draft.lacks(name, "words of values that are no whole numbers")
            return "number", None
        bare = sorted(given - set(kept))
        if kept and not bare and len(kept) <= MOST_POINTS:
            return "single", self._scale(name, self._points(kept), missing)
        values = sorted(given | set(kept))
        integers = bool(values) and all(value.is_integer() for value in values)
        if kept and integers and values[-1] - values[0] < LONGEST_RANGE:
            ends = {int(v): {self.language: text} for v, text in kept.items()}
            low, high = int(values[0]), int(values[-1])
            if low < high and not set(range(low, high + 1)) & set(missing):
                scale = Scale(range=(low, high), ends=ends, missing=missing, numeric=True)
                return "single", self._keep(name, scale)
        if kept:
            told = ", ".join(f"{value:g}" for value in bare[:5])
            self.draft.lacks(name, f"values without words beside values with: {told}")
        return "number", self._number(name, values if integers else [], missing)

    def _number(
        self, name: str, values: list[float], missing: dict[int, MissingKind]
    ) -> str | None:
        """A range, where there are missing codes to keep; its limits are those of the answers."""
        if not missing or not values or values[0] >= values[-1]:
            return None
        low, high = int(values[0]), int(values[-1])
        outside = {code: kind for code, kind in missing.items() if not low <= code <= high}
        self.draft.lacks(name, f"its limits: {low} to {high} are the answers in this file")
        return self._keep(name, Scale(range=(low, high), missing=outside, numeric=True))

    def _missing(
        self, name: str, spans: list[tuple[float, float]], labelled: dict[float, str]
    ) -> dict[int, MissingKind]:
        """Codes declared missing, with the kind their words suggest."""
        codes: dict[int, MissingKind] = {}
        for low, high in spans:
            named = [value for value in labelled if low <= value <= high]
            seen = [c for c in self.cells[name] if isinstance(c, float) and low <= c <= high]
            found = sorted({*named, *seen, *([low] if low == high else [])})
            if low != high:
                self.draft.lacks(name, f"that every value from {low:g} to {high:g} is missing")
            for value in found:
                if value.is_integer():
                    codes[int(value)] = _kind(labelled.get(value, ""))
        if codes:
            told = ", ".join(f"{code} {kind}" for code, kind in codes.items())
            self.draft.lacks(name, f"which kind of missing is a guess: {told}")
        return codes

    def _points(self, kept: dict[float, str]) -> dict[int, Point]:
        points, names = {}, Names()
        for value, text in sorted(kept.items()):
            code = int(value)
            short = names.new(code_word(text, f"c{code}"))
            points[code] = Point(code=short, text={self.language: text or str(code)})
        return points

    # -- texts and sets ------------------------------------------------------------------------

    def _of_texts(self, name: str, words: dict[Any, str]) -> tuple[str, dict[str, int]]:
        spans = {str(low) for low, _ in self.spans.get(name, ())}
        values = list(dict.fromkeys([*words, *sorted({c for c in self.cells[name] if c})]))
        points, missing, codes, names = {}, {}, {}, Names()
        for code, value in enumerate(values, start=1):
            text = words.get(value, str(value))
            codes[str(value)] = code
            if str(value) in spans:
                missing[code] = _kind(text)
            else:
                short = names.new(code_word(str(value), f"c{code}"))
                points[code] = Point(code=short, text={self.language: text})
        if not points:
            points = {len(values) + 1: Point(code="none", text={self.language: "-"})}
        return self._scale(name, points, missing), codes

    def _set(self, one: dict[str, Any]) -> None:
        points, columns, names = {}, {}, Names()
        for code, name in enumerate(one["variables"], start=1):
            text = self.labels.get(name) or name
            points[code] = Point(
                code=names.new(code_word(text, f"c{code}")), text={self.language: text}
            )
            columns[code] = name
        label = one.get("label") or self.labels.get(one["variables"][0]) or one["name"]
        item = self.names.new(slug(one["name"]))
        self.draft.items[item] = Item(
            id=item,
            kind="multiple",
            text={self.language: label},
            scale=self._scale(one["name"], points, {}),
        )
        counted = one.get("counted") or "1"
        self.draft.columns[item] = Column(columns=columns, chosen=[counted])

    def _scale(self, name: str, points: dict[int, Point], missing: dict[int, Any]) -> str:
        return self._keep(name, Scale(points=points, missing=missing))

    def _keep(self, name: str, scale: Scale) -> str:
        for known, other in self.draft.scales.items():
            if other == scale:
                return known
        new = Names(self.draft.scales).new(slug(name))
        self.draft.scales[new] = scale
        return new


def _kind(text: str) -> MissingKind:
    plain = text.lower()
    for kind, pattern in KINDS:
        if re.search(pattern, plain):
            return kind
    return "no_answer"
