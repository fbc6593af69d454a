"""Files made a little wrong: the mutations the readers are tried with.

A mutation is decided by its number alone, so that a file that did harm can be made again.
"""

from __future__ import annotations

import gzip
import io
import random
import zipfile

EDGES = (
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\x01\x00\x00\x00",
    b"\xe7\x03\x00\x00",
    b"\x00\x00\x01\x00",
)
TEXTS = (b'"', b",", b"\n", b"\r\n", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"]]>", b"&lol;")


def mutated(data: bytes, number: int, other: bytes = b"") -> bytes:
    """One mutation of a file; `other` is a second file that pieces may come from."""
    draw = random.Random(f"mutation {number}")
    if data.startswith(b"\x1f\x8b") and draw.random() < 0.8:
        return gzip.compress(mutated(gzip.decompress(data), number, other), 1, mtime=0)
    if data.startswith(b"PK") and draw.random() < 0.6:
        inside = _in_a_part(data, draw)
        if inside is not None:
            return inside
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 4, 16))):
        if not changed:
            break
        draw.choice(_CHANGES)(changed, draw, other)
    return bytes(changed)


def _place(data: bytearray, draw: random.Random) -> int:
    """Anywhere, but often near the beginning, where headers are."""
    end = len(data) if draw.random() < 0.5 else min(len(data), 2048)
    return draw.randrange(max(end, 1))


def _flip(data: bytearray, draw: random.Random, other: bytes) -> None:
    data[_place(data, draw)] ^= 1 << draw.randrange(8)


def _byte(data: bytearray, draw: random.Random, other: bytes) -> None:
    data[_place(data, draw)] = draw.randrange(256)


def _edge(data: bytearray, draw: random.Random, other: bytes) -> None:
    at = _place(data, draw) // 4 * 4
    edge = draw.choice(EDGES)
    data[at : at + len(edge)] = edge


def _cut(data: bytearray, draw: random.Random, other: bytes) -> None:
    del data[_place(data, draw) :]


def _delete(data: bytearray, draw: random.Random, other: bytes) -> None:
    at = _place(data, draw)
    del data[at : at + draw.choice((1, 2, 4, 8, 64, 1024))]


def _repeat(data: bytearray, draw: random.Random, other: bytes) -> None:
    at = _place(data, draw)
    piece = data[at : at + draw.choice((1, 4, 32, 512))]
    data[at:at] = piece * draw.choice((1, 2, 50))


def _insert(data: bytearray, draw: random.Random, other: bytes) -> None:
    at = _place(data, draw)
    data[at:at] = draw.choice((*TEXTS, draw.randbytes(16), b"9" * 400))


def _splice(data: bytearray, draw: random.Random, other: bytes) -> None:
    if other:
        at, start = _place(data, draw), draw.randrange(len(other))
        piece = other[start : start + draw.choice((4, 64, 1024))]
        data[at : at + len(piece)] = piece


_CHANGES = (_flip, _byte, _byte, _edge, _edge, _cut, _delete, _repeat, _insert, _splice)


def _in_a_part(data: bytes, draw: random.Random) -> bytes | None:
    """A zip archive with one part changed and packed again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {part.filename: archive.read(part) for part in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    name = draw.choice(sorted(parts))
    part = bytearray(parts[name])
    for _ in range(draw.choice((1, 1, 3))):
        if part:
            draw.choice(_CHANGES)(part, draw, b"")
    parts[name] = bytes(part)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for filename, content in parts.items():
            archive.writestr(filename, content)
    return packed.getvalue()
