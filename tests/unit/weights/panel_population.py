"""A panel whose members drop out, or miss a wave, the sooner the lower their score was.

Shared by the tests of attrition weights and by the simulation: `draw_panel` gives one sample of an
endless population, with the answers of everybody at every wave, so that the truth is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

WAVES = ("w1", "w2", "w3", "w4")
MEAN, SPREAD, MEMORY = 6.0, 2.0, 0.8


@dataclass(frozen=True)
class Panel:
    """One sample.

    Attributes
    ----------
    weights : ndarray of float, shape (n,)
        Unequal design weights, unrelated to dropout.
    states : dict of wave to ndarray of str, shape (n,)
    answers : dict of wave to DataFrame
        region and score of everybody, as they are at the wave; what a person who did not answer
        would have said is there only as the truth.
    """

    weights: np.ndarray
    states: dict[str, np.ndarray]
    answers: dict[str, pd.DataFrame]

    def truth(self, wave: str) -> float:
        """Weighted mean score of all members, answered or not."""
        return float(np.average(self.answers[wave]["score"], weights=self.weights))

    def mean(self, wave: str, weights: np.ndarray) -> float:
        """Weighted mean score of those who answered."""
        here = self.states[wave] == "answered"
        return float(np.average(self.answers[wave]["score"][here], weights=weights[here]))


def draw_panel(seed: int, n: int, *, strength: float = 0.35, returns: bool = True) -> Panel:
    """A panel of n people over `WAVES`.

    Parameters
    ----------
    strength : float
        Rise of the log odds of dropping out (and of missing a wave) per point of the score of the
        wave before below the mean.
    returns : bool
        Whether people miss single waves too.
    """
    draw = np.random.default_rng(seed)
    region = draw.choice(["east", "west"], n)
    off = draw.normal(0, SPREAD, n)
    weights = draw.lognormal(0, 0.3, n)
    state = np.full(n, "answered", dtype=object)
    states: dict[str, np.ndarray] = {}
    answers: dict[str, pd.DataFrame] = {}
    before = np.zeros(n)
    for wave in WAVES:
        level = MEAN + 0.5 * (region == "west") + off
        score = np.clip(np.rint(level), 0, 10)
        if wave != WAVES[0]:
            odds = -1.8 + strength * (MEAN - before) + 0.3 * (region == "east")
            chance = 1 / (1 + np.exp(-odds))
            lost = (state != "dropped") & (draw.random(n) < chance)
            missed = returns & (draw.random(n) < chance)
            stay = np.where(missed, "missed", "answered")
            state = np.where(lost | (state == "dropped"), "dropped", stay).astype(object)
        states[wave] = state
        answers[wave] = pd.DataFrame({"region": region, "score": score})
        before = score
        off = MEMORY * off + draw.normal(0, SPREAD * np.sqrt(1 - MEMORY**2), n)
    return Panel(weights, states, answers)
