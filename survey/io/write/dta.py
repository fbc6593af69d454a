"""Stata files (.dta of Stata 14 and later), with a dictionary for what Stata has no place for.

Decided here: values declared missing become .a to .z, so that Stata leaves them out of a mean, and
their words become the words of the letter; dates become %td or %tc; a name Stata does not allow
is changed. What was done stands in a characteristic of the file (characteristics.py), from which
the file reads back equal; `_dta[weight]` names the weight for a person.
"""

from __future__ import annotations

import json
import re
import string
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from survey.errors import DataError
from survey.io.atomic import replacing
from survey.io.characteristics import OWN, file_map, insert_characteristics
from survey.io.labelled import Labelled, Variable
from survey.io.stata import EPOCH, PER_DAY, PER_SECOND
from survey.io.write.dictionary import to_json
from survey.io.write.dtaletters import FIRST_LABEL, put_letters

LETTERS = string.ascii_lowercase
LONGEST_NAME, LONGEST_LABEL = 32, 80
DAYS = re.compile(r"^(?:DATE|ADATE|EDATE|SDATE|JDATE)\d")
MOMENTS = re.compile(r"^(?:DATETIME|YMDHMS)\d")
LARGEST_CODE = 2_147_483_620  # of a value label
_ODD = re.compile(r"[^0-9A-Za-z_\u0080-\U0010ffff]")


@dataclass
class _Made:
    """One column on its way: what pyreadstat is given, and what must be told beside it."""

    cells: list
    words: dict = field(default_factory=dict)
    letters: dict[str, float] = field(default_factory=dict)
    date: str = ""
    lost: str = ""


def write(file: Labelled, path: Path) -> tuple[str, ...]:
    """Write one file; returns what even the dictionary cannot bring back.

    Raises
    ------
    DataError
        If pyreadstat refuses a value.
    """
    import pyreadstat

    made = {name: _made(file, name) for name in file.frame.columns}
    names = _names(list(made))
    short = dict(zip(made, names, strict=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".unfinished") as folder:
        plain = Path(folder) / "plain.dta"
        try:
            pyreadstat.write_dta(
                pd.DataFrame({short[n]: _series(one) for n, one in made.items()}),
                plain,
                file_label=_cut(file.title, LONGEST_LABEL),
                column_labels={
                    short[n]: _cut(v.label, LONGEST_LABEL)
                    for n, v in file.variables.items()
                    if v.label
                },
                variable_value_labels={short[n]: m.words for n, m in made.items() if m.words},
                variable_format={short[n]: f"%{m.date}" for n, m in made.items() if m.date},
            )
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError) as fault:
            raise DataError(f"cannot be written as .dta: {fault}", where=str(path)) from None
        data = bytearray(plain.read_bytes())
    told = {
        "names": list(made),
        "letters": {name: one.letters for name, one in made.items() if one.letters},
        "dates": {name: one.date for name, one in made.items() if one.date},
        "dictionary": to_json(file),
    }
    texts = {OWN: json.dumps(told, ensure_ascii=False)}
    if file.weight:
        texts["weight"] = short[file.weight]
    order, _, places = file_map(data)
    letters = {place: m.letters for place, m in enumerate(made.values()) if m.letters}
    put_letters(data, order, places, letters)
    with replacing(path) as full, full.open("wb") as out:
        out.writelines(insert_characteristics(data, texts))
    return (*file.not_read, *(one.lost for one in made.values() if one.lost))


def _made(file: Labelled, name: str) -> _Made:
    variable, cells = file.variables[name], file.frame[name]
    if cells.dtype != float:
        return _Made([cell if isinstance(cell, str) else "" for cell in cells])
    numbers = cells.to_list()
    date = _date(variable, numbers)
    if date:
        return _Made([_moved(number, date) for number in numbers], date=date)
    values = {v for v in variable.value_labels if not isinstance(v, str)}
    missing = sorted(
        value
        for value in {*cells.dropna(), *values}
        if any(low <= value <= high for low, high in variable.missing)
    )
    letters = dict(zip(LETTERS, missing, strict=False))
    by_code = {code: letter for letter, code in letters.items()}
    lost = (
        f"'{name}' has more missing values than Stata has letters: "
        f"{len(missing) - len(LETTERS)} stay numbers there"
        if len(missing) > len(LETTERS)
        else ""
    )
    words = {
        FIRST_LABEL + LETTERS.index(by_code[v]) if v in by_code else int(v): text
        for v, text in variable.value_labels.items()
        if not isinstance(v, str) and (v in by_code or _label_code(v))
    }
    return _Made(numbers, words, letters, lost=lost)


def _date(variable: Variable, numbers: list[float]) -> str:
    """`td`, `tc`, or nothing where a number would not come back equal."""
    if variable.missing or variable.value_labels:
        return ""
    for pattern, unit in ((DAYS, "td"), (MOMENTS, "tc")):
        if pattern.match(variable.format) and all(
            number != number or _back(_moved(number, unit), unit) == number for number in numbers
        ):
            return unit
    return ""


def _moved(number: float, unit: str) -> float:
    return (number - EPOCH) / PER_DAY if unit == "td" else (number - EPOCH) * PER_SECOND


def _back(number: float, unit: str) -> float:
    return number * PER_DAY + EPOCH if unit == "td" else number / PER_SECOND + EPOCH


def _label_code(value: float) -> bool:
    return float(value).is_integer() and abs(value) < LARGEST_CODE


def _series(made: _Made) -> pd.Series:
    texts = any(isinstance(cell, str) for cell in made.cells)
    return pd.Series(made.cells, dtype=object if texts else "float64")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _names(names: list[str]) -> list[str]:
    """Names Stata allows, all different."""
    made: list[str] = []
    for name in names:
        plain = _ODD.sub("_", name)
        plain = (f"_{plain}" if plain[:1].isdigit() or not plain else plain)[:LONGEST_NAME]
        candidate, number = plain, 1
        while candidate.lower() in {other.lower() for other in made}:
            number += 1
            candidate = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
        made.append(candidate)
    return made
