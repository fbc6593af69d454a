"""Sums by (PSU, cell) of a sample of any size, kept in a data frame or in Parquet files.

The one group-by that estimates, linearised errors, raking and replicates come from. Weights are
whole quanta (totals.py) and engines add integers only, so pandas, Polars, DuckDB and Spark give
the same table, whatever the order of rows and the number of threads:

``arrays``  compiled loops over columns in memory (engine_arrays.py) or over Parquet files, row
            group by row group (engine_parquet.py);
``polars``, ``duckdb``, ``spark``, ``pandas``
            the engine's own group-by, written once with narwhals (engine_frames.py), over a lazy
            frame or over Parquet files that need not fit into memory.

What is computed from the table is decided in analysis/estimate/cells.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from survey.design.psucells import PsuCells, Request, Sums, finish
from survey.errors import EstimateError, one_of

Engine = Literal["arrays", "pandas", "polars", "duckdb", "spark"]
ENGINES = ("arrays", "pandas", "polars", "duckdb", "spark")


def psu_cell_totals(
    data,
    *,
    psu: str,
    cells: Sequence[str] = (),
    strata: Sequence[str] = (),
    weight: str,
    values: Sequence[str] = (),
    engine: Engine | None = None,
    threads: int | None = None,
) -> PsuCells:
    """Integer sums of weights, of weighted values and of bases by (PSU, cell).

    Parameters
    ----------
    data : data frame or path
        Anything narwhals takes (pandas, Polars, DuckDB relation, Spark data frame, PyArrow
        table), or the path of a Parquet file, a folder of them or a pattern. The engines' own
        readers see a path; a Spark data frame brings its session.
    psu : str
        Column of primary sampling units, unique over strata.
    cells : sequence of str
        Columns whose combinations are the cells: the raking margins and the domains asked for.
    strata : sequence of str
        Columns whose combinations are the strata.
    weight : str
        Finite, not negative.
    values : sequence of str
        Numeric items; a missing value or NaN leaves the base of its item.
    engine : {"arrays", "pandas", "polars", "duckdb", "spark"}, optional
        Default: what the data are in; compiled loops for eager frames and for paths (DuckDB for
        those with keys that are not whole numbers).
    threads : int, optional
        For ``arrays`` and ``duckdb``; default all cores, at most 8. Results do not depend on it.

    Raises
    ------
    EstimateError
        For columns that do not exist or hold missing keys, weights that are missing, negative or
        infinite, infinite values, a PSU in two strata, or sums too large for 64 bits.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"psu": [1, 1, 2], "sex": [0, 1, 1], "w": 1.0, "y": [3, 5, 9]})
    >>> table = psu_cell_totals(people, psu="psu", cells=["sex"], weight="w", values=["y"])
    >>> (table.sums * table.item_quantum)[:, 0].tolist()
    [3.0, 5.0, 9.0]
    """
    if engine is not None and engine not in ENGINES:
        raise EstimateError(f"unknown engine '{engine}'", expected=one_of(ENGINES))
    request = Request(psu, tuple(cells), tuple(strata), weight, tuple(values), threads)
    engine = engine or _engine_of(data)
    if isinstance(data, str | Path) and engine == "arrays":
        return finish(request, _totals_of_files(Path(data), request))
    if engine == "arrays":
        from survey.design.engine_arrays import totals_of_frame

        return finish(request, totals_of_frame(data, request))
    from survey.design.engine_frames import open_frame, totals_of_lazy

    with open_frame(data, engine, threads) as opened:
        return finish(request, totals_of_lazy(opened, request))


def _totals_of_files(path: Path, request: Request) -> Sums:
    """By compiled loops where they serve, by DuckDB where not."""
    from survey.design.engine_frames import open_frame, totals_of_lazy
    from survey.design.engine_parquet import ParquetPass
    from survey.design.footers import parquet_files, read_footers

    files = parquet_files(path)
    work = ParquetPass(files, read_footers(files), request)
    found = work.run() if work.possible else None
    if found is not None:
        return found
    with open_frame(path, "duckdb", request.threads) as opened:
        return totals_of_lazy(opened, request)


def _engine_of(data) -> Engine:
    home = type(data).__module__.split(".")[0]
    if home == "pyspark":
        return "spark"
    if home in ("duckdb", "_duckdb"):
        return "duckdb"
    if home == "polars" and type(data).__name__ == "LazyFrame":
        return "polars"
    return "arrays"
