"""What a set of replicate multipliers is, and which strata can have one.

A replicate weight is the respondent's weight times the multiplier of the PSU, and

    V = scale x sum over r of rscales[r] (estimate[r] - centre)^2,

centred at the full sample's estimate (`mse`) or at the mean of the replicates. Only the first
stage is replicated: what later stages add is inside the PSU totals as long as PSUs count as drawn
with replacement, and left out (with the fraction f of it) where they have sampling fractions.
Lonely PSUs: the policy ``certainty`` keeps their multiplier at 1, the others are no policies for
replicates. How multipliers are made: bootstrap.py, jackknife.py, balanced.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey.design.model import CERTAIN, Design
from survey.errors import EstimateError, collect

_ROOM = 2**28  # numbers of a matrix of multipliers: 2 GB


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Multipliers of P PSUs in R replicates, and how the replicates become a variance.

    Attributes
    ----------
    values : ndarray of float, shape (P, R)
        In the order of ``design.psus``; none negative.
    scale : float
    rscales : ndarray of float, shape (R,)
    mse : bool
        Centred at the full sample's estimate, not at the mean of the replicates.
    df : float
        Degrees of freedom: PSUs minus strata, or fewer where there are fewer replicates.
    method : str
        ``rao_wu``, ``generalised``, ``jackknife_n``, ``jackknife_1``, ``brr``, ``fay`` or ``sdr``.
    """

    values: np.ndarray
    scale: float
    rscales: np.ndarray
    mse: bool
    df: float
    method: str


def usable(design: Design) -> np.ndarray:
    """Strata with chance in them, shape (H,), bool; those that cannot be replicated are named."""
    lowest = np.minimum.reduceat(design.fraction, design.first)
    highest = np.maximum.reduceat(design.fraction, design.first)
    chance = highest < 1 - CERTAIN
    with collect(EstimateError) as faults:
        for h in np.flatnonzero(chance & (design.sizes == 1)):
            if design.lonely != "certainty":
                faults.add(
                    f"stratum '{design.strata[h]}' has one PSU, and '{design.lonely}' is no policy "
                    "for replicates",
                    expected="two PSUs, or the policy 'certainty'",
                    hint="join strata, or declare pairs",
                )
        for h in np.flatnonzero(highest - lowest > 1e-12):
            faults.add(
                f"PSUs of stratum '{design.strata[h]}' have different sampling fractions: "
                f"{lowest[h]:g} to {highest[h]:g}",
                expected="one fraction per stratum, for replicates",
                hint="leave the fractions out, or linearise",
            )
    return chance & (design.sizes > 1)


def fractions(design: Design) -> np.ndarray:
    """Sampling fraction of every stratum, shape (H,)."""
    return np.minimum(design.fraction[design.first], 1.0)


def degrees(design: Design) -> float:
    return float(len(design.psus) - len(design.strata))


def require_room(psus: int, replicates: int) -> None:
    if psus * replicates > _ROOM:
        raise EstimateError(
            f"{psus} PSUs in {replicates} replicates do not fit into memory",
            expected=f"at most {_ROOM} multipliers",
            hint="linearise, take fewer replicates, or make them in blocks (a range of replicates)",
        )
