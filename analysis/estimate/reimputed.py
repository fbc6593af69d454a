"""Errors from a bootstrap of PSUs in which every replicate is imputed anew.

Decided here: PSUs are drawn with replacement, one fewer than a stratum has (Rao and Wu); a
respondent drawn t times stands in the replicate t times, and each time gets an answer of its own,
from donors in the replicate; the replicate goes through calibration and trimming again; classes
stay as frozen. The spread of replicates then holds sampling, nonresponse and the draw of donors.
Rows keep the replicates' deviations as their variance factor.

References
----------
.. [1] Shao and Sitter (1996), Bootstrap for imputed survey data, Journal of the American
   Statistical Association 91, 1278-1288.
.. [2] Rao, Wu and Yue (1992), Survey Methodology 18, 209-217.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.imputed import Gaps, Imputed, Redrawn
from analysis.estimate.quantity import Quantity
from analysis.estimate.redrawing import Fallen, rows_for
from analysis.estimate.variance import Ratios
from survey.design.bootstrap import rao_wu
from survey.design.model import Design
from survey.instrument.load import Instrument
from survey.weights.fitted import margin_step
from survey.weights.margins import Margin
from survey.weights.record import CalibrationRecord
from survey.weights.replicated import Weighting
from survey.weights.steps import Step
from survey.weights.trim import freeze
from survey.weights.weigh import CLASS

COPY = 1 << 20  # numbers of draws between two copies of a respondent


@dataclass(frozen=True, eq=False)
class Copies:
    """The respondents of one replicate.

    Attributes
    ----------
    row : ndarray of int, shape (k,)
        Respondent of every copy.
    copy : ndarray of int, shape (k,)
        Which of its copies, from 0.
    weight : ndarray of float, shape (k,)
    """

    row: np.ndarray
    copy: np.ndarray
    weight: np.ndarray


def reimputed(
    imputed: Imputed,
    asked: Sequence[Quantity],
    single: Sequence[Sequence[Ratios]],
    weighting: Weighting,
    design: Design,
    *,
    replicates: int,
    seed: int,
) -> list[list[Ratios]]:
    """Estimates of the clean data with errors from re-imputed replicates.

    Parameters
    ----------
    single : sequence, by quantity and breakdown
        Estimates of the clean data.
    weighting : Weighting
        How the weights came about; every replicate repeats it.

    Raises
    ------
    EstimateError
        If a stratum has one PSU, or donors are too often wanting.
    WeightError
        If a replicate cannot be calibrated, naming it.
    """
    drawn = rao_wu(design, replicates, seed)
    fallen = Fallen()
    sizes = design.sizes[design.stratum]
    counted = drawn.values * ((sizes - 1) / sizes)[:, None]
    times = np.where(sizes[:, None] > 1, np.rint(counted), 1).astype(int)  # alone: always there
    found = []
    for number in range(replicates):
        weight = weighting.replicate(number, drawn.values[design.psu, number])
        t = times[design.psu, number]
        row = np.repeat(np.arange(imputed.n), t)
        copy = np.arange(len(row)) - np.repeat(np.cumsum(t) - t, t)
        copies = Copies(row, copy, weight[row] / t[row])
        found.append(_values(imputed, asked, copies, t, number, fallen))
    fallen.require(imputed)
    table = np.array(found)
    spread = np.sqrt(drawn.scale) * (table - table.mean(axis=0))
    return _with_spread(single, spread, replicates)


def _values(imputed: Imputed, asked, copies: Copies, t, number: int, fallen: Fallen) -> np.ndarray:
    """Every ratio of one replicate, in the order of rows."""
    drawn = _Copied(
        imputed, [_sources(s, copies, t, number, fallen) for s in imputed.steps], copies
    )
    places = range(len(imputed.names))
    levels = [drawn.breakdown(place) for place in places]
    parts = []
    for quantity in asked:
        now = drawn.quantity(quantity)
        for breakdown in levels:
            parts.append(_ratios(now, breakdown, copies.weight).ravel())
    return np.concatenate(parts)


def _sources(step, copies: Copies, t: np.ndarray, number: int, fallen: Fallen) -> np.ndarray:
    """The row that fills each copy, shape (k,); its own row where the step fills nothing."""
    place = np.full(int(max(step.recipients.max(), copies.row.max())) + 1, -1)
    place[step.recipients] = np.arange(len(step.recipients))
    who = place[copies.row]
    filled = who >= 0
    rows = copies.row.copy()
    rows[filled] = rows_for(
        step,
        number + 1 + COPY * copies.copy[filled],
        weight=step.weight * t[step.donors],
        times=t[step.donors].astype(float),
        fallen=fallen,
        who=who[filled],
    )
    return rows


@dataclass(frozen=True, eq=False)
class _Copied(Redrawn):
    """A redrawn wave whose respondents stand there as often as they were drawn."""

    copies: Copies

    @property
    def size(self) -> int:
        return len(self.copies.row)

    def source(self, gaps: Gaps | None) -> np.ndarray:
        row = self.copies.row
        if gaps is None:
            return row
        return np.where(gaps.rows[row], self.sources[gaps.step], row)


def _ratios(quantity: Quantity, breakdown: Breakdown, weight: np.ndarray) -> np.ndarray:
    """Ratios (L, m) under given weights."""
    size = len(breakdown.domains)
    inside = breakdown.level >= 0
    level, weight = breakdown.level[inside], weight[inside]
    bottom = np.bincount(level, weights=weight * quantity.x[inside], minlength=size)
    top = [
        np.bincount(level, weights=weight * column, minlength=size)
        for column in quantity.y[inside].T
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack(top) / bottom[:, None]


def _with_spread(single, spread: np.ndarray, replicates: int) -> list[list[Ratios]]:
    """The estimates with the replicates' spread as factor; NaN where a replicate has no value."""
    result, start = [], 0
    for by_place in single:
        told = []
        for before in by_place:
            shape, size = before.estimate.shape, before.estimate.size
            factor = spread[:, start : start + size].reshape(-1, *shape)
            se = np.sqrt((factor * factor).sum(axis=0))
            with np.errstate(divide="ignore", invalid="ignore"):
                deff = se**2 / (before.se**2 / before.deff)
            df = np.minimum(before.df, replicates - 1)
            told.append(replace(before, se=se, deff=deff, df=df, factor=factor))
            start += size
        result.append(told)
    return result


def weighting_of(
    people: pd.DataFrame, record: CalibrationRecord, instrument: Instrument, wave: str
) -> Weighting:
    """How a wave's weights came about, from what weighting wrote; see survey/weights/weigh.py."""
    base = people["weight_base"].to_numpy(float)
    if not record.calibrated:
        return Weighting(base, {})
    margins = [
        Margin(
            name=told.name,
            items=tuple(told.items),
            levels=tuple(told.levels),
            counts=np.array(told.target, dtype=float),
            unit=told.unit,
            universe=told.universe,
            source=told.source,
            dates=(),
        )
        for told in record.margins
    ]
    classes = [
        pd.Index(margin.levels).get_indexer(pd.Index(people[CLASS + margin.name]))
        for margin in margins
    ]
    step: Step = margin_step(
        classes,
        margins,
        method="logit" if record.bounds else "raking",
        bounds=(record.bounds[0], record.bounds[1]) if record.bounds else None,
        tolerance=instrument.policy("calibration_tolerance"),
        most_steps=int(instrument.policy("calibration_sweeps")),
        where=instrument.where("wave", wave),
    )
    steps: dict[str, Step] = {"calibration": step}
    plan = instrument.waves[wave].calibrate
    if plan is not None and plan.trim is not None:
        steps["trimming"] = freeze(step.apply(base), plan.trim)
    return Weighting(base, steps)
