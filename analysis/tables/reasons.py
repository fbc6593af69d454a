"""Why a row is to be used with caution, in the reader's language.

Estimates carry their reasons as fixed phrases; what each says in a language is data in
reasons.yml. A reason that holds for a whole table is told once under it, not at every number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from analysis.results.select import Row
from analysis.results.wording import Words
from analysis.tables.shape import Cell, Line
from survey.io.yamlfile import read_yaml


def in_words(reason: str, words: Words) -> list[str]:
    """A row's reasons as phrases; those without words are left out."""
    told = []
    for pattern, phrase in _phrases():
        for found in pattern.finditer(reason):
            parts = (words.variable(part) for part in found.groups())
            told.append(phrase[words.lang].format(*parts))
    return told


def shared_reasons(rows: Iterable[Row], words: Words) -> list[str]:
    """Reasons that hold for the whole table: those of every row in it that is not hidden."""
    told = [
        in_words(row.reason, words) if row.quality == "caution" else []
        for row in rows
        if not row.suppressed
    ]
    if not told:
        return []
    return [reason for reason in told[0] if all(reason in other for other in told)]


def without_shared(lines: Iterable[Line], shared: list[str], words: Words) -> tuple[Line, ...]:
    """Lines whose cells are marked only for reasons of their own."""

    def marked(cell: Cell) -> Cell:
        own = cell.mark == "caution" and set(in_words(cell.reason, words)) > set(shared)
        return cell if own or cell.mark != "caution" else replace(cell, mark="")

    return tuple(replace(line, cells=tuple(map(marked, line.cells))) for line in lines)


@cache
def _phrases() -> list[tuple[re.Pattern, dict[str, str]]]:
    path = Path(__file__).with_name("reasons.yml")
    return [(re.compile(entry["found"]), entry) for entry in read_yaml(path, path.name).data]
