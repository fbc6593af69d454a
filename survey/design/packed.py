"""Yes-no columns packed eight to a byte, so that a row adds two numbers in place of eight.

Sums by the sixteen values of either half of the byte are integers; those of the columns follow
from them. A block of rows that holds anything but 0 and 1, or does not begin at a whole word in
memory, is left to the ordinary loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

WORD = 8  # rows that one 64-bit word holds, and columns that one byte does
BLOCK = 1 << 12  # words packed at once: they and their rows stay in the cache
LEAST = 3  # columns from which on packing pays


class Packed:
    """What one thread adds up in packed form.

    Parameters
    ----------
    loops : module of compiled loops
    values : sequence of ndarray of int8 or uint8, each of shape (n,)
    room : int
        Number of codes.
    """

    def __init__(self, loops: ModuleType, values: Sequence[np.ndarray], room: int) -> None:
        self.loops = loops
        head = [column[: WORD * WORD] for column in values]
        fits = [bool(((column == 0) | (column == 1)).all()) for column in head]
        places = [place for place, fit in enumerate(fits) if fit][:WORD]
        self.bits = places if len(places) >= LEAST else []
        self.others = [place for place in range(len(values)) if place not in self.bits]
        self.values = values
        self.table = np.zeros((room, 1 + len(self.others) + 32), dtype=np.int64)
        self.buffer = np.empty(BLOCK, dtype=np.uint64)

    def add(self, code, low: int, weight, inverse: float, rows: slice) -> int:
        """Add rows from the first on; how many were added before one that cannot be."""
        count = (rows.stop - rows.start) // WORD * WORD
        here = slice(rows.start, rows.start + count)
        columns = [self.values[place][here] for place in self.bits]
        if not count or any(column.ctypes.data % WORD for column in columns):
            return 0
        words = tuple(column.view(np.uint64) for column in columns)
        others = tuple(self.values[place][here] for place in self.others)
        head = (code[:count], low, weight[:count], inverse)
        if len(others) == 1:
            return self.loops.add_packed_beside(*head, others[0], words, self.buffer, self.table)
        return self.loops.add_packed(*head, others, words, self.buffer, self.table)

    def spread(self, table: np.ndarray) -> None:
        """Add what was packed to an ordinary table: count, weight, then every column."""
        half = 1 + len(self.others)
        at = np.flatnonzero(self.table[:, 0])  # few of the codes that could occur do
        met = self.table[at]
        table[at, 0] += met[:, 0]
        table[at, 1] += met[:, half : half + 16].sum(axis=1)
        for place, column in enumerate(self.others):
            table[at, 2 + column] += met[:, 1 + place]
        codes = np.arange(16)
        for bit, column in enumerate(self.bits):
            first = half + 16 * (bit // 4)
            held = (codes >> (bit % 4)) & 1 == 1
            table[at, 2 + column] += met[:, first : first + 16][:, held].sum(axis=1)
