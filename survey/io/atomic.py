"""Writing a file so that a killed run leaves either the old one or the new one, never half.

Every file the suite writes goes through here. The temporary file stands beside its target, so
that the final rename stays on one disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from survey.errors import PerceptionError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it becomes `path` when the block ends, and is gone if the block fails.

    Raises
    ------
    PerceptionError
        If the system refuses: no room, no right to write, a file where a folder should be.
    """
    path = Path(path)
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.unfinished{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield unfinished
            unfinished.replace(path)
        finally:
            with suppress(NotADirectoryError):
                unfinished.unlink(missing_ok=True)
    except OSError as fault:
        raise PerceptionError(
            f"cannot be written: {fault.strerror or fault}",
            where=str(path),
            hint="make room on the disk, or make the folder yours",
        ) from fault


def write_bytes(path: Path, data: bytes) -> Path:
    with replacing(path) as unfinished:
        unfinished.write_bytes(data)
    return Path(path)


def write_text(path: Path, text: str) -> Path:
    """UTF-8 with \\n line ends on every system."""
    return write_bytes(path, text.encode("utf-8"))


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes.

    Raises
    ------
    PerceptionError
        If the file cannot be opened.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        told = f"cannot be opened: {fault.strerror or fault}"
        raise PerceptionError(told, where=str(path)) from None
