"""Zip archives (workbooks, exports) looked at before anything in them is unpacked.

Decided here: how large an archive may be unpacked, how strongly packed, and that no part of a
workbook may declare entities of its own. Bytes before the archive are no fault: zip files are
found from their end.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

from survey.errors import DataError

MOST = 1 << 30  # bytes of all parts together
MOST_RATIO = 200  # of unpacked to packed size, from which a large part is a bomb
LARGE = 32 << 20
MOST_PARTS = 10_000
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_HEAD = 4096


def refuse_bombs(data: bytes, path: Path) -> None:
    """Refuse an archive that unpacks to too much, or whose XML declares entities.

    Data that are no zip archive pass: their reader says what is wrong with them.

    Raises
    ------
    DataError
        If the archive is a bomb, or a part of it.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeError):
        return
    with archive:
        parts = archive.infolist()
        whole = sum(part.file_size for part in parts)
        packed = [p for p in parts if p.file_size > max(LARGE, MOST_RATIO * p.compress_size)]
        if whole > MOST or packed or len(parts) > MOST_PARTS:
            raise DataError(
                f"would unpack to {whole:,} bytes in {len(parts):,} parts",
                where=str(path),
                expected=f"at most {MOST:,} bytes, packed no more than {MOST_RATIO} to 1",
                hint="it is a bomb, or not a survey: ask who made it",
            )
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                _refuse_entities(archive, part, path)


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> None:
    try:
        with archive.open(part) as opened:
            head = opened.read(_HEAD)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, zlib.error):
        return  # damaged or locked: the reader says so
    if any(word in head for word in _DECLARED):
        raise DataError(
            f"declares entities in its part {part.filename}",
            where=str(path),
            expected="a workbook, whose parts declare none",
            hint="it may be made to exhaust memory: ask who made it",
        )


def members(data: bytes, path: Path, ending: str) -> dict[str, bytes]:
    """Parts of an archive whose names end so, unpacked in memory.

    Raises
    ------
    DataError
        If it is no archive, is damaged, is locked, or is a bomb.
    """
    refuse_bombs(data, path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {
                part.filename: archive.read(part)
                for part in archive.infolist()
                if part.filename.lower().endswith(ending) and not part.is_dir()
            }
    except (
        zipfile.BadZipFile,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        OverflowError,
        zlib.error,
    ) as fault:
        raise DataError(
            f"is not a readable zip archive: {fault}", where=str(path), hint="copy it again"
        ) from None
