"""Exports of 问卷星 (wjx.cn) by option text or by option number, brought to one shape.

A download has one of two column orders and writes skipped answers, ratings and matrix rows in its
own way (real files: tests/data/wjx). Decided here: names of columns, what stands for a missing
answer, ratings as numbers, ranks by option, and that text respondents wrote beside an option
(〖...〗) is not read: only the text kind has it.
Options of a multiple-response question stay joined: recode.py splits them by the column map.

Columns are called `第6题`, `第6题(运动)` (an option, a matrix row or a rank), or by their header
where it has no number (序号, 所用时间, ...). The full header stays as the column's label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from survey.io.header import column_names

OPTIONS = ("kind",)
KINDS = ("text", "number")
SKIPPED, EMPTY = "(跳过)", "(空)"  # as the text kind writes them
SKIPPED_NUMBER, EMPTY_NUMBER = -3.0, -2.0  # as the number kind does
BETWEEN_OPTIONS, BETWEEN_RANKS = "┋", "→"
OPEN_TEXT = re.compile(r"〖.*?〗(?=[┋→]|$)", re.DOTALL)
METADATA = ("序号", "提交答卷时间", "所用时间", "来自IP", "来源", "来源详情", "总分")

_NUMBERED = re.compile(r"^(\d+)\s*[、.:：．]\s*(.*)$", re.DOTALL)
_OPTION = re.compile(
    r"^(?:第(\d+)题|Q?(\d+))\s*[(\uff08](.*)[)\uff09]$", re.DOTALL
)  # to the last one
_MATRIX = re.compile(r"矩阵[^()]*[)\uff09]\s*—(.*)$", re.DOTALL)
_BARE_MATRIX = re.compile(r"—([^—]*)$", re.DOTALL)
_RATING = re.compile(r"^(-?\d+)[分星]$")


def normalise(table: dict[str, Any], kind: str | None = None) -> dict[str, Any]:
    """A sheet of an export (as excel.py and csvfile.py return it) in the shape described above.

    Parameters
    ----------
    kind : "text" or "number", default: seen from the cells
        Only the number kind writes a skipped answer as -3 and an empty one as -2.
    """
    headers = [name for name, _ in table["columns"]]
    kind = kind or _kind(cells for _, cells in table["columns"])
    names = column_names(question_names(headers))
    columns = []
    for name, header, (_, cells) in zip(names, headers, table["columns"], strict=True):
        if header not in METADATA:
            cells = _ratings(_missing([strip_open_text(cell) for cell in cells], kind))
        columns.append((name, cells))
    known = table.get("labels", {})
    labels = {
        name: known.get(header, header)
        for name, header in zip(names, headers, strict=True)
        if name != header or header in known
    }
    columns += _ranks(columns, set(names))
    return table | {"columns": columns, "labels": labels, "kind": kind}


def question_names(headers: list[str]) -> list[str]:
    """Names by question number; a matrix row without a number belongs to the matrix before it.

    >>> question_names(["序号", "6、爱好 ", "13、评价 (矩阵单选题 *必答)—外观", "屏幕", "14、性别"])
    ['序号', '第6题', '第13题(外观)', '第13题(屏幕)', '第14题']
    """
    names: list[str] = []
    matrix = ""  # number of the matrix whose rows may follow
    for place, header in enumerate(headers):
        option, numbered = _OPTION.match(header), _NUMBERED.match(header)
        if option:
            names.append(f"第{option[1] or option[2]}题({option[3].strip()})")
            matrix = ""
        elif numbered:
            row = _first_row(header, headers[place + 1 : place + 2])
            matrix = numbered[1] if row else ""
            names.append(f"第{numbered[1]}题" + (f"({row})" if row else ""))
        elif matrix and header not in METADATA:
            names.append(f"第{matrix}题({header.strip()})")
        else:
            names.append(header.strip())
    return names


def _first_row(header: str, following: list[str]) -> str:
    """Title of the first matrix row in a numbered header, or nothing if it is no matrix."""
    found = _MATRIX.search(header)
    if found:
        return found[1].strip()
    bare_follows = any(
        not (_NUMBERED.match(h) or _OPTION.match(h) or h in METADATA) for h in following
    )
    found = _BARE_MATRIX.search(header) if bare_follows else None
    return found[1].strip() if found else ""


def strip_open_text(cell: Any) -> Any:
    """A cell without what respondents wrote beside an option: `其他〖育儿〗` -> `其他`."""
    return OPEN_TEXT.sub("", cell) or None if isinstance(cell, str) and "〖" in cell else cell


def _kind(columns: Iterable[list]) -> str:
    for cells in columns:
        for cell in cells:
            if isinstance(cell, str) and (cell in (SKIPPED, EMPTY) or _joined_words(cell)):
                return "text"
    return "number"


def _joined_words(cell: str) -> bool:
    """Whether options stand joined in a cell by their words; by their numbers, they may be 1┋3."""
    parts = cell.split(BETWEEN_OPTIONS)
    return len(parts) > 1 and not all(part.strip().isdecimal() for part in parts)


def _missing(cells: list, kind: str) -> list:
    """Skipped answers as `(跳过)`, empty ones as None, in both kinds."""
    if kind == "text":
        return [None if cell == EMPTY else cell for cell in cells]
    skipped = (SKIPPED_NUMBER, f"{SKIPPED_NUMBER:.0f}", SKIPPED)
    empty = (EMPTY_NUMBER, f"{EMPTY_NUMBER:.0f}", EMPTY)
    return [SKIPPED if c in skipped else None if c in empty else c for c in cells]


def _ratings(cells: list) -> list:
    """`4分` and `4星` as 4, if every answer of the column is such a rating."""
    texts = {cell for cell in cells if isinstance(cell, str)} - {SKIPPED}
    ratings = {cell: float(found[1]) for cell in texts if (found := _RATING.match(cell))}
    return [ratings.get(cell, cell) for cell in cells] if len(ratings) == len(texts) else cells


def _ranks(columns: list[tuple[str, list]], known: set[str]) -> list[tuple[str, list]]:
    """Ranking questions of the text kind as one column per option, as the number kind has them."""
    added = []
    for name, cells in columns:
        texts = [cell for cell in cells if isinstance(cell, str)]
        if not any(BETWEEN_RANKS in cell for cell in texts):
            continue
        orders = [_order(cell) for cell in cells]
        for option in dict.fromkeys(option for order in orders for option in order):
            if f"{name}({option})" in known:
                continue
            ranks = [
                SKIPPED if cell == SKIPPED else float(order[option]) if option in order else None
                for cell, order in zip(cells, orders, strict=True)
            ]
            added.append((f"{name}({option})", ranks))
    return added


def _order(cell: Any) -> dict[str, int]:
    if not isinstance(cell, str) or cell == SKIPPED:
        return {}
    options = [option.strip() for option in cell.split(BETWEEN_RANKS)]
    return {option: rank for rank, option in enumerate(options, start=1)}
