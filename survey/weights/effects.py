"""What every step of weighting did to the weights: unequal weighting and their spread.

Taken from the weights after each step; only rows that still count (weight over 0) are described,
so that the n of a nonresponse step is its respondents. Pictures of these figures are made in
pictures.py; the design effect of a real answer is worked out in analysis/estimate.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from survey.weights.steps import checked_weights

ORDERS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)  # of the quantiles a distribution is drawn from


@dataclass(frozen=True)
class StepEffect:
    """One step.

    Attributes
    ----------
    step : str
    n : int
        Rows with a weight over 0.
    total : float
    uwe : float
        Unequal-weighting effect (Kish) of the weights after the step, ``n sum(w^2) / sum(w)^2``.
    change : float
        `uwe` over that of the step before; 1 for the first.
    n_eff : float
        ``n / uwe``.
    quantiles : tuple of float
        Of weight over mean weight, at `ORDERS`.
    """

    step: str
    n: int
    total: float
    uwe: float
    change: float
    n_eff: float
    quantiles: tuple[float, ...]


def step_effects(stages: Mapping[str, np.ndarray]) -> tuple[StepEffect, ...]:
    """The effect of every step, in order.

    Parameters
    ----------
    stages : mapping of str to ndarray of float, each of shape (n,)
        Weights after each step, as `steps.run_steps` returns them.

    Raises
    ------
    WeightError
        If a stage holds missing, infinite or negative weights, or none over 0.

    References
    ----------
    .. [1] Kish (1992), Weighting for unequal Pi, Journal of Official Statistics 8, 183-200.
    """
    found: list[StepEffect] = []
    for name, weights in stages.items():
        values = checked_weights(weights, what=f"weights after '{name}'")
        values = np.sort(values[values > 0])
        n, total = len(values), math.fsum(values)
        uwe = n * math.fsum(values * values) / total**2
        relative = np.quantile(values, ORDERS) / (total / n)
        before = found[-1].uwe if found else uwe
        found.append(
            StepEffect(name, n, total, uwe, uwe / before, n / uwe, tuple(relative.tolist()))
        )
    return tuple(found)
