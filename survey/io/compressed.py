"""The bytes of a raw file, unpacked if it is gzipped."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

from survey.errors import DataError

MAGIC = b"\x1f\x8b"
LARGE, MOST_RATIO = 64 << 20, 250  # from this size on, packed no more strongly than this
BLOCK = 1 << 20


def bytes_of(path: Path) -> bytes:
    """Read a file; a gzipped one (known by its first bytes) is unpacked.

    Raises
    ------
    DataError
        If the gzip data break off, are damaged, or would fill the memory.
    """
    data = Path(path).read_bytes()
    if not data.startswith(MAGIC):
        return data
    most = max(LARGE, MOST_RATIO * len(data))
    unpacked = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while block := file.read(BLOCK):
                unpacked += block
                if len(unpacked) > most:
                    raise DataError(
                        f"unpacks to more than {most:,} bytes",
                        where=str(path),
                        hint="it is a bomb, or not a survey: ask who made it",
                    )
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(
            f"is a broken gzip file: {fault}", where=str(path), hint="copy it again"
        ) from None
    return bytes(unpacked)
