"""Making simulated answers come to given weighted numbers, answer by answer.

Raking has one solution, so the few lines of iterative proportional fitting here give the weights
that survey/weights gives the cleaned file (as long as neither bounds nor trimming bite); a test
holds the whole pipeline to the published numbers. What is changed where is decided in answers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from survey.errors import InstrumentError

ROUNDS = 500
CONVERGED = 1e-12  # relative; well below what any nudge can move


def rake(
    base: np.ndarray, codes: Sequence[np.ndarray], targets: Sequence[dict[int, float]]
) -> np.ndarray:
    """Weights meeting every margin (Deming and Stephan 1940).

    Parameters
    ----------
    base : ndarray of float, shape (n,)
    codes : one integer array of shape (n,) per margin
    targets : per margin, code -> population count
    """
    weight = base.astype(float)
    for _ in range(ROUNDS):
        worst = 0.0
        for code, target in zip(codes, targets, strict=True):
            for value, count in target.items():
                rows = code == value
                factor = count / weight[rows].sum()
                weight[rows] *= factor
                worst = max(worst, abs(factor - 1))
        if worst < CONVERGED:
            return weight
    raise InstrumentError("the simulated sample cannot be raked to the wave's targets")


def level(mean_at: Callable[[float], float], aim: float, low: float, high: float) -> float:
    """Where a rising function comes nearest to `aim`, by halving."""
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_at(middle) < aim else (low, middle)
    return (low + high) / 2


def pick(effect: np.ndarray, gap: float, tolerance: float) -> list[int]:
    """Indices whose effects sum to about `gap`: first come first served, the last few fitted.

    Parameters
    ----------
    effect : ndarray of float, shape (n,)
        Positive effect of changing each candidate, in the order in which they are to be tried.
    gap : float
        What is to be made up, at least 0.
    tolerance : float
        How much may be left over.

    Raises
    ------
    InstrumentError
        If the candidates do not suffice.
    """
    left, chosen = gap, []
    coarse = np.flatnonzero(np.cumsum(effect) < gap - 3 * effect.max(initial=0))
    chosen.extend(coarse.tolist())
    left -= effect[coarse].sum()
    free = np.ones(len(effect), dtype=bool)
    free[coarse] = False
    while free.any():
        best = int(np.where(free, np.abs(left - effect), np.inf).argmin())
        if abs(left - effect[best]) >= abs(left):
            break
        chosen.append(best)
        free[best] = False
        left -= effect[best]
    if abs(left) > tolerance:
        raise InstrumentError("too few simulated answers can be moved to meet what was published")
    return chosen
