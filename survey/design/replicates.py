"""Replicate weights: a set of weightings whose spread around the estimate is its variance.

A set comes with its scale, its centring and its degrees of freedom, so that nobody guesses them
later; weights are read in blocks, at most sixteen replicates at a time. How multipliers are made
here is in multipliers.py; what every replicate repeats of the weighting, in
survey/weights/replicated.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from survey.design.model import Design
from survey.design.names import REPLICATE_METHODS
from survey.errors import EstimateError, one_of

BLOCK = 16  # replicates in memory at one time
_RANK = 1e-5  # as in R `survey::degf`


@dataclass(frozen=True, eq=False)
class Replicates:
    """R replicate weightings of n respondents.

    Attributes
    ----------
    read : callable of (start, stop)
        Replicate weights, shape (n, stop - start): final weights of each replicate.
    count : int
        R.
    scale : float
    rscales : ndarray of float, shape (R,)
        The variance is ``scale * sum(rscales * (estimate_r - centre)^2)``.
    mse : bool
        The centre is the full-sample estimate; otherwise the mean of the replicates.
    method : str
        One of REPLICATE_METHODS, or the name a maker of multipliers gave.
    declared_df : float or None
        None: the rank of the weights less 1, as R ``survey`` has it.
    made : (psu, multipliers) or None
        PSU of every respondent and multipliers, shape (P, R), where replicates were made here:
        the rank of the weights is theirs.
    """

    read: Callable[[int, int], np.ndarray]
    count: int
    scale: float
    rscales: np.ndarray
    mse: bool
    method: str
    declared_df: float | None = None
    made: tuple[np.ndarray, np.ndarray] | None = None

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, np.ndarray]]:
        """Replicate weights block by block, with the number of each block's first replicate."""
        for start in range(0, self.count, size):
            yield start, self.read(start, min(start + size, self.count))

    @cached_property
    def df(self) -> float:
        """Degrees of freedom of estimates of the whole sample."""
        if self.declared_df is not None:
            return float(self.declared_df)
        return self._rank(None) - 1

    def df_among(self, inside: np.ndarray) -> float:
        """Degrees of freedom in a domain, from its respondents, shape (n,), bool.

        The rank of their replicate weights less 1, and no more than the whole sample has.
        """
        return min(self._rank(inside) - 1, self.df)

    def _rank(self, inside: np.ndarray | None) -> float:
        if self.made is not None:
            psu, values = self.made
            rows = values if inside is None else values[np.unique(psu[inside])]
            gram = rows.T @ rows
        else:
            gram = np.zeros((self.count, self.count))
            for row, left in self.blocks():
                left = left if inside is None else left[inside]
                for column, right in self.blocks():
                    right = right if inside is None else right[inside]
                    part = left.T @ right
                    gram[row : row + part.shape[0], column : column + part.shape[1]] = part
        size = np.sqrt(gram.diagonal())
        size[size == 0] = 1
        values = np.linalg.eigvalsh(gram / size / size[:, None])
        return float((values > _RANK**2 * values.max()).sum())

    @property
    def quantiles_allowed(self) -> bool:
        """The jackknife of a quantile does not converge: it is refused."""
        return not self.method.startswith("jk") and not self.method.startswith("jackknife")


def given_replicates(
    weights,
    *,
    method: str,
    base=None,
    rho: float | None = None,
    scale: float | None = None,
    rscales: Sequence[float] | float | None = None,
    mse: bool = True,
    df: float | None = None,
) -> Replicates:
    """A set somebody delivered with the data.

    Parameters
    ----------
    weights : ndarray of float, shape (n, R), or a DataFrame of R columns
    method : str
        One of REPLICATE_METHODS; sets the scale where it has a rule: ``brr`` 1 / R, ``fay``
        1 / (R (1 - rho)^2), ``jk1`` (R - 1) / R, ``jk2`` 1, ``bootstrap`` 1 / (R - 1),
        ``successive-difference`` 4 / R. ``jkn`` needs `rscales`, ``other`` needs `scale`.
    base : ndarray of float, shape (n,), optional
        Where `weights` are multipliers: the weights they multiply.
    rho : float, optional
        Fay's factor, in [0, 1).
    scale, rscales, mse, df
        See `Replicates`.

    Raises
    ------
    EstimateError
        If the method is unknown or lacks a number it needs, or a weight is missing or negative.

    References
    ----------
    .. [1] Wolter (2007), Introduction to Variance Estimation, chapters 3 to 5.
    .. [2] Judkins (1990), Fay's method for variance estimation, JOS 6, 223-239.
    """
    columns = weights.to_numpy(float) if hasattr(weights, "to_numpy") else np.asarray(weights)
    count = columns.shape[1]
    if count < 2:
        raise EstimateError(f"{count} replicate weights", expected="at least two")
    _require_weights(columns)
    multiplied = None if base is None else np.asarray(base, dtype=float)[:, None]

    def read(start: int, stop: int) -> np.ndarray:
        block = columns[:, start:stop]
        return block if multiplied is None else block * multiplied

    scales = np.ones(count) if rscales is None else np.broadcast_to(np.asarray(rscales), (count,))
    ruled = _scale(method, count, rho, scale, rscales)
    return Replicates(read, count, ruled, np.asarray(scales, dtype=float), mse, method, df)


def made_replicates(multipliers, design: Design, weight: np.ndarray) -> Replicates:
    """A set from multipliers made here (multipliers.py), shape (P, R): never n by R at once."""

    def read(start: int, stop: int) -> np.ndarray:
        return weight[:, None] * multipliers.values[:, start:stop][design.psu]

    return Replicates(
        read,
        multipliers.values.shape[1],
        multipliers.scale,
        multipliers.rscales,
        multipliers.mse,
        multipliers.method,
        multipliers.df,
        (design.psu, multipliers.values),
    )


def replicate_factor(values: np.ndarray, full: np.ndarray, replicates: Replicates) -> np.ndarray:
    """F of replicated estimates: scaled distances from the centre.

    Parameters
    ----------
    values : ndarray of float, shape (R, k)
        NaN where a replicate has no estimate; the whole column is then NaN, never an average of
        those that have one.
    full : ndarray of float, shape (k,)
        Full-sample estimates.

    Returns
    -------
    ndarray of float, shape (R, k)
    """
    used = replicates.rscales > 0
    centre = full if replicates.mse else values[used].sum(axis=0) / used.sum()
    weight = np.sqrt(replicates.scale * replicates.rscales)
    factor = (values - centre) * weight[:, None]
    lost = np.isnan(values).any(axis=0)
    factor[:, lost] = np.nan
    return factor


def _scale(method, count, rho, scale, rscales) -> float:
    if method not in REPLICATE_METHODS:
        raise EstimateError(
            f"unknown replicate method '{method}'", expected=one_of(REPLICATE_METHODS)
        )
    if method == "fay" and (rho is None or not 0 <= rho < 1):
        raise EstimateError("Fay's method needs rho", got=f"{rho}", expected="0 <= rho < 1")
    if method != "fay" and rho is not None:
        raise EstimateError(f"rho has no meaning for '{method}'", hint="leave it out")
    if method == "jkn" and rscales is None:
        raise EstimateError(
            "the JKn jackknife needs rscales", expected="(m - 1) / m of every replicate's stratum"
        )
    if method == "other" and scale is None:
        raise EstimateError("replicates of method 'other' need a scale")
    rules = {
        "brr": 1 / count,
        "fay": 1 / (count * (1 - (rho or 0)) ** 2),
        "jk1": (count - 1) / count,
        "jk2": 1.0,
        "jkn": 1.0,
        "bootstrap": 1 / (count - 1),
        "successive-difference": 4 / count,
    }
    ruled = method in ("brr", "fay", "jk2", "successive-difference")
    if ruled and scale is not None:
        raise EstimateError(f"the scale of '{method}' is {rules[method]:g}", hint="leave it out")
    return float(rules[method] if scale is None else scale)


def _require_weights(columns: np.ndarray) -> None:
    bad = ~np.isfinite(columns) | (columns < 0)
    if bad.any():
        row, replicate = np.argwhere(bad)[0]
        raise EstimateError(
            f"{bad.sum()} replicate weights are missing, negative or infinite",
            got=f"first: row {row + 1}, replicate {replicate + 1}",
            expected="weights of at least 0",
        )
