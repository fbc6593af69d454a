"""What a pass is measured against: reading the same columns, and adding floats.

Both are compiled loops over the same memory with as many threads: a read folds every 8 bytes into
one word, so nothing but memory limits it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from survey.design import kernels


@njit(nogil=True, cache=True)
def _fold(words):
    total = np.uint64(0)
    for i in range(len(words)):
        total ^= words[i]
    return total


@njit(nogil=True, cache=True)
def _add_floats(psu, low, weight, columns, table):
    for i in range(len(psu)):
        row = table[np.uintp(psu[i] - low)]
        w = weight[i]
        row[0] += 1
        row[1] += w
        for j in range(len(columns)):
            row[np.uintp(2 + j)] += w * columns[j][i]


def read(columns: Sequence[np.ndarray]) -> None:
    """Read every byte of the columns, half of the rows per thread."""

    def part(begin: int, end: int) -> None:
        for column in columns:
            size = column.itemsize
            here = column[begin : begin + (end - begin) // 8 * 8]
            start = -(here.ctypes.data % 8 // size) % 8  # words begin at multiples of 8 bytes
            here = here[start : start + (len(here) - start) * size // 8 * 8 // size]
            _fold(here.view(np.uint64))

    kernels.in_parts(part, len(columns[0]))


def float_pass(columns: Sequence[np.ndarray]) -> np.ndarray:
    """The linearised pass with floats added up in row order: fast, but not the same bytes."""
    psu, weight, *items = (kernels.plain(column) for column in columns)
    low = int(psu.min())
    size = int(psu.max()) - low + 1

    def part(begin: int, end: int) -> np.ndarray:
        table = np.zeros((size, 2 + len(items)))
        for here in kernels.chunks(begin, end):
            _add_floats(psu[here], low, weight[here], tuple(item[here] for item in items), table)
        return table

    parts = kernels.in_parts(part, len(psu))
    return sum(parts[1:], parts[0])
