"""The bytes of a raw file, unpacked if it is gzipped."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from survey.errors import DataError

MAGIC = b"\x1f\x8b"


def bytes_of(path: Path) -> bytes:
    """Read a file; a gzipped one (known by its first bytes) is unpacked.

    Raises
    ------
    DataError
        If the gzip data break off or are damaged.
    """
    data = Path(path).read_bytes()
    if not data.startswith(MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(
            f"is a broken gzip file: {fault}", where=str(path), hint="copy it again"
        ) from None
