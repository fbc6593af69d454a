"""What a set of weights costs: unequal weighting, effective size, extremes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Diagnosis:
    """Figures on one set of weights.

    Attributes
    ----------
    n : int
    total : float
    deff_kish : float
        Kish's design effect of unequal weighting, ``n sum(w^2) / sum(w)^2``: what weighting
        costs an answer that has nothing to do with the weights. Estimates carry the full design
        effect of their own answer, see docs/methods.md.
    n_eff : float
        ``n / deff_kish``.
    smallest, largest : float
        As multiples of the mean weight.
    """

    n: int
    total: float
    deff_kish: float
    n_eff: float
    smallest: float
    largest: float


def diagnose(weights: np.ndarray) -> Diagnosis:
    """Diagnosis of weights, shape (n,), in any order.

    References
    ----------
    .. [1] Kish (1992), Weighting for unequal Pi, Journal of Official Statistics 8, 183-200.
    """
    n, total = len(weights), math.fsum(weights)
    deff = n * math.fsum(weights * weights) / total**2
    mean = total / n
    return Diagnosis(n, total, deff, n / deff, weights.min() / mean, weights.max() / mean)
