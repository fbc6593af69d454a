"""The cells of the simulation: which population, which plan, what is measured, what is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.estimate.quantiles import weighted_quantile
from tests.simulation import measures
from tests.simulation.measures import Measured
from tests.simulation.populations import ICC, load
from tests.simulation.samples import (
    SMALL_FRACTION,
    Plan,
    Universe,
    draw,
    draw_two,
    generator,
    make_universe,
)

FEW = 28  # strata of the cells with few degrees of freedom
# PSUs per stratum, part of them shared by two waves, part of the people of those shared
_PARTS = [(10, shared, people) for shared in (0.5, 1.0) for people in (0.0, 0.5, 1.0)]
OVERLAPS = {
    "low": [(10, 0.0, 0.0), (10, 0.5, 0.5), (10, 1.0, 1.0), (2, 0.5, 1.0), (40, 0.5, 1.0)],
    "high": [(10, 0.0, 0.0), *_PARTS, (2, 0.5, 1.0), (40, 0.5, 1.0)],
}


@dataclass(frozen=True)
class Cell:
    """One combination of factors.

    Attributes
    ----------
    name : str
        Also the key of its random numbers.
    kind : {"design", "raked", "overlap", "attrition"}
    population : str
    plan : Plan
    """

    name: str
    kind: str
    population: str
    plan: Plan

    @property
    def universe(self) -> Universe:
        return _universe(self.population, self.plan)

    def measured(self, number: int, measure: Callable[..., Measured] | None = None) -> Measured:
        """Sample `number`, measured by the code under test or by a variant of it."""
        rng = generator(self.name, number)
        if self.kind == "overlap":
            return (measure or measures.changed)(*draw_two(self.universe, rng))
        sample = draw(self.universe, rng)
        if self.kind == "attrition":
            return (measure or measures.attrition)(sample, rng)
        return (measure or {"design": measures.described, "raked": measures.raked}[self.kind])(
            sample
        )

    def truth(self) -> dict[str, float]:
        """What the statistics are in the whole universe."""
        return _truth(self.population, self.plan, self.kind)


@lru_cache(maxsize=64)
def _universe(population: str, plan: Plan) -> Universe:
    return make_universe(load(population), plan)


@lru_cache(maxsize=64)
def _truth(population: str, plan: Plan, kind: str) -> dict[str, float]:
    answers = _universe(population, plan).column
    score, later = answers("score"), answers("score2")
    if kind == "overlap":
        share, after = answers("quarter"), answers("quarter2")
        return {
            "change of mean": later.mean() - score.mean(),
            "change of share": after.mean() - share.mean(),
            "change of total": after.sum() - share.sum(),
        }
    if kind == "attrition":
        return {f"second wave, {name}": later.mean() for name in ("unadjusted", "adjusted")}
    inside = answers("domain") > 0
    quarter = answers("quarter")
    truth = {
        "share .02": answers("rare").mean(),
        "share .25": quarter.mean(),
        "share .5": answers("half").mean(),
        "mean": score.mean(),
        "ratio": answers("amount").sum() / score.sum(),
        "share .25 of domain": quarter[inside].mean(),
        "mean of domain": score[inside].mean(),
        "total": quarter.sum(),
        "total of domain": score[inside].sum(),
    }
    if kind == "raked":
        return truth | {f"{name}, trimmed": value for name, value in truth.items()}
    orders = np.array(measures.ORDERS)
    points = weighted_quantile(score, np.ones(len(score)), orders, "math")
    return truth | {f"quantile {o:g}": v for o, v in zip(orders, points, strict=True)}


@lru_cache(maxsize=1)
def cells() -> dict[str, Cell]:
    """All cells by name."""
    made = []
    for population, value in ICC.items():
        rho = f"rho {value:g}"
        for fraction in (0.01, SMALL_FRACTION):
            for psus, strata in ((2, FEW), (2, 120), (10, 120), (40, 120)):
                few = f" in {FEW} strata" if strata == FEW else ""
                name = f"{rho}, f {fraction:g}, {psus} PSUs{few}"
                made.append(Cell(name, "design", population, Plan(psus, fraction, strata=strata)))
            name = f"raked, {rho}, f {fraction:g}, 10 PSUs"
            made.append(Cell(name, "raked", population, Plan(10, fraction)))
        for psus, shared, people in OVERLAPS[population]:
            plan = Plan(psus, 0.01, take=4, shared_psus=shared, shared_people=people)
            name = f"overlap, {rho}, {psus} PSUs, {shared:.0%} shared"
            name += f", {people:.0%} of their people" if shared else ""
            made.append(Cell(name, "overlap", population, plan))
        name = f"attrition, {rho}, f 0.01, 10 PSUs"
        made.append(Cell(name, "attrition", population, Plan(10, 0.01)))
    return {cell.name: cell for cell in made}
