"""Stata files (.dta), read by pyreadstat in the child process of isolated.py.

Decided here: the extended missing values .a to .z keep their difference: each becomes a negative
code that its column does not use, declared missing, with the words of its letter (-1001 is .a,
unless the column holds such values; then -2001, and so on). The plain missing value is a blank.
Dates become ISO text, or SPSS seconds where a file is read to be written again (`exact`). A file
that write/dta.py wrote says itself which code a letter stands for, and everything else Stata has no
place for (characteristics.py).
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io.characteristics import OWN, read_characteristics
from survey.io.spss import require_names

LIBRARY = "pyreadstat"
OPTIONS = ("encoding",)
LETTERS = string.ascii_lowercase
EPOCH = 11_903_760_000.0  # 1 January 1960 in seconds since 14 October 1582
PER_DAY, PER_SECOND = 86_400.0, 1000.0
STEP = 1000
SIGNATURES = (b"<stata_dta>", *(bytes([release]) for release in range(104, 116)))


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns, labels, value labels and missing codes of one file.

    Parameters
    ----------
    options : mapping
        `encoding` overrides what the file says of its texts; `drop`, `exact` as in spss.py.

    Raises
    ------
    DataError
        If it is no Stata file or cannot be read to its end.
    """
    import pyreadstat

    with path.open("rb") as file:
        if not file.read(11).startswith(SIGNATURES):
            raise DataError("is not a Stata file", where=str(path), expected="a .dta file")
    exact = bool(options.get("exact"))
    try:
        cells, meta = pyreadstat.read_dta(
            path,
            output_format="dict",
            encoding=options.get("encoding"),
            user_missing=True,
            disable_datetime_conversion=exact,
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError) as fault:
        raise _refused(path, fault) from None
    except (ValueError, OverflowError, KeyError, IndexError) as fault:
        raise _refused(path, fault) from None
    require_names(meta.column_names, path)
    told = read_characteristics(path)
    if exact and OWN in told:
        return _own(cells, meta, json.loads(told[OWN]), path)
    return _foreign(cells, meta, options, exact=exact)


def _foreign(cells: Mapping, meta: Any, options: Mapping, *, exact: bool) -> dict[str, Any]:
    dropped = set(options.get("drop", ()))
    kept = [name for name in meta.column_names if name not in dropped]
    answer: dict[str, Any] = {
        "columns": [],
        "dropped": sorted(dropped & set(meta.column_names)),
        "labels": {
            n: meta.column_names_to_labels[n] for n in kept if meta.column_names_to_labels.get(n)
        },
        "value_labels": {},
        "user_missing": {},
        "variables": {},
        "title": meta.file_label or "",
        "encoding": meta.file_encoding or "",
        "report": [],
    }
    for name in kept:
        column = cells[name]
        words = meta.variable_value_labels.get(name, {})
        letters = set(meta.missing_user_values.get(name, ()))
        codes = _codes(column, words, letters) if letters else {}
        if codes:
            said = ", ".join(f".{letter} is {code:.0f}" for letter, code in codes.items())
            answer["report"].append(f"in '{name}' {said}")
            answer["user_missing"][name] = [(code, code) for code in codes.values()]
        stata = meta.original_variable_types.get(name) or ""
        unit, shown = _date_format(stata) if exact else ("", "")
        answer["columns"].append((name, [_cell(value, codes, unit) for value in column]))
        if words:
            answer["value_labels"][name] = [
                (codes.get(value, value) if isinstance(value, str) else float(value), text)
                for value, text in words.items()
            ]
        answer["variables"][name] = {"format": shown or _format(stata)}
    return answer


def _own(cells: Mapping, meta: Any, told: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A file of write/dta.py: real names, codes of letters, units of dates."""
    columns = []
    for name, real in zip(meta.column_names, told["names"], strict=True):
        codes = {letter: float(code) for letter, code in told["letters"].get(real, {}).items()}
        unit = told["dates"].get(real, "")
        columns.append((real, [_kept(value, codes, unit) for value in cells[name]]))
    return {"columns": columns, "own": told["dictionary"], "path": str(path), "encoding": "UTF-8"}


def _codes(column: list, words: Mapping, letters: set[str]) -> dict[str, float]:
    """A free negative code per letter."""
    used = {float(v) for v in (*column, *words) if isinstance(v, (int, float)) and v == v}
    base = STEP
    while any(float(-base - place) in used for place in range(1, len(LETTERS) + 1)):
        base += STEP
    return {
        letter: float(-base - 1 - LETTERS.index(letter)) for letter in sorted(letters & {*LETTERS})
    }


def _kept(value: Any, codes: Mapping[str, float], unit: str) -> float | str | None:
    """As `_cell`, but with the blanks before a text."""
    text = isinstance(value, str) and value not in codes
    return (value.rstrip(" ") or None) if text else _cell(value, codes, unit)


def _cell(value: Any, codes: Mapping[str, float], unit: str) -> float | str | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value in codes:
            return codes[value]
        return value.strip() or None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    number = float(value)
    if number != number:
        return None
    if unit == "td":
        return number * PER_DAY + EPOCH
    return number / PER_SECOND + EPOCH if unit == "tc" else number


def _date_format(stata: str) -> tuple[str, str]:
    """(unit of its numbers, SPSS format) of a date."""
    kind = stata.lstrip("%-").lower()
    if kind.startswith("td") or kind == "d":
        return "td", "DATE11"
    return ("tc", "DATETIME20") if kind.startswith("tc") else ("", "")


def _format(stata: str) -> str:
    """`%8.2f` or `%9.0g` as F8.2, F9.0; texts and the rest as nothing."""
    width, dot, decimals = stata.lstrip("%-0").rstrip("fg").partition(".")
    whole = width.isdigit() and decimals.isdigit() and bool(dot)
    return f"F{int(width)}.{int(decimals)}" if whole and int(width) <= 40 else ""


def _refused(path: Path, fault: Exception) -> DataError:
    if "alloc" in str(fault).lower():
        raise MemoryError(str(fault))
    return DataError(
        f"cannot be read: {fault}", where=str(path), expected="a whole Stata file (.dta)"
    )
