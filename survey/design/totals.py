"""The one group-by: exact sums of weights and products by any grouping of respondents.

Sums of floating-point numbers depend on the order of rows; sums of integers do not. So a weight
becomes an integer number of quanta once (a quantum is at most 2^-36 of the mean weight), products
with whole numbers are integers too, and every group-by adds integers: any row order, thread count
or engine gives the same bytes. What is computed from the sums is decided in analysis/estimate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from survey.design.kernels import exact_sums, extent, whole_units
from survey.errors import EstimateError

BITS = 36  # a quantum is at most 2^-BITS of the mean
_LIMIT = 2.0**62  # integers beyond it could overflow a 64-bit sum
_DOUBT = 2.0**-20  # a mean nearer than this to a power of two is added up exactly


@dataclass(frozen=True, eq=False)
class Fixed:
    """Numbers as integers: value = units x quantum, every quantum a power of two.

    Attributes
    ----------
    units : ndarray of int64, shape (n,) or (n, m)
    quantum : float, or ndarray of float, shape (m,)
    """

    units: np.ndarray
    quantum: float | np.ndarray

    def values(self) -> np.ndarray:
        """The numbers themselves, exact multiples of the quantum."""
        return self.units * self.quantum

    def times(self, values) -> Fixed:
        """Products of n weights with `values`, shape (n, m).

        Exact where `values` are whole numbers; rounded once to the quantum elsewhere. A column too
        large to be added up in 64 bits gets a quantum as much coarser as it needs.
        """
        values = np.asarray(values, dtype=float)
        products = self.units[:, None] * values
        sizes = np.abs(products).sum(axis=0)
        coarser = np.maximum(np.frexp(sizes / _LIMIT)[1], 0)
        whole = np.rint(values)
        if not coarser.any() and np.array_equal(whole, values):
            return Fixed(self.units[:, None] * whole.astype(np.int64), self.quantum)
        units = np.rint(np.ldexp(products, -coarser)).astype(np.int64)
        return Fixed(units, np.ldexp(self.quantum, coarser))


@dataclass(frozen=True, eq=False)
class Groups:
    """Which respondents are added together; made by `group`, used for many sums.

    Attributes
    ----------
    order : ndarray of int
        Respondents of any group, sorted by group.
    starts, keys : ndarray of int, shape (n_nonempty,)
        Where each non-empty group begins in `order`, and which group it is.
    size : int
        Number of groups, empty ones included.
    """

    order: np.ndarray
    starts: np.ndarray
    keys: np.ndarray
    size: int


def fix(values) -> Fixed:
    """Numbers to integers of a quantum chosen from their mean.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Finite, not negative, not all zero.

    Raises
    ------
    EstimateError
        If a value is not, or there are too many values for 64-bit sums.
    """
    values = np.asarray(values, dtype=float)
    low, high, total = extent(values)
    if not (low >= 0 and 0 < high < np.inf):
        bad = int((~np.isfinite(values) | (values < 0)).sum())
        raise EstimateError(
            "weights must be finite, not negative and not all zero",
            got=f"{bad} missing, negative or infinite",
        )
    quantum = quantum_of(len(values), total, lambda: math.fsum(values))
    _require_room(np.array([high / quantum]))
    return Fixed(whole_units(values, quantum), quantum)


def quantum_of(n: int, total: float, exact: Callable[[], float]) -> float:
    """The power of two 2^-BITS to 2^-BITS-1 times the mean of n numbers.

    Parameters
    ----------
    n : int
    total : float
        Their sum, added up in any order: off by less than one part in 2^20.
    exact : function
        Their sum to the last bit; asked for only where the mean is so near a power of two that
        the order of addition could matter.
    """
    mean = total / n
    binade = math.frexp(mean)[1]
    if not math.frexp(mean * (1 - _DOUBT))[1] == binade == math.frexp(mean * (1 + _DOUBT))[1]:
        binade = math.frexp(exact() / n)[1]
    return math.ldexp(1.0, binade - 1 - BITS)


def group(codes, size: int) -> Groups:
    """A grouping from one code per respondent; a negative code is in no group.

    Parameters
    ----------
    codes : array_like of int, shape (n,)
        0 to size - 1, or negative.
    """
    codes = np.asarray(codes)
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0) :]
    inside = codes[order]
    starts = np.flatnonzero(np.r_[True, inside[1:] != inside[:-1]]) if len(inside) else inside
    return Groups(order, starts, inside[starts], size)


def sums(values: np.ndarray, groups: Groups) -> np.ndarray:
    """Integer sums by group.

    Parameters
    ----------
    values : ndarray of int64, shape (n, m)
    groups : Groups

    Returns
    -------
    ndarray of int64, shape (size, m)
        Zero for groups without respondents.
    """
    _require_room(np.abs(values).sum(axis=0, dtype=np.float64))
    result = np.zeros((groups.size, *values.shape[1:]), dtype=np.int64)
    if len(groups.keys):
        result[groups.keys] = np.add.reduceat(values[groups.order], groups.starts, axis=0)
    return result


def sums_by_code(units: np.ndarray, codes: np.ndarray, size: int) -> np.ndarray:
    """Integer sums of one column by code, shape (size,): `sums` for a grouping used once.

    Parameters
    ----------
    units : ndarray of int64, shape (n,)
        Not negative.
    codes : ndarray of int, shape (n,)
        0 to size - 1.
    """
    result = exact_sums(codes, units, size)
    _require_room(result.astype(np.float64))
    return result


def _require_room(sizes: np.ndarray) -> None:
    if sizes.size and sizes.max() >= _LIMIT:
        raise EstimateError(
            "weighted sums are too large for exact 64-bit arithmetic",
            got=f"{sizes.max():.3g} quanta",
            expected=f"less than {_LIMIT:.3g}",
            hint="a weight or an answer is far out of range",
        )
