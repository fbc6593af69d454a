"""Long comma-separated files, read by Arrow into one integer per cell and one text per answer.

Decided here: when a file is long, and which long files Arrow reads exactly as csvfile.py does. A
file with a quotation mark inside a cell that is not quoted, a lone carriage return, a row of
another width or a single column goes the slow way, so that its faults are told as those of any
other file. What a cell, a blank and a blank row are is decided in csvfile.py; tests hold both ways
equal.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from survey.io import csvfile
from survey.io.compressed import bytes_of
from survey.io.encodings import find_encoding
from survey.io.header import column_names

LONG = 8 << 20  # bytes: below, the slow way takes a second or two
HEAD = 1 << 20  # signs in which header and skipped rows are looked for
BLOCK = 1 << 23
QUOTE, LINE_ENDS = ord('"'), (ord("\n"), ord("\r"))


def read(path: Path, options: Mapping[str, Any], *, long: int = LONG) -> dict[str, Any]:
    """As csvfile.read; columns of a long file are pandas categoricals of text.

    Parameters
    ----------
    long : bytes from which a file is long

    Raises
    ------
    DataError
        As csvfile.read.
    """
    if Path(path).stat().st_size < long:
        return csvfile.read(path, options)
    found = find_encoding(bytes_of(path), path, options.get("encoding"))
    told = {
        "encoding": found.encoding,
        "report": [f"its encoding is {found.encoding}: {found.why}"],
    }
    delimiter = str(options.get("delimiter", ","))
    begin = _body(found.text, path, delimiter, options)
    if begin is None:
        return csvfile.read(path, options)
    names, start = begin
    body = found.text[start:].encode("utf-8", "surrogatepass")
    del found
    dropped = set(options.get("drop", ()))
    columns = _columns(body, names, delimiter, dropped)
    if columns is None:
        return csvfile.read(path, options)
    return {"columns": columns, "dropped": sorted(dropped & set(names))} | told


def _body(
    text: str, path: Path, delimiter: str, options: Mapping[str, Any]
) -> tuple[list[str], int] | None:
    """Names of the columns and where the rows under them begin; None if they are not at hand."""
    if "\0" in text or text.count("\r") != text.count("\r\n"):
        return None
    lines = io.StringIO(text[:HEAD], newline="")
    top, skipped = int(options.get("header_row", 1)), int(options.get("skip_rows", 0))
    rows: list[list[str]] = []
    try:
        for row in csvfile.reader_of(lines, delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == top + skipped:
                break
    except csvfile.Malformed:
        return None
    start = lines.tell()
    if len(rows) < top + skipped or start >= min(HEAD, len(text)):
        return None
    return column_names(rows[top - 1]), start


def _columns(
    body: bytes, names: list[str], delimiter: str, dropped: set[str]
) -> list[tuple[str, pd.Categorical]] | None:
    """Columns of the rows that are not wholly blank; None where Arrow may read in another way."""
    import pyarrow as pa
    import pyarrow.csv as pc

    if len(names) < 2 or len(delimiter.encode()) != 1 or not _plainly_quoted(body, delimiter):
        return None
    texts = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pc.read_csv(
            pa.BufferReader(body),
            pc.ReadOptions(column_names=names, block_size=BLOCK),
            pc.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in body),
            pc.ConvertOptions(column_types=dict.fromkeys(names, texts), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    kept = [(name, _categorical(table.column(name))) for name in names if name not in dropped]
    empty = np.ones(len(table), dtype=bool)
    for _, cells in kept:
        empty &= cells.codes < 0
    for name in dropped.intersection(names) if empty.any() else ():
        empty &= _categorical(table.column(name)).codes < 0
    return [(name, cells[~empty]) for name, cells in kept] if empty.any() else kept


def _categorical(column) -> pd.Categorical:
    """Cells trimmed, blank ones without a code; categories in the order they are met."""
    joined = column.unify_dictionaries().combine_chunks()
    texts = joined.dictionary.to_pylist()
    codes = joined.indices.to_numpy(zero_copy_only=False)
    trimmed = [text.strip() for text in texts]
    if trimmed != texts or "" in trimmed:
        place: dict[str, int] = {"": -1}
        moved = [place.setdefault(text, len(place) - 1) for text in trimmed]
        codes = np.array(moved, dtype=np.int32)[codes]
        texts = list(place)[1:]
    return pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object))


def _plainly_quoted(body: bytes, delimiter: str) -> bool:
    """Whether quotation marks only open and close cells, or stand doubled inside quoted ones.

    Taken in turn, marks open and close. One that opens follows a delimiter, a line end or the mark
    that closed just before it (a doubled one); one that closes is followed by the like.
    """
    if b'"' not in body:
        return True
    signs = np.frombuffer(body, dtype=np.uint8)
    marks = np.flatnonzero(signs == QUOTE)
    if len(marks) % 2:
        return False
    opening, closing = marks[::2], marks[1::2]
    edges = np.zeros(256, dtype=bool)
    edges[[ord(delimiter), *LINE_ENDS]] = True
    doubled = np.zeros(len(opening) + 1, dtype=bool)
    doubled[1:-1] = opening[1:] == closing[:-1] + 1
    before = (opening == 0) | edges[signs[np.maximum(opening - 1, 0)]]
    after = (closing == len(signs) - 1) | edges[signs[np.minimum(closing + 1, len(signs) - 1)]]
    return bool((before | doubled[:-1]).all() and (after | doubled[1:]).all())
