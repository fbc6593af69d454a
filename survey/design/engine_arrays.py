"""Sums by (PSU, cell) of columns in memory: compiled loops, or NumPy with the same bytes.

Every thread adds integers into a table of its own; tables are added together at the end. Keys
become mixed-radix codes. Where all codes that could occur fit a small table they index it;
otherwise every thread numbers the codes it meets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from survey.design import kernels
from survey.design.engine_keys import DENSE, Key, key_of, own_levels
from survey.design.packed import Packed
from survey.design.psucells import (
    ROOM,
    Request,
    Scaling,
    Sums,
    require_columns,
    scaling,
)
from survey.errors import EstimateError

SMALL = 1 << 22  # numbers of a table of packed columns: 32 MB, of which few are touched
_PLACES = 1 << 25  # codes that a thread can number: 128 MB
_BYTE, _EVEN = 2.0**8, 2.0**6  # one-byte values need no look where weights are so even


def totals_of_frame(data, request: Request) -> Sums:
    """Sums of an eager data frame."""
    import narwhals as nw

    frame = nw.from_native(data)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.select(*request.columns).collect()
    require_columns(frame.columns, request)
    return totals_of_columns({name: frame[name] for name in request.columns}, request)


def totals_of_columns(columns: Mapping, request: Request) -> Sums:
    """Sums of narwhals series by name."""
    keys = {name: key_of(name, columns[name], request.threads) for name in request.keys}
    weight = _floats(request.weight, columns[request.weight])
    values = [_numbers(name, columns[name]) for name in request.values]
    scale = _scaling(weight, request.values, values, request.threads)
    fixed, keys = own_levels(request, keys)
    grouped = [request.psu, *(name for name in request.cells if name not in fixed)]
    codes, table = _Adding(
        [keys[name] for name in grouped], weight, values, scale, request.threads
    ).run()
    levels = _split(codes, [keys[name].size for name in grouped])
    found = {name: (keys[name].labels, at) for name, at in zip(grouped, levels, strict=True)}
    found |= {name: (keys[name].labels, at[levels[0]]) for name, at in fixed.items()}
    m = len(values)
    if table.shape[1] == 2 + m:  # no item has gaps
        whole = np.broadcast_to(table[:, 1:2], (len(table), m))
        counts = np.broadcast_to(table[:, :1], (len(table), m))
        return Sums(found, table[:, 0], table[:, 1], table[:, 2:], whole, counts, scale)
    products, bases, valid = (table[:, 2 + k :: 3] for k in range(3))
    return Sums(found, table[:, 0], table[:, 1], products, bases, valid, scale)


def _floats(name: str, column) -> np.ndarray:
    values = _numbers(name, column)
    return kernels.plain(values.astype(np.float64, copy=False))


def _numbers(name: str, column) -> np.ndarray:
    """Integers where nothing is missing, floats with NaN elsewhere."""
    values = column.to_numpy()
    if values.dtype == bool:
        values = values.view(np.uint8)
    if values.dtype.kind not in "iuf":
        try:
            values = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise EstimateError(
                f"column '{name}' is not numeric", got=str(column.dtype), expected="numbers"
            ) from None
    return kernels.plain(values)


def _scaling(weight, names: Sequence[str], values: Sequence[np.ndarray], threads) -> Scaling:
    low, high, total = kernels.extent(weight, workers=threads)
    if not (low >= 0 and high < np.inf):
        bad = int((~np.isfinite(weight) | (weight < 0)).sum())
        raise EstimateError(
            "weights must be finite, not negative and not all zero",
            got=f"{bad} missing, negative or infinite",
        )
    even = high * len(weight) < _EVEN * total
    reach = [
        _BYTE if even and column.dtype.itemsize == 1 else _reach(name, column)
        for name, column in zip(names, values, strict=True)
    ]
    return scaling(len(weight), low, high, total, lambda: math.fsum(weight), reach)


def _reach(name: str, values: np.ndarray) -> float:
    """Largest absolute value that is a number."""
    if not len(values):
        return 0.0
    if values.dtype.kind == "f":
        high = max(float(np.fmax.reduce(values)), -float(np.fmin.reduce(values)), 0.0)
    else:
        high = float(max(int(values.max()), -int(values.min())))
    if not high < np.inf and not np.isnan(high):
        raise EstimateError(f"column '{name}' holds an infinite value")
    return 0.0 if np.isnan(high) else high


class _Adding:
    """One run over the rows; see the module's docstring."""

    def __init__(
        self,
        keys: Sequence[Key],
        weight: np.ndarray,
        values: Sequence[np.ndarray],
        scale: Scaling,
        threads: int | None,
    ) -> None:
        self.keys, self.weight, self.scale, self.threads = keys, weight, scale, threads
        self.gaps = any(column.dtype.kind == "f" for column in values) or any(scale.coarser)
        self.values = tuple(_alike(values, floats=self.gaps))
        self.inverse = 1 / scale.quantum
        self.coarser = np.ldexp(1.0, -np.array(scale.coarser, dtype=int))
        self.width = 2 + (3 if self.gaps else 1) * len(values)
        self.room = math.prod(float(key.size) for key in keys)
        self.loops = kernels.compiled(len(weight))

    def run(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes that occur, sorted, and their sums, (S, width)."""
        if self.room >= ROOM:
            raise EstimateError("the key columns have too many combinations to be numbered")
        n = len(self.weight)
        if self.room * self.width <= DENSE:
            table, *more = self._in_parts(self._indexed, n)
            for part in more:
                table += part
            codes = np.flatnonzero(table[:, 0])
            return codes, table[codes]
        if self.loops is not None and self.room <= _PLACES:
            return _merged(self._in_parts(self._numbered, n))
        code = np.empty(n, dtype=np.int64)
        for rows in kernels.chunks(0, n):
            code[rows] = self._code(rows)
        codes, place = np.unique(code, return_inverse=True)
        table = np.zeros((len(codes), self.width), dtype=np.int64)
        for rows in kernels.chunks(0, n):
            self._add(kernels.plain(place[rows]), 0, rows, table)
        return codes, table

    def _in_parts(self, work, n: int) -> list:
        return kernels.in_parts(work, n, workers=self.threads)

    def _indexed(self, begin: int, end: int) -> np.ndarray:
        table = np.zeros((int(self.room), self.width), dtype=np.int64)
        one = len(self.keys) == 1
        packed = self._packed()
        start = begin
        if packed and one:  # codes are there: the whole part in one go
            rows = slice(begin, end)
            code, low = self.keys[0].codes[rows], self.keys[0].low
            start += packed.add(code, low, self.weight[rows], self.inverse, rows)
        for rows in kernels.chunks(start, end):
            code = self.keys[0].codes[rows] if one else kernels.plain(self._code(rows))
            low = self.keys[0].low if one else 0
            done = 0
            if packed and not one:
                done = packed.add(code, low, self.weight[rows], self.inverse, rows)
            if done < len(code):
                self._add(code[done:], low, slice(rows.start + done, rows.stop), table)
        if packed:
            packed.spread(table)
        return table

    def _packed(self) -> Packed | None:
        """Yes-no columns of one byte each, added up together where the table stays small."""
        small = self.room * (self.width + 32) <= SMALL
        if self.loops is None or self.gaps or not small or not self.values:
            return None
        if self.values[0].dtype.itemsize != 1:
            return None
        packed = Packed(self.loops, self.values, int(self.room))
        return packed if packed.bits else None

    def _numbered(self, begin: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Place of every code (-1: not met), codes by place, and their sums."""
        assert self.loops is not None
        place = np.full(int(self.room), -1, dtype=np.int32)
        found = np.empty(1 << 16, dtype=np.int64)
        table = np.zeros((1 << 16, self.width), dtype=np.int64)
        known = 0
        for rows in kernels.chunks(begin, end):
            code = self._code(rows)
            start = 0
            while True:
                stopped, known = self.loops.number(code[start:], place, found, known)
                if stopped == 0:
                    break
                start += -1 - stopped
                found = np.concatenate([found, np.empty_like(found)])
            if len(found) > len(table):
                more = np.zeros((len(found) - len(table), self.width), dtype=np.int64)
                table = np.concatenate([table, more])
            self._add(kernels.plain(code), 0, rows, table)
        return place, found[:known], table[:known]

    def _code(self, rows: slice) -> np.ndarray:
        code = np.zeros(rows.stop - rows.start, dtype=np.int64)
        for key in self.keys:
            part = key.codes[rows]
            if self.loops is not None:
                self.loops.add_radix(code, part, key.low, key.size)
            else:
                code *= key.size
                code += part.astype(np.int64) - key.low
        return code

    def _add(self, code: np.ndarray, low: int, rows: slice, table: np.ndarray) -> None:
        """Add the rows to the table's rows `code` - `low`."""
        weight = self.weight[rows]
        values = tuple(column[rows] for column in self.values)
        if self.loops is None:
            code = code.astype(np.int64) - low
            _add_plain(code, weight, self.inverse, values, self.coarser, self.gaps, table)
        elif self.gaps:
            self.loops.add_rows_with_gaps(
                code, low, weight, self.inverse, values, self.coarser, table
            )
        else:
            self.loops.add_rows(code, low, weight, self.inverse, values, table)


def _add_plain(code, weight, inverse, values, coarser, gaps: bool, table: np.ndarray) -> None:
    """What the compiled loops do, by NumPy."""
    size = len(table)
    units = np.floor(weight * inverse + 0.5)
    whole = units.astype(np.int64)
    columns = [np.ones(len(code), dtype=np.int64), whole]
    for column, fine in zip(values, coarser, strict=True):
        if not gaps:
            columns.append(whole * column)
            continue
        valid = ~np.isnan(column)
        product = np.floor(units * np.where(valid, column, 0.0) * fine + 0.5)
        columns += [product.astype(np.int64), whole * valid, valid.astype(np.int64)]
    for place, column in enumerate(columns):
        table[:, place] += kernels.limb_sums(code, column, size)


def _alike(values: Sequence[np.ndarray], *, floats: bool) -> list[np.ndarray]:
    """Columns of one type, as compiled loops want them."""
    kind = np.dtype(np.float64) if floats else kernels.whole_type(values)
    return [kernels.plain(column.astype(kind, copy=False)) for column in values]


def _merged(parts: list) -> tuple[np.ndarray, np.ndarray]:
    """Tables of several threads as one, sorted by code."""
    place, found, table = parts[0]
    for _, codes, more in parts[1:]:
        at = place[codes]
        known = at >= 0
        table[at[known]] += more[known]
        place[codes[~known]] = np.arange(len(found), len(found) + int((~known).sum()))
        found = np.concatenate([found, codes[~known]])
        table = np.concatenate([table, more[~known]])
    order = np.argsort(found)
    return found[order], table[order]


def _split(codes: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    """Levels of mixed-radix codes."""
    levels: list[np.ndarray] = []
    for size in reversed(sizes):
        codes, level = np.divmod(codes, size)
        levels.insert(0, level)
    return levels
