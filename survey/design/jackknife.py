"""Replicate multipliers that leave out one PSU at a time.

What a set of multipliers means, and what happens to lonely PSUs, is decided in replicable.py.
"""

from __future__ import annotations

import numpy as np

from survey.design.model import Design
from survey.design.replicable import Multipliers, degrees, require_room, usable
from survey.errors import EstimateError


def jackknife_n(design: Design, *, mse: bool = False) -> Multipliers:
    """The stratified jackknife: every PSU left out once.

    PSU i gets 0 in its replicate, the others of its stratum ``n / (n - 1)``; rscales are
    ``(1 - f) (n - 1) / n``. Exhausted strata and lonely PSUs (``certainty``) have no replicate.

    Parameters
    ----------
    design : Design
    mse : bool
        Centre at the full sample's estimate; by default at the mean of the replicates, as R does.

    Raises
    ------
    EstimateError
        As `rao_wu`, or if the matrix would not fit into memory.
    """
    used = usable(design)
    left_out = np.flatnonzero(used[design.stratum])
    require_room(len(design.psus), len(left_out))
    sizes = design.sizes[design.stratum]
    values = np.ones((len(design.psus), len(left_out)))
    same = design.stratum[:, None] == design.stratum[left_out]
    grown = np.broadcast_to((sizes / np.maximum(sizes - 1, 1))[:, None], same.shape)
    values[same] = grown[same]
    values[left_out, np.arange(len(left_out))] = 0
    kept = (1 - design.fraction) * (sizes - 1) / sizes
    return Multipliers(values, 1.0, kept[left_out], mse, degrees(design), "jackknife_n")


def jackknife_1(design: Design, *, mse: bool = False) -> Multipliers:
    """The jackknife without strata: `jackknife_n`, its common factor in `scale`.

    Raises
    ------
    EstimateError
        If the design has strata; and as `jackknife_n`.
    """
    if len(design.strata) > 1:
        raise EstimateError(
            f"the design has {len(design.strata)} strata",
            expected="none, for the jackknife JK1",
            hint="use the stratified jackknife JKn",
        )
    made = jackknife_n(design, mse=mse)
    scale = float(made.rscales[0]) if len(made.rscales) else 1.0
    rscales = np.ones(len(made.rscales))
    return Multipliers(made.values, scale, rscales, mse, made.df, "jackknife_1")
