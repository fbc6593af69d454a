"""What a row stands for in a figure, and the order things are drawn in.

The order is the one the figure's `select` lists, else the order of the questionnaire: never the
order of the values, so that a figure does not rank what the data cannot rank.
"""

from __future__ import annotations

import pandas as pd

from analysis.figures.phrases import records
from analysis.figures.spec import FigureSpec
from analysis.results.select import Row
from analysis.results.wording import Words
from survey.errors import ReportError


def label(words: Words, row: Row, column: str) -> str:
    """Words for a row's category, domain, indicator or wave."""
    if column == "category":
        return words.category(row.indicator, row.category, row.study)
    if column == "domain":
        return words.level(row.domain, row.study)
    if column == "indicator":
        return words.indicator(row.indicator, row.study)
    return words.wave(row.wave, row.study)


def arranged(rows: pd.DataFrame, words: Words, spec: FigureSpec, column: str) -> list[str]:
    """The distinct words of a column in the order they are drawn."""
    present = list(dict.fromkeys(rows[column]))
    if column == "wave":
        return list(dict.fromkeys(rows.sort_values(["period", "wave"], kind="stable")["wave"]))
    known = spec.order(column)
    if len(known) < 2 and len(present) > 1:
        known = _instrument_order(records(rows), words, column)
    place = {word: index for index, word in enumerate(known)}
    return sorted(present, key=lambda word: (place.get(word, len(place)), word))


def _instrument_order(rows: list[Row], words: Words, column: str) -> list[str]:
    study = rows[0].study
    if column == "domain":
        items = dict.fromkeys(pair.partition("=")[0] for row in rows for pair in [row.domain])
        items.pop("all", None)
        return ["all"] + [f"{item}={code}" for item in items for code in _codes(words, item, study)]
    if column == "category":
        items = dict.fromkeys(_item_of(words, row.indicator, study) for row in rows)
        return [code for item in items for code in _codes(words, item, study)]
    return []


def _item_of(words: Words, indicator: str, study: str) -> str:
    for entry in words.instruments[study].study.indicators:
        if entry.id == indicator:
            return entry.item
    return indicator


def _codes(words: Words, item: str, study: str) -> list[str]:
    try:
        return words.levels(item, study)
    except (KeyError, ReportError):
        return []


def by(rows: pd.DataFrame, column: str, *, published: bool | None = None) -> dict[str, Row]:
    """One row per word of a column.

    Raises
    ------
    ReportError
        If a word has several rows: the figure's `select` is not narrow enough.
    """
    if published is not None:
        rows = rows[(rows["kind"] == "published") == published]
    found: dict[str, Row] = {}
    for row in records(rows):
        word = getattr(row, column)
        if word in found:
            other = found[word].key()
            differ = [name for name, said in row.key().items() if other[name] != said]
            raise ReportError(
                f"two estimates for {column} '{word}' in one figure",
                expected=f"one; they differ in {', '.join(differ)}",
                hint="name one of them under the figure's 'select'",
            )
        found[word] = row
    return found
