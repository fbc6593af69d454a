"""Exports of SurveyMonkey: questions in the first header row, options in the second.

Decided here: whether there is a second header row (the respondent's key has nothing in it), how a
question's columns are called (`question [option]`), and which questions are check-all lists: every
column holds its own option's words or nothing. In the newer layout with one header row the option
stands behind the last ` - ` of the header. Cells stay text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io import csvfile
from survey.io.header import column_names

OPTIONS = ("encoding", "delimiter", "header_rows")
KEYS = ("RespondentID", "Respondent ID", "Respondent ID ", "CollectorID")
PLAIN = ("Response", "Open-Ended Response", "")  # of a question with one column
BETWEEN = " - "


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of text cells, wordings as labels, check-all questions as sets.

    Parameters
    ----------
    options : mapping
        `encoding`, `delimiter`; `header_rows`: 1 or 2, default seen from the file.

    Raises
    ------
    DataError
        As csvfile.read; or if there is no header.
    """
    rows, told = csvfile.read_rows(path, options, platform="SurveyMonkey")
    if not rows:
        raise DataError("has no header", where=str(path))
    headers = int(options.get("header_rows", 0)) or 1 + _second(rows)
    if headers not in (1, 2) or len(rows) < headers:
        raise DataError(f"has no {headers} header rows", where=str(path), expected="1 or 2")
    csvfile.require_width(rows, len(rows[0][1]), path)
    places = _filled(rows[0][1], rows[1][1]) if headers == 2 else [_cut(c) for c in rows[0][1]]
    names = column_names([_name(*place) for place in places] if headers == 2 else rows[0][1])
    table = csvfile.columns_of(names, rows[headers:], options.get("drop", ()))
    place_of = dict(zip(names, places, strict=True))
    return table | {
        "labels": {name: _label(*place_of[name]) for name, _ in table["columns"]},
        "sets": _sets(table["columns"], place_of),
        "encoding": told["encoding"],
        "report": [*told["report"], f"{headers} header rows"],
    }


def _second(rows: csvfile.Lines) -> int:
    """1 if the row under the header is one too."""
    if len(rows) < 2:
        return 0
    first, second = ([cell.strip() for cell in row] for _, row in rows[:2])
    keys = [under for name, under in zip(first, second) if name in KEYS]  # noqa: B905
    return int(bool(keys) and not any(keys) and any(second))


def _filled(first: list[str], second: list[str]) -> list[tuple[str, str]]:
    """(question, option) of every column; an empty question is that of the column before."""
    question, places = "", []
    for cell, option in zip(first, second, strict=True):
        question = " ".join(cell.split()) or question
        text = " ".join(option.split())
        places.append((question, "" if text in PLAIN else text))
    return places


def _cut(header: str) -> tuple[str, str]:
    question, dash, option = " ".join(header.split()).rpartition(BETWEEN)
    return (question, option) if dash else (option, "")


def _name(question: str, option: str) -> str:
    return f"{question} [{option}]" if option else question


def _label(question: str, option: str) -> str:
    return f"{question}{BETWEEN}{option}" if option else question


def _sets(
    columns: list[tuple[str, list]], place_of: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """Questions whose columns hold nothing but their own option's words."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    for name, cells in columns:
        question, option = place_of[name]
        given = {" ".join(cell.split()) for cell in cells if cell is not None}
        if option and not option.startswith("Other ("):  # what was written beside it
            groups.setdefault(question, []).append((name, given <= {option}))
    return [
        {
            "name": question,
            "kind": "dichotomy",
            "variables": [name for name, _ in group],
            "label": question,
            "counted": None,
        }
        for question, group in groups.items()
        if len(group) > 1 and all(own for _, own in group)
    ]
