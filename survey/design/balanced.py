"""Replicate multipliers from orthogonal rows: balanced half samples and successive differences.

The rows come from hadamard.py; what a set of multipliers means, and what happens to lonely PSUs,
is decided in replicable.py.
"""

from __future__ import annotations

import numpy as np

from survey.design.hadamard import hadamard
from survey.design.model import Design
from survey.design.replicable import Multipliers, degrees, fractions, usable
from survey.errors import EstimateError, collect


def brr(design: Design, rho: float = 0.0, *, mse: bool = False) -> Multipliers:
    """Balanced repeated replication, two PSUs per stratum; with Fay's rho no PSU drops out.

    Stratum h uses row h + 1 of a Hadamard matrix: where it is -1 the first PSU gets ``2 - rho``
    and the second `rho`, where +1 the other way round. As every row is orthogonal to the others
    and to the first (all +1), linear estimates have exactly the stratified variance and the mean
    of their replicates is the full sample's. A sampling fraction f shrinks both moves by
    ``sqrt(1 - f)``.

    Parameters
    ----------
    design : Design
    rho : float, in [0, 1)
    mse : bool
        As in `jackknife_n`.

    Raises
    ------
    EstimateError
        If a stratum has not exactly two PSUs: all of them named.

    References
    ----------
    .. [1] Judkins (1990), Fay's method for variance estimation, Journal of Official Statistics 6,
       223-239.
    """
    if not 0 <= rho < 1:
        raise EstimateError(
            "Fay's rho is out of range", expected="0 up to, not with, 1", got=f"{rho:g}"
        )
    used = usable(design)
    with collect(EstimateError) as faults:
        for h in np.flatnonzero(used & (design.sizes != 2))[:12]:
            faults.add(
                f"stratum '{design.strata[h]}' has {design.sizes[h]} PSUs",
                expected="exactly two in every stratum, for balanced replicates",
                hint="use the jackknife JKn or the Rao-Wu bootstrap",
            )
    strata = np.flatnonzero(used)
    matrix = hadamard(len(strata) + 1)
    moves = (
        (1 - rho) * np.sqrt(1 - fractions(design)[strata])[:, None] * matrix[1 : len(strata) + 1]
    )
    values = np.ones((len(design.psus), len(matrix)))
    values[design.first[strata]] -= moves
    values[design.first[strata] + 1] += moves
    scale = 1 / (len(matrix) * (1 - rho) ** 2)
    ones = np.ones(len(matrix))
    return Multipliers(values, scale, ones, mse, degrees(design), "fay" if rho else "brr")


def successive_difference(design: Design, order) -> Multipliers:
    """Replicates of a systematic sample: neighbours in the order of the draw are compared.

    PSU i gets ``1 + sqrt(1 - f) 2^(-3/2) (h_i - h_next)`` with rows h of a Hadamard matrix, one
    for every PSU; the last of a stratum is followed by its first. Linear estimates then have the
    variance ``(1 - f) / 2 x sum of squared differences of neighbours``.

    Parameters
    ----------
    design : Design
    order : array_like, shape (P,)
        Place of every PSU of ``design.psus`` in the order of the draw; compared within strata.

    Raises
    ------
    EstimateError
        As `rao_wu`; if two PSUs of a stratum share a place, or there are too many PSUs for
        orthogonal rows.

    References
    ----------
    .. [1] Fay and Train (1995), Proceedings of the Section on Government Statistics, ASA, 154-159.
    .. [2] Ash (2014), Using successive difference replication, Survey Methodology 40, 47-59.
    """
    used = usable(design)
    place = np.asarray(order)
    if place.shape != design.stratum.shape:
        raise EstimateError(
            "the order of the draw does not fit the PSUs",
            expected=f"{len(design.psus)} places",
            got=str(place.shape),
        )
    lined = np.lexsort((place, design.stratum))
    _require_order(design, lined, place)
    matrix = hadamard(len(lined) + 1)
    follower = np.arange(1, len(lined) + 1)
    follower[design.first + design.sizes - 1] = design.first
    moves = matrix[1 : len(lined) + 1].astype(float)
    moves -= moves[follower]
    shrink = np.sqrt(1 - design.fraction[lined]) * used[design.stratum[lined]]
    values = np.ones((len(lined), len(matrix)))
    values[lined] += 2**-1.5 * shrink[:, None] * moves
    return Multipliers(values, 4 / len(matrix), np.ones(len(matrix)), True, degrees(design), "sdr")


def _require_order(design: Design, lined: np.ndarray, place: np.ndarray) -> None:
    same = (np.diff(design.stratum[lined]) == 0) & (place[lined][1:] == place[lined][:-1])
    with collect(EstimateError) as faults:
        for i in np.flatnonzero(same)[:12]:
            one, other = design.psus[lined[i]], design.psus[lined[i + 1]]
            faults.add(
                f"PSUs '{one}' and '{other}' share a place in the order of the draw",
                expected="every PSU of a stratum at a place of its own",
            )
