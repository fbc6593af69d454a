"""What the footers of Parquet files say of their columns, so that nothing need be read for it."""

from __future__ import annotations

from pathlib import Path

from survey.errors import DataError

# Missing values, largest absolute value, smallest, largest.
Footer = tuple[int, float, int, int]


def parquet_files(path: Path) -> list[Path]:
    """Files of a path: one file, all of a folder, or those that fit a pattern.

    Raises
    ------
    DataError
        If there is none.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.parquet"))
    elif any(sign in path.name for sign in "*?["):
        files = sorted(path.parent.glob(path.name))
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise DataError("there is no Parquet file", where=str(path))
    return files


def read_footers(files: list[Path]) -> dict[str, Footer]:
    """Of whole-number and text columns of which every row group has statistics.

    Text columns have zeros for their range.
    """
    import pyarrow.parquet as pq

    found: dict[str, list[Footer | None]] = {}
    for file in files:
        footer = pq.read_metadata(file)
        for group in range(footer.num_row_groups):
            for place in range(footer.num_columns):
                column = footer.row_group(group).column(place)
                found.setdefault(column.path_in_schema, []).append(_chunk(column))
    told = {}
    for name, parts in found.items():
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            nulls, reaches, lows, highs = zip(*known, strict=True)
            told[name] = (sum(nulls), max(reaches), min(lows), max(highs))
    return told


def _chunk(column) -> Footer | None:
    """Of one column of one row group."""
    stats = column.statistics
    if stats is None or not stats.has_null_count:
        return None
    if column.physical_type == "BYTE_ARRAY":
        return stats.null_count, 0.0, 0, 0
    if column.physical_type not in ("INT32", "INT64", "BOOLEAN") or not stats.has_min_max:
        return None
    try:
        low, high = int(stats.min), int(stats.max)
    except TypeError:  # dates and times
        return None
    return stats.null_count, float(max(abs(low), abs(high))), low, high
