"""Alternative text: what a reader who cannot see a figure is told, in the language of its words.

Every value is read out where there are few; of many, how many there are and between which values
they lie, without saying which is highest: the figure does not rank them either.
"""

from __future__ import annotations

from itertools import groupby

import pandas as pd

from analysis.figures.footnote import figure_number
from analysis.figures.levels import arranged, label
from analysis.figures.phrases import mark, number, phrase, records, with_interval
from analysis.figures.spec import FigureSpec
from analysis.results.select import Row
from analysis.results.wording import Words

MOST = 20  # values of one indicator and kind that are read out
NAMED_BY = ("indicator", "category", "domain", "wave")


def alt_text(spec: FigureSpec, rows: pd.DataFrame, words: Words) -> str:
    """Number and title of a figure, then its values with their intervals."""
    parts = _values(_in_order(rows, words, spec), words)
    if rows["kind"].eq("simulated").any():
        parts.append(phrase(words, "alt_simulated"))
    return phrase(
        words,
        "alt",
        figure=figure_number(spec, words),
        title=spec.said("title", words.lang).rstrip("。."),
        content=phrase(words, "join").join(parts),
    )


def _in_order(rows: pd.DataFrame, words: Words, spec: FigureSpec) -> list[Row]:
    """Indicator by indicator, published first, then in the order in which things are drawn."""
    order = {
        column: {word: place for place, word in enumerate(arranged(rows, words, spec, column))}
        for column in NAMED_BY
    }

    def place(row: Row) -> tuple:
        drawn = [order[column][getattr(row, column)] for column in NAMED_BY]
        return (drawn[0], row.kind != "published", row.statistic, row.kind, *drawn[1:])

    return sorted(records(rows), key=place)


def _values(rows: list[Row], words: Words) -> list[str]:
    """Values in groups of one indicator, the indicator named where there are several."""
    columns = [c for c in NAMED_BY[1:] if len({getattr(row, c) for row in rows}) > 1]
    marked = len({_mark(row, words) for row in rows}) > 1
    groups = [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.indicator)]
    told = []
    for _, group in groups:
        read = phrase(words, "comma").join(_read_out(group, columns, marked, words))
        name = label(words, group[0], "indicator")
        single = len(groups) == 1
        told.append(read if single else phrase(words, "alt_group", indicator=name, values=read))
    return told


def _read_out(rows: list[Row], columns: list[str], marked: bool, words: Words) -> list[str]:
    told = []
    for _, group in groupby(rows, key=lambda row: row.kind):
        part = list(group)
        if len(part) > MOST:
            told.append(_between(part, words))
            continue
        for row in part:
            name = " ".join(label(words, row, column) for column in columns)
            blanks = {"label": name, "value": _value(row, words), "mark": _mark(row, words)}
            told.append(phrase(words, "alt_marked" if marked else "alt_row", **blanks).strip())
    return told


def _value(row: Row, words: Words) -> str:
    if row.suppressed:
        return phrase(words, "small_base")
    if pd.isna(row.estimate) and pd.isna(row.ci_low):
        return phrase(words, "not_found").replace("|", "" if words.lang == "zh" else " ")
    return with_interval(words, row)


def _mark(row: Row, words: Words) -> str:
    if pd.isna(row.estimate) and not pd.isna(row.ci_low):
        return phrase(words, "alt_band")
    said = mark(words, row)
    return said[:1].lower() + said[1:]


def _between(rows: list[Row], words: Words) -> str:
    values = [row.estimate for row in rows if not pd.isna(row.estimate)]
    if not values:
        return phrase(words, "small_base")
    low, high = (number(words, bound, rows[0].unit) for bound in (min(values), max(values)))
    return phrase(
        words, "alt_many", mark=mark(words, rows[0]), count=len(values), low=low, high=high
    )
