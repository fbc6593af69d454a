"""What figures say: phrases of phrases.yml and numbers of a row in its unit.

Words of items, levels and waves come from `Words` (analysis/results/wording.py), as do the formats
of numbers; here they are only put together.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from analysis.results.schema import COLUMNS
from analysis.results.select import Row
from analysis.results.wording import Words
from survey.errors import ReportError
from survey.io.yamlfile import read_yaml


@lru_cache(maxsize=1)
def _phrases() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("phrases.yml")
    return read_yaml(path, path.name).data


def phrase(words: Words, name: str, **blanks: object) -> str:
    """A phrase in the language of `words`, its blanks filled."""
    known = _phrases()
    if name not in known:
        raise ReportError(f"phrases.yml has no phrase '{name}'")
    return known[name][words.lang].format(**blanks)


def has_phrase(name: str) -> bool:
    return name in _phrases()


def records(rows: pd.DataFrame) -> list[Row]:
    """Rows as objects, in their order."""
    columns = [rows[name].tolist() for name in COLUMNS]
    return [Row(**dict(zip(COLUMNS, values, strict=True))) for values in zip(*columns, strict=True)]


def number(words: Words, value: float, unit: str, *, digits: int = 1) -> str:
    """A value in its unit: 41.5%, 7.1, 1,234."""
    if unit == "share":
        return words.percent(value, digits=digits)
    if unit == "count":
        return words.thousands(value)
    return words.points(value, digits=digits)


def value(words: Words, row: Row) -> str:
    """The estimate of a row; a share published in whole percents, or as "about", stays so."""
    percents = row.estimate * 100
    whole = row.kind == "published" and abs(percents - round(percents, 0)) < 1e-9
    digits = 0 if whole and row.unit == "share" else 2 if row.unit == "ratio" else 1
    said = number(words, row.estimate, row.unit, digits=digits)
    return phrase(words, "about", value=said) if row.variant == "about" else said


def span(words: Words, low: float, high: float, unit: str, *, digits: int = 1) -> str:
    """A range, with the unit once in English (38.1–41.7%) and twice in Chinese."""
    first, last = (number(words, bound, unit, digits=digits) for bound in (low, high))
    if words.lang != "zh" and first.endswith("%"):
        first = first[:-1]
    return phrase(words, "range", low=first, high=last)


def with_interval(words: Words, row: Row) -> str:
    """The estimate, followed by its confidence interval if it has one; of a band, its ends."""
    ends = not (pd.isna(row.ci_low) or pd.isna(row.ci_high))
    told = span(words, row.ci_low, row.ci_high, row.unit) if ends else ""
    if pd.isna(row.estimate):
        return told or value(words, row)
    if not ends or pd.isna(row.conf_level):
        return value(words, row)
    return phrase(words, "between", value=value(words, row), range=told)


def level_of_confidence(words: Words, rows: list[Row]) -> str:
    """The confidence level the rows share, as 95%; "" if they have no intervals."""
    levels = {row.conf_level for row in rows if not pd.isna(row.ci_low)}
    levels = {level for level in levels if not pd.isna(level)}
    if len(levels) > 1:
        raise ReportError("the rows of one figure have intervals of several confidence levels")
    return words.percent(levels.pop(), digits=0) if levels else ""


def mark(words: Words, row: Row) -> str:
    """What a row's kind is called in a key."""
    return phrase(words, row.kind)


def wave_short(words: Words, wave: str) -> str:
    """A wave where room is short: 2018年上半年, 2018 H1."""
    year, sign, part = wave[:4], wave[4:5], wave[5:]
    if sign == "H" and part in ("1", "2"):
        return phrase(words, "half", year=year).split("|")[int(part) - 1]
    return words.wave(wave)


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def hover(words: Words, label: str, row: Row) -> str:
    """What a reader sees on pointing at a mark."""
    lines = [f"<b>{label}</b>", f"{mark(words, row)} {with_interval(words, row)}"]
    if not pd.isna(row.n):
        lines.append(f"n = {words.thousands(row.n)}")
    return "<br>".join(lines)
