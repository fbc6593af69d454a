"""A survey file with everything that makes its numbers answers: the model all formats share.

Decided here: what is kept of a file (values, wordings, words of values, declared missing values,
measure, format, display, multiple-response sets, weight). How each format is read is decided in
spss.py and its neighbours, how it is written in write/.

A date is a number with a date format (SPSS: seconds since 14 October 1582), a text cell "" and a
blank are the same, a user-missing value is a value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from survey.io.mrsets import MultipleSet

MEASURES = ("unknown", "nominal", "ordinal", "scale")
Value = float | str
Span = tuple[Value, Value]
_TEXT = re.compile(r"^A(?:HEX)?(\d{1,6})$")


@dataclass(frozen=True)
class Variable:
    """One column's meaning.

    Attributes
    ----------
    missing : spans (low, high), both ends belong to it; -inf and inf are open ends
    format : as SPSS writes it, such as F8.2, A40, DATE11; "" where the file has none
    width : columns the editor shows, 0 where the file has none
    """

    label: str = ""
    value_labels: Mapping[Value, str] = field(default_factory=dict)
    missing: tuple[Span, ...] = ()
    measure: str = "unknown"
    format: str = ""
    width: int = 0
    alignment: str = "unknown"

    def is_text(self) -> bool:
        """Whether its format says that its values are texts (A40, AHEX8; not ADATE10)."""
        return _TEXT.match(self.format) is not None

    def text_width(self) -> int:
        """Bytes a text value may have; 0 for numbers and where no format says it."""
        found = _TEXT.match(self.format)
        return int(found[1]) if found else 0


@dataclass(frozen=True)
class Labelled:
    """A file as a whole.

    Attributes
    ----------
    frame : DataFrame, one row per respondent; float64, or object with str and None
    variables : column -> Variable, every column has one
    sets : multiple-response sets
    weight : the column that weighs the file, or ""
    texts : record -> text of the dictionary that is carried over (savdict.TEXTS)
    not_read : what the file holds and this model does not
    """

    frame: pd.DataFrame
    variables: Mapping[str, Variable]
    sets: tuple[MultipleSet, ...] = ()
    weight: str = ""
    title: str = ""
    notes: tuple[str, ...] = ()
    texts: Mapping[int, str] = field(default_factory=dict)
    encoding: str = ""
    not_read: tuple[str, ...] = ()

    def is_missing(self, name: str) -> pd.Series:
        """Where a column is blank or holds a value declared missing. bool, one per row."""
        cells = self.frame[name]
        missing = cells.isna()
        for low, high in self.variables[name].missing:
            if cells.dtype == float and not isinstance(low, str):
                missing |= cells.between(low, float(high))
            elif cells.dtype != float:
                missing |= cells.eq(low)
        return missing


def differences(one: Labelled, other: Labelled) -> list[str]:
    """What is not the same in two files, a sentence each; empty if they are equal."""
    found = []
    if list(one.frame.columns) != list(other.frame.columns):
        return [f"columns {list(one.frame.columns)} / {list(other.frame.columns)}"]
    for name in one.frame.columns:
        if not one.frame[name].equals(other.frame[name]):
            found.append(f"values of {name}")
        mine, yours = one.variables[name], other.variables[name]
        found += [
            f"{part} of {name}: {getattr(mine, part)!r} / {getattr(yours, part)!r}"
            for part in ("label", "value_labels", "missing", "measure", "format", "width")
            if getattr(mine, part) != getattr(yours, part)
        ]
        if mine.alignment != yours.alignment and mine.alignment != "unknown":
            found.append(f"alignment of {name}: {mine.alignment} / {yours.alignment}")
    for part in ("weight", "title", "notes", "texts"):
        if getattr(one, part) != getattr(other, part):
            found.append(f"{part}: {getattr(one, part)!r} / {getattr(other, part)!r}")
    if sorted(one.sets, key=str) != sorted(other.sets, key=str):
        found.append(f"sets: {one.sets} / {other.sets}")
    return found
