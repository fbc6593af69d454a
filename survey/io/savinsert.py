"""Dictionary records put into a .sav file that pyreadstat wrote without them.

Decided here: where multiple-response sets, the weight, alignment and carried-over texts go, and how
the positions a packed file keeps of its own blocks are corrected. How a dictionary is walked is
decided in savdict.py.

References
----------
GNU PSPP, System File Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from survey.io.mrsets import EXTENDED, PLAIN, MultipleSet, format_sets
from survey.io.savdict import EXTENSION, WEIGHT_AT, read_dictionary

ZLIB = b"$FL3"
ALIGNMENTS = ("left", "right", "center")


def insert_records(
    source: Path,
    target: Path,
    *,
    sets: Iterable[MultipleSet] = (),
    weight: str = "",
    alignment: Mapping[str, str] | None = None,
    texts: Mapping[int, str] | None = None,
) -> None:
    """Copy a UTF-8 .sav file with further dictionary records.

    Parameters
    ----------
    sets : MultipleSet, by the long names of their variables
    weight : str, the weighing variable
    alignment : variable -> "left", "right" or "center"
    texts : subtype -> text, as `Dictionary.texts`
    """
    found = read_dictionary(source)
    head = bytearray(source.open("rb").read(found.end))
    if weight:
        struct.pack_into(f"{found.order}i", head, WEIGHT_AT, found.places[weight])
    for place, name in enumerate(found.display):
        if (alignment or {}).get(name) in ALIGNMENTS and found.display_at:
            number = ALIGNMENTS.index((alignment or {})[name])
            struct.pack_into(f"{found.order}i", head, found.display_at + 12 * place + 8, number)
    short = [
        replace(one, variables=tuple(found.short[n].lower() for n in one.variables)) for one in sets
    ]
    added = b"".join(
        _record(found.order, subtype, format_sets(s for s in short if s.subtype() == subtype))
        for subtype in (PLAIN, EXTENDED)
        if any(s.subtype() == subtype for s in short)
    )
    for subtype, text in (texts or {}).items():
        added += _record(found.order, subtype, text.encode())
    with source.open("rb") as old, target.open("wb") as new:
        new.write(head)
        new.write(added)
        old.seek(found.end)
        while block := old.read(1 << 20):
            new.write(block)
    if head.startswith(ZLIB):
        _shift(target, found.end + len(added) + 8, len(added), found.order)


def _shift(path: Path, start: int, by: int, order: str) -> None:
    """Correct the byte positions a compressed file keeps of its own blocks.

    `start` is where its data header stands: positions of that header and of the trailer, then the
    trailer's length. The trailer lists (unpacked position, packed position, two sizes) per block.
    """
    with path.open("r+b") as file:
        file.seek(start)
        header, trailer, length = struct.unpack(f"{order}3q", file.read(24))
        file.seek(start)
        file.write(struct.pack(f"{order}3q", header + by, trailer + by, length))
        file.seek(trailer + by + 24)
        for _ in range((length - 24) // 24):
            unpacked, packed, sizes = struct.unpack(f"{order}2q8s", file.read(24))
            file.seek(-24, 1)
            file.write(struct.pack(f"{order}2q8s", unpacked + by, packed + by, sizes))


def _record(order: str, subtype: int, data: bytes) -> bytes:
    return struct.pack(f"{order}4i", EXTENSION, subtype, 1, len(data)) + data
