"""Passes over millions of rows: compiled where it pays, NumPy otherwise, with the same bytes.

Sums are of integers, so any number of threads and any order give the same result. Below
`COMPILED_FROM` rows, or where numba is not installed, NumPy does the work; numba is imported at
first use, never before. What the integers are is decided in totals.py; the loops are in
compiled.py.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from concurrent.futures import Executor

from survey.errors import EstimateError

COMPILED_FROM = 200_000  # rows: below, loading numba costs more than it saves
LOADED_FROM = 20_000  # rows: below, NumPy is as fast once numba is there
CHUNK = 1 << 17  # rows worked on at once: their columns stay in the processor's cache
_LIMB = 21  # bits: a float adds up 2^32 such numbers exactly


def threads() -> int:
    """Threads that may run at once on this machine, at most 8."""
    try:
        return min(len(os.sched_getaffinity(0)), 8)
    except AttributeError:  # no such call on macOS and Windows
        return min(os.cpu_count() or 1, 8)


def compiled(rows: int) -> ModuleType | None:
    """The compiled loops, or None where NumPy serves `rows` rows better."""
    loaded = "survey.design.compiled" in sys.modules
    return _compiled() if rows >= (LOADED_FROM if loaded else COMPILED_FROM) else None


@cache
def _compiled() -> ModuleType | None:
    try:
        return importlib.import_module("survey.design.compiled")
    except ImportError:
        return None


def in_parts(work: Callable[[int, int], object], n: int, *, workers: int | None = None) -> list:
    """Results of ``work(begin, end)`` over consecutive parts of n rows, one per thread."""
    workers = max(1, min(workers or threads(), n // CHUNK))
    ends = [n * k // workers for k in range(workers + 1)]
    if workers == 1:
        return [work(0, n)]
    return list(_pool(os.getpid(), workers).map(work, ends[:-1], ends[1:]))


@cache
def _pool(process: int, workers: int) -> Executor:
    """Threads kept between passes; a forked process makes its own."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers)


def chunks(begin: int, end: int) -> list[slice]:
    return [slice(at, min(at + CHUNK, end)) for at in range(begin, end, CHUNK)]


def plain(column: np.ndarray) -> np.ndarray:
    """A contiguous, read-only view, so that one compiled loop serves every caller."""
    view = np.ascontiguousarray(column)[:]
    view.flags.writeable = False
    return view


def whole_type(columns: Sequence[np.ndarray]) -> np.dtype:
    """One whole-number type that holds all columns, for loops compiled for one."""
    kind = np.result_type(*columns) if columns else np.dtype(np.int8)
    return np.dtype(np.int64) if kind.kind == "f" or kind == np.uint64 else kind


def extent(values: np.ndarray, *, workers: int | None = None) -> tuple[float, float, float]:
    """Smallest, largest and sum (in any order) of n floats; NaN where one is not from 0 up."""
    loops = compiled(len(values))

    def part(begin: int, end: int) -> tuple[float, float, float]:
        if loops is not None:
            here = plain(values[begin:end])
            low, high, total = loops.extent(here, here.view(np.int64))
            if low >= 0:
                low, high = np.array([low, high], dtype=np.int64).view(np.float64)
                return float(low), float(high), float(total)
        pieces = [values[rows] for rows in chunks(begin, end)]
        return (
            float(np.min([piece.min() for piece in pieces])),
            float(np.max([piece.max() for piece in pieces])),
            sum(float(piece.sum()) for piece in pieces),
        )

    if not len(values):
        return np.nan, np.nan, 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        low, high, total = np.array(in_parts(part, len(values), workers=workers)).T
        return float(low.min()), float(high.max()), float(total.sum())


def bounds(codes: np.ndarray, *, workers: int | None = None) -> tuple[int, int]:
    """Smallest and largest of n whole numbers, n > 0."""
    loops = compiled(len(codes))

    def part(begin: int, end: int) -> tuple[int, int]:
        if loops is not None:
            low, high = loops.span(plain(codes[begin:end]))
            return int(low), int(high)
        pieces = [codes[rows] for rows in chunks(begin, end)]
        return min(int(piece.min()) for piece in pieces), max(int(p.max()) for p in pieces)

    lows, highs = zip(*in_parts(part, len(codes), workers=workers), strict=True)
    return min(lows), max(highs)


def whole_units(values: np.ndarray, quantum: float) -> np.ndarray:
    """Values in whole quanta (a power of two), rounded half up, int64."""
    inverse = 1 / quantum
    result = np.empty(len(values), dtype=np.int64)
    loops = compiled(len(values))

    def part(begin: int, end: int) -> None:
        if loops is not None:
            loops.units(plain(values[begin:end]), inverse, result[begin:end])
            return
        for rows in chunks(begin, end):
            result[rows] = np.floor(values[rows] * inverse + 0.5)

    in_parts(part, len(values))
    return result


def exact_sums(codes: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sums of int64 values by code 0 to size - 1, shape (size,)."""
    _require_inside(codes, size)
    loops = compiled(len(values))
    if loops is None:
        return limb_sums(codes, values, size)

    def part(begin: int, end: int) -> np.ndarray:
        table = np.zeros(size, dtype=np.int64)
        loops.sum_units(plain(codes[begin:end]), plain(values[begin:end]), table)
        return table

    return sum(in_parts(part, len(values)), np.zeros(size, dtype=np.int64))


def _require_inside(codes: np.ndarray, size: int) -> None:
    """Compiled loops write where a code says: one outside its range must never reach them."""
    low, high = bounds(codes) if len(codes) else (0, 0)
    if low < 0 or high >= max(size, 1):
        raise EstimateError(f"levels are {low} to {high}", expected=f"levels from 0 to {size - 1}")


def limb_sums(codes: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """As `exact_sums`, by float sums of parts of the numbers small enough to add up exactly."""
    total = np.zeros(size, dtype=np.int64)
    largest = int(max(values.max(initial=0), -values.min(initial=0)))
    for place in range(0, max(largest.bit_length(), 1), _LIMB):
        limb = values >> place
        if place + _LIMB < largest.bit_length():
            limb = limb & ((1 << _LIMB) - 1)
        total += np.bincount(codes, limb, size).astype(np.int64) << place
    return total


def mixed_radix(columns: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """One code per row from its level in every column, the first column most significant."""
    n, loops = len(columns[0]), compiled(len(columns[0]))
    room = int(np.prod([float(size) for size in sizes]))
    code: np.ndarray = np.zeros(n, dtype=np.int32 if room < 2**31 else np.int64)
    for column, size in zip(columns, sizes, strict=True):
        _require_inside(column, size)

    def part(begin: int, end: int) -> None:
        for rows in chunks(begin, end):
            here = code[rows]
            for column, size in zip(columns, sizes, strict=True):
                if loops is not None:
                    loops.add_radix(here, plain(column[rows]), 0, size)
                else:
                    np.multiply(here, size, out=here)
                    np.add(here, column[rows].astype(here.dtype, copy=False), out=here)

    in_parts(part, n)
    return code


def spread(
    units: np.ndarray, quantum: float, scale: float, factor: np.ndarray, cell: np.ndarray
) -> np.ndarray:
    """``units x quantum x scale x factor[cell]``, multiplied in this order, shape (n,)."""
    result = np.empty(len(units))
    loops = compiled(len(units))

    def part(begin: int, end: int) -> None:
        if loops is not None:
            here = slice(begin, end)
            loops.spread(units[here], quantum, scale, factor, plain(cell[here]), result[here])
            return
        for rows in chunks(begin, end):
            result[rows] = units[rows] * quantum * scale * factor[cell[rows]]

    in_parts(part, len(units))
    return result


def weighted_rows(
    sums: np.ndarray, bases: np.ndarray, quanta: np.ndarray, quantum: float, factor: np.ndarray
) -> np.ndarray:
    """Integer sums as weighted numbers, shape (S, m + b): ``units x quantum x factor`` of the row.

    Parameters
    ----------
    sums, bases : ndarray of int64, shape (S, m) and (S, b)
    quanta : ndarray of float, shape (m,)
    quantum : float
        Of the bases.
    factor : ndarray of float, shape (S,)
    """
    m = sums.shape[1]
    result = np.empty((len(sums), m + bases.shape[1]))
    loops = compiled(result.size)
    if loops is not None:
        loops.row_values(sums, bases, quanta, quantum, factor, result)
        return result
    result[:, :m] = sums * quanta * factor[:, None]
    result[:, m:] = bases * quantum * factor[:, None]
    return result


def ordered_sums(code: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Float sums of the columns by code, added up in the order of rows on every machine.

    Parameters
    ----------
    code : ndarray of int64, shape (S,)
        0 to size - 1, or negative: in no sum.
    values : ndarray of float, shape (S, v)

    Returns
    -------
    ndarray of float, shape (size, v)
    """
    if len(code) and code.max() >= size:
        raise EstimateError(f"a level is {code.max()}", expected=f"levels up to {size - 1}")
    loops = compiled(values.size)
    if loops is not None:
        result = np.zeros((size, values.shape[1]))
        loops.sum_rows(plain(code), plain(values), result)
        return result
    inside = code >= 0
    columns = [np.bincount(code[inside], column[inside], size) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))


def ordered_product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix product added up in the order of the inner index on every machine."""
    loops = compiled(left.size * right.shape[1])
    result = np.zeros((left.shape[0], right.shape[1]))
    if loops is not None:
        loops.product(np.ascontiguousarray(left), np.ascontiguousarray(right), result)
        return result
    for k in range(left.shape[1]):
        result += left[:, k, None] * right[k]
    return result
