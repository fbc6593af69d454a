"""A scan file too large for memory, read once in blocks.

Parquet only, lists as list columns. Every record is judged (bulkjudge.py); unusable ones go to the
rejects file with their reason and text, the usable ones become codes and bits (narrow.py). How
these become apps is decided in bulk.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from analysis.monitoring.bulkjudge import Judge
from analysis.monitoring.narrow import Names, Narrow
from analysis.monitoring.scans import FIELDS, TOKENS
from survey.errors import DataError, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Wave
from survey.instrument.monitoring import Grouping
from survey.instrument.scanrules import ScanRules

ROWS = 200_000  # of one block
_TOLD = ("reason", "detail", "record")


def records_in(path: Path) -> int:
    """Records of a Parquet file; 0 for any other, and for one that its reader will refuse."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return 0
    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return 0


def lists_as_columns(path: Path, wave: Wave) -> bool:
    """Whether every list a wave maps is a list column of a Parquet file."""
    import pyarrow.parquet as pq
    import pyarrow.types as types

    schema = pq.read_schema(path)
    listed = [column for item, column in mapped(wave).items() if item in TOKENS]
    return all(c not in schema.names or types.is_list(schema.field(c).type) for c in listed)


def mapped(wave: Wave) -> dict[str, str]:
    """Field -> column, of the fields of a scan record that the wave maps."""
    return {item: str(wave.columns[item].column) for item in FIELDS if item in wave.columns}


def read_narrow(
    path: Path,
    wave: Wave,
    instrument: Instrument,
    grouping: Grouping,
    rules: ScanRules,
    *,
    rejects: Path,
    name: str = "",
    rows: int = ROWS,
    installs: bool = False,
) -> Narrow:
    """Read a Parquet file of scans block by block.

    Parameters
    ----------
    rejects : Path
        Parquet file to write: `source_row` (from 1), `reason`, `detail`, `record` (JSON text).
    installs : bool
        Whether installs are kept, at eight bytes a record.

    Raises
    ------
    DataError
        If the file is no Parquet, lacks a mapped column, or holds lists in another form.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from survey.io.atomic import replacing

    name = name or path.name
    columns = mapped(wave)
    try:
        schema = pq.read_schema(path)
    except FileNotFoundError:
        raise DataError("file is missing", where=name) from None
    except (pa.ArrowException, OSError) as fault:
        raise DataError(f"cannot be read as Parquet: {fault}", where=name) from None
    _require(schema, columns, name)
    lists = [columns[item] for item in TOKENS if item in columns]
    names = Names.of(grouping, rules)
    judge = Judge(wave, instrument, names, columns, ("installs",) if installs else ())
    form = pa.schema([("source_row", pa.int64()), *((c, pa.string()) for c in _TOLD)])
    with replacing(rejects) as unfinished, pq.ParquetWriter(unfinished, form) as writer:
        for block in _ahead(_blocks_of(path, lists, rows)):
            bad = judge.take(block)
            if bad:
                writer.write_table(pa.Table.from_pylist(bad, schema=form))
    return judge.kept.finish(names, judge.categories)


def _blocks_of(path: Path, lists: list[str], rows: int) -> Iterator[Any]:
    """Record batches, never across row groups; names in lists as codes where the file has them so.

    A row group whose lists were not written with one dictionary is read again as plain texts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pq.ParquetFile(path)
    leaves = [plain.schema.column(k).path for k in range(len(plain.schema))]
    coded = pq.ParquetFile(
        path, read_dictionary=[leaf for leaf in leaves if leaf.split(".")[0] in lists]
    )
    for group in range(plain.num_row_groups):
        given = 0
        try:
            for block in coded.iter_batches(batch_size=rows, row_groups=[group]):
                yield block
                given += 1
        except pa.ArrowNotImplementedError:
            again = plain.iter_batches(batch_size=rows, row_groups=[group])
            yield from islice(again, given, None)


def _ahead(blocks: Iterator[Any]) -> Iterator[Any]:
    """The same blocks, the next one decoded while one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting = beside.submit(next, blocks, None)
        while (block := waiting.result()) is not None:
            waiting = beside.submit(next, blocks, None)
            yield block


def _require(schema, columns: Mapping[str, str], name: str) -> None:
    import pyarrow.types as types

    from survey.errors import collect

    with collect(DataError) as faults:
        if "app" not in columns:
            faults.add("the wave maps no column to 'app'", where=name)
        for item, column in columns.items():
            if column not in schema.names:
                faults.add(
                    f"column '{column}' (item '{item}') is missing",
                    where=name,
                    expected=one_of(schema.names),
                    hint=did_you_mean(column, schema.names),
                )
            elif item in TOKENS and not types.is_list(schema.field(column).type):
                faults.add(
                    f"column '{column}' is no list of names",
                    where=name,
                    hint="write it as a list column, or read the file as CSV",
                )
