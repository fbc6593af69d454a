"""The dictionary of a survey file as JSON, for formats that have no place for one.

In a Parquet file it is the schema's entry `survey.dictionary`; beside `answers.csv` it is the file
`answers.dictionary.json`. Decided here: its keys, and how a file with such a dictionary is read
back. Without a dictionary a CSV or Parquet file has names and values only.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from survey.errors import DataError
from survey.io.compressed import bytes_of
from survey.io.encodings import find_encoding
from survey.io.labelled import MEASURES, Labelled, Variable
from survey.io.labelledfile import series
from survey.io.mrsets import MultipleSet

KEY = b"survey.dictionary"
VERSION = 1
OPEN = {math.inf: "highest", -math.inf: "lowest"}


def to_json(file: Labelled) -> str:
    """The dictionary of a file, without its values."""
    told = {
        "version": VERSION,
        "title": file.title,
        "weight": file.weight,
        "notes": list(file.notes),
        "texts": {str(subtype): text for subtype, text in file.texts.items()},
        "sets": [asdict(one) for one in file.sets],
        "variables": {name: _variable(file, name) for name in file.frame.columns},
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def from_json(text: str | bytes, where: str) -> dict[str, Any]:
    """Everything of a `Labelled` but its frame, from `to_json`'s text; and "kinds" of columns.

    Raises
    ------
    DataError
        If it is no such dictionary.
    """
    try:
        told = json.loads(text)
        if told["version"] != VERSION:
            raise ValueError(f"version {told['version']}")
        variables = {name: _read_variable(one) for name, one in told["variables"].items()}
        return {
            "variables": variables,
            "kinds": {name: one["kind"] for name, one in told["variables"].items()},
            "sets": tuple(
                MultipleSet(**(one | {"variables": tuple(one["variables"])}))
                for one in told["sets"]
            ),
            "weight": str(told["weight"]),
            "title": str(told["title"]),
            "notes": tuple(told["notes"]),
            "texts": {int(subtype): words for subtype, words in told["texts"].items()},
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise DataError(
            f"holds no readable dictionary: {fault!r}",
            where=where,
            expected="the dictionary as it was written with the file",
            hint="without it the file still reads, with values only: move it away",
        ) from None


def dictionary_path(path: Path) -> Path:
    """The dictionary of `answers.csv` or `answers.csv.gz`: `answers.dictionary.json`."""
    stem = path.name[: path.name.lower().index(".csv")]
    return path.with_name(f"{stem}.dictionary.json")


def read_own(path: Path, ending: str) -> Labelled:
    """Read a CSV or Parquet file, with its dictionary where it has one.

    Raises
    ------
    DataError
        If file or dictionary are broken, or do not name the same columns.
    """
    if ending == ".parquet":
        frame, told = _parquet(path)
        return _joined(frame, told, path, "UTF-8")
    beside = dictionary_path(path)
    told = from_json(beside.read_bytes(), str(beside)) if beside.is_file() else None
    found = find_encoding(bytes_of(path), path)
    return _joined(_csv(found.text, path, told), told, path, found.encoding)


def _joined(frame: pd.DataFrame, told: Mapping | None, path: Path, encoding: str) -> Labelled:
    if told is None:
        told = {"variables": {name: Variable() for name in frame.columns}}
    if set(told["variables"]) != set(frame.columns):
        odd = sorted(set(told["variables"]) ^ set(frame.columns))
        raise DataError(
            "and its dictionary do not name the same columns",
            where=str(path),
            got=", ".join(odd[:5]),
        )
    parts = {name: part for name, part in told.items() if name != "kinds"}
    return Labelled(frame=frame, encoding=encoding, **parts)


def _parquet(path: Path) -> tuple[pd.DataFrame, dict | None]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        held = (table.schema.metadata or {}).get(KEY)
        told = from_json(held, str(path)) if held else None
        columns = {name: table[name].to_pylist() for name in table.column_names}
    except (pa.ArrowException, OSError, ValueError, OverflowError) as fault:
        raise DataError(f"is not a readable Parquet file: {fault}", where=str(path)) from None
    if len(columns) != table.num_columns:
        raise DataError("has a column twice", where=str(path))
    kinds = told["kinds"] if told else {}
    made = {name: _cells(cells, kinds.get(name, "")) for name, cells in columns.items()}
    return pd.DataFrame(made, index=range(table.num_rows)), told


def _csv(text: str, path: Path, told: Mapping | None) -> pd.DataFrame:
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        raise DataError("is empty", where=str(path), expected="a header and rows") from None
    except (pd.errors.ParserError, ValueError) as fault:
        raise DataError(f"is not well-formed CSV: {fault}", where=str(path)) from None
    kinds = told["kinds"] if told else {}
    made = {}
    for name in frame.columns:
        cells = frame[name].astype(object).where(frame[name].notna(), None).to_list()
        made[name] = _cells(
            _numbers(cells, kinds.get(name, ""), f"{path}, column '{name}'"), kinds.get(name, "")
        )
    return pd.DataFrame(made)


def _numbers(cells: list, kind: str, where: str) -> list:
    """Texts as numbers, if the dictionary says so, or if it says nothing and all of them are."""
    if kind == "text":
        return cells
    try:
        return [None if cell is None else float(cell) for cell in cells]
    except ValueError as fault:
        if kind == "number":
            raise DataError(f"holds no number: {fault}", where=where) from None
        return cells


def _cells(cells: list, kind: str) -> pd.Series:
    plain = [
        None if cell is None or cell != cell else cell if isinstance(cell, str) else _plain(cell)
        for cell in cells
    ]
    return series(plain, text=kind == "text")


def _plain(cell: Any) -> float | str:
    return float(cell) if isinstance(cell, (bool, int, float)) else str(cell)


def _variable(file: Labelled, name: str) -> dict[str, Any]:
    one = file.variables[name]
    return {
        "kind": "number" if file.frame[name].dtype == float else "text",
        "label": one.label,
        "value_labels": [list(pair) for pair in one.value_labels.items()],
        "missing": [[_end(low), _end(high)] for low, high in one.missing],
        "measure": one.measure,
        "format": one.format,
        "width": one.width,
        "alignment": one.alignment,
    }


def _end(value: float | str) -> float | str:
    """An open end as a word: JSON has no infinity."""
    return value if isinstance(value, str) else OPEN.get(value, value)


def _read_variable(told: Mapping[str, Any]) -> Variable:
    text = told["kind"] == "text"
    if told["kind"] not in ("text", "number") or told["measure"] not in MEASURES:
        raise ValueError(f"kind {told['kind']!r}, measure {told['measure']!r}")
    ends = {} if text else {word: end for end, word in OPEN.items()}
    return Variable(
        label=str(told["label"]),
        value_labels={value: str(words) for value, words in told["value_labels"]},
        missing=tuple((ends.get(low, low), ends.get(high, high)) for low, high in told["missing"]),
        measure=told["measure"],
        format=str(told["format"]),
        width=int(told["width"]),
        alignment=str(told["alignment"]),
    )
