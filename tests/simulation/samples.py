"""Samples of a frozen population: strata, PSUs at random, people with unequal probabilities.

First stage: PSUs by simple random sampling in every stratum. Second stage: a fixed number of
people by systematic sampling in random order, with probability proportional to their size, which
goes with their answers (informative weights). Two waves may share PSUs, and people in shared
PSUs. A sample depends on its seed, its cell and its number only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tests.simulation.populations import LARGEST, PSUS, Population

SEED = 20240501
SMALL_EVERY, SMALL_FROM = 40, 20  # the small country: every 40th PSU, 5 of the 200 of a stratum
SMALL_FRACTION = 0.4


@dataclass(frozen=True)
class Plan:
    """How samples are drawn.

    Attributes
    ----------
    psus : int
        PSUs drawn in every stratum.
    fraction : float
        First-stage sampling fraction, .01 of the whole country or .4 of the small one.
    take : int
        People per PSU.
    strata : int
        How many of the 120 strata, evenly spread, are the universe.
    shared_psus, shared_people : float
        Parts of a wave's PSUs, and of the people in those, that are in the second wave again.
    """

    psus: int
    fraction: float
    take: int = 6
    strata: int = 120
    shared_psus: float = 0.0
    shared_people: float = 0.0


@dataclass(frozen=True, eq=False)
class Universe:
    """The PSUs a plan draws from.

    Attributes
    ----------
    population : Population
    psus : ndarray of int, shape (H, N)
        PSUs of every stratum.
    plan : Plan
    """

    population: Population
    psus: np.ndarray
    plan: Plan

    @cached_property
    def members(self) -> np.ndarray:
        """Rows of the universe's people."""
        rows = self.population.people[self.psus.ravel()]
        return rows[rows >= 0]

    def column(self, name: str) -> np.ndarray:
        """An answer of everybody in the universe."""
        return self.population.columns[name][self.members].astype(float)


@dataclass(frozen=True, eq=False)
class Sample:
    """People drawn in one wave; every array has shape (n,).

    Attributes
    ----------
    row : ndarray of int
        Rows of the population.
    psu, stratum : ndarray of int
    second : ndarray of float
        Probability within the PSU.
    weight : ndarray of float
        Inverse of the probability of being drawn.
    """

    universe: Universe
    row: np.ndarray
    psu: np.ndarray
    stratum: np.ndarray
    second: np.ndarray
    weight: np.ndarray

    def column(self, name: str) -> np.ndarray:
        """An answer of everybody in the sample."""
        return self.universe.population.columns[name][self.row].astype(float)


def make_universe(population: Population, plan: Plan) -> Universe:
    """PSUs by stratum, strata joined until one holds `psus` / `fraction` PSUs."""
    whole = np.arange(len(population.first) - 1).reshape(-1, PSUS)
    whole = whole[np.arange(plan.strata) * len(whole) // plan.strata]
    if plan.fraction == SMALL_FRACTION:
        whole = whole[:, SMALL_FROM::SMALL_EVERY]
    per_stratum = round(plan.psus / plan.fraction)
    return Universe(population, whole.reshape(-1, per_stratum), plan)


def generator(cell: str, number: int) -> np.random.Generator:
    """The random numbers of one sample of one cell."""
    key = hashlib.sha256(f"{SEED}|{cell}|{number}".encode()).digest()[:16]
    return np.random.Generator(np.random.Philox(key=np.frombuffer(key, dtype=np.uint64)))


def draw(universe: Universe, rng: np.random.Generator) -> Sample:
    """One wave."""
    chosen = _psus(universe, rng, universe.plan.psus)
    order, start = _order(universe.population, chosen, rng)
    return _sample(universe, chosen, order, start, np.zeros(universe.plan.take))


def draw_two(universe: Universe, rng: np.random.Generator) -> tuple[Sample, Sample]:
    """Two waves that share PSUs and people as the plan says."""
    plan = universe.plan
    kept = round(plan.shared_psus * plan.psus)
    chosen = _psus(universe, rng, 2 * plan.psus - kept)
    order, start = _order(universe.population, chosen, rng)
    first, second = slice(0, plan.psus), slice(plan.psus - kept, 2 * plan.psus - kept)
    moved = np.where(np.arange(plan.take) < round(plan.shared_people * plan.take), 0.0, 0.5)
    waves = []
    for part, shift in ((first, np.zeros(plan.take)), (second, moved)):
        width = chosen.shape[1]
        inside = np.arange(chosen.size).reshape(-1, width)[:, part].ravel()
        waves.append(_sample(universe, chosen[:, part], order[inside], start[inside], shift))
    return waves[0], waves[1]


def _psus(universe: Universe, rng, count: int) -> np.ndarray:
    """Random PSUs of every stratum in random order, shape (H, count)."""
    keys = rng.random(universe.psus.shape)
    near = np.argpartition(keys, count - 1, axis=1)[:, :count]
    place = np.argsort(np.take_along_axis(keys, near, axis=1), axis=1)
    return np.take_along_axis(universe.psus, np.take_along_axis(near, place, axis=1), axis=1)


def _order(population: Population, chosen: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """A random order of every chosen PSU's people, and a uniform start in [0, 1)."""
    order = np.argsort(rng.random((chosen.size, LARGEST)), axis=1)
    return order, rng.random(chosen.size)


def _sample(universe, chosen, order, start, shift) -> Sample:
    """The people hit by points ``start + shift + 0, 1, 2, ...`` on their cumulated sizes.

    A person is hit ``take x size / sum of sizes`` times on average, at most once where no shifts
    differ; a second hit counts as a second row.
    """
    plan, population = universe.plan, universe.population
    psus = chosen.ravel()
    sizes = np.take_along_axis(population.sizes[psus], order, axis=1)
    people = np.take_along_axis(population.people[psus], order, axis=1)
    whole = sizes.sum(axis=1)
    ends = np.cumsum(sizes, axis=1)
    points = np.arange(plan.take) + (start[:, None] + shift) % 1.0
    where = points * whole[:, None] / plan.take
    place = (where[:, :, None] >= ends[:, None, :]).sum(axis=2)
    hit = np.take_along_axis(people, place, axis=1)
    second = plan.take * np.take_along_axis(sizes, place, axis=1) / whole[:, None]
    stratum = np.repeat(np.arange(len(chosen)), chosen.shape[1] * plan.take)
    fraction = plan.psus / universe.psus.shape[1]
    return Sample(
        universe,
        hit.ravel(),
        np.repeat(psus, plan.take),
        stratum,
        second.ravel(),
        1 / (fraction * second.ravel()),
    )
