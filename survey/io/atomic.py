"""Writing a file so that a killed run leaves either the old one or the new one, never half.

Every file the suite writes goes through here. The temporary file stands beside its target, so
that the final rename stays on one disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it becomes `path` when the block ends, and is gone if the block fails."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.unfinished{path.suffix}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> Path:
    with replacing(path) as unfinished:
        unfinished.write_bytes(data)
    return Path(path)


def write_text(path: Path, text: str) -> Path:
    """UTF-8 with \\n line ends on every system."""
    return write_bytes(path, text.encode("utf-8"))


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
