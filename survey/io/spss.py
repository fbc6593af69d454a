"""SPSS files (.sav, .zsav), read by pyreadstat in the child process of isolated.py.

Decided here: values stay as they are (a user-missing code is a code, not a blank), dates become
ISO text, and a file that breaks off is refused. Which code means what is decided by the
instrument, in clean/recode.py.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError

LIBRARY = "pyreadstat"
OPTIONS = ("encoding",)
SIGNATURES = (b"$FL2", b"$FL3")


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns, labels, value labels and user-missing ranges of one file.

    Parameters
    ----------
    options : mapping
        `encoding` overrides what the file says of its texts; `drop` lists columns not to return.

    Returns
    -------
    dict of columns, dropped, labels, value_labels (pairs), user_missing (low, high), encoding.

    Raises
    ------
    DataError
        If it is no SPSS file, breaks off, or its texts are not in the stated encoding.
    """
    import pyreadstat

    stated = _stated_rows(path)
    try:
        cells, meta = pyreadstat.read_sav(
            path, user_missing=True, output_format="dict", encoding=options.get("encoding")
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as fault:
        raise _refused(path, str(fault)) from None
    rows = len(next(iter(cells.values()), ()))
    if stated >= 0 and rows != stated:
        raise DataError(
            f"breaks off after {rows} of {stated} rows", where=str(path), hint="copy it again"
        )
    dropped = set(options.get("drop", ()))
    kept = [name for name in meta.column_names if name not in dropped]
    labels = meta.column_names_to_labels
    return {
        "columns": [(name, [_cell(value) for value in cells[name]]) for name in kept],
        "dropped": sorted(dropped & set(meta.column_names)),
        "labels": {name: labels[name] for name in kept if labels.get(name)},
        "value_labels": {
            name: list(pairs.items())
            for name, pairs in meta.variable_value_labels.items()
            if name in kept
        },
        "user_missing": {
            name: [(span["lo"], span["hi"]) for span in spans]  # type: ignore[index]
            for name, spans in meta.missing_ranges.items()
            if name in kept
        },
        "encoding": meta.file_encoding or "",
    }


def _cell(value: Any) -> float | str | None:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, str):
        return value.strip() or None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return float(value)


def _stated_rows(path: Path) -> int:
    """The number of rows in the file's header; -1 where the writing program left it open."""
    with path.open("rb") as file:
        head = file.read(88)
    if head[:4] not in SIGNATURES:
        raise DataError(
            "is not an SPSS file",
            where=str(path),
            expected="a .sav file, which begins with $FL2 or $FL3",
            hint="see what kind of file it is, and set raw.origin in the wave file",
        )
    if len(head) < 88:
        raise _refused(path, "the header breaks off")
    order = "<" if head[64] in (2, 3) else ">"
    return struct.unpack_from(f"{order}i", head, 80)[0]


def _refused(path: Path, told: str) -> DataError:
    if "alloc" in told.lower():
        raise MemoryError(told)
    if "string" in told.lower() or "encod" in told.lower():
        return DataError(
            f"holds text that cannot be decoded: {told}",
            where=str(path),
            hint="set raw.options.encoding in the wave file, for example GB18030",
        )
    return DataError(
        f"cannot be read to its end: {told}",
        where=str(path),
        expected="a whole SPSS file",
        hint="it may be truncated: compare its size with the original and copy it again",
    )
