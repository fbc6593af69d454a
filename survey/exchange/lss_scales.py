"""Scales of a LimeSurvey survey: fixed answers of a type, own answers, ranges of numbers.

Decided here: codes stay where all are whole numbers, else answers are numbered; words that mean a
missing answer become one. Equal scales are one.
"""

from __future__ import annotations

import re

from survey.exchange.draft import Draft, Names, code_word, slug
from survey.exchange.lss_tables import Row, Tables
from survey.exchange.words import missing_text
from survey.instrument.model import MissingKind, Point, Scale, Text

FIXED = {  # answers that come with the type
    "Y": {"Y": ("Yes", "是"), "N": ("No", "否")},
    "G": {"M": ("Male", "男"), "F": ("Female", "女")},
    "5": {str(n): (str(n), str(n)) for n in range(1, 6)},
    "A": {str(n): (str(n), str(n)) for n in range(1, 6)},
    "B": {str(n): (str(n), str(n)) for n in range(1, 11)},
    "C": {"Y": ("Yes", "是"), "U": ("Uncertain", "不确定"), "N": ("No", "否")},
    "E": {"I": ("Increase", "增加"), "S": ("Same", "不变"), "D": ("Decrease", "减少")},
}


class Scales:
    """Scales made so far, in a draft."""

    def __init__(self, draft: Draft, tables: Tables) -> None:
        self.draft, self.tables = draft, tables

    def of(self, row: Row, title: str, kind: str) -> tuple[str, dict[str, int]]:
        labels: dict[str, Text] = {}
        for code, words in FIXED.get(kind, {}).items():
            labels[code] = {
                lang: words[1] if lang == "zh" else words[0] for lang in self.draft.languages
            }
        for code, label in self.tables.answers(row):
            labels.setdefault(code, {}).update(label)
        whole = all(re.fullmatch(r"0|-?[1-9]\d{0,5}", code) for code in labels)
        points: dict[int, Point] = {}
        missing: dict[int, MissingKind] = {}
        values, words_used = {}, Names()
        for place, (code, label) in enumerate(labels.items(), start=1):
            value = int(code) if whole else place
            values[code] = value
            meant = _missing(label)
            if meant:
                missing[value] = meant
                continue
            plain_code = bool(re.fullmatch(r"[A-Za-z0-9_+-]+", code)) and not whole
            short = code if plain_code else code_word(label.get("en", ""), f"c{value}")
            aliases = [] if whole or short == code else [code]
            points[value] = Point(code=words_used.new(short), text=label, aliases=aliases)
        if not points:
            self.draft.lacks(title, "it has no answers of its own")
            points = {0: Point(code="none", text={self.draft.languages[0]: "-"})}
        return self.kept(Scale(points=points, missing=missing), title), values

    def range(self, row: Row, title: str) -> str | None:
        told = self.tables.attributes.get(row["qid"], {})
        low, high = told.get("min_num_value_n", ""), told.get("max_num_value_n", "")
        if re.fullmatch(r"-?\d+", low) and re.fullmatch(r"-?\d+", high) and int(low) < int(high):
            return self.kept(Scale(range=(int(low), int(high)), numeric=True), title)
        return None

    def ranks(self, row: Row, options: int) -> int:
        """Columns of a ranking: one per rank that may be given."""
        most = self.tables.attributes.get(row["qid"], {}).get("max_answers", "")
        return min(int(most), options) if most.isdigit() and int(most) else options

    def kept(self, scale: Scale, title: str) -> str:
        for name, other in self.draft.scales.items():
            if other == scale:
                return name
        name = Names(self.draft.scales).new(slug(title))
        self.draft.scales[name] = scale
        return name


def _missing(label: Text) -> MissingKind | None:
    """The kind of missing answer whose fixed words these are, in every language."""
    kinds: tuple[MissingKind, ...] = ("dont_know", "refused")
    for kind in kinds:
        if label and all(words == missing_text(kind, lang) for lang, words in label.items()):
            return kind
    return None
