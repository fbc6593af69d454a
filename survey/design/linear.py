"""Normal equations solved in one fixed order, so that every machine gets the same digits.

The matrices here are small (one row per margin category), where a linear-algebra library would
win microseconds and lose reproducibility: its sums are ordered by the processor it runs on.
"""

from __future__ import annotations

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
    return np.array(rows).reshape(-1, len(matrix))


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix product of (a, b) and (b, c), added up in the order of b on every machine."""
    result = np.zeros((left.shape[0], right.shape[1]))
    for k in range(left.shape[1]):
        result += left[:, k, None] * right[k]
    return result
