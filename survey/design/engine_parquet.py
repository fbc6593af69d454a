"""Sums by (PSU, cell) of Parquet files, row group by row group, by compiled loops.

Two passes: keys and weights first (quantum, which PSUs and strata there are), then everything is
added up. Every thread decodes row groups of its own into a table of its own, so that memory holds
a few row groups and the tables, whatever the number of rows. Files with keys that are not whole
numbers, or with more combinations than a table holds, are left to DuckDB (engine_frames.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from survey.design import kernels
from survey.design.psucells import (
    Request,
    Scaling,
    Sums,
    refuse_two_strata,
    require_columns,
    scaling,
)
from survey.errors import EstimateError

_DENSE = 10 << 20  # numbers of one thread's table: 80 MB
_RANGE = 1 << 20  # widest range of PSU labels


@dataclass(frozen=True)
class _Group:
    """Rows of a file that are decoded together: one of its row groups."""

    file: Path
    start: int
    rows: int


@dataclass(frozen=True, eq=False)
class _Seen:
    """What the first pass knows: weights, PSUs that occur, and columns that are theirs alone.

    Attributes
    ----------
    low, high, total : float
        Of the weights.
    psus : ndarray of bool
        By PSU code.
    level : dict of column name to ndarray of int, or None
        Level of the column by PSU code (-1: unknown); None where it differs inside a PSU.
    reach : dict of column name to float
    """

    low: float
    high: float
    total: float
    psus: np.ndarray
    level: dict[str, np.ndarray | None]
    reach: dict[str, float]


class ParquetPass:
    """One `psu_cell_totals` over Parquet files; `possible` says whether this engine serves it."""

    def __init__(self, files: list[Path], footers: dict, request: Request) -> None:
        import pyarrow.parquet as pq

        self.files, self.request, self.footers = files, request, footers
        self.schema = pq.read_schema(files[0])
        require_columns(self.schema.names, request)
        self.groups = [group for file in files for group in _groups(file)]
        self.rows = sum(group.rows for group in self.groups)
        self.loops: ModuleType | None = kernels.compiled(self.rows)
        self.workers = min(request.threads or kernels.threads(), max(len(self.groups), 1))

    @property
    def possible(self) -> bool:
        import pyarrow.types as types

        if self.loops is None or not self.rows:
            return False
        for name in self.request.keys:
            kind = self.schema.field(name).type
            if not types.is_integer(kind) or self.footers.get(name, (1,))[0]:
                return False
        numbers = (self.request.weight, *self.request.values)
        kinds = [self.schema.field(name).type for name in numbers]
        if not all(types.is_integer(k) or types.is_floating(k) for k in kinds):
            return False
        sizes = [high - low + 1 for low, high in map(self._range, self.request.keys)]
        return max(sizes) <= _RANGE

    def run(self) -> Sums | None:
        """The sums, or None where the tables would be too large."""
        seen = self._seen()
        scale = self._scaling(seen)
        fixed = self._fixed(seen)
        free = [name for name in self.request.cells if name not in (*fixed, self.request.psu)]
        ranges = [self._range(name) for name in free]
        sizes = [high - low + 1 for low, high in ranges]
        places = int(seen.psus.sum())
        whole = [self._whole(name) for name in self.request.values]
        gaps = not all(whole) or any(scale.coarser)
        width = 2 + (3 if gaps else 1) * len(whole)
        if math.prod(map(float, (places, *sizes))) * width > _DENSE:
            return None
        rank = (np.cumsum(seen.psus) - 1).astype(np.int32)
        shape = (places * math.prod(sizes), width)
        table = self._added(rank, free, ranges, scale, shape, gaps)
        codes = np.flatnonzero(table[:, 0])
        sums = table[codes]
        levels = list(np.unravel_index(codes, (places, *sizes)))
        psu_low = self._range(self.request.psu)[0]
        labels = psu_low + np.flatnonzero(seen.psus)
        keys = {self.request.psu: (labels, levels[0])}
        for name, (low, high), level in zip(free, ranges, levels[1:], strict=True):
            keys[name] = (np.arange(low, high + 1), level)
        for name, level in fixed.items():
            low, high = self._range(name)
            keys[name] = (np.arange(low, high + 1), level[seen.psus][levels[0]])
        n, weight, m = sums[:, 0], sums[:, 1], len(whole)
        if not gaps:
            same = np.broadcast_to(weight[:, None], (len(n), m))
            return Sums(
                keys, n, weight, sums[:, 2:], same, np.broadcast_to(n[:, None], (len(n), m)), scale
            )
        products, bases, valid = (sums[:, 2 + k :: 3] for k in range(3))
        return Sums(keys, n, weight, products, bases, valid, scale)

    def _added(self, rank, free, ranges, scale: Scaling, shape, gaps: bool) -> np.ndarray:
        request, loops = self.request, self.loops
        assert loops is not None
        names = tuple(dict.fromkeys((request.psu, *free, request.weight, *request.values)))
        low = self._range(request.psu)[0]
        inverse = 1 / scale.quantum
        coarser = np.ldexp(1.0, -np.array(scale.coarser, dtype=int))

        def part(groups: list[_Group]) -> np.ndarray:
            table = np.zeros(shape, dtype=np.int64)
            for columns in self._read(groups, names):
                code = rank[columns[request.psu].astype(np.int64) - low].astype(np.int64)
                for name, (least, most) in zip(free, ranges, strict=True):
                    loops.add_radix(code, kernels.plain(columns[name]), least, most - least + 1)
                weight = kernels.plain(columns[request.weight].astype(np.float64, copy=False))
                values = [columns[name] for name in request.values]
                kind = np.dtype(np.float64) if gaps else kernels.whole_type(values)
                alike = tuple(kernels.plain(v.astype(kind, copy=False)) for v in values)
                code = kernels.plain(code)
                if gaps:
                    loops.add_rows_with_gaps(code, 0, weight, inverse, alike, coarser, table)
                else:
                    loops.add_rows(code, 0, weight, inverse, alike, table)
            return table

        table, *more = self._parts(part)
        for other in more:
            table += other
        return table

    def _seen(self) -> _Seen:
        request, loops = self.request, self.loops
        assert loops is not None
        low, high = self._range(request.psu)
        others = [name for name in request.keys if name != request.psu]
        unsure = [name for name in request.values if not self._whole(name)]
        names = tuple(dict.fromkeys((*request.keys, request.weight, *unsure)))

        def part(groups: list[_Group]) -> _Seen:
            least, most, total = np.inf, -np.inf, 0.0
            psus = np.zeros(high - low + 1, dtype=bool)
            level: dict[str, np.ndarray | None] = {
                name: np.full(len(psus), -1, dtype=np.int64) for name in others
            }
            reach = dict.fromkeys(unsure, 0.0)
            for columns in self._read(groups, names):
                weight = columns[request.weight].astype(np.float64, copy=False)
                a, b, c = kernels.extent(weight, workers=1)
                least, most, total = np.fmin(least, a), np.maximum(most, b), total + c
                if not a >= 0:
                    least = a
                psu = kernels.plain(columns[request.psu])
                psus[psu.astype(np.int64) - low] = True
                for name in others:
                    first = level[name]
                    if first is not None and not loops.constant(
                        psu, low, kernels.plain(columns[name]), self._range(name)[0], first
                    ):
                        level[name] = None
                for name in unsure:
                    size = np.fmax.reduce(np.abs(columns[name].astype(np.float64)), initial=0.0)
                    reach[name] = max(reach[name], float(size))
            return _Seen(least, most, total, psus, level, reach)

        return _together(self._parts(part))

    def _scaling(self, seen: _Seen) -> Scaling:
        request = self.request
        if not (seen.low >= 0 and seen.high < np.inf):
            bad = sum(int((~np.isfinite(w) | (w < 0)).sum()) for w in self._weights())
            raise EstimateError(
                "weights must be finite, not negative and not all zero",
                got=f"{bad} missing, negative or infinite",
            )
        reach = [
            seen.reach[name] if name in seen.reach else self.footers[name][1]
            for name in request.values
        ]
        for name, value in zip(request.values, reach, strict=True):
            if not value < np.inf:
                raise EstimateError(f"column '{name}' holds an infinite value")

        def exact() -> float:
            return math.fsum(value for w in self._weights() for value in w.tolist())

        return scaling(self.rows, seen.low, seen.high, seen.total, exact, reach)

    def _fixed(self, seen: _Seen) -> dict[str, np.ndarray]:
        """Levels by PSU code of strata and of other columns that are PSUs' own."""
        for name in self.request.strata:
            if name != self.request.psu and seen.level[name] is None:
                self._name_two_strata(name)
        return {name: level for name, level in seen.level.items() if level is not None}

    def _name_two_strata(self, name: str) -> None:
        psu = self.request.psu
        known: dict[int, set[int]] = {}
        for columns in self._read(self.groups, (psu, name)):
            pairs = np.unique(np.stack([columns[psu], columns[name]]).astype(np.int64), axis=1)
            for unit, stratum in pairs.T.tolist():
                known.setdefault(unit, set()).add(stratum)
        refuse_two_strata(
            [
                (name, unit, *sorted(strata)[:2])
                for unit, strata in sorted(known.items())
                if len(strata) > 1
            ]
        )

    def _whole(self, name: str) -> bool:
        """Whole numbers without gaps, as the footers say."""
        import pyarrow.types as types

        kind = self.schema.field(name).type
        return types.is_integer(kind) and self.footers.get(name, (1,))[0] == 0

    def _range(self, name: str) -> tuple[int, int]:
        return self.footers[name][2], self.footers[name][3]

    def _weights(self) -> Iterator[np.ndarray]:
        for columns in self._read(self.groups, (self.request.weight,)):
            yield columns[self.request.weight].astype(np.float64, copy=False)

    def _parts(self, work: Callable) -> list:
        """Results of ``work(groups)``, one per thread."""
        shares = [self.groups[k :: self.workers] for k in range(self.workers)]
        if self.workers == 1:
            return [work(shares[0])]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(work, shares))

    def _read(self, groups: list[_Group], names: tuple[str, ...]) -> Iterator[dict]:
        """Columns of one row group after the other, as arrays."""
        import polars as pl

        opened: dict[Path, pl.LazyFrame] = {}
        for group in groups:
            if group.file not in opened:
                opened[group.file] = pl.scan_parquet(group.file).select(names)
            rows = opened[group.file].slice(group.start, group.rows).collect()
            yield {name: rows[name].to_numpy() for name in names}


def _groups(file: Path) -> list[_Group]:
    import pyarrow.parquet as pq

    footer = pq.read_metadata(file)
    sizes = [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]
    starts = np.cumsum([0, *sizes]).tolist()
    return [_Group(file, start, size) for start, size in zip(starts, sizes, strict=False) if size]


def _together(parts: list[_Seen]) -> _Seen:
    """What several threads saw."""
    first, *more = parts
    for other in more:
        level = dict(first.level)
        for name, one in first.level.items():
            two = other.level[name]
            if one is None or two is None or ((one >= 0) & (two >= 0) & (one != two)).any():
                level[name] = None
            else:
                level[name] = np.where(one < 0, two, one)
        first = _Seen(
            float(np.minimum(first.low, other.low)),
            float(np.maximum(first.high, other.high)),
            first.total + other.total,
            first.psus | other.psus,
            level,
            {name: max(size, other.reach[name]) for name, size in first.reach.items()},
        )
    return first
