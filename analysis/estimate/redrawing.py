"""Rows that fill a step's gaps in another draw, and what happens where no donor is left.

Decided here: where a class has no donor under the weights of a draw, or none whose answers are not
refused, its donors are taken with their base weights; where that fails too, the answer of the
clean data stays. More than MOST of all draws ending so is an error, because the spread of draws
would then be too small.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey.errors import EstimateError
from survey.impute.frozen import FrozenStep
from survey.instrument.imputation import MIN_DONORS

MOST = 0.01  # of all draws


@dataclass
class Fallen:
    """Draws of every step, and how many of them had no donor."""

    drawn: dict[str, int] = field(default_factory=dict)
    fallen: dict[str, int] = field(default_factory=dict)

    def count(self, step: str, drawn: int, fallen: int) -> None:
        self.drawn[step] = self.drawn.get(step, 0) + drawn
        self.fallen[step] = self.fallen.get(step, 0) + fallen

    def require(self, imputed) -> None:
        """Raise if donors were wanting too often.

        Raises
        ------
        EstimateError
            Naming the steps.
        """
        bad = [s for s, count in self.fallen.items() if count > MOST * self.drawn[s]]
        if bad:
            share = max(self.fallen[step] / self.drawn[step] for step in bad)
            raise EstimateError(
                f"in {share:.1%} of the draws for '{bad[0]}' its class has no donor",
                where=f"instruments/{imputed.instrument.study.id}/methods.yml",
                expected=f"at most {MOST:.0%}",
                hint=f"raise {MIN_DONORS}, or name fewer class variables",
            )


def rows_for(
    step: FrozenStep,
    number: int | np.ndarray,
    *,
    weight: np.ndarray,
    times: np.ndarray,
    fallen: Fallen,
    who: np.ndarray | None = None,
) -> np.ndarray:
    """Rows of the donors drawn for a step, one per draw; see `FrozenStep.draw`."""
    who = np.arange(len(step.recipients)) if who is None else who
    number = np.broadcast_to(np.asarray(number), who.shape)
    drawn = step.draw(number, weight=weight, times=times, who=who)
    none = drawn < 0
    fallen.count(step.step.name, len(who), int(none.sum()))
    if none.any():
        drawn[none] = step.draw(number[none], who=who[none])
    return np.where(drawn >= 0, step.donors[np.maximum(drawn, 0)], step.recipients[who])
