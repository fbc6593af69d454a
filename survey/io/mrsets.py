"""Multiple-response sets as the dictionary of an SPSS file writes them (records 7 and 19).

Decided here: how one set is written as text and read back. Where the records stand in a file, and
which short name stands for which variable, is decided in savdict.py.

One line a set, lengths in bytes of the file's encoding::

    $news=D1 1 12 News sources news1 news2      dichotomies, 1 is counted, the variables' labels
    $cars=C 3 Car car1 car2                     categories
    $seen=E 11 1 1 0  seen1 seen2               dichotomies, labels of the counted values

References
----------
GNU PSPP, Multiple Response Sets Records (system file format).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from survey.errors import DataError

Kind = Literal["dichotomy", "category"]
PLAIN, EXTENDED = 7, 19  # subtypes: sets every SPSS knows, sets of SPSS 14 and later
_START = re.compile(rb"\$([^=\n]*)=(C|D|E (?:11|1) ?)")


@dataclass(frozen=True)
class MultipleSet:
    """One multiple-response set.

    Attributes
    ----------
    name : str
        Without the dollar sign.
    variables : tuple of str
        In the order of the file.
    counted : str or None
        The value that means chosen, as text; None for a set of categories.
    value_labels_name : bool
        The category is called by the label of the counted value, not by the variable's label.
    label_of_first : bool
        The set has no label of its own but borrows that of its first variable.
    """

    name: str
    kind: Kind
    variables: tuple[str, ...]
    label: str = ""
    counted: str | None = None
    value_labels_name: bool = False
    label_of_first: bool = False

    def subtype(self) -> int:
        return EXTENDED if self.value_labels_name else PLAIN


def parse_sets(record: bytes, encoding: str) -> list[MultipleSet]:
    """The sets of one record, their variables still by the names the record uses.

    Raises
    ------
    DataError
        If a line is not written as a set is.
    """
    sets = []
    rest = record.strip(b"\n\x00 ")
    while rest:
        found, rest = _one(rest, encoding)
        sets.append(found)
        rest = rest.lstrip(b"\n\x00 ")
    return sets


def format_sets(sets: Iterable[MultipleSet], encoding: str = "utf-8") -> bytes:
    """The bytes of a record; the inverse of `parse_sets`."""
    return b"".join(_line(one, encoding) for one in sets)


def _line(one: MultipleSet, encoding: str) -> bytes:
    counted = (one.counted or "").encode(encoding)
    if one.kind == "category":
        start = b"C"
    elif one.value_labels_name:
        flag = b"11" if one.label_of_first else b"1"
        start = b"E %s %d %s" % (flag, len(counted), counted)
    else:
        start = b"D%d %s" % (len(counted), counted)
    label = one.label.encode(encoding)
    names = " ".join(one.variables).encode(encoding)
    return b"$%s=%s %d %s %s\n" % (one.name.encode(encoding), start, len(label), label, names)


def _one(text: bytes, encoding: str) -> tuple[MultipleSet, bytes]:
    start = _START.match(text)
    if start is None:
        raise _odd(text)
    how, rest = start[2], text[start.end() :]
    counted = None
    if how != b"C":
        value, rest = _counted_text(rest)
        counted = _words(value, encoding)
    label, rest = _counted_text(rest.removeprefix(b" "))
    names, _, rest = rest.partition(b"\n")
    found = MultipleSet(
        name=_words(start[1], encoding),
        kind="category" if how == b"C" else "dichotomy",
        variables=tuple(_words(names, encoding).split()),
        label=_words(label, encoding),
        counted=counted,
        value_labels_name=how.startswith(b"E"),
        label_of_first=how.startswith(b"E 11"),
    )
    return found, rest


def _counted_text(text: bytes) -> tuple[bytes, bytes]:
    """`3 Yes ...` -> (`Yes`, ` ...`)."""
    digits, blank, rest = text.partition(b" ")
    if not digits.isdigit() or not blank or len(digits) > 9 or int(digits) > len(rest):
        raise _odd(text)
    return rest[: int(digits)], rest[int(digits) :]


def _words(text: bytes, encoding: str) -> str:
    return text.decode(encoding, errors="replace")


def _odd(text: bytes) -> DataError:
    return DataError(
        "holds a multiple-response set that is not written as one",
        got=repr(text[:40]),
        expected="$name=D1 1 5 label variables",
    )
