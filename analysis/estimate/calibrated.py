"""A survey calibrated to population totals, with everything its variance needs.

Margins of categories, totals of numbers, or both; raking, linear (GREG), logit, with bounds; and
post-stratification, which is raking to one margin. The calibrated survey carries the regression
that makes its linearised errors calibration-aware, and the steps that its replicates repeat. How
weights are found is decided in survey/weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from analysis.estimate.functional import WeightedSample
from analysis.estimate.residual import Regression
from analysis.estimate.survey import Survey
from survey.errors import EstimateError, UsageError
from survey.weights.fitted import margin_step, totals_step
from survey.weights.generalised import indicators
from survey.weights.margins import Margin
from survey.weights.plaintargets import NO_DATE, require_targets, text_levels
from survey.weights.replicated import Weighting
from survey.weights.steps import Step

Residuals = Literal["final", "base", "unweighted"]
RESIDUALS = ("final", "base", "unweighted")
ONES = "(total)"  # auxiliary of ones: the size of the population


def calibrated(
    survey: Survey,
    *,
    margins: Mapping[str, Mapping[str, float]] | None = None,
    totals: Mapping[str, float] | None = None,
    method: str = "raking",
    bounds: tuple[float, float] | None = None,
    scale: str | None = None,
    residuals: Residuals = "final",
    tolerance: float = 1e-10,
    most_steps: int = 1000,
) -> Survey:
    """Calibrate a survey's weights.

    Parameters
    ----------
    survey : Survey
        With its design weights.
    margins : mapping of column, or columns joined by ":", to mapping of level to count
    totals : mapping of numeric column to total, optional
        ``"(total)"`` is the size of the population, needed where there are no margins and the
        regression has an intercept.
    method : {"raking", "linear", "logit"}
    bounds : (low, high), optional
        Of calibrated over design weight; needed for ``logit``.
    scale : str, optional
        Column of positive numbers; respondents with a larger one change less.
    residuals : {"final", "base", "unweighted"}
        Weights of the regression in linearised errors: ``base`` is R ``calibrate``,
        ``unweighted`` R ``rake``.
    tolerance : float
        Largest relative miss of a total.
    most_steps : int

    Returns
    -------
    Survey
        Its replicates, where it is given multipliers, are calibrated one by one.

    Raises
    ------
    EstimateError, WeightError
        If a column is missing, a category has no respondents, or a total cannot be met.

    References
    ----------
    .. [1] Deville and Sarndal (1992), Calibration estimators in survey sampling, JASA 87, 376-382.
    """
    if not margins and not totals:
        raise UsageError("there is nothing to calibrate to", expected="margins or totals")
    if residuals not in RESIDUALS:
        raise UsageError(f"unknown residuals '{residuals}'", expected=" or ".join(RESIDUALS))
    if survey.sample.replicates is not None:
        raise EstimateError(
            "a survey with replicates cannot be calibrated",
            hint="calibrate first: with_multipliers then repeats it on every replicate",
        )
    made = tuple(_margin(name, counts) for name, counts in (margins or {}).items())
    frame = survey.columns.frame
    classes = [_classes(frame, margin) for margin in made]
    numbers = _numbers(survey, totals or {})
    base = survey.sample.weight
    if not totals and scale is None and (method == "raking" and bounds is None):
        step: Step = margin_step(classes, made, tolerance=tolerance, most_steps=most_steps)
    else:
        table, counts = np.empty((len(base), 0)), np.empty(0)
        names: tuple[str, ...] = ()
        if made:
            table, counts, names = indicators(classes, made)
        step = totals_step(
            base,
            np.concatenate([table, numbers], axis=1),
            np.concatenate([counts, list((totals or {}).values())]),
            method=method,
            bounds=bounds,
            scale=None if scale is None else survey.columns.numbers(scale),
            tolerance=tolerance,
            most_steps=most_steps,
            names=[*names, *(totals or {})],
        )
    before = survey.weighting or Weighting(base, {})
    name = f"calibration {len(before.steps) + 1}"
    weighting = Weighting(before.base, {**before.steps, name: step})
    weights = step.apply(base)
    regression_weight = {"final": weights, "base": base, "unweighted": np.ones(len(base))}
    pull = regression_weight[residuals]
    if scale is not None:
        pull = pull / survey.columns.numbers(scale)
    regression = Regression(tuple(classes), numbers, pull)
    sample = WeightedSample(
        weights, survey.sample.design, None, (*survey.sample.calibration, regression)
    )
    return survey.with_sample(sample, weighting=weighting)


def _margin(name: str, counts: Mapping[str, float]) -> Margin:
    return Margin(
        name=name,
        items=tuple(name.split(":")),
        levels=tuple(str(level) for level in counts),
        counts=np.array(list(counts.values()), dtype=float),
        unit="",
        universe="",
        source="",
        dates=(NO_DATE,),
    )


def _classes(frame: pd.DataFrame, margin: Margin) -> np.ndarray:
    levels = text_levels(frame, margin, "")
    require_targets([levels], [margin], "")
    return pd.Index(margin.levels).get_indexer(pd.Index(levels))


def _numbers(survey: Survey, totals: Mapping[str, float]) -> np.ndarray:
    n = survey.columns.n
    columns = [np.ones(n) if name == ONES else survey.columns.numbers(name) for name in totals]
    return np.column_stack(columns) if columns else np.empty((n, 0))
