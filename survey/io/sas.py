"""SAS files (.sas7bdat and transport files .xpt), read by pyreadstat in the child of isolated.py.

Decided here: SAS's missing values (. and .A to .Z) are blanks; dates become ISO text, or SPSS
seconds where a file is read to be written again. Value labels stand in a catalogue of their own
(.sas7bcat), which is read if it lies beside the file under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io.spss import cell_reader, require_names
from survey.io.stata import EPOCH, PER_DAY

LIBRARY = "pyreadstat"
OPTIONS = ("encoding",)
CATALOGUE = ".sas7bcat"
DATES = ("DATE", "DDMMYY", "MMDDYY", "YYMMDD", "E8601DA", "B8601DA", "MONYY")
MOMENTS = ("DATETIME", "E8601DT", "B8601DT")


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns, labels and value labels of one file.

    Parameters
    ----------
    options : mapping
        `encoding`, `drop`, `exact` as in spss.py.

    Raises
    ------
    DataError
        If it is no SAS file or cannot be read to its end.
    """
    exact = bool(options.get("exact"))
    cells, meta = _read(path, options.get("encoding"), exact=exact)
    require_names(meta.column_names, path)
    words = _catalogue(path, meta)
    dropped = set(options.get("drop", ()))
    kept = [name for name in meta.column_names if name not in dropped]
    formats = meta.original_variable_types
    cell = cell_reader(exact)
    columns = []
    for name in kept:
        unit = _unit(formats.get(name) or "") if exact else 0.0
        values = [cell(value) for value in cells[name]]
        columns.append((name, [_moved(value, unit) for value in values] if unit else values))
    shown = {name: {"format": _shown(formats.get(name) or "")} for name in kept if exact}
    labels = meta.column_names_to_labels
    return {
        "columns": columns,
        "dropped": sorted(dropped & set(meta.column_names)),
        "labels": {name: labels[name] for name in kept if labels.get(name)},
        "value_labels": {name: pairs for name, pairs in words.items() if name in kept},
        "variables": {name: one for name, one in shown.items() if one["format"]},
        "title": meta.file_label or "",
        "encoding": meta.file_encoding or "",
    }


def _read(path: Path, encoding: str | None, *, exact: bool) -> tuple[dict, Any]:
    import pyreadstat

    how: dict[str, Any] = {
        "output_format": "dict",
        "disable_datetime_conversion": exact,
        "encoding": encoding,
    }
    try:
        if path.suffix.lower() == ".xpt":
            return pyreadstat.read_xport(path, **how)
        return pyreadstat.read_sas7bdat(path, **how)
    except MemoryError:
        raise
    except Exception as fault:  # pyreadstat's own kinds, and those of decoding its texts
        raise DataError(
            f"cannot be read: {fault}",
            where=str(path),
            expected="a whole SAS file (.sas7bdat or .xpt)",
        ) from None


def _catalogue(path: Path, meta: Any) -> dict[str, list]:
    """Words of values by column, from the catalogue beside the file; none where there is none."""
    import pyreadstat

    beside = path.with_suffix(CATALOGUE)
    if path.suffix.lower() != ".sas7bdat" or not beside.is_file():
        return {}
    try:
        _, catalogue = pyreadstat.read_sas7bcat(beside, output_format="dict")
    except MemoryError:
        raise
    except Exception as fault:
        raise DataError(
            f"cannot be read: {fault}", where=str(beside), expected="a whole SAS catalogue"
        ) from None
    return {
        name: list(catalogue.value_labels[words].items())
        for name, words in meta.variable_to_label.items()
        if words in catalogue.value_labels
    }


def _unit(sas: str) -> float:
    """Seconds one number of a SAS date stands for; 0 if it is none."""
    kind = sas.upper().rstrip("0123456789.")
    return 1.0 if kind in MOMENTS else PER_DAY if kind in DATES else 0.0


def _shown(sas: str) -> str:
    return {0.0: "", 1.0: "DATETIME20", PER_DAY: "DATE11"}[_unit(sas)]


def _moved(value: float | str | None, unit: float) -> float | str | None:
    return value * unit + EPOCH if isinstance(value, float) and value == value else value
