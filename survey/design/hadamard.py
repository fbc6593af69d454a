"""Hadamard matrices: rows of +1 and -1 that are all orthogonal, for balanced replicates.

Built by doubling (Sylvester), from the quadratic residues of a prime (Paley), or as products of
these. Not every multiple of four can be built so: the next larger order serves as well, for a
few replicates more. How strata use the rows is decided in balanced.py.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from survey.errors import EstimateError

LARGEST = 4096  # rows; 128 MB as numbers of replicate multipliers


def hadamard(at_least: int) -> np.ndarray:
    """The smallest Hadamard matrix that can be built here with `at_least` rows.

    Parameters
    ----------
    at_least : int
        1 to 4096.

    Returns
    -------
    ndarray of int8, shape (R, R)
        Read-only. ``H @ H.T == R * identity``; the first row and the first column are all +1.

    Raises
    ------
    EstimateError
        If `at_least` is out of range.

    References
    ----------
    .. [1] Paley (1933), On orthogonal matrices, Journal of Mathematics and Physics 12, 311-320.

    Examples
    --------
    >>> hadamard(3).tolist()
    [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    """
    if not 1 <= at_least <= LARGEST:
        raise EstimateError(
            "no balanced replicates of this size",
            expected=f"1 to {LARGEST} orthogonal rows",
            got=str(at_least),
            hint="use a jackknife or a bootstrap",
        )
    order = at_least
    while not buildable(order):
        order += 1
    return _matrix(order)


@cache
def buildable(order: int) -> bool:
    """Whether a Hadamard matrix of this order can be built here."""
    if order in (1, 2):
        return True
    return order % 4 == 0 and (_paley(order) > 0 or _split(order) > 0)


@cache
def _matrix(order: int) -> np.ndarray:
    if order == 1:
        matrix = np.ones((1, 1), dtype=np.int8)
    elif order == 2:
        matrix = np.array([[1, 1], [1, -1]], dtype=np.int8)
    elif _split(order):
        matrix = np.kron(_matrix(order // _split(order)), _matrix(_split(order)))
    elif _paley(order) == 1:
        matrix = _first_kind(order - 1)
    else:
        matrix = _second_kind(order // 2 - 1)
    matrix = matrix * matrix[:, :1]
    matrix = matrix * matrix[:1]
    matrix.setflags(write=False)
    return matrix


def _split(order: int) -> int:
    """The smallest factor such that it and its cofactor can be built; 0 if there is none."""
    for factor in range(2, int(order**0.5) + 1):
        if order % factor == 0 and buildable(factor) and buildable(order // factor):
            return factor
    return 0


def _paley(order: int) -> int:
    """Which of Paley's two constructions gives this order; 0 if neither."""
    if (order - 1) % 4 == 3 and _prime(order - 1):
        return 1
    return 2 if (order // 2 - 1) % 4 == 1 and _prime(order // 2 - 1) else 0


def _prime(number: int) -> bool:
    return number > 1 and all(number % d for d in range(2, int(number**0.5) + 1))


def _residues(prime: int) -> np.ndarray:
    """+1 where i - j is a square modulo the prime, -1 where it is not, 0 on the diagonal."""
    character = np.full(prime, -1, dtype=np.int8)
    character[np.arange(1, prime) ** 2 % prime] = 1
    character[0] = 0
    place = np.arange(prime)
    return character[(place[:, None] - place) % prime]


def _bordered(prime: int, sign: int) -> np.ndarray:
    border = np.zeros((prime + 1, prime + 1), dtype=np.int8)
    border[0, 1:] = 1
    border[1:, 0] = sign
    border[1:, 1:] = _residues(prime)
    return border


def _first_kind(prime: int) -> np.ndarray:
    return _bordered(prime, -1) + np.eye(prime + 1, dtype=np.int8)


def _second_kind(prime: int) -> np.ndarray:
    plus = np.array([[1, 1], [1, -1]], dtype=np.int8)
    minus = np.array([[1, -1], [-1, -1]], dtype=np.int8)
    return np.kron(_bordered(prime, 1), plus) + np.kron(np.eye(prime + 1, dtype=np.int8), minus)
