"""Standard errors of raked estimates in two ways: re-raked jackknife replicates, and residuals."""

from __future__ import annotations

import numpy as np

from survey.design.jackknife import jackknife_n
from survey.design.replicates import replicate_factor
from survey.weights.fitted import margin_step
from survey.weights.replicated import Weighting, replicate_weights
from tests.ratios import margin, ratios

RESIDUALS = ("final", "base", "unweighted", "none")


def compare(y, base, design, classes, shares, *, residuals=RESIDUALS) -> dict[str, float]:
    """Linearised over re-raked jackknife standard error of the mean of y, by kind of residual;
    the jackknife's own under ``jackknife``.

    Parameters
    ----------
    y, base : ndarray of float, shape (n,)
    design : Design
    classes : sequence of ndarray of int, each of shape (n,)
    shares : sequence of sequence of float
        Targets of every margin as shares of the total of the base weights.
    """
    targets = [margin(f"m{k}", np.array(part) * base.sum()) for k, part in enumerate(shares)]
    step = margin_step(classes, targets, tolerance=1e-10, most_steps=2000)
    weighting = Weighting(base, {"raking": step})
    full = weighting.full()
    sets = replicate_weights(weighting, jackknife_n(design, mse=True), design.psu)
    means = np.concatenate([y @ block / block.sum(axis=0) for _, block in sets.blocks()])
    factor = replicate_factor(means[:, None], np.array([y @ full / full.sum()]), sets)
    jackknife = float(np.sqrt((factor**2).sum()))
    given = {"classes": list(classes), "base_weight": base}
    return {"jackknife": jackknife} | {
        kind: float(ratios(y, full, design, residuals=kind, **given).se[0, 0]) / jackknife
        for kind in residuals
    }
