"""Text files that people write: UTF-8, with or without a byte-order mark, or a fault that says so.

YAML files, targets, corrections, published numbers and chapters are read through here; raw survey
files come in more encodings and have readers of their own (csvfile.py).
"""

from __future__ import annotations

from pathlib import Path

from survey.errors import PerceptionError


def text_of(path: Path, name: str, kind: type[PerceptionError]) -> str:
    """The text of a file; `name` is how messages call it.

    Raises
    ------
    PerceptionError
        Of `kind`, if the file is missing, cannot be opened or is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise kind("file is missing", where=name) from None
    except OSError as fault:
        raise kind(f"cannot be opened: {fault.strerror}", where=name) from None
    except UnicodeDecodeError as fault:
        line = fault.object.count(b"\n", 0, fault.start) + 1
        raise kind(
            f"not UTF-8 (byte {fault.start})", where=f"{name}:{line}", hint="save the file as UTF-8"
        ) from None
