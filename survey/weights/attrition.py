"""Weights of a panel: dropout wave by wave, and people who miss a wave.

Every wave each member of the panel is one of: ``answered``, ``missed`` (still in the panel),
``dropped`` (gone from it for good) or ``left`` (no longer in the population: neither lost nor
represented). A cross-sectional weight of a wave goes to everybody who answered it, also after a
gap: staying in the panel and answering are modelled one after the other, from the latest answers
a person gave before. A longitudinal weight goes to those who answered every wave so far. How a
model becomes a factor is decided in nonresponse.py; how a panel is joined with its refreshment
and with newcomers, in refreshment.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survey.errors import WeightError, collect, one_of
from survey.weights.nonresponse import PropensityAdjustment, fit_propensity_classes
from survey.weights.steps import checked_weights, names, row_labels

STATES = ("answered", "missed", "dropped", "left")
Kind = Literal["cross_sectional", "longitudinal"]
GAP = "waves_since_answer"  # the predictor the module adds: waves since a person last answered


@dataclass(frozen=True)
class AttritionModel:
    """How dropout is modelled.

    Attributes
    ----------
    terms : tuple of str
        Columns of the answers; see `propensity.model_columns`.
    classes : int or None
        Propensity classes, or None for inverse propensities.
    smallest : int
        Fewest respondents of a class.
    most_factor : float
        Largest factor of one wave.
    weighted : bool
    """

    terms: tuple[str, ...]
    classes: int | None
    smallest: int
    most_factor: float
    weighted: bool = True


@dataclass(frozen=True, eq=False)
class PanelStep:
    """The way from the first wave's weights to those of one wave; a frozen step.

    Attributes
    ----------
    stages : tuple of (ndarray of bool, PropensityAdjustment or None)
        In order: the people at risk, whose others fall to 0, and their adjustment (None where
        nobody at risk was lost).
    """

    stages: tuple[tuple[np.ndarray, PropensityAdjustment | None], ...]

    def apply(self, weights: np.ndarray, multiplier: np.ndarray | None = None) -> np.ndarray:
        """Weights of the wave from those of the first, shape (n,)."""
        found = checked_weights(weights)
        for at_risk, step in self.stages:
            found = np.where(at_risk, found, 0.0)
            found = found if step is None else step.apply(found, multiplier)
        return found


@dataclass(frozen=True, eq=False)
class PanelWeights:
    """A panel's weights at every wave.

    Attributes
    ----------
    waves : tuple of str
    cross_sectional, longitudinal : dict of str to ndarray of float, each of shape (n,)
        By wave; 0 for those who have none.
    steps : dict of (kind, wave) to PanelStep
    """

    waves: tuple[str, ...]
    cross_sectional: dict[str, np.ndarray]
    longitudinal: dict[str, np.ndarray]
    steps: dict[tuple[Kind, str], PanelStep]


def panel_weights(
    weights,
    states: Mapping[str, Sequence[str]],
    answers: Mapping[str, pd.DataFrame],
    model: AttritionModel,
    *,
    where: str = "",
) -> PanelWeights:
    """Weights of every wave from those of the first.

    Parameters
    ----------
    weights : array_like of float, shape (n,)
        Of the first wave's respondents, who are the panel.
    states : mapping of wave to array_like of str, shape (n,)
        Waves in order; one of `STATES` per person.
    answers : mapping of wave to DataFrame, n rows each
        Predictors as answered in that wave; rows of people who did not answer are not looked at.
        The last wave needs none.
    model : AttritionModel

    Raises
    ------
    WeightError
        For states that contradict each other, and models that cannot be fitted; those who never
        come back after missing a wave must be declared dropped.

    References
    ----------
    .. [1] Rizzo, Kalton and Brick (1996), A comparison of some weighting adjustment methods for
       panel nonresponse, Survey Methodology 22, 43-53.
    .. [2] Vandecasteele and Debels (2007), Attrition in panel data: the effectiveness of
       weighting, European Sociological Review 23, 81-97.
    """
    weights = checked_weights(weights, where=where)
    waves = tuple(states)
    table = _states(states, len(weights), where)
    latest = _latest(answers, table, waves, model.terms, where)
    first = PanelStep(())
    steps: dict[tuple[Kind, str], PanelStep] = {
        ("cross_sectional", waves[0]): first,
        ("longitudinal", waves[0]): first,
    }
    stayed: list = []  # stages of staying in the panel, up to the wave before
    kept: list = []  # stages of answering every wave
    cross, long = {waves[0]: weights}, {waves[0]: weights}
    in_panel = np.ones(len(weights), dtype=bool)
    faithful = in_panel
    for t, wave in enumerate(waves[1:], start=1):
        state, known = table[:, t], latest[t]
        place = f"{where}: wave {wave}" if where else f"wave {wave}"
        at_risk = in_panel & (state != "left")
        in_panel = at_risk & (state != "dropped")
        answered = in_panel & (state == "answered")
        before = PanelStep(tuple(stayed)).apply(weights)
        stayed.append(_stage(before, at_risk, in_panel, known, model, place))
        base = PanelStep(tuple(stayed)).apply(weights)
        stage = _stage(base, in_panel, answered, known, model, place)
        steps["cross_sectional", wave] = PanelStep((*stayed, stage))
        at_risk = faithful & (state != "left")
        faithful = at_risk & answered
        kept.append(_stage(long[waves[t - 1]], at_risk, faithful, known, model, place))
        steps["longitudinal", wave] = PanelStep(tuple(kept))
        cross[wave] = steps["cross_sectional", wave].apply(weights)
        long[wave] = steps["longitudinal", wave].apply(weights)
    return PanelWeights(waves, cross, long, steps)


def _states(states, n: int, where: str) -> np.ndarray:
    """States of every person at every wave, (n, waves), checked against each other."""
    if not states:
        raise WeightError("the panel has no waves", where=where)
    columns = {
        wave: row_labels(state, n, what=f"state in {wave}", where=where)
        for wave, state in states.items()
    }
    with collect(WeightError) as faults:
        for wave, state in columns.items():
            strange = sorted(set(state) - set(STATES))
            if strange:
                faults.add(f"state {names(strange)} in wave {wave} is not known", where=where,
                           expected=one_of(STATES))  # fmt: skip
        before: np.ndarray | None = None
        for wave, state in columns.items():
            if before is None:
                off, told = state != "answered", "did not answer the first wave"
            else:
                gone = np.isin(before, ("dropped", "left"))
                off, told = gone & (state != before), f"come back in wave {wave} or change state"
            if off.any():
                faults.add(
                    f"{int(off.sum())} people {told}, first in row {int(np.argmax(off)) + 1}",
                    where=where,
                    expected="'dropped' and 'left' for good; 'missed' for those who may return",
                )
            before = state
    return np.column_stack(list(columns.values()))


def _latest(answers, table, waves, terms, where: str) -> list[pd.DataFrame]:
    """Predictors known before each wave: a person's latest answers, and how old they are."""
    columns = list(dict.fromkeys(name for term in terms for name in term.split(":")))
    with collect(WeightError) as faults:
        for wave in waves[:-1]:
            if wave not in answers:
                faults.add(f"answers of wave {wave} are not given", where=where)
            elif len(answers[wave]) != len(table):
                faults.add(f"answers of wave {wave} have {len(answers[wave])} rows", where=where,
                           expected=str(len(table)))  # fmt: skip
            else:
                for name in columns:
                    if name not in answers[wave].columns and name != GAP:
                        faults.add(f"predictor '{name}' is not in wave {wave}", where=where)
    given = [name for name in columns if name != GAP]
    found = [pd.DataFrame(index=range(len(table)))]
    known = answers[waves[0]][given].reset_index(drop=True) if len(waves) > 1 else found[0]
    gap = np.zeros(len(table), dtype=int)
    for t in range(1, len(waves)):
        here = table[:, t - 1] == "answered"
        if t > 1:
            now = answers[waves[t - 1]][given].reset_index(drop=True)
            known = now.where(pd.Series(here), known)
        gap = np.where(here, 1, gap + 1)
        found.append(known.assign(**{GAP: gap.astype(str)}))
    return found


def _stage(weights, at_risk, kept, known, model: AttritionModel, where: str):
    """One loss: people at risk, and the model of who was kept; None where nobody was lost."""
    if not kept.any():
        raise WeightError("nobody is left of the panel", where=where)
    if (kept == at_risk).all():
        return at_risk, None
    terms = list(model.terms)
    if GAP not in terms and known.loc[at_risk, GAP].nunique() > 1:
        terms.append(GAP)
    _require_returns(known[GAP].to_numpy(), at_risk, kept, where)
    step = fit_propensity_classes(
        weights, kept, known, terms, classes=model.classes, smallest=model.smallest,
        most_factor=model.most_factor, aside=~at_risk, weighted=model.weighted, where=where,
    )  # fmt: skip
    return at_risk, step


def _require_returns(gap, at_risk, kept, where: str) -> None:
    with collect(WeightError) as faults:
        for waves in sorted(set(gap[at_risk])):
            here = at_risk & (gap == waves)
            if not (here & kept).any():
                faults.add(
                    f"{int(here.sum())} people last answered {waves} waves ago and none came back",
                    where=where,
                    hint="declare them 'dropped' at the first wave they missed",
                )
