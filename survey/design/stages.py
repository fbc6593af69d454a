"""Contributions of sampling units to variances: the factor F with variance = sum of F * F.

Stage by stage as in R ``survey::svyrecvar``: totals of linearised values by unit, centred within
their stratum, times ``sqrt((1 - f) m / (m - 1))``, and in later stages times the square root of
the fractions of the stages before. What is linearised is decided in analysis/estimate.
"""

from __future__ import annotations

import numpy as np

from survey.design.model import CERTAIN, Design, Stage
from survey.design.totals import Groups, sums
from survey.errors import EstimateError

_ROOM = 61  # bits of a sum of integers


def variance_factor(
    design: Design, z: np.ndarray, *, present: np.ndarray | None = None
) -> np.ndarray:
    """F of weighted linearised values, every stage that counts below the one before.

    Parameters
    ----------
    design : Design
    z : ndarray of float, shape (n, k)
        Weight times linearised value of every respondent, 0 outside a domain.
    present : ndarray of bool, shape (P, k), optional
        PSUs with a respondent in the domain: the policy ``average`` takes its average over their
        strata. None: over all.

    Returns
    -------
    ndarray of float, shape (C, k)
        ``F.T @ F`` is the covariance matrix of the k estimates.

    References
    ----------
    .. [1] Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 4.3.
    .. [2] Lumley (2004), Analysis of complex survey samples, Journal of Statistical Software 9(8).
    """
    stages = design.stages[:1] if design.one_stage else design.stages
    parts = []
    reach = np.ones(1)  # product of the fractions of the stages before, by unit of the last one
    for stage in stages:
        totals = exact_totals(z, stage.groups)
        part = stage_contributions(
            stage, totals, design.lonely, present if stage is stages[0] else None
        )
        scale = reach[stage.parent]
        parts.append(part * np.sqrt(scale)[:, None])
        reach = scale * stage.fraction
        if not reach.any():
            break
    return np.concatenate(parts)


def contributor_labels(design: Design) -> tuple[str, ...]:
    """Labels of the rows of `variance_factor`: units, stage by stage.

    A PSU is called by its own label, by which waves find the units they share; where PSU labels
    start again in every stratum, the stratum stands before it.
    """
    stages = design.stages[:1] if design.one_stage else design.stages
    labels: list[str] = []
    for stage in stages:
        if len(set(stage.units)) == len(stage.units):
            labels += stage.units
        else:
            pairs = zip(stage.stratum, stage.units, strict=True)
            labels += [f"{stage.strata[h]}/{unit}" for h, unit in pairs]
    return tuple(labels)


def contributions(design: Design, totals: np.ndarray) -> np.ndarray:
    """`variance_factor` of the first stage alone, from PSU totals, shape (P, ...)."""
    return stage_contributions(design.stages[0], totals, design.lonely)


def stage_contributions(
    stage: Stage, totals: np.ndarray, lonely: str, present: np.ndarray | None = None
) -> np.ndarray:
    """Centred, scaled totals of one stage's units.

    Parameters
    ----------
    stage : Stage
    totals : ndarray of float, shape (U, ...)
        Weighted totals of linearised variables (whose total over all units is about 0).
    lonely : str
        The one unit of a stratum counts nothing (``certainty``), its distance from the overall
        mean (``adjust``), or as much as an average stratum (``average``), as R ``survey`` has it.
    present : ndarray of bool, shape (U, ...), optional
        See `variance_factor`.
    """
    shape = (-1,) + (1,) * (totals.ndim - 1)
    sizes = stage.sizes
    means = np.add.reduceat(totals, stage.first, axis=0) / sizes.reshape(shape)
    factor = totals - means[stage.stratum]
    open_part = np.where(stage.fraction > 1 - CERTAIN, 0.0, 1 - stage.fraction)
    scale = open_part * (sizes / np.maximum(sizes - 1, 1))[stage.stratum]
    alone = stage.alone
    if lonely == "adjust":
        kept = alone[stage.stratum]
        factor[kept] = totals[kept]
    factor *= np.sqrt(scale).reshape(shape)
    if lonely == "average" and alone.any():
        factor *= np.sqrt(_share_in_company(stage, alone, present))
    return factor


def exact_totals(values: np.ndarray, groups: Groups) -> np.ndarray:
    """Sums by group that do not depend on the order of rows.

    Every column becomes integers of a quantum chosen from its largest number, so that a sum of
    all of them still fits 64 bits: with n rows it keeps 61 - log2(n) bits of that number.

    Parameters
    ----------
    values : ndarray of float, shape (n, k)
        Finite.
    groups : Groups

    Returns
    -------
    ndarray of float, shape (groups.size, k)
    """
    bits = _ROOM - int(np.ceil(np.log2(max(len(values), 2))))
    reach = np.frexp(np.abs(values).max(axis=0, initial=0.0))[1]
    units = np.rint(np.ldexp(values, bits - reach)).astype(np.int64)
    return np.ldexp(sums(units, groups).astype(np.float64), reach - bits)


def _share_in_company(stage: Stage, alone: np.ndarray, present: np.ndarray | None) -> np.ndarray:
    """Number of strata over the number of those that are not alone, by column."""
    if stage.parent.any() or (present is None and alone.all()):
        raise EstimateError(
            "every stratum has one PSU, so there is none to take an average of",
            hint="choose another policy for lonely PSUs, or coarser strata",
        )
    if present is None:
        return np.array(len(alone) / (~alone).sum())
    strata = np.logical_or.reduceat(present, stage.first, axis=0)
    good = (strata & ~alone.reshape((-1,) + (1,) * (present.ndim - 1))).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return strata.sum(axis=0) / np.where(good > 0, good, np.nan)
