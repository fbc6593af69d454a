"""The SPSS download of 问卷星 (.sav), brought to the names its other downloads have (wjx.py).

Decided here: `Q6` is `第6题`, `Q6_Row2` the matrix row `第6题(row)` and `Q3_2` or `Q3_Option2` the
option `第3题(option)` by the end of its wording; `index` and `totalseconds` are named by their own
labels, as any variable that is no question. A number before the words of a value (`1.男`) goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from survey.io.header import column_names
from survey.io.wjx import SKIPPED_NUMBER

METADATA = {"index": "序号", "totalseconds": "所用时间"}
_QUESTION = re.compile(r"^[Qq](\d+)(?:[_|](Row|Option|Opt|Blank|R|O)?_?(\d+))?$")
_NUMBERED = re.compile(r"^(-?\d+)\s*[.、．:：]\s*(?=\S)")
_PLACE = re.compile(r"^(第\d+题)\((?:第\s*(\d+)\s*(?:位|名|选择|选项)?)\)$")
_STEM = re.compile(r"^.*(?:—|--|\s-\s)\s*(?=[^—]+$)", re.DOTALL)
_IN_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]\s*$")


def named(table: dict[str, Any]) -> dict[str, Any]:
    """A table of spss.py with the columns, labels and value labels called as in wjx.py."""
    labels = table.get("labels", {})
    old = [name for name, _ in table["columns"]]
    new = dict(
        zip(old, column_names(_name(name, labels.get(name, "")) for name in old), strict=True)
    )
    words = table.get("value_labels", {})
    columns = [(new[name], cells) for name, cells in table["columns"]]
    return table | {
        "columns": columns
        + _ranks(columns, {new[n]: dict(p) for n, p in words.items() if n in new}),
        "labels": {new[name]: _one_line(labels.get(name) or name) for name in old},
        "value_labels": {
            new[name]: [(value, without_number(value, text)) for value, text in pairs]
            for name, pairs in words.items()
            if name in new
        },
        "user_missing": _renamed(table.get("user_missing", {}), new),
        "variables": _renamed(table.get("variables", {}), new),
        "sets": [
            one | {"variables": [new[name] for name in one["variables"]]}
            for one in table.get("sets", ())
        ],
        "weight": new.get(table.get("weight", ""), ""),
    }


def _ranks(columns: list[tuple[str, list]], words: Mapping[str, dict]) -> list[tuple[str, list]]:
    """A ranking with one column per place, as one column of ranks per option, as elsewhere."""
    questions: dict[str, dict[int, str]] = {}
    for name, _ in columns:
        found = _PLACE.match(name)
        if found and words.get(name):
            questions.setdefault(found[1], {})[int(found[2])] = name
    cells = dict(columns)
    added = []
    for question, places in questions.items():
        if any(words[name] != words[places[min(places)]] for name in places.values()):
            continue
        for value, text in words[places[min(places)]].items():
            if value >= 0:
                name = f"{question}({without_number(value, text)})"
                added.append((name, _rank_of(value, [cells[places[p]] for p in sorted(places)])))
    return added


def _rank_of(value: float, places: list[list]) -> list:
    """Rank of one option in every row; a row that was skipped keeps its own number for that."""
    ranks: list = []
    for row in zip(*places, strict=True):
        rank = next((place for place, cell in enumerate(row, start=1) if cell == value), None)
        skipped = all(cell == SKIPPED_NUMBER for cell in row)
        ranks.append(SKIPPED_NUMBER if skipped else None if rank is None else float(rank))
    return ranks


def without_number(value: float | str, text: str) -> str:
    """The words of a value without its own number before them.

    >>> without_number(1.0, "1.男"), without_number(2.0, "3.5 years"), without_number(3.0, "3")
    ('男', '3.5 years', '3')
    """
    found = _NUMBERED.match(text)
    own = found is not None and isinstance(value, float) and float(found[1]) == value
    return text[found.end() :] if found is not None and own else text


def _name(name: str, label: str) -> str:
    found = _QUESTION.match(name)
    if found is None:
        return METADATA.get(name.lower()) or _one_line(label) or name
    number, kind, part = found.groups()
    if part is None:
        return f"第{number}题"
    if kind == "Blank":
        return f"第{number}题(填空{part})"
    return f"第{number}题({_part(label) or part})"


def _part(label: str) -> str:
    """The row or option at the end of a wording: behind the dash, or in the last brackets."""
    text = _one_line(label)
    stem = _STEM.match(text)
    if stem is not None:
        return text[stem.end() :].strip()
    bracket = _IN_BRACKETS.search(text)
    return bracket[1].strip() if bracket and text != bracket[0] else text


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _renamed(parts: Mapping[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    return {new[name]: part for name, part in parts.items() if name in new}
