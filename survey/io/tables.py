"""Data frames on disk: Parquet and CSV whose bytes depend on their values only.

Parquet is written by pyarrow with one row group, no statistics that vary and no pandas index; the
writer's own version string is fixed by the lock. How numbers are rounded before they come here is
decided by the room that makes them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from survey.errors import DataError
from survey.io.atomic import replacing, write_text
from survey.io.text import text_of


def write_parquet(frame: pd.DataFrame, path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    with replacing(path) as unfinished:
        pq.write_table(table, unfinished, compression="zstd", store_schema=False)
    return Path(path)


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A Parquet file as a frame; integers with gaps come back as nullable integers.

    Raises
    ------
    DataError
        If the file is missing or is not Parquet, naming the stage to run.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=list(columns) if columns is not None else None)
    except FileNotFoundError:
        raise DataError("has not been built yet", where=str(path), hint="run make report") from None
    except pa.ArrowException as fault:
        raise DataError(
            f"is not a readable Parquet file: {fault}",
            where=str(path),
            hint="delete it and rebuild",
        ) from None
    text = pd.StringDtype(na_value=float("nan"))
    nullable = {
        pa.int8(): pd.Int8Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.string(): text,
        pa.large_string(): text,
    }
    return table.to_pandas(types_mapper=nullable.get)


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """UTF-8, \\n, at most 10 significant digits."""
    return write_text(path, frame.to_csv(index=False, float_format="%.10g", lineterminator="\n"))


def read_csv(path: Path, name: str = "") -> pd.DataFrame:
    """A CSV a person keeps beside the raw files: every cell as text, empty cells as "".

    `name` is how messages call it; default its path.

    Raises
    ------
    DataError
        If it is missing, cannot be opened, is not UTF-8, is empty, or a row is too long.
    """
    name = name or str(path)
    text = text_of(path, name, DataError)
    try:
        return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        raise DataError("is empty", where=name, expected="a header and rows") from None
    except pd.errors.ParserError as fault:
        raise DataError(f"is not well-formed CSV: {fault}", where=name) from None
