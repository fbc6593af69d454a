"""Every weighting step repeated on every replicate.

A replicate starts from base weight times multiplier and goes through the same steps as the full
sample, each as it was fitted there: thresholds, collapses and class bounds are frozen, factors are
worked out again, caps hold for weight / multiplier. Decided here: that a replicate in which a step
fails is an error naming replicate and category; it is never left out of the average. How
multipliers are made is decided in survey/design, what a step does in its own module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from survey.design.replicable import Multipliers
from survey.design.replicates import Replicates
from survey.errors import Faults, WeightError
from survey.weights.steps import Step, checked_weights, run_steps


@runtime_checkable
class Varying(Protocol):
    """A step that differs from replicate to replicate, as one with estimated totals does."""

    def at(self, replicate: int) -> Step:
        """The step of a replicate, counted from 0."""
        ...  # pragma: no cover


@dataclass(frozen=True, eq=False)
class Weighting:
    """The steps of a survey's weighting, fitted on the full sample.

    Attributes
    ----------
    base : ndarray of float, shape (n,)
    steps : mapping of str to Step
        In the order they are taken.
    """

    base: np.ndarray
    steps: Mapping[str, Step]

    def full(self) -> np.ndarray:
        """Weights of the full sample, shape (n,)."""
        return _last(run_steps(self.base, self.steps))

    def replicate(self, number: int, multiplier: np.ndarray) -> np.ndarray:
        """Weights of one replicate, shape (n,), from its multipliers, shape (n,).

        Raises
        ------
        WeightError
            Naming the replicate, counted from 1, and the step that failed, with its faults.
        """
        faults = Faults()
        weights = self._replicate(number, multiplier, faults)
        if faults.items:
            raise WeightError(faults=faults.items)
        return weights

    def _replicate(self, number: int, multiplier: np.ndarray, faults: Faults) -> np.ndarray:
        weights = checked_weights(self.base) * multiplier
        for name, step in self.steps.items():
            now = step.at(number) if isinstance(step, Varying) else step
            try:
                weights = now.apply(weights, multiplier)
            except WeightError as error:
                for fault in error.faults:
                    told = f"replicate {number + 1}, {name}: {fault.what}"
                    faults.items.append(replace(fault, what=told))
                break
        return weights


def replicate_weights(
    weighting: Weighting, multipliers: Multipliers, psu: np.ndarray
) -> Replicates:
    """Final weights of every replicate, worked out block by block when they are read.

    Parameters
    ----------
    weighting : Weighting
    multipliers : Multipliers
        Of P PSUs in R replicates.
    psu : ndarray of int, shape (n,)
        PSU of every respondent.

    Returns
    -------
    Replicates
        Reading a block raises a WeightError with the faults of all of its replicates.

    References
    ----------
    .. [1] Valliant (1993), Poststratification and conditional variance estimation, JASA 88, 89-96.
    .. [2] Rao and Shao (1999), Modified balanced repeated replication for complex survey data,
       Biometrika 86, 403-415.
    """

    def read(start: int, stop: int) -> np.ndarray:
        return _block(weighting, multipliers.values[:, start:stop], psu, start)

    return Replicates(
        read,
        multipliers.values.shape[1],
        multipliers.scale,
        multipliers.rscales,
        multipliers.mse,
        multipliers.method,
        multipliers.df,
        (psu, multipliers.values),
    )


def _block(
    weighting: Weighting, multipliers: np.ndarray, psu: np.ndarray, start: int
) -> np.ndarray:
    """Weights of some replicates, shape (n, b)."""
    block = np.empty((len(psu), multipliers.shape[1]), order="F")
    faults = Faults()
    for place in range(multipliers.shape[1]):
        multiplier = multipliers[psu, place]
        block[:, place] = weighting._replicate(start + place, multiplier, faults)
    if faults.items:
        raise WeightError(faults=faults.items)
    return block


def _last(stages: Mapping[str, np.ndarray]) -> np.ndarray:
    weights: Sequence[np.ndarray] = list(stages.values())
    return weights[-1]
