"""What is imputed in one wave, as estimation needs it: who got which answer, and drawing it again.

Decided here: which answers of which quantity and breakdown are imputed, the share of a base that
is, and what the numbers are when other donors are drawn: a recipient then counts with the row of
the new donor. Donors, gaps and classes stay as cleaning froze them (survey/impute). How this
enters standard errors is decided in donated.py, reimputed.py and rubin.py; which of them, by
`impute_variance` of methods.yml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.plan import LevelCodes, crossed_levels, level_codes, wanted_domains
from analysis.estimate.quantity import Quantity
from survey.clean.rules import Routing
from survey.impute.frozen import FrozenStep, frozen_step, gaps_and_donors
from survey.instrument.imputation import MAX_USES, VARIANCE, steps_of
from survey.instrument.load import Instrument


@dataclass(frozen=True, eq=False)
class Gaps:
    """Imputed answers of one item.

    Attributes
    ----------
    step : int
        Place of the step among those of the wave.
    column : int
        Place of the item in the step.
    rows : ndarray of bool, shape (n,)
    """

    step: int
    column: int
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Imputed:
    """All imputation of one wave's weighted respondents.

    Attributes
    ----------
    instrument : Instrument
    n : int
    steps : tuple of FrozenStep
    gaps : dict of item to Gaps
        Of items that have at least one imputed answer.
    names : list of tuple of str
        Variables of every breakdown of the plan, in its order.
    codes : dict of variable to LevelCodes
    method : str
        The word of `impute_variance`.
    """

    instrument: Instrument
    n: int
    steps: tuple[FrozenStep, ...]
    gaps: Mapping[str, Gaps]
    names: list[tuple[str, ...]]
    codes: Mapping[str, LevelCodes]
    method: str

    def root(self, item: str) -> str:
        """An item, or the one it is derived from."""
        rule = self.instrument.items[item].derive
        return item if rule is None else rule.source

    def of_item(self, item: str) -> Gaps | None:
        return self.gaps.get(self.root(item))

    def of_quantity(self, quantity: Quantity) -> Gaps | None:
        found = [i for i in self.instrument.study.indicators if i.id == quantity.indicator]
        return self.of_item(found[0].item)

    def touched(self, quantity: Quantity, place: int) -> np.ndarray:
        """Respondents whose answer or domain is imputed, shape (n,), bool."""
        rows = np.zeros(self.n, dtype=bool)
        for gaps in (self.of_quantity(quantity), *map(self.of_item, self.names[place])):
            if gaps is not None:
                rows |= gaps.rows
        return rows

    def methods_of(self, quantity: Quantity, place: int) -> set[str]:
        """Methods of the steps that a quantity by a breakdown rests on."""
        found = (self.of_quantity(quantity), *map(self.of_item, self.names[place]))
        return {self.steps[gaps.step].step.method for gaps in found if gaps is not None}

    def redraw(self, sources: Sequence[np.ndarray]) -> Redrawn:
        """The wave when every gap is filled from other rows.

        Parameters
        ----------
        sources : sequence of ndarray of int, each of shape (r,)
            Of each step, the row that fills each recipient.
        """
        return Redrawn(self, sources)


@dataclass(frozen=True, eq=False)
class Redrawn:
    """A wave with other donors; see `Imputed.redraw`."""

    of: Imputed
    sources: Sequence[np.ndarray]

    @property
    def size(self) -> int:
        """How many rows the wave has."""
        return self.of.n

    def source(self, gaps: Gaps | None) -> np.ndarray | None:
        """The row that every respondent's answer comes from, shape (n,); None: their own."""
        if gaps is None:
            return None
        step = self.of.steps[gaps.step]
        rows = np.arange(self.of.n)
        filled = step.gaps[:, gaps.column]
        rows[step.recipients[filled]] = self.sources[gaps.step][filled]
        return rows

    def quantity(self, quantity: Quantity) -> Quantity:
        rows = self.source(self.of.of_quantity(quantity))
        return (
            quantity if rows is None else replace(quantity, y=quantity.y[rows], x=quantity.x[rows])
        )

    def breakdown(self, place: int) -> Breakdown:
        parts = []
        for name in self.of.names[place]:
            rows = self.source(self.of.of_item(name))
            part = self.of.codes[name]
            parts.append(part if rows is None else replace(part, code=part.code[rows]))
        return crossed_levels(self.size, parts)

    @property
    def moves_domains(self) -> bool:
        """Whether some breakdown rests on imputed answers."""
        return any(self.of.of_item(name) for names in self.of.names for name in names)


def imputed_of(
    people: pd.DataFrame, table: pd.DataFrame | None, instrument: Instrument, wave: str
) -> Imputed | None:
    """The imputation of a wave, or None where nothing was imputed.

    Parameters
    ----------
    people : DataFrame
        Weighted respondents with their answers, and `weight_base`.
    table : DataFrame or None
        `imputed.parquet` of the wave.
    """
    if table is None or not len(table) or instrument.imputation is None:
        return None
    routing = Routing(instrument, wave)
    steps: list[FrozenStep] = []
    gaps: dict[str, Gaps] = {}
    for step in steps_of(instrument, wave):
        told = table[table["step"] == step.name]
        if not len(told):
            continue
        donors, missing, label = gaps_and_donors(people, told, step.items)
        if not missing.any():  # whoever got an answer has no weight
            continue
        for column, item in enumerate(step.items):
            if missing[:, column].any():
                gaps[item] = Gaps(len(steps), column, missing[:, column])
        steps.append(
            frozen_step(
                people,
                step,
                routing,
                donors=donors,
                gaps=missing,
                label=label,
                weight=people["weight_base"].to_numpy(float),
                uses=int(instrument.policy(MAX_USES)),
                seed=instrument.imputation.seed,
            )
        )
    if not gaps:
        return None
    names = wanted_domains(instrument)
    variables = dict.fromkeys(name for part in names for name in part)
    codes = {name: level_codes(people, name, instrument) for name in variables}
    method = instrument.choice(VARIANCE)
    return Imputed(instrument, len(people), tuple(steps), gaps, names, codes, method)


def shares(
    imputed: Imputed, quantity: Quantity, breakdown: Breakdown, place: int, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How much of every base is imputed.

    Returns
    -------
    share : ndarray of float, shape (L,)
        Weighted; NaN where the row does not rest on imputed answers.
    observed : ndarray of float, shape (L,)
        Respondents of the base whose own answer and domain count.
    counted : ndarray of float, shape (L, m)
        Of these, those with y > 0.
    """
    size = len(breakdown.domains)
    touched = imputed.touched(quantity, place)
    inside = (breakdown.level >= 0) & (quantity.x > 0)
    base = _by_level(breakdown, inside, weight * quantity.x, size)
    filled = _by_level(breakdown, inside & touched, weight * quantity.x, size)
    ones = np.ones(imputed.n)
    observed = _by_level(breakdown, inside & ~touched, ones, size)
    counted = np.column_stack(
        [
            _by_level(breakdown, inside & ~touched & (column > 0), ones, size)
            for column in quantity.y.T
        ]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = filled / base if touched.any() else np.full(size, np.nan)
    return share, observed, counted


def _by_level(breakdown: Breakdown, where: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(breakdown.level[where], weights=weight[where], minlength=size)
