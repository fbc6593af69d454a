"""Parquet with its dictionary in the schema (dictionary.py)."""

from __future__ import annotations

from pathlib import Path

from survey.io.atomic import replacing
from survey.io.labelled import Labelled
from survey.io.write.dictionary import KEY, to_json


def write(file: Labelled, path: Path) -> tuple[str, ...]:
    """Write one file; numbers are doubles, texts strings. Returns what is not kept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {
        name: pa.array(cells.to_numpy(), from_pandas=True)
        if cells.dtype == float
        else pa.array([cell if isinstance(cell, str) else None for cell in cells], pa.string())
        for name, cells in file.frame.items()
    }
    table = pa.table(arrays).replace_schema_metadata({KEY: to_json(file).encode()})
    with replacing(path) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")
    return file.not_read
