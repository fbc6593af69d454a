"""Calibration to totals that are estimates themselves, such as those of a larger survey.

Weights meet the estimated totals as if they were known; the variance does not end there, because
the totals would have come out otherwise in another sample. Decided here: the extra term, as rows
to stand below a variance factor, and as totals that differ between replicates. The two surveys
are taken to be independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.design.linear import inverse, product, triangular_root
from survey.errors import WeightError, collect
from survey.weights.check import told
from survey.weights.fitted import TotalsStep
from survey.weights.generalised import Calibration
from survey.weights.newton import exact_sum

_NEGATIVE = 1e-9  # part of the largest eigenvalue by which rounding may make one negative


@dataclass(frozen=True, eq=False)
class EstimatedTotals:
    """Totals with their covariance.

    Attributes
    ----------
    totals : ndarray of float, shape (p,)
    covariance : ndarray of float, shape (p, p)
    names : tuple of str, length p
    source : str
        The survey they come from.
    """

    totals: np.ndarray
    covariance: np.ndarray
    names: tuple[str, ...]
    source: str

    def root(self) -> np.ndarray:
        """R with ``R' R`` equal to the covariance, shape (rank, p)."""
        return triangular_root(self.covariance)


def estimated_totals(
    totals: np.ndarray,
    covariance: np.ndarray,
    *,
    names: Sequence[str],
    source: str,
    where: str = "",
) -> EstimatedTotals:
    """Estimated totals, checked.

    Parameters
    ----------
    totals : ndarray of float, shape (p,)
    covariance : ndarray of float, shape (p, p)
    names : sequence of str, length p
    source : str
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        If the covariance is not symmetric, has a negative variance in some direction, or a number
        is missing.
    """
    totals = np.asarray(totals, dtype=float)
    covariance = np.asarray(covariance, dtype=float)
    p = len(totals)
    if covariance.shape != (p, p) or len(names) != p:
        raise WeightError(
            f"the covariance of {p} estimated totals has the shape {covariance.shape}",
            where=where,
            expected=f"({p}, {p}), and {p} names",
        )
    with collect(WeightError) as faults:
        missing = ~np.isfinite(totals) | ~np.isfinite(covariance).all(axis=1)
        for place in np.flatnonzero(missing).tolist():
            faults.add(
                f"the estimated total of {told(names[place])} or its covariance is missing",
                where=where,
            )
    size = np.sqrt(np.abs(covariance.diagonal()))
    size = np.where(size > 0, size, 1.0)
    with collect(WeightError) as faults:
        if np.abs(covariance - covariance.T).max() > _NEGATIVE * np.abs(covariance).max():
            faults.add("the covariance of the estimated totals is not symmetric", where=where)
        elif np.linalg.eigvalsh(covariance / size / size[:, None]).min() < -_NEGATIVE * p:
            faults.add(
                "the covariance of the estimated totals has negative variances",
                where=where,
                hint="it must come from one variance estimate of all totals together",
            )
    return EstimatedTotals(totals, (covariance + covariance.T) / 2, tuple(names), source)


def extra_factor(
    estimated: EstimatedTotals,
    calibration: Calibration,
    auxiliaries: np.ndarray,
    linear: np.ndarray,
) -> np.ndarray:
    """Rows that add the variance of the totals to a variance factor.

    An estimate moves by its slopes B when the totals move, so its extra variance is ``B' V B``.

    Parameters
    ----------
    estimated : EstimatedTotals
    calibration : Calibration
    auxiliaries : ndarray of float, shape (n, p)
    linear : ndarray of float, shape (n, k)
        Linearised value of every respondent for each of k estimates, not multiplied by weights.

    Returns
    -------
    ndarray of float, shape (rank, k)
        To be put below the factor (C, k) of the sampling variance; columns go on having
        covariances as their products.

    References
    ----------
    .. [1] Dever and Valliant (2010), A comparison of variance estimators for poststratification
       to estimated control totals, Survey Methodology 36, 45-56.
    .. [2] Deville (1999), Simultaneous calibration of several surveys, Statistics Canada
       Symposium; Fuller (1998), Replication variance estimation for two-phase samples, Statistica
       Sinica 8, 1153-1164.
    """
    return product(estimated.root(), slopes(calibration, auxiliaries, linear))


def slopes(calibration: Calibration, auxiliaries: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """How far each estimate moves per unit of each total, shape (p, k).

    The regression of the linearised values, (n, k), on the auxiliaries, (n, p), weighted with
    ``calibration.response``; zero for an auxiliary that others explain.
    """
    pull = calibration.response[:, None] * auxiliaries
    size = np.sqrt([exact_sum(column) for column in (pull * auxiliaries).T])
    size = np.where(size > 0, size, 1.0)
    pull, columns = pull / size, auxiliaries / size
    cross = np.array([[exact_sum(a * b) for b in columns.T] for a in pull.T])
    right = np.array([[exact_sum(a * z) for z in linear.T] for a in pull.T])
    return product(inverse(cross), right) / size[:, None]


@dataclass(frozen=True, eq=False)
class EstimatedStep:
    """Calibration whose totals differ between replicates, so that these carry their variance.

    Attributes
    ----------
    step : TotalsStep
        Of the full sample.
    totals : ndarray of float, shape (R, p)
    """

    step: TotalsStep
    totals: np.ndarray

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """The full sample's step; see `steps.Step`."""
        return self.step.apply(weights, multiplier)

    def at(self, replicate: int) -> TotalsStep:
        """The step of a replicate, counted from 0."""
        return replace(self.step, problem=replace(self.step.problem, totals=self.totals[replicate]))


def replicate_totals(
    estimated: EstimatedTotals, *, scale: float, rscales: np.ndarray, mse: bool
) -> np.ndarray:
    """Totals of every replicate, shape (R, p), whose variance is their covariance.

    Each direction of the covariance is carried by one replicate if deviations are taken from the
    full sample, by two (there and back) if they are taken from the mean of the replicates.

    Parameters
    ----------
    estimated : EstimatedTotals
    scale, rscales, mse
        Of the replicates, see survey/design/replicates.py.

    Raises
    ------
    WeightError
        If there are too few replicates with a scale above zero.

    References
    ----------
    .. [1] Fuller (1998), Statistica Sinica 8, 1153-1164.
    """
    root = estimated.root()
    able = np.flatnonzero(np.asarray(rscales) > 0)
    each = 1 if mse else 2
    if len(able) < each * len(root):
        raise WeightError(
            f"{len(able)} replicates cannot carry the covariance of {len(estimated.totals)} "
            f"estimated totals from {estimated.source}",
            expected=f"at least {each * len(root)} replicates",
            hint="make more replicates, or linearise",
        )
    totals = np.tile(estimated.totals, (len(rscales), 1))
    for place, direction in enumerate(root):
        if mse:
            number = able[place]
            totals[number] += direction / np.sqrt(scale * rscales[number])
            continue
        pair = able[2 * place : 2 * place + 2]  # moved equally far, so that the mean stays
        move = direction / np.sqrt(scale * rscales[pair].sum())
        totals[pair] += move * np.array([[1.0], [-1.0]])
    return totals
