"""The one group-by: exact sums of weights and products by any grouping of respondents.

Sums of floating-point numbers depend on the order of rows; sums of integers do not. So a weight
becomes an integer number of quanta once (a quantum is at most 2^-36 of the mean weight), products
with whole numbers are integers too, and every group-by adds integers: any row order, thread count
or engine gives the same bytes. What is computed from the sums is decided in analysis/estimate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from survey.errors import EstimateError

BITS = 36  # a quantum is at most 2^-BITS of the mean
_LIMIT = 2.0**62  # integers beyond it could overflow a 64-bit sum


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
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        bad = int((~np.isfinite(values) | (values < 0)).sum())
        raise EstimateError(
            "weights must be finite, not negative and not all zero",
            got=f"{bad} missing, negative or infinite",
        )
    mean = math.fsum(values) / len(values)
    quantum = math.ldexp(1.0, math.frexp(mean)[1] - 1 - BITS)
    units = np.rint(values / quantum)
    _require_room(units)
    return Fixed(units.astype(np.int64), quantum)


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


def _require_room(sizes: np.ndarray) -> None:
    if sizes.size and sizes.max() >= _LIMIT:
        raise EstimateError(
            "weighted sums are too large for exact 64-bit arithmetic",
            got=f"{sizes.max():.3g} quanta",
            expected=f"less than {_LIMIT:.3g}",
            hint="a weight or an answer is far out of range",
        )
