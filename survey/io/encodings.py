"""Which encoding a text file is in, and why that is believed.

Decided here, and never by likeness in silence: a byte-order mark is obeyed; a declared encoding
must fit every byte; else UTF-8 must fit every byte, else GB18030 must, and then most of its
two-byte signs must be of GB 2312, because short French or German texts fit GB18030 by chance. A
one-byte encoding fits everything, so it is taken only where the platform is known to write it, and
the reason is told. `Found.why` goes into the report of every reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from survey.errors import DataError, did_you_mean, one_of

BOMS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
CANONICAL = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5",
    "latin-1": "latin-1",
    "iso-8859-1": "latin-1",
    "windows-1252": "windows-1252",
}
LEAST_COMMON = 0.75  # share of two-byte signs that must be of GB 2312 for a file to be Chinese
_PAIRS = re.compile(rb"[\x81-\xfe][\x40-\xfe]")


@dataclass(frozen=True)
class Found:
    """A file's text, the encoding it was in, and the evidence."""

    text: str
    encoding: str
    why: str


def find_encoding(
    data: bytes, path: Path | str, declared: str | None = None, *, platform: str = ""
) -> Found:
    """Decode a file.

    Parameters
    ----------
    declared : str, optional
        What the person says; it must fit every byte.
    platform : str
        Name of a platform that exports in a one-byte encoding where it does not write UTF-8.

    Raises
    ------
    DataError
        If nothing fits, two things fit, or the declared encoding does not.
    """
    mark = next((m for m in sorted(BOMS, key=len, reverse=True) if data.startswith(m)), None)
    if declared is not None:
        return _declared(data, path, str(declared), BOMS.get(mark or b"", ""))
    if mark is not None:
        return _marked(data, path, BOMS[mark])
    if data.isascii():
        return Found(data.decode("ascii"), "utf-8", "all its signs are ASCII")
    try:
        return Found(data.decode("utf-8"), "utf-8", "every byte fits UTF-8")
    except UnicodeDecodeError as fault:
        return _other(data, path, fault.start, platform)


def _marked(data: bytes, path: Path | str, encoding: str) -> Found:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        tried = "utf-8" if encoding == "utf-8-sig" else encoding
        raise DataError(
            f"is in no encoding tried: {tried} fails at byte {fault.start}",
            where=place(path, data, fault.start),
            hint="its byte-order mark says what it should be: ask for the file again",
        ) from None
    return Found(text, encoding, f"it begins with the byte-order mark of {encoding}")


def _other(data: bytes, path: Path | str, not_utf8: int, platform: str) -> Found:
    """A file that is not UTF-8."""
    common, pairs = _common_pairs(data)
    told = f"it is not UTF-8 (byte {not_utf8})"
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as fault:
        if platform:
            return _one_byte(data, f"{told} and not GB18030 (byte {fault.start})", platform)
        raise DataError(
            f"is in no encoding tried: utf-8 fails at byte {not_utf8}, "
            f"gb18030 fails at byte {fault.start}",
            where=place(path, data, max(not_utf8, fault.start)),
            expected="UTF-8 or GB18030",
            hint="save it as CSV UTF-8, or set raw.options.encoding in the wave file",
        ) from None
    if pairs and common >= LEAST_COMMON * pairs:
        share = f"{common} of its {pairs} two-byte signs are of GB 2312"
        return Found(text, "gb18030", f"{told}, every byte fits GB18030, and {share}")
    if platform:
        share = f"only {common} of {pairs} two-byte signs would be of GB 2312"
        return _one_byte(data, f"{told}; it fits GB18030, but {share}", platform)
    raise DataError(
        f"may be GB18030 or a Western encoding: {told}, every byte fits GB18030, but only "
        f"{common} of {pairs} two-byte signs would be common ones",
        where=place(path, data, not_utf8),
        hint="set raw.options.encoding in the wave file, for example windows-1252 or gb18030",
    )


def _one_byte(data: bytes, told: str, platform: str) -> Found:
    high = re.search(rb"[\x80-\x9f]", data)
    if high is not None:
        try:
            text = data.decode("windows-1252")
        except UnicodeDecodeError:
            pass
        else:
            sign = f"byte {high.start()} is a sign in windows-1252 and a control in latin-1"
            return Found(
                text, "windows-1252", f"{told}; {platform} exports one byte a sign; {sign}"
            )
    return Found(data.decode("latin-1"), "latin-1", f"{told}; {platform} exports one byte a sign")


def _declared(data: bytes, path: Path | str, declared: str, marked: str) -> Found:
    encoding = CANONICAL.get(declared.lower())
    if encoding is None:
        raise DataError(
            f"unknown encoding '{declared}'",
            where=str(path),
            expected=one_of(CANONICAL),
            hint=did_you_mean(declared, CANONICAL),
        )
    if encoding in ("utf-8", "utf-8-sig"):
        encoding = "utf-8-sig" if marked == "utf-8-sig" else "utf-8"
    elif encoding != "utf-16":
        _require_not_utf8(data, path, encoding)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise DataError(
            f"is not {encoding}: byte 0x{data[fault.start]:02x} does not fit",
            where=place(path, data, fault.start),
            hint=_fitting(data, encoding),
        ) from None
    return Found(text, encoding, "it is declared, and every byte fits")


def _require_not_utf8(data: bytes, path: Path | str, declared: str) -> None:
    """UTF-8 text often decodes as another encoding, to wrong characters: refuse it by name."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if any(char >= "\u0800" for char in text):  # three bytes: not met by chance
        start = next(place for place, byte in enumerate(data) if byte > 0x7F)
        raise DataError(
            f"is declared {declared} but is UTF-8",
            where=place(path, data, start),
            hint="set raw.options.encoding to utf-8 in the wave file, or leave it out",
        )


def _fitting(data: bytes, declared: str) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != declared:
            return f"every byte fits {encoding}: set raw.options.encoding in the wave file"
    return "ask for the file again as CSV UTF-8"


def _common_pairs(data: bytes) -> tuple[int, int]:
    """Two-byte signs of GB18030, and how many of them GB 2312 has (both bytes high)."""
    pairs = _PAIRS.findall(data)
    return sum(pair[1] >= 0xA1 and pair[0] >= 0xA1 for pair in pairs), len(pairs)


def place(path: Path | str, data: bytes, byte: int) -> str:
    """`file:line, byte n`, for a message."""
    line = data.count(b"\n", 0, byte) + 1
    return f"{path}:{line}, byte {byte}"
