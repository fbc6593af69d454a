"""SPSS files (.sav, .zsav), read by pyreadstat in the child process of isolated.py.

Decided here: values stay as they are (a user-missing code is a code, not a blank), dates become
ISO text (or stay numbers, where a file is read to be written again), and a file that breaks off is
refused. What pyreadstat leaves out of a dictionary comes from savdict.py. Which code means what is
decided by the instrument, in clean/recode.py.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.io.savdict import Dictionary, codec, read_dictionary

LIBRARY = "pyreadstat"
OPTIONS = ("encoding",)
SIGNATURES = (b"$FL2", b"$FL3")


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Columns, labels, value labels and user-missing ranges of one file.

    Parameters
    ----------
    options : mapping
        `encoding` overrides what the file says of its texts; `drop` lists columns not to return;
        `exact`: dates stay numbers, texts keep their leading blanks.

    Returns
    -------
    dict of columns, dropped, labels, value_labels (pairs), user_missing (low, high), encoding;
    variables (measure, format, width, alignment), sets, weight, title, notes, texts, not_read.

    Raises
    ------
    DataError
        If it is no SPSS file, breaks off, or its texts are not in the stated encoding.
    """
    import pyreadstat

    stated = _stated_rows(path)
    exact = bool(options.get("exact"))
    try:
        cells, meta = pyreadstat.read_sav(
            path,
            user_missing=True,
            output_format="dict",
            encoding=options.get("encoding"),
            disable_datetime_conversion=exact,
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeError) as fault:
        raise _refused(path, str(fault)) from None
    except (ValueError, OverflowError, KeyError, IndexError) as fault:
        raise _refused(path, str(fault)) from None
    require_names(meta.column_names, path)
    rows = len(next(iter(cells.values()), ()))
    if stated >= 0 and rows != stated:
        raise DataError(
            f"breaks off after {rows} of {stated} rows", where=str(path), hint="copy it again"
        )
    dictionary = read_dictionary(path, codec(options.get("encoding") or meta.file_encoding or ""))
    dropped = set(options.get("drop", ()))
    kept = [name for name in meta.column_names if name not in dropped]
    cell = cell_reader(exact)
    return {
        "columns": [(name, [cell(value) for value in cells[name]]) for name in kept],
        "dropped": sorted(dropped & set(meta.column_names)),
        **meanings(meta, set(kept)),
        **_beside(dictionary, meta, set(kept)),
    }


def meanings(meta: Any, kept: set[str]) -> dict[str, Any]:
    """Wordings, words of values, declared missing values."""
    labels = meta.column_names_to_labels
    return {
        "labels": {name: label for name, label in labels.items() if label and name in kept},
        "value_labels": {
            name: list(pairs.items())
            for name, pairs in meta.variable_value_labels.items()
            if name in kept
        },
        "user_missing": {
            name: [(span["lo"], span["hi"]) for span in spans]
            for name, spans in meta.missing_ranges.items()
            if name in kept
        },
        "encoding": meta.file_encoding or "",
    }


def _beside(dictionary: Dictionary, meta: Any, kept: set[str]) -> dict[str, Any]:
    """How columns are shown, and what the dictionary says of the file as a whole."""
    parts = {
        "measure": meta.variable_measure,
        "format": meta.original_variable_types,
        "width": meta.variable_display_width,
        "alignment": meta.variable_alignment,
    }
    sets = [one for one in dictionary.sets if set(one.variables) <= kept]
    return {
        "variables": {
            name: {part: of.get(name) for part, of in parts.items() if of.get(name)}
            for name in meta.column_names
            if name in kept
        },
        "sets": [vars(one) for one in sets],
        "weight": dictionary.weight if dictionary.weight in kept else "",
        "title": meta.file_label or "",
        "notes": list(meta.notes or ()),
        "texts": {str(subtype): text for subtype, text in dictionary.texts.items()},
        "not_read": [f"dictionary record {subtype}" for subtype in dictionary.unknown],
    }


def require_names(names: Sequence[str | None], path: Path) -> None:
    """Every column has a name of its own; a file where two share one would lose one of them.

    Raises
    ------
    DataError
        With the names that stand twice, or the place of a column without one.
    """
    if all(names) and len(set(names)) == len(names):
        return
    bare = [str(place) for place, name in enumerate(names, start=1) if not name]
    twice = sorted(name for name, times in Counter(names).items() if name and times > 1)
    what = f"has {len(twice)} names twice" if twice else f"has {len(bare)} columns without a name"
    raise DataError(
        what,
        where=str(path),
        got=", ".join((twice or bare)[:5]),
        hint="open it in the program that wrote it and name the columns apart",
    )


def cell_reader(exact: bool) -> Callable[[Any], float | str | None]:
    """How a cell of pyreadstat becomes a number, a text or None."""
    return _exact if exact else _cell


def _cell(value: Any) -> float | str | None:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, str):
        return value.strip() or None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return float(value)


def _exact(value: Any) -> float | str | None:
    if value is None or isinstance(value, float):
        return value
    return (value.rstrip(" ") or None) if isinstance(value, str) else float(value)


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
