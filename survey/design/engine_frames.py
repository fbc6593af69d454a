"""Sums by (PSU, cell) by an engine's own group-by, written once for all engines with narwhals.

Two passes: one over the weights (and over columns of which the Parquet footers do not say enough)
for the quantum, one group-by that adds 64-bit integers. Data larger than memory stay where they
are; what comes back is the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from survey.design.footers import parquet_files, read_footers
from survey.design.psucells import Request, Scaling, Sums, require_columns, scaling
from survey.errors import EstimateError, collect

_FINE = 40  # bits by which the second part of an exact sum is finer than the first


@contextmanager
def open_frame(data, engine: str, threads: int | None) -> Iterator[Any]:
    """A narwhals frame of the engine over `data`, with the footers of its Parquet files."""
    import narwhals as nw

    if not isinstance(data, str | Path):
        yield nw.from_native(data).lazy(), {}
        return
    files = parquet_files(Path(data))
    footers = read_footers(files)
    if engine == "duckdb":
        with _duckdb(threads) as connection:
            yield nw.from_native(connection.read_parquet([str(file) for file in files])), footers
    elif engine == "polars":
        import polars

        yield nw.from_native(polars.scan_parquet(files)), footers
    elif engine == "pandas":
        import pandas as pd

        yield nw.from_native(pd.concat([pd.read_parquet(file) for file in files])).lazy(), footers
    else:
        yield nw.from_native(_spark().read.parquet(*map(str, files))), footers


def totals_of_lazy(opened, request: Request) -> Sums:
    """Sums of a frame from `open_frame`."""
    import narwhals as nw

    frame, footers = opened
    schema = frame.collect_schema()
    require_columns(list(schema), request)
    _require_numbers(schema, request)
    whole = {
        name: schema[name].is_integer() and footers.get(name, (1, 0))[0] == 0
        for name in (*request.keys, *request.values)
    }
    scale = _scaling(frame, request, schema, whole, footers)
    weight = nw.col(request.weight).cast(nw.Float64)
    units = (weight * (1 / scale.quantum) + 0.5).floor()
    wanted = [nw.len().alias("n"), nw.col("_w").sum().alias("w")]
    columns = [units.cast(nw.Int64).alias("_w")]
    for place, (name, coarser) in enumerate(zip(request.values, scale.coarser, strict=True)):
        value = nw.col(name)
        if whole[name] and not coarser:
            columns.append((units.cast(nw.Int64) * value.cast(nw.Int64)).alias(f"_p{place}"))
        else:
            value = value.cast(nw.Float64)
            valid = _valid(name, schema)
            product = (units * value * 2.0**-coarser + 0.5).floor()
            columns += [
                nw.when(valid).then(product).otherwise(0.0).cast(nw.Int64).alias(f"_p{place}"),
                nw.when(valid).then(units).otherwise(0.0).cast(nw.Int64).alias(f"_b{place}"),
                nw.when(valid).then(1).otherwise(0).cast(nw.Int64).alias(f"_c{place}"),
            ]
            wanted += [nw.col(f"_{kind}{place}").sum().alias(f"{kind}{place}") for kind in "bc"]
        wanted.append(nw.col(f"_p{place}").sum().alias(f"p{place}"))
    keys = [nw.col(name).alias(f"k{place}") for place, name in enumerate(request.keys)]
    names = [f"k{place}" for place in range(len(keys))]
    table = frame.select(*keys, *columns).group_by(*names).agg(*wanted)
    sums = [name for name in table.collect_schema() if name not in names]
    table = table.with_columns(*[nw.col(name).cast(nw.Int64) for name in sums])
    return _sums(_collected(table), request, scale)


def _sums(table, request: Request, scale: Scaling) -> Sums:
    def ints(name: str) -> np.ndarray:
        return table[name].to_numpy().astype(np.int64, copy=False)

    m = len(request.values)
    n, weight = ints("n"), ints("w")
    known = set(table.columns)

    def columns(kind: str, otherwise: np.ndarray) -> np.ndarray:
        names = [f"{kind}{place}" for place in range(m)]
        if m and not known.intersection(names):
            return np.broadcast_to(otherwise[:, None], (len(n), m))
        parts = [ints(name) if name in known else otherwise for name in names]
        return np.stack(parts, axis=1) if parts else np.zeros((len(n), 0), dtype=np.int64)

    keys = {name: _coded(table[f"k{k}"].to_numpy()) for k, name in enumerate(request.keys)}
    return Sums(keys, n, weight, columns("p", weight), columns("b", weight), columns("c", n), scale)


def _coded(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    index, known = pd.factorize(labels, sort=True)
    known = np.asarray(known)
    return known.astype(np.int64) if known.dtype.kind in "iub" else known, index


def _scaling(frame, request: Request, schema, whole, footers) -> Scaling:
    import narwhals as nw

    weight = nw.col(request.weight).cast(nw.Float64)
    bad = weight.is_null() | ~weight.is_finite() | (weight < 0)
    asked = [
        nw.len().alias("n"),
        nw.when(bad).then(1).otherwise(0).sum().alias("bad"),
        weight.max().alias("high"),
        weight.sum().alias("total"),
    ]
    for place, name in enumerate(request.values):
        if not (whole[name] and name in footers):
            value = nw.col(name).cast(nw.Float64)
            size = nw.when(_valid(name, schema)).then(value.abs()).otherwise(0.0)
            asked.append(size.max().alias(f"r{place}"))
    unsure = [name for name in request.keys if name not in footers]
    for place, name in enumerate(unsure):
        null = nw.col(name).is_null()
        if schema[name].is_float():
            null = null | nw.col(name).is_nan()
        asked.append(nw.when(null).then(1).otherwise(0).sum().alias(f"z{place}"))
    row = {k: v[0] for k, v in _collected(frame.select(*asked)).to_dict(as_series=False).items()}
    _require_sound(request, row, unsure, footers)
    reach = [
        float(row[f"r{place}"]) if f"r{place}" in row else footers[name][1]
        for place, name in enumerate(request.values)
    ]
    n, high, total = int(row["n"]), float(row["high"] or 0), float(row["total"] or 0)
    for name, most in zip(request.values, reach, strict=True):
        if not most < np.inf:
            raise EstimateError(f"column '{name}' holds an infinite value")
    return scaling(n, 0.0, high, total, lambda: _exact_sum(frame, request.weight, n, high), reach)


def _exact_sum(frame, name: str, n: int, high: float) -> float:
    """The sum of n numbers up to `high`, by integers, to 2^-80 of the largest."""
    import narwhals as nw

    coarse = 2.0 ** (int(np.frexp(high)[1]) - (61 - int(n).bit_length()))
    scaled = nw.col(name).cast(nw.Float64) * (1 / coarse)
    rest = ((scaled - scaled.floor()) * 2.0 ** min(_FINE, 62 - int(n).bit_length())).floor()
    parts = frame.select(
        scaled.floor().cast(nw.Int64).alias("a"), rest.cast(nw.Int64).alias("b")
    ).select(nw.col("a").sum().cast(nw.Int64), nw.col("b").sum().cast(nw.Int64))
    found = _collected(parts).to_dict(as_series=False)
    whole = (int(found["a"][0]) << min(_FINE, 62 - int(n).bit_length())) + int(found["b"][0])
    return whole * coarse * 2.0 ** -min(_FINE, 62 - int(n).bit_length())


def _valid(name: str, schema):
    import narwhals as nw

    valid = ~nw.col(name).is_null()
    return valid & ~nw.col(name).is_nan() if schema[name].is_float() else valid


def _collected(frame):
    """A small eager frame (PyArrow where the engine gives a choice)."""
    import narwhals as nw

    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


def _require_numbers(schema, request: Request) -> None:
    import narwhals as nw

    with collect(EstimateError) as faults:
        for name in (request.weight, *request.values):
            if not (schema[name].is_numeric() or schema[name] == nw.Boolean):
                faults.add(f"column '{name}' is not numeric: {schema[name]}", expected="numbers")


def _require_sound(request: Request, row: dict, unsure: list[str], footers: dict) -> None:
    with collect(EstimateError) as faults:
        if row["bad"]:
            faults.add(
                "weights must be finite, not negative and not all zero "
                f"(got {int(row['bad'])} missing, negative or infinite)"
            )
        missing = {name: footers[name][0] for name in request.keys if name in footers}
        missing |= {name: int(row[f"z{place}"] or 0) for place, name in enumerate(unsure)}
        for name, count in missing.items():
            if count:
                faults.add(
                    f"{count} respondents have no value of the key column '{name}'",
                    hint="complete the column, or exclude the respondents by a rule",
                )


@contextmanager
def _duckdb(threads: int | None):
    import duckdb

    settings: dict = {"preserve_insertion_order": False}
    if threads:
        settings["threads"] = threads
    connection = duckdb.connect(config=settings)
    try:
        yield connection
    finally:
        connection.close()


def _spark():
    """The session that runs, or a new local one."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EstimateError(
            "the engine 'spark' needs PySpark and Java",
            hint="pip install -r requirements-spark.lock; apt install default-jre-headless",
        ) from None
    active = SparkSession.getActiveSession()
    return active or SparkSession.builder.master("local[2]").appName("perception").getOrCreate()
