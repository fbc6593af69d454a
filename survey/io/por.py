"""SPSS portable files (.por), read by pyreadstat in the child process of isolated.py.

As spss.py, but for what the format has: names of eight letters, no sets, no encoding.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io.spss import cell_reader, meanings, require_names

LIBRARY = "pyreadstat"
OPTIONS = ()


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns, labels, value labels and user-missing spans of one file.

    Parameters
    ----------
    options : mapping
        `drop`, `exact` as in spss.py.

    Raises
    ------
    DataError
        If it is no portable file or cannot be read to its end.
    """
    import pyreadstat

    exact = bool(options.get("exact"))
    try:
        cells, meta = pyreadstat.read_por(
            path,
            output_format="dict",
            disable_datetime_conversion=exact,
        )
    except MemoryError:
        raise
    except Exception as fault:  # pyreadstat's own kinds, and those of decoding its texts
        raise DataError(
            f"cannot be read: {fault}", where=str(path), expected="a whole portable file (.por)"
        ) from None
    require_names(meta.column_names, path)
    dropped = set(options.get("drop", ()))
    kept = [name for name in meta.column_names if name not in dropped]
    cell = cell_reader(exact)
    return {
        "columns": [(name, [cell(value) for value in cells[name]]) for name in kept],
        "dropped": sorted(dropped & set(meta.column_names)),
        **meanings(meta, set(kept)),
        "variables": {
            name: {"format": meta.original_variable_types[name]}
            for name in kept
            if meta.original_variable_types.get(name)
        },
        "title": meta.file_label or "",
    }
