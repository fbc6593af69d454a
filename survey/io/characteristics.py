"""Characteristics of a Stata file: texts that travel in it; pyreadstat leaves them out.

Decided here: how a text of any length is cut into characteristics of `_dta`, where they stand in
the file, and how the file's table of positions is kept right. What the texts say is decided in
write/dta.py. Only the format of Stata 14 and later (118, 119) is touched.

References
----------
Stata, "File formats .dta", sections on the map and the characteristics.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

OWN = "survey"  # name of the characteristic that holds a whole dictionary
LONGEST = 60_000  # bytes in one; Stata allows 67,784
NAME = 129  # bytes of a name in format 118
PLACES, CHARACTERISTICS = 14, 8  # entries of the map, and which is the one of this section
OPENING, CLOSING = b"<characteristics>", b"</characteristics>"
LARGEST = 64 << 20


def read_characteristics(path: Path) -> dict[str, str]:
    """Name -> text of the characteristics of the data set; empty where there are none.

    A damaged section reads as empty: values and labels are pyreadstat's and do not depend on it.
    """
    data = path.open("rb").read(1 << 12)
    found = _map(data)
    if found is None:
        return {}
    order, _, places = found
    start, end = places[CHARACTERISTICS], places[CHARACTERISTICS + 1]
    if not 0 < start < end or end - start > LARGEST or end > path.stat().st_size:
        return {}
    with path.open("rb") as file:
        file.seek(start)
        section = file.read(end - start)
    if not section.startswith(OPENING):
        return {}
    pieces: dict[str, dict[int, str]] = {}
    at = len(OPENING)
    while section.startswith(b"<ch>", at):
        (length,) = struct.unpack_from(f"{order}I", section, at + 4) if at + 8 <= end else (0,)
        body = section[at + 8 : at + 8 + length]
        at += 8 + length + len(b"</ch>")
        if length < 2 * NAME or len(body) < length:
            return {}
        owner, name = _text(body[:NAME]), _text(body[NAME : 2 * NAME])
        base, _, number = name.rpartition("_")
        if owner == "_dta" and number.isdecimal() and number.isascii() and len(number) < 6:
            pieces.setdefault(base, {})[int(number)] = _text(body[2 * NAME :])
        elif owner == "_dta":
            pieces.setdefault(name, {})[0] = _text(body[2 * NAME :])
    return {name: "".join(cut[number] for number in sorted(cut)) for name, cut in pieces.items()}


def insert_characteristics(data: bytearray, texts: Mapping[str, str]) -> list[bytes | bytearray]:
    """A .dta file of format 118 or 119 with further characteristics, in pieces to be written."""
    order, at, places = file_map(data)
    cut = places[CHARACTERISTICS] + len(OPENING)
    added = b"".join(
        _entry(order, f"{name}_{number}" if name == OWN else name, piece)
        for name, text in texts.items()
        for number, piece in enumerate(_pieces(text), start=1)
    )
    moved = [place + len(added) if place > cut else place for place in places]
    head = data[:cut]
    struct.pack_into(f"{order}{PLACES}q", head, at, *moved)
    return [head, added, data[cut:]]


def file_map(data: bytes | bytearray) -> tuple[str, int, tuple[int, ...]]:
    """(byte order, where the map begins, its entries) of a file of Stata 14 or later.

    Raises
    ------
    ValueError
        If it is of another format.
    """
    found = _map(bytes(data[: 1 << 12]))
    if found is None:
        raise ValueError("not a file of Stata 14 or later")
    return found


def _map(head: bytes) -> tuple[str, int, tuple[int, ...]] | None:
    """(byte order, where the map begins, its entries)."""
    if not head.startswith(b"<stata_dta>") or not any(
        b"<release>%d</release>" % release in head for release in (118, 119)
    ):
        return None
    order = ">" if b"<byteorder>MSF</byteorder>" in head else "<"
    at = head.find(b"<map>") + len(b"<map>")
    if at < len(b"<map>") or len(head) < at + 8 * PLACES:
        return None
    return order, at, struct.unpack_from(f"{order}{PLACES}q", head, at)


def _entry(order: str, name: str, text: bytes) -> bytes:
    body = b"_dta".ljust(NAME, b"\0") + name.encode().ljust(NAME, b"\0") + text + b"\0"
    return b"<ch>" + struct.pack(f"{order}I", len(body)) + body + b"</ch>"


def _pieces(text: str) -> list[bytes]:
    """UTF-8 in pieces that end between signs."""
    data, pieces = text.encode(), []
    while len(data) > LONGEST:
        cut = LONGEST
        while data[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(data[:cut])
        data = data[cut:]
    return [*pieces, data]


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")
