"""Loops compiled by numba, for tables too large for NumPy; imported only by kernels.py.

Every loop adds whole numbers, or adds floats in the order of its rows and never across lanes, so
that compiled, interpreted and threaded runs have the same bytes. No `fastmath`, but for a sum of
which any order will do: the compiler may neither reorder nor fuse. Compiled once per machine and
kept on disk.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_index = np.uintp  # an index that cannot be negative needs no check for wrapping around


@njit(nogil=True, cache=True, fastmath={"reassoc"})
def extent(values, bits):
    """Smallest and largest bit pattern, and the sum in any order.

    Bit patterns of floats that are not negative are ordered as the floats are; below zero are
    those of negative numbers, above that of infinity are NaNs.
    """
    low, high, total = bits[0], bits[0], 0.0
    for i in range(len(values)):
        low = min(low, bits[i])
        high = max(high, bits[i])
        total += values[i]
    return low, high, total


@njit(nogil=True, cache=True)
def units(values, inverse, out):
    """Whole numbers of quanta, rounded half up."""
    for i in range(len(values)):
        out[i] = np.int64(np.floor(values[i] * inverse + 0.5))


@njit(nogil=True, cache=True)
def add_radix(code, column, low, size):
    """Append one column to mixed-radix codes; the number of values outside its range."""
    outside = 0
    for i in range(len(code)):
        level = np.int64(column[i]) - low
        outside += (level < 0) | (level >= size)
        code[i] = code[i] * size + level
    return outside


@njit(nogil=True, cache=True)
def sum_units(code, values, table):
    """table[code] += values."""
    for i in range(len(code)):
        table[_index(code[i])] += values[i]


@njit(nogil=True, cache=True)
def sum_rows(code, values, table):
    """table[code] += values, row after row; negative codes are left out."""
    for i in range(len(code)):
        if code[i] >= 0:
            row = table[_index(code[i])]
            for j in range(values.shape[1]):
                row[j] += values[i, j]


@njit(nogil=True, cache=True)
def row_values(sums, bases, quanta, quantum, factor, out):
    """Integer sums as weighted numbers: the items, then their bases, times the row's factor."""
    m = sums.shape[1]
    for i in range(len(sums)):
        for j in range(m):
            out[i, j] = sums[i, j] * quanta[j] * factor[i]
        for j in range(bases.shape[1]):
            out[i, m + j] = bases[i, j] * quantum * factor[i]


@njit(nogil=True, cache=True)
def constant(psu, psu_low, level, low, first):
    """Whether all rows of a PSU have one level, kept in `first` (-1 before any)."""
    for i in range(len(psu)):
        at = _index(np.int64(psu[i]) - psu_low)
        value = np.int64(level[i]) - low
        if first[at] < 0:
            first[at] = value
        elif first[at] != value:
            return False
    return True


@njit(nogil=True, cache=True)
def number(code, place, found, known):
    """Replace codes by places in order of first appearance; the number of places known then.

    `place` holds -1 for codes not met before; `found` lists the codes by place. Stops, and
    returns minus one less than the row it stopped at, where `found` is full.
    """
    for i in range(len(code)):
        at = place[_index(code[i])]
        if at < 0:
            if known >= len(found):
                return -1 - i, known
            at = known
            place[_index(code[i])] = at
            found[known] = code[i]
            known += 1
        code[i] = at
    return 0, known


@njit(nogil=True, cache=True)
def add_rows(code, low, weight, inverse, columns, table):
    """table[code - low] += (1, w, w y_1, w y_2, ...), w in whole quanta and y whole numbers."""
    for i in range(len(code)):
        row = table[_index(code[i] - low)]
        w = np.int64(np.floor(weight[i] * inverse + 0.5))
        row[0] += 1
        row[1] += w
        for j in range(len(columns)):
            row[_index(2 + j)] += w * columns[j][i]


@njit(nogil=True, cache=True)
def span(values):
    """Smallest and largest whole number."""
    low, high = values[0], values[0]
    for i in range(len(values)):
        low = min(low, values[i])
        high = max(high, values[i])
    return low, high


@njit(nogil=True, cache=True)
def pack(words, start, out):
    """Bytes of eight rows a word, one bit per column; other than zero if a byte is not 0 or 1."""
    seen = np.uint64(0)
    for i in range(len(out)):
        out[i] = np.uint64(0)
    for j in range(len(words)):
        column = words[j][start : start + len(out)]
        for i in range(len(out)):
            seen |= column[i]
            out[i] |= column[i] << np.uint64(j)
    return seen & np.uint64(0xFEFEFEFEFEFEFEFE)


@njit(nogil=True, cache=True)
def add_packed(code, low, weight, inverse, columns, words, buffer, table):
    """table[code - low] += (1, w y_1, ..., then w by the low and by the high half of packed bits).

    The sum of w follows from either half. Stops before a block of rows that cannot be packed;
    the number of rows that were added.
    """
    half = 1 + len(columns)
    for start in range(0, len(code) // 8, len(buffer)):
        packed = buffer[: min(len(buffer), len(code) // 8 - start)]
        if pack(words, start, packed):
            return start * 8
        bits = packed.view(np.uint8)
        for k in range(len(bits)):
            i = start * 8 + k
            row = table[_index(code[i] - low)]
            w = np.int64(weight[i] * inverse + 0.5)
            row[0] += 1
            for j in range(len(columns)):
                row[_index(1 + j)] += w * columns[j][i]
            row[_index(half + (bits[k] & 15))] += w
            row[_index(half + 16 + (bits[k] >> 4))] += w
    return len(code) // 8 * 8


@njit(nogil=True, cache=True)
def add_packed_beside(code, low, weight, inverse, column, words, buffer, table):
    """`add_packed` with one column beside the packed ones."""
    for start in range(0, len(code) // 8, len(buffer)):
        packed = buffer[: min(len(buffer), len(code) // 8 - start)]
        if pack(words, start, packed):
            return start * 8
        bits = packed.view(np.uint8)
        for k in range(len(bits)):
            i = start * 8 + k
            row = table[_index(code[i] - low)]
            w = np.int64(weight[i] * inverse + 0.5)
            row[0] += 1
            row[1] += w * column[i]
            row[_index(2 + (bits[k] & 15))] += w
            row[_index(18 + (bits[k] >> 4))] += w
    return len(code) // 8 * 8


@njit(nogil=True, cache=True)
def add_rows_with_gaps(code, low, weight, inverse, columns, coarser, table):
    """table[code - low] += (1, w, then w y, w and 1 for every y that is a number)."""
    for i in range(len(code)):
        row = table[_index(code[i] - low)]
        w = np.floor(weight[i] * inverse + 0.5)
        whole = np.int64(w)
        row[0] += 1
        row[1] += whole
        for j in range(len(columns)):
            y = np.float64(columns[j][i])
            if y == y:
                row[_index(2 + 3 * j)] += np.int64(np.floor(w * y * coarser[j] + 0.5))
                row[_index(3 + 3 * j)] += whole
                row[_index(4 + 3 * j)] += 1


@njit(nogil=True, cache=True)
def spread(units, quantum, scale, factor, cell, out):
    """Weights of respondents from the factors of their cells."""
    for i in range(len(units)):
        out[i] = units[i] * quantum * scale * factor[_index(cell[i])]


@njit(nogil=True, cache=True)
def product(left, right, out):
    """Matrix product added up in the order of the inner index."""
    for i in range(left.shape[0]):
        for k in range(left.shape[1]):
            value = left[i, k]
            for j in range(right.shape[1]):
                out[i, j] += value * right[k, j]


@njit(nogil=True, cache=True)
def replicate_totals(psu, domain, values, multipliers, out):
    """out[domain, item, replicate] += value x multiplier of its PSU, row after row."""
    for s in range(len(psu)):
        if domain[s] >= 0:
            m = multipliers[psu[s]]
            for j in range(values.shape[1]):
                value = values[s, j]
                row = out[domain[s], j]
                for r in range(len(m)):
                    row[r] += value * m[r]


@njit(nogil=True, cache=True)
def cell_totals(psu, cell, weight, multipliers, out):
    """out[cell, replicate] += weight x multiplier of its PSU, row after row."""
    for s in range(len(psu)):
        m = multipliers[psu[s]]
        row = out[cell[s]]
        value = weight[s]
        for r in range(len(m)):
            row[r] += value * m[r]


@njit(nogil=True, cache=True)
def rake_block(table, levels, targets, sizes, tolerance, most_sweeps, sweeps, errors, empty):
    """Rake the replicates of one block, shape (K, lanes), in place; each stops by itself.

    A category that a replicate empties is written to `empty` as margin and level, and ends it.
    """
    lanes = table.shape[1]
    margins = len(sizes)
    sums = np.empty((targets.shape[1], lanes))
    ended = np.zeros(lanes, dtype=np.bool_)
    for sweep in range(1, most_sweeps + 1):
        for m in range(margins):
            _margin_sums(table, levels[m], sums, sizes[m])
            for level in range(sizes[m]):
                for r in range(lanes):
                    if ended[r]:
                        sums[level, r] = 1.0
                    elif sums[level, r] > 0:
                        sums[level, r] = targets[m, level] / sums[level, r]
                    else:
                        if empty[r, 0] < 0:
                            empty[r, 0] = m
                            empty[r, 1] = level
                        sums[level, r] = 1.0
            level_of = levels[m]
            for k in range(len(table)):
                row = table[k]
                factor = sums[level_of[k]]
                for r in range(lanes):
                    row[r] *= factor[r]
        worst = np.zeros(lanes)
        for m in range(margins):
            _margin_sums(table, levels[m], sums, sizes[m])
            for level in range(sizes[m]):
                for r in range(lanes):
                    worst[r] = max(worst[r], abs(sums[level, r] / targets[m, level] - 1))
        going = False
        for r in range(lanes):
            if not ended[r]:
                sweeps[r] = sweep
                errors[r] = worst[r]
                ended[r] = worst[r] <= tolerance or empty[r, 0] >= 0
                going |= not ended[r]
        if not going:
            break


@njit(nogil=True, cache=True)
def _margin_sums(table, level_of, sums, size):
    lanes = table.shape[1]
    for level in range(size):
        for r in range(lanes):
            sums[level, r] = 0.0
    for k in range(len(table)):
        row = table[k]
        total = sums[level_of[k]]
        for r in range(lanes):
            total[r] += row[r]


@njit(nogil=True, cache=True)
def raked_totals(psu, cell, domains, values, multipliers, factor, out):
    """out[domain, item, replicate] += value x multiplier x factor of the cell, row after row.

    `domains` holds one row of codes per breakdown, -1 for none; codes of all breakdowns differ.
    """
    lanes = multipliers.shape[1]
    both = np.empty(lanes)
    for s in range(len(psu)):
        m = multipliers[psu[s]]
        f = factor[cell[s]]
        for r in range(lanes):
            both[r] = m[r] * f[r]
        for b in range(len(domains)):
            domain = domains[b, s]
            if domain >= 0:
                for j in range(values.shape[1]):
                    value = values[s, j]
                    row = out[domain, j]
                    for r in range(lanes):
                        row[r] += value * both[r]
