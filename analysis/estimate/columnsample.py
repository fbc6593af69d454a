"""The sample that named columns describe: weights, and a design or replicates.

What is asked of it: survey.py. How a design is read from columns: survey/design/build.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.estimate.columns import Columns
from analysis.estimate.functional import WeightedSample
from analysis.estimate.residual import Regression
from survey.design.build import make_design
from survey.design.replicates import Replicates, given_replicates, made_replicates
from survey.errors import EstimateError
from survey.weights.replicated import Weighting, replicate_weights


def columned_sample(
    columns: Columns,
    *,
    weight: str | None,
    strata: Sequence[str],
    psu: Sequence[str],
    fpc: Sequence[str],
    nested: bool,
    pps: str | None,
    lonely,
    pairs: Mapping[str, str] | None,
    replicates,
    given: Mapping[str, Any],
    calibration: Sequence[Regression],
) -> WeightedSample:
    """Weights with the design of their columns, or with the replicates beside them.

    Parameters
    ----------
    given : mapping
        How replicates are meant: the words of `given_replicates`, and ``combined``.
    others
        See `Survey`.

    Raises
    ------
    EstimateError
        If a column is missing, a weight is missing or negative, or the design is at fault.
    """
    weights = np.ones(columns.n) if weight is None else columns.weights(weight)
    design = None
    if replicates is None:
        design = make_design(
            np.arange(columns.n),
            strata={name: columns.labels(name) for name in strata},
            psu=[columns.labels(name) for name in psu] or None,
            fpc=[columns.numbers(name) for name in fpc] or None,
            nested=nested,
            pps=pps,
            lonely=lonely,
            pairs=pairs,
        )
    elif not isinstance(replicates, Replicates):
        table = (
            replicates
            if isinstance(replicates, np.ndarray)
            else np.column_stack([columns.numbers(name) for name in replicates])
        )
        meant = {name: value for name, value in given.items() if name != "combined"}
        base = None if given["combined"] else weights
        replicates = given_replicates(table, base=base, **meant)
    return WeightedSample(weights, design, replicates, tuple(calibration))


def multiplied(
    sample: WeightedSample, multipliers, weighting: Weighting | None = None
) -> WeightedSample:
    """The sample with replicates made from its design (survey/design/multipliers.py).

    Raises
    ------
    EstimateError
        If it has replicates already, or its weights were calibrated by steps that are not known.
    """
    design, weight = sample.design, sample.weight
    if design is None:
        raise EstimateError("this survey has replicates already")
    if weighting is not None:
        made = replicate_weights(weighting, multipliers, design.psu)
    elif sample.calibration:
        raise EstimateError(
            "the steps that made these calibrated weights are not known",
            hint="calibrate here (calibrated.py), or take linearised errors",
        )
    else:
        made = made_replicates(multipliers, design, weight)
    return WeightedSample(weight, None, made)
