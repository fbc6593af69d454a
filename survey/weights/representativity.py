"""How evenly a sample responded: the R-indicator and its parts.

R = 1 - 2 S(rho), S being the standard deviation of the response propensities over the population:
1 when everybody is as likely to respond, 0 at worst. Estimated from the sample, with the bias that
estimating propensities brings taken out, and with a standard error. The model is fitted in
propensity.py; weights are adjusted in nonresponse.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.errors import WeightError
from survey.weights.propensity import fit_propensity, is_number, model_columns
from survey.weights.steps import checked_mask, checked_weights, class_sums, row_labels


@dataclass(frozen=True)
class PartialIndicator:
    """One predictor's part in the variation of the propensities.

    Attributes
    ----------
    variable : str
    unconditional : float
        Standard deviation between its categories; larger is worse.
    conditional : float or None
        Standard deviation left within cells of all the other predictors; None if there are none,
        or one of them is a number, which makes no cells.
    categories : dict of str to float
        Unconditional part by category, signed: under 0 responds less than average.
    conditional_categories : dict of str to float
        Conditional part by category.
    """

    variable: str
    unconditional: float
    conditional: float | None
    categories: dict[str, float]
    conditional_categories: dict[str, float]


@dataclass(frozen=True)
class Representativity:
    """The R-indicator of a sample.

    Attributes
    ----------
    r, r_unadjusted : float
        With and without the bias of estimated propensities taken out.
    se : float
        Of `r`, linearised: on the safe side where the noise of the model is a large part of S^2
        (`bias_factor` well under 1); NaN where the propensities do not vary.
    mean : float
        Weighted mean propensity.
    cv : float
        Adjusted S over `mean`: the largest bias of a respondents' mean, in standard deviations of
        the answer.
    bias_factor : float
        Share of S^2 left after the adjustment, in [0, 1].
    partials : tuple of PartialIndicator
        Of every predictor that is a label, bias-adjusted by `bias_factor`.
    """

    r: float
    r_unadjusted: float
    se: float
    mean: float
    cv: float
    bias_factor: float
    partials: tuple[PartialIndicator, ...]


def r_indicator(
    responded,
    frame: pd.DataFrame,
    terms: Sequence[str],
    *,
    weights,
    where: str = "",
) -> Representativity:
    """Sample-based R-indicator, its standard error and partial indicators.

    Parameters
    ----------
    responded : array_like of bool, shape (n,)
        Of every sampled eligible case.
    frame : DataFrame, n rows
        Predictors of the model; see `propensity.model_columns`.
    terms : sequence of str
    weights : array_like of float, shape (n,)
        Design weights (1 / chance of selection); their sum is the population's size. With equal
        weights bias and error are those of the papers for simple random samples; with unequal
        ones the model is fitted by weight and its sandwich variance takes their place.

    Raises
    ------
    WeightError
        If a weight is under 1, or the model cannot be fitted.

    References
    ----------
    .. [1] Schouten, Cobben and Bethlehem (2009), Indicators for the representativeness of survey
       response, Survey Methodology 35, 101-113.
    .. [2] Shlomo, Skinner and Schouten (2012), Estimation of an indicator of the
       representativeness of survey response, Journal of Statistical Planning and Inference 142,
       201-211.
    .. [3] Schouten, Shlomo and Skinner (2011), Indicators for monitoring and improving
       representativeness of response, Journal of Official Statistics 27, 231-253.
    """
    weights = checked_weights(weights, where=where)
    n, size = len(weights), math.fsum(weights)
    low = weights < 1 - 1e-9
    if low.any():
        raise WeightError(
            f"{int(low.sum())} design weights are under 1",
            where=where,
            got=f"first: row {int(np.argmax(low)) + 1} has {weights[low][0]:g}",
            expected="1 over the chance of selection",
        )
    responded = checked_mask(responded, n, what="responded", where=where)
    columns = model_columns(frame, terms, where=where)
    found = fit_propensity(columns, responded, weights, may_be_certain=False, where=where)
    order = np.lexsort((weights, columns.place))  # any order of rows, same sums
    rho, x, d = found.scores[order], columns.x[columns.place[order]], weights[order]
    mean = float(d @ rho) / size
    square = float(d @ (rho - mean) ** 2) / (size - 1)
    slopes = (rho * (1 - rho))[:, None] * x
    model = _model_variance(rho, x, d)
    bias = _bias(rho, slopes, d, model, size)
    left = max(0.0, 1 - bias / square) if square > 0 else 0.0
    spread = math.sqrt(square * left)
    return Representativity(
        r=1 - 2 * spread,
        r_unadjusted=1 - 2 * math.sqrt(square),
        se=_error(rho, slopes, d, model, size, mean),
        mean=mean,
        cv=spread / mean,
        bias_factor=left,
        partials=_partials(found.scores, weights, frame, terms, left, mean),
    )


def _model_variance(rho, x, d) -> np.ndarray:
    """Variance of the coefficients, (p, p): the inverse information under equal weights."""
    noise = rho * (1 - rho)
    bread = np.linalg.inv((x * (d * noise)[:, None]).T @ x)
    return bread @ ((x * (d**2 * noise)[:, None]).T @ x) @ bread


def _bias(rho, slopes, d, model, size: float) -> float:
    """Bias of S^2: noise of the model, less what sampling takes away (Shlomo et al., section 3)."""
    noise = float(d @ np.einsum("ij,jk,ik->i", slopes, model, slopes)) / size
    n = len(d)
    off = rho - float(d @ rho) / size
    sampling = float((d * (d - 1)) @ off**2) / size**2 * (n / max(n - 1, 1))
    return noise - sampling


def _error(rho, slopes, d, model, size: float, mean: float) -> float:
    """Standard error of R: both parts of the model's noise, and sampling."""
    n, share = len(d), d / size
    off, centred = rho - mean, slopes - share @ slopes
    square = float(share @ off**2)
    if square <= np.finfo(float).eps:
        return float("nan")
    a = (share * off) @ centred
    b = (centred * share[:, None]).T @ centred
    parts = share * (off**2 - square)
    sampling = max(0.0, 1 - n / size) * float(((parts - parts.mean()) ** 2).sum())
    middle = b @ model
    variance = 4 * float(a @ model @ a) + 2 * float(np.trace(middle @ middle)) + sampling
    return math.sqrt(variance / (square * n / max(n - 1, 1)))


def _partials(scores, d, frame, terms, left, mean) -> tuple[PartialIndicator, ...]:
    variables = list(dict.fromkeys(name for term in terms for name in term.split(":")))
    labels = {name: row_labels(frame[name], len(d), what=name) for name in variables}
    shown = [name for name in variables if not is_number(frame[name])]
    numbers = len(shown) < len(variables)
    return tuple(
        _partial(
            labels[name],
            [] if numbers else [labels[o] for o in shown if o != name],
            name,
            scores,
            d,
            left,
            mean,
        )
        for name in shown
    )


def _partial(own, others, name, scores, d, left, mean) -> PartialIndicator:
    size = math.fsum(d)
    levels, place = np.unique(own.astype(str), return_inverse=True)
    people = class_sums(d, place, len(levels))
    average = class_sums(d * scores, place, len(levels)) / people
    between = people / size * (average - mean) ** 2 * left
    signed = np.sign(average - mean) * np.sqrt(between)
    within = np.zeros(0)
    if others:
        joint = pd.MultiIndex.from_arrays(others).factorize()[0]
        cells = int(joint.max()) + 1
        cell_mean = class_sums(d * scores, joint, cells) / class_sums(d, joint, cells)
        spread = d / size * (scores - cell_mean[joint]) ** 2
        within = class_sums(spread, place, len(levels)) * left
    return PartialIndicator(
        name,
        math.sqrt(math.fsum(between)),
        math.sqrt(math.fsum(within)) if others else None,
        dict(zip(levels.tolist(), signed.tolist(), strict=True)),
        dict(zip(levels.tolist(), np.sqrt(within).tolist(), strict=bool(others))),
    )
