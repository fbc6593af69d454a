"""Multiple imputation: m sets of imputed answers, and Rubin's rules over what they give.

Decided here: each imputation draws the donors of every class again before it draws from them (the
approximate Bayesian bootstrap), as many as the class has effectively, in proportion to base weight,
so that imputations also differ by what is not known of the class; degrees of freedom are those of
Barnard and Rubin, with the design's for complete data; the joint covariance

    T = mean of the within covariances + (1 + 1 / m) * between covariance

is carried by a triangular factor of each indicator's rows. The rules suppose that imputation knows
what the analysis asks for: a domain that is no class makes T too large or too small (Kim et al.).

References
----------
.. [1] Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley.
.. [2] Rubin and Schenker (1986), Multiple imputation for interval estimation from simple random
   samples with ignorable nonresponse, Journal of the American Statistical Association 81, 366-374.
.. [3] Barnard and Rubin (1999), Small-sample degrees of freedom with multiple imputation,
   Biometrika 86, 948-955.
.. [4] Kim, Brick, Fuller and Kalton (2006), On the bias of the multiple-imputation variance
   estimator in survey sampling, Journal of the Royal Statistical Society B 68, 509-521.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.imputed import Imputed
from analysis.estimate.quantity import Quantity
from analysis.estimate.redrawing import Fallen, rows_for
from analysis.estimate.variance import Ratios
from survey.design.draws import uniforms
from survey.design.linear import gram, triangular_root
from survey.impute.donors import respondent_keys
from survey.impute.frozen import FrozenStep


class EstimatesRatios(Protocol):
    """What `variance.Linearised` and `staged.Staged` have in common."""

    def estimate(self, quantity: Quantity) -> list[Ratios]:
        """Ratios of one quantity, breakdown by breakdown."""
        ...  # pragma: no cover


ROUNDING = 1e-12
Estimator = Callable[[list[Breakdown]], EstimatesRatios]


@dataclass(frozen=True, eq=False)
class Combined:
    """Rubin's rules for k estimates; arrays of float, shape (k,).

    Attributes
    ----------
    value : mean of the m values
    variance : total variance T
    between : variance of the m values
    df : degrees of freedom
    """

    value: np.ndarray
    variance: np.ndarray
    between: np.ndarray
    df: np.ndarray


def combine(values: np.ndarray, within: np.ndarray, complete: np.ndarray) -> Combined:
    """Combine m estimates and variances.

    Parameters
    ----------
    values, within : ndarray of float, shape (m, k)
        Estimates and their variances as if every answer had been given.
    complete : ndarray of float, shape (k,)
        Degrees of freedom of complete data; those of the design.

    References
    ----------
    .. [1] Barnard and Rubin (1999), formula (3).
    """
    m = len(values)
    value, inside = values.mean(axis=0), within.mean(axis=0)
    between = ((values - value) ** 2).sum(axis=0) / (m - 1)
    total = inside + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.where(total > 0, (1 + 1 / m) * between / total, 0.0)
        missing = np.where(missing > ROUNDING, missing, 0.0)  # equal values, added up
        imputed = np.where(missing > 0, (m - 1) / missing**2, np.inf)
        observed = (complete + 1) / (complete + 3) * complete * (1 - missing)
        df = 1 / (1 / imputed + 1 / observed)
    return Combined(value, total, between, np.where(missing > 0, df, complete))


def multiple(
    imputed: Imputed,
    asked: Sequence[Quantity],
    single: Sequence[Sequence[Ratios]],
    estimator: Estimator,
    plan: list[Breakdown],
    draws: int,
) -> list[list[Ratios]]:
    """Estimates of every quantity and breakdown over m imputations.

    Parameters
    ----------
    single : sequence, by quantity and breakdown
        Estimates of the clean data, whose bases are kept.
    estimator : callable
        From breakdowns to what estimates ratios over them.
    draws : int
        m.

    Raises
    ------
    EstimateError
        If donors are too often wanting (redrawing.py).
    """
    fallen = Fallen()
    sets = []
    for number in range(1, draws + 1):
        sources = [_proper(step, number, imputed, fallen) for step in imputed.steps]
        drawn = imputed.redraw(sources)
        breakdowns = plan
        if drawn.moves_domains:
            breakdowns = [drawn.breakdown(place) for place in range(len(plan))]
        made = estimator(breakdowns)
        sets.append([made.estimate(drawn.quantity(quantity)) for quantity in asked])
    fallen.require(imputed)
    result: list[list[Ratios]] = [list(by_place) for by_place in single]
    for indicator in dict.fromkeys(quantity.indicator for quantity in asked):
        places = [k for k, quantity in enumerate(asked) if quantity.indicator == indicator]
        cells = [(k, place) for k in places for place in range(len(plan))]
        _combine_family(cells, sets, single, result)
    return result


def _combine_family(cells, sets, single, result) -> None:
    """Combine the rows of one covariance family, in place."""
    m = len(sets)
    covariance, values, within, simple = None, [], [], []
    for made in sets:
        ratios = [made[k][place] for k, place in cells]
        factor = np.concatenate([r.factor.reshape(len(r.factor), -1) for r in ratios], axis=1).T
        part = gram(np.nan_to_num(np.ascontiguousarray(factor)))
        covariance = part if covariance is None else covariance + part
        values.append(np.concatenate([r.estimate.ravel() for r in ratios]))
        within.append(np.concatenate([(r.se**2).ravel() for r in ratios]))
        simple.append(np.concatenate([(r.se**2 / r.deff).ravel() for r in ratios]))
    table, variances = np.array(values), np.array(within)
    old = [single[k][place] for k, place in cells]
    complete = np.concatenate([np.repeat(r.df, r.estimate.shape[1]) for r in old])
    done = combine(table, variances, complete)
    away = np.nan_to_num((table - done.value).T)
    assert covariance is not None
    total = covariance / m + (1 + 1 / m) / (m - 1) * gram(np.ascontiguousarray(away))
    factor = triangular_root(total)
    se = np.where(np.isnan(done.value), np.nan, np.sqrt((factor * factor).sum(axis=0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = se**2 / np.mean(simple, axis=0)
    start = 0
    for (k, place), before in zip(cells, old, strict=True):
        shape, size = before.estimate.shape, before.estimate.size
        here = slice(start, start + size)
        result[k][place] = replace(
            before,
            estimate=done.value[here].reshape(shape),
            se=se[here].reshape(shape),
            deff=deff[here].reshape(shape),
            df=done.df[here].reshape(shape),
            weighted_n=np.mean([made[k][place].weighted_n for made in sets], axis=0),
            factor=factor[:, here].reshape(len(factor), *shape),
        )
        start += size


def _proper(step: FrozenStep, number: int, imputed: Imputed, fallen: Fallen) -> np.ndarray:
    """The rows that fill a step's gaps in one imputation."""
    times = bootstrapped(step, number, _seed(imputed), _wave(step))
    return rows_for(step, number, weight=times, times=times, fallen=fallen)


def bootstrapped(step: FrozenStep, number: int, seed: int, wave: str) -> np.ndarray:
    """How often each donor is drawn into the pool of its class, shape (d,).

    A class gives as many draws as it has donors effectively (Kish), in proportion to weight.
    """
    times = np.zeros(len(step.donors))
    for cell in np.unique(step.donor_cell):
        inside = np.flatnonzero(step.donor_cell == cell)
        weight = step.weight[inside]
        size = max(1, round(float(weight.sum() ** 2 / (weight**2).sum())))
        names = [f"{step.names[cell]}\x1f{draw}" for draw in range(size)]
        keys = respondent_keys(seed, wave, f"{step.step.name}\x1fpool", names)
        uniform = uniforms(keys, np.full(size, number))[0]
        upto = np.cumsum(weight)
        place = np.searchsorted(upto, uniform * upto[-1], side="right").clip(max=len(inside) - 1)
        times[inside] = np.bincount(place, minlength=len(inside))
    return times


def _seed(imputed: Imputed) -> int:
    assert imputed.instrument.imputation is not None
    return imputed.instrument.imputation.seed


def _wave(step: FrozenStep) -> str:
    return step.together.routing.wave_name
