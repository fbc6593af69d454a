"""Stata files (.dta), read by pyreadstat in the child process of isolated.py.

Decided here: Stata's missing values (. and .a to .z) are blanks, dates become ISO text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError

LIBRARY = "pyreadstat"


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns, labels and value labels of one file.

    Parameters
    ----------
    options : mapping
        `encoding` overrides what the file says of its texts.

    Raises
    ------
    DataError
        If it is no Stata file or cannot be read to its end.
    """
    import pyreadstat

    try:
        cells, meta = pyreadstat.read_dta(
            path, output_format="dict", encoding=options.get("encoding")
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as fault:
        raise DataError(
            f"cannot be read: {fault}", where=str(path), expected="a whole Stata file (.dta)"
        ) from None
    labels = meta.column_names_to_labels
    return {
        "columns": [(name, [_cell(value) for value in cells[name]]) for name in meta.column_names],
        "dropped": [],
        "labels": {name: labels[name] for name in meta.column_names if labels.get(name)},
        "value_labels": {
            name: list(pairs.items()) for name, pairs in meta.variable_value_labels.items()
        },
        "encoding": meta.file_encoding or "",
    }


def _cell(value: Any) -> float | str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    number = float(value)
    return None if number != number else number
