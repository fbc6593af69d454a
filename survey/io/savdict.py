"""The dictionary of a .sav file, walked record by record without any library.

pyreadstat does not return everything a dictionary holds: multiple-response sets as they are
written, the weight, attributes. Decided here: where records begin and end, and which variable a
short name means. What a set says is decided in mrsets.py; values and labels are read by pyreadstat
(spss.py); records are put into a file by savinsert.py.

References
----------
GNU PSPP, System File Format; record numbers and field names follow it.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from survey.errors import DataError
from survey.io.mrsets import EXTENDED, PLAIN, MultipleSet, parse_sets

HEADER = 176
WEIGHT_AT, LAYOUT_AT, TITLE_AT = 76, 64, 109
VARIABLE, VALUE_LABELS, LABELLED, DOCUMENT, EXTENSION, END = 2, 3, 4, 6, 7, 999
VARIABLE_SETS, DISPLAY, LONG_NAMES, VERY_LONG = 5, 11, 13, 14
FILE_ATTRIBUTES, VARIABLE_ATTRIBUTES, ENCODING = 17, 18, 20
TEXTS = (VARIABLE_SETS, FILE_ATTRIBUTES, VARIABLE_ATTRIBUTES)  # carried over as they are
REMADE = (1, 3, 4, PLAIN, DISPLAY, LONG_NAMES, VERY_LONG, 16, EXTENDED, ENCODING, 21, 22)
VIEW = 24  # how the data editor showed the file; carried over too
LARGEST_RECORD = 64 << 20


@dataclass(frozen=True)
class Dictionary:
    """What a dictionary holds beside values and labels.

    Attributes
    ----------
    sets : tuple of MultipleSet, by the long names of their variables
    weight : str
        The variable that weighs the file, or nothing.
    texts : subtype -> text of a record that is carried over
    unknown : subtypes of records nobody here understands, which a copy will lack
    short : long name -> the name in eight bytes that records use
    end : int
        Byte at which the dictionary's last record begins.
    display : list of (measure, width, alignment), one per variable record, and its byte
    """

    order: str = "<"
    encoding: str = "utf-8"
    sets: tuple[MultipleSet, ...] = ()
    weight: str = ""
    texts: Mapping[int, str] = field(default_factory=dict)
    unknown: tuple[int, ...] = ()
    short: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)  # long name -> number of its record
    display_at: int = 0
    display: tuple[str, ...] = ()  # long name per entry of the display record
    end: int = 0


def read_dictionary(path: Path, encoding: str = "") -> Dictionary:
    """Walk one file's dictionary.

    Parameters
    ----------
    encoding : str
        Of its texts, where the file does not say (as pyreadstat found it).

    Raises
    ------
    DataError
        If a record breaks off or claims to be larger than the file.
    """
    with path.open("rb") as file:
        try:
            return _Walk(file, path, encoding).all()
        except (struct.error, DataError) as fault:
            told = fault.faults[0].what if isinstance(fault, DataError) else "it breaks off"
            raise DataError(
                f"has a damaged dictionary: {told}",
                where=f"{path}, byte {file.tell()}",
                hint="open it in the program that wrote it and save it again",
            ) from None


class _Walk:
    """One pass over the records of a file."""

    def __init__(self, file: BinaryIO, path: Path, encoding: str) -> None:
        self.file = file
        self.size = path.stat().st_size
        self.encoding = encoding
        head = self._take(HEADER)
        self.order = "<" if head[LAYOUT_AT] in (2, 3) else ">"
        self.weight = self._ints(head[WEIGHT_AT : WEIGHT_AT + 4])[0]
        self.records: list[tuple[bytes, int]] = []  # (short name, width) per variable record
        self.extensions: dict[int, bytes] = {}
        self.display_at = 0

    def all(self) -> Dictionary:
        for kind, start in self._kinds():
            if kind == END:
                return self._told(start)
        raise DataError("it has no end")

    def _kinds(self) -> Iterator[tuple[int, int]]:
        while True:
            start = self.file.tell()
            kind = self._ints(self._take(4))[0]
            if kind == VARIABLE:
                self._variable()
            elif kind == VALUE_LABELS:
                self._value_labels()
            elif kind == LABELLED:
                self._take(4 * self._count())
            elif kind == DOCUMENT:
                self._take(80 * self._count())
            elif kind == EXTENSION:
                self._extension()
            elif kind != END:
                raise DataError(f"it has a record of kind {kind}")
            yield kind, start

    def _variable(self) -> None:
        width, labelled, missing, _, _ = self._ints(self._take(20))
        self.records.append((self._take(8).rstrip(b" \x00"), width))
        if labelled:
            length = self._count()
            self._take((length + 3) // 4 * 4)
        if abs(missing) > 3:
            raise DataError(f"a variable has {missing} missing values")
        self._take(8 * abs(missing))

    def _value_labels(self) -> None:
        for _ in range(self._count()):
            self._take(8)
            length = self._take(1)[0]
            self._take((1 + length + 7) // 8 * 8 - 1)

    def _extension(self) -> None:
        subtype, size, count = self._ints(self._take(12))
        if size < 0 or count < 0:
            raise DataError(f"record {subtype} has a negative size")
        if subtype == DISPLAY:
            self.display_at = self.file.tell()
        self.extensions[subtype] = self._take(size * count)

    def _count(self) -> int:
        count = self._ints(self._take(4))[0]
        if count < 0:
            raise DataError("a record has a negative length")
        return count

    def _take(self, length: int) -> bytes:
        if length > min(LARGEST_RECORD, self.size - self.file.tell()):
            raise DataError("a record is longer than the file")
        return self.file.read(length)

    def _ints(self, data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"{self.order}{len(data) // 4}i", data)

    # -- what was found ------------------------------------------------------------------------

    def _told(self, end: int) -> Dictionary:
        encoding = codec(self.extensions.get(ENCODING, b"").decode("ascii", "replace"))
        encoding = encoding or codec(self.encoding) or "utf-8"
        long_of = _long_names(self.extensions.get(LONG_NAMES, b""), encoding)
        segments = _segments(self.extensions.get(VERY_LONG, b""), encoding)
        names = _names(self.records, long_of, segments, encoding)
        own = {name: place for place, name in reversed(list(enumerate(names))) if name}
        short = {
            name: self.records[place][0].decode(encoding, "replace") for name, place in own.items()
        }
        return Dictionary(
            order=self.order,
            encoding=encoding,
            sets=tuple(self._sets(encoding, {s.lower(): name for name, s in short.items()})),
            weight=self._weight_name(names),
            texts=self._texts(encoding),
            unknown=tuple(sorted(set(self.extensions) - {*REMADE, *TEXTS, VIEW})),
            short=short,
            places={name: place + 1 for name, place in own.items()},
            display_at=self.display_at,
            display=tuple(
                name for name, (_, width) in zip(names, self.records, strict=True) if width != -1
            ),
            end=end,
        )

    def _texts(self, encoding: str) -> dict[int, str]:
        return {
            subtype: self.extensions[subtype].decode(encoding, "replace")
            for subtype in (*TEXTS, VIEW)
            if subtype in self.extensions
        }

    def _sets(self, encoding: str, long_of: Mapping[str, str]) -> Iterator[MultipleSet]:
        for subtype in (PLAIN, EXTENDED):
            for one in parse_sets(self.extensions.get(subtype, b""), encoding):
                yield replace(
                    one, variables=tuple(long_of.get(n.lower(), n) for n in one.variables)
                )

    def _weight_name(self, names: list[str]) -> str:
        return names[self.weight - 1] if 0 < self.weight <= len(names) else ""


def codec(name: str) -> str:
    """Python's name of an encoding, or nothing if it knows none."""
    try:
        return codecs.lookup(name.strip()).name if name.strip() else ""
    except (LookupError, ValueError):
        return ""


def _long_names(record: bytes, encoding: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in record.decode(encoding, "replace").split("\t"))
    return {short.upper(): long.rstrip("\x00") for short, _, long in pairs if long}


def _segments(record: bytes, encoding: str) -> dict[str, int]:
    """Short names of very long strings -> how many variables of the file hold one."""
    found = {}
    for pair in record.decode(encoding, "replace").split("\t"):
        short, _, width = pair.replace("\x00", "").partition("=")
        if width.isdigit() and int(width) < 1 << 20:
            found[short.upper()] = -(-int(width) // 252)
    return found


def _names(
    records: list[tuple[bytes, int]],
    long_of: Mapping[str, str],
    segments: Mapping[str, int],
    encoding: str,
) -> list[str]:
    """Long name of each variable record; nothing for the further pieces of a string."""
    names: list[str] = []
    owner, left = "", 0
    for raw, width in records:
        short = raw.decode(encoding, "replace")
        if width == -1:
            names.append("")
        elif left:
            names.append(owner)
            left -= 1
        else:
            owner = long_of.get(short.upper(), short.lower() if not long_of else short)
            left = segments.get(short.upper(), 1) - 1
            names.append(owner)
    return names
