"""Exports of Qualtrics: names, wordings and import ids in up to three header rows.

Decided here: which rows are headers (the third holds `{"ImportId": ...}`; older downloads have two,
the second repeating `ResponseID` and the like), and which columns are one question with several
answers: one column per option, whose only answer is 1 or the option's words. Cells stay text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io import csvfile
from survey.io.header import column_names

OPTIONS = ("encoding", "delimiter")
KNOWN = ("ResponseId", "ResponseID", "StartDate", "EndDate", "RecordedDate")
TEXT = "_TEXT"  # what was written beside an option
_OPTION = re.compile(r"^(.+)_(-?\d+)$")


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of text cells with their wordings as labels, import ids and sets.

    Raises
    ------
    DataError
        As csvfile.read; or if the first row is no header of Qualtrics.
    """
    if path.suffix.lower() == ".tsv" and "delimiter" not in options:
        options = {**options, "delimiter": "\t"}
    rows, told = csvfile.read_rows(path, options, platform="Qualtrics")
    if not rows or not any(cell.strip() in KNOWN for cell in rows[0][1]):
        raise DataError(
            "is no export of Qualtrics: its first row has no ResponseId, StartDate or EndDate",
            where=str(path),
            hint="choose origin csv, or ask for the export with the standard columns",
        )
    names = column_names(rows[0][1])
    headers = 1 + _further(rows)
    csvfile.require_width(rows, len(names), path)
    table = csvfile.columns_of(names, rows[headers:], options.get("drop", ()))
    kept = [name for name, _ in table["columns"]]
    labels = dict(zip(names, _row(rows, 1), strict=True)) if headers > 1 else {}
    ids = dict(zip(names, map(_import_id, _row(rows, 2)), strict=True)) if headers > 2 else {}
    report = [*told["report"], f"{headers} header rows"]
    return table | {
        "labels": {name: labels[name] for name in kept if labels.get(name, name) != name},
        "import_ids": {name: ids[name] for name in kept if ids.get(name)},
        "sets": _sets(table["columns"], labels),
        "encoding": told["encoding"],
        "report": report,
    }


def _further(rows: csvfile.Lines) -> int:
    """Header rows below the first."""
    if len(rows) > 2 and _import_id(rows[2][1][0]):
        return 2
    first, second = rows[0][1], rows[1][1] if len(rows) > 1 else []
    same = any(a.strip() in KNOWN and a.strip() == b.strip() for a, b in zip(first, second))  # noqa: B905
    spelt = any(b.strip() in ("Start Date", "Response ID", "End Date") for b in second)
    return int(same or spelt)


def _row(rows: csvfile.Lines, place: int) -> list[str]:
    return [" ".join(cell.split()) for cell in rows[place][1]]


def _import_id(cell: str) -> str:
    """`{"ImportId":"QID5_1"}` -> `QID5_1`."""
    if not cell.lstrip().startswith("{"):
        return ""
    try:
        told = json.loads(cell)
    except (ValueError, RecursionError):
        return ""
    return str(told.get("ImportId", "")) if isinstance(told, dict) else ""


def _sets(columns: list[tuple[str, list]], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Questions whose every column has one answer only, another in each or 1 in all."""
    groups: dict[str, list[tuple[str, set]]] = {}
    for name, cells in columns:
        found = _OPTION.match(name)
        if found and not name.endswith(TEXT):
            given = {cell for cell in cells if cell is not None}
            groups.setdefault(found[1], []).append((name, given))
    return [
        {
            "name": question,
            "kind": "dichotomy",
            "variables": [name for name, _ in group],
            "label": _common([labels.get(name, "") for name, _ in group]),
            "counted": "1" if _ones(group) else None,
        }
        for question, group in groups.items()
        if len(group) > 1 and (_ones(group) or _own_words(group, labels))
    ]


def _ones(group: list[tuple[str, set]]) -> bool:
    return any(given for _, given in group) and all(given <= {"1"} for _, given in group)


def _own_words(group: list[tuple[str, set]], labels: Mapping[str, str]) -> bool:
    """Each column's only answer is the end of its own wording."""
    answered = [(name, given) for name, given in group if given]
    return bool(answered) and all(
        len(given) == 1 and labels.get(name, "").endswith(" ".join(next(iter(given)).split()))
        for name, given in answered
    )


def _common(texts: list[str]) -> str:
    """The wording columns share: the question, without its options."""
    shortest = min(texts, key=len)
    end = next(
        (i for i, sign in enumerate(shortest) if any(t[i] != sign for t in texts)), len(shortest)
    )
    return shortest[:end].rstrip(" -:")
