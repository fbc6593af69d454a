"""Normal equations solved in one fixed order, so that every machine gets the same digits.

The matrices here are small (one row per margin category), where a linear-algebra library would
win microseconds and lose reproducibility: its sums are ordered by the processor it runs on.
"""

from __future__ import annotations

import math

import numpy as np


def inverse(matrix: np.ndarray, *, redundant: float = 1e-11) -> np.ndarray:
    """A generalised inverse of a symmetric, non-negative matrix.

    Margins share their total, so their indicator columns are linearly dependent: a column that
    the ones before it explain is left out (its row and column of the result are zero).

    Parameters
    ----------
    matrix : ndarray of float, shape (m, m)
    redundant : float
        A pivot below this part of its original diagonal value counts as zero.

    References
    ----------
    .. [1] Goodnight (1979), A tutorial on the SWEEP operator, American Statistician 33, 149-158.
    """
    swept = np.array(matrix, dtype=float)
    original = swept.diagonal().copy()
    left_out = []
    for k in range(len(swept)):
        pivot = swept[k, k]
        if pivot <= redundant * original[k]:
            left_out.append(k)
            continue
        row = swept[k] / pivot
        column = swept[:, k].copy()
        swept -= column[:, None] * row
        swept[k] = row
        swept[:, k] = -column / pivot
        swept[k, k] = 1 / pivot
    swept[left_out] = 0
    swept[:, left_out] = 0
    return swept


def triangular_root(matrix: np.ndarray, *, redundant: float = 1e-12) -> np.ndarray:
    """R with ``R' R`` equal to a symmetric, non-negative matrix; rows that add nothing left out.

    Parameters
    ----------
    matrix : ndarray of float, shape (m, m)
    redundant : float
        A pivot below this part of its original diagonal value counts as zero.

    Returns
    -------
    ndarray of float, shape (rank, m)
    """
    rest = np.array(matrix, dtype=float)
    original = rest.diagonal().copy()
    rows = []
    for k in range(len(rest)):
        pivot = rest[k, k]
        if pivot > redundant * original[k]:
            rows.append(rest[k] / np.sqrt(pivot))
            rest -= rows[-1][:, None] * rows[-1]
    return np.array(rows).reshape(len(rows), len(matrix))


def gram(rows: np.ndarray) -> np.ndarray:
    """Products of all pairs of rows, shape (m, m) from (m, n), with the same digits everywhere.

    A library adds up in an order of its own. Here it only ever adds integers small enough for
    floats to hold every sum exactly: each row is cut into two such halves, which together keep
    about 1e-11 of its largest number.
    """
    bits = (53 - math.ceil(math.log2(rows.shape[1] + 1))) // 2 - 1
    reach = np.frexp(np.abs(rows).max(axis=1, keepdims=True))[1]  # every number is under 2^reach
    parts = np.ldexp(rows, bits - reach)
    high = np.rint(parts)
    low = np.rint(np.ldexp(parts - high, bits))
    mixed = high @ low.T
    total = high @ high.T + np.ldexp(mixed + mixed.T, -bits) + np.ldexp(low @ low.T, -2 * bits)
    return np.ldexp(total, reach + reach.T - 2 * bits)


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix product of (a, b) and (b, c), added up in the order of b on every machine."""
    result = np.zeros((left.shape[0], right.shape[1]))
    for k in range(left.shape[1]):
        result += left[:, k, None] * right[k]
    return result
