"""What is asked of every sample, by the code under test: estimates, errors, intervals.

Each function takes a sample and gives `Measured`. The statistics come from
``analysis.estimate.survey.Survey`` and the functionals below it, whose rows the public methods
return (test_simulation_small.py holds the two equal); weights come from ``survey.weights``.
Nothing is estimated here. Which answers are right is decided in harness.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.compare.overlap import Link, link
from analysis.estimate.breakdown import Breakdown, everybody
from analysis.estimate.functional import Estimated, WeightedSample, estimate
from analysis.estimate.interval import share_interval
from analysis.estimate.names import QUANTILE_INTERVALS
from analysis.estimate.quantiles import quantiles
from analysis.estimate.ratios import Ratios
from analysis.estimate.residual import on_classes
from analysis.estimate.survey import Survey
from analysis.results.covariance import Units
from survey.instrument.model import Trim
from survey.weights.attrition import AttritionModel, panel_weights
from survey.weights.calibrate import calibrate
from survey.weights.margins import Margin
from survey.weights.trim import trim
from tests.simulation.samples import SMALL_FRACTION, Sample, Universe

LEVEL = 0.95
SHARE_KINDS = ("logit", "beta", "wilson", "mean")
TRIM_UPPER = 1.5  # times the mean weight
MODEL = AttritionModel(("score", "age"), classes=5, smallest=30, most_factor=10.0)

SHARES = {"share .02": 0, "share .25": 1, "share .5": 2, "share .25 of domain": 6}
MEANS = {"mean": 3, "ratio": 4, "mean of domain": 5}
TOTALS = {"total": 0, "total of domain": 1}
ORDERS = (0.5, 0.9)
QUANTILE_KINDS = tuple(kind for kind in ("score", "mean") if kind in QUANTILE_INTERVALS)
CHANGES = {"change of mean": 0, "change of share": 1, "change of total": 2}


@dataclass(frozen=True)
class One:
    """One statistic of one sample; `bounds` by the kind of interval."""

    value: float
    se: float
    df: float
    bounds: Mapping[str, tuple[float, float]]


Measured = dict[str, One]


@dataclass(frozen=True)
class Wave:
    """Estimates of one wave, and the sampling units their factors belong to."""

    done: Estimated
    units: Units


def survey_of(sample: Sample, *, answers: tuple[str, ...] = (), weight=None, **more) -> Survey:
    """The sample as a user declares it: strata, PSUs and, where it matters, both fractions."""
    plan = sample.universe.plan
    columns = {name: sample.column(name) for name in answers} | {
        "weight": sample.weight if weight is None else weight,
        "stratum": sample.stratum,
        "psu": sample.psu,
    }
    if plan.fraction != SMALL_FRACTION:
        return Survey(columns, weight="weight", strata="stratum", psu="psu", **more)
    columns |= {
        "person": np.arange(len(sample.row)),
        "fraction": np.full(len(sample.row), plan.fraction),
        "second": sample.second,
    }
    return Survey(
        columns, weight="weight", strata="stratum", psu=["psu", "person"],
        fpc=["fraction", "second"], pps="brewer", **more,
    )  # fmt: skip


def reweighted(survey: Survey, weight: np.ndarray, classes=()) -> Survey:
    """The survey with other weights, declared as calibrated to the classes where there are any."""
    declared = (on_classes(classes, weight),) if classes else ()
    return survey.with_sample(WeightedSample(weight, survey.sample.design, None, declared))


def described(sample: Sample, make=survey_of) -> Measured:
    """Shares, means, totals, a ratio and quantiles, of all and of a domain."""
    return statistics(make(sample), sample)


def raked(sample: Sample, make=reweighted) -> Measured:
    """The statistics after raking to region, age and domain, and again with weights trimmed."""
    weight, classes = rake(sample)
    survey = survey_of(sample)
    measured = _ratios(make(survey, weight, classes), sample)
    cut = trim(weight, Trim(upper=TRIM_UPPER)).weights
    after = _ratios(make(survey, cut, classes), sample)
    return measured | {f"{name}, trimmed": one for name, one in after.items()}


def changed(old: Sample, new: Sample, shared=link) -> Measured:
    """Changes of a mean, a share and a total between two waves."""
    first = wave(survey_of(old), old, ("score", "quarter"))
    second = wave(survey_of(new), new, ("score2", "quarter2"))
    return differences(first, second, shared(second.units, first.units))


def attrition(sample: Sample, rng: np.random.Generator) -> Measured:
    """A panel's second wave, with the weights of the first and with attrition weights."""
    score, age = sample.column("score"), sample.column("age").astype(int)
    stayed = rng.random(len(score)) < retention(score, age)
    known = pd.DataFrame({"score": score, "age": age.astype(str)})
    states = {
        "1": np.full(len(score), "answered", dtype=object),
        "2": np.where(stayed, "answered", "dropped").astype(object),
    }
    weights = panel_weights(sample.weight, states, {"1": known}, MODEL)
    y = sample.column("score2")[:, None]
    measured: Measured = {}
    whole = survey_of(sample)
    for name, weight in (
        ("unadjusted", np.where(stayed, sample.weight, 0.0)),
        ("adjusted", weights.cross_sectional["2"]),
    ):
        survey = reweighted(whole, weight)
        inside = Breakdown(everybody(len(y)).domains, np.where(stayed, 0, -1))
        done = estimate(Ratios(y, np.ones_like(y), inside), survey.sample)
        measured.update(_symmetric({f"second wave, {name}": 0}, done))
    return measured


def retention(score: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Probability of answering again: it grows with the score, in steps no logit model has."""
    return np.clip(0.35 + 0.055 * score + 0.08 * (score >= 7) - 0.05 * (age == 0), 0.05, 0.95)


def differences(old: Wave, new: Wave, shared: Link) -> Measured:
    """New minus old, with ``V1 + V2 - 2 C`` over the units that both share."""
    one, two = old.done, new.done
    covariance = shared.of_pairs(two.factor, one.factor)
    se = np.sqrt(np.maximum(one.se**2 + two.se**2 - 2 * covariance, 0.0))
    degrees = np.minimum(np.minimum(one.df, two.df), shared.degrees)
    done = Estimated(two.values - one.values, se, one.df + two.df - degrees, np.empty((0, 0)), {})
    return _symmetric(CHANGES, done)


@lru_cache(maxsize=64)
def margins(universe: Universe) -> tuple[Margin, ...]:
    """The universe's counts by region, age and domain."""
    region = universe.population.region[universe.population.psu[universe.members]]
    counts = {
        "region": np.bincount(region),
        "age": np.bincount(universe.column("age").astype(int)),
        "domain": np.bincount(universe.column("domain").astype(int)),
    }
    return tuple(
        Margin(
            name, (name,), tuple(str(level) for level in range(len(count))),
            count.astype(float), "persons", "all", "the frozen population", (),
        )
        for name, count in counts.items()
    )  # fmt: skip


def rake(sample: Sample) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    classes = (
        sample.universe.population.region[sample.psu],
        sample.column("age").astype(int),
        sample.column("domain").astype(int),
    )
    done = calibrate(
        sample.weight, classes, margins(sample.universe), tolerance=1e-10, most_sweeps=1000
    )
    return done.weights, classes


def statistics(survey: Survey, sample: Sample) -> Measured:
    """Shares, means, totals, a ratio and quantiles, of all and of a domain.

    A domain is a base: outside it numerator and denominator are 0, in a sample left whole.
    """
    n, score = len(sample.row), sample.column("score")
    measured = _ratios(survey, sample)
    found = {
        kind: quantiles(
            score, everybody(n), np.array(ORDERS), survey.sample, interval=kind, level=LEVEL
        )
        for kind in QUANTILE_KINDS
    }
    for place, order in enumerate(ORDERS):
        bounds = {kind: (q.low[0, place], q.high[0, place]) for kind, q in found.items()}
        first = found[QUANTILE_KINDS[0]]
        measured[f"quantile {order:g}"] = One(
            first.value[0, place], first.se[0, place], first.df[0, place], bounds
        )
    return measured


def _ratios(survey: Survey, sample: Sample) -> Measured:
    n = len(sample.row)
    rare, quarter, half, score, amount, inside = (
        sample.column(name) for name in ("rare", "quarter", "half", "score", "amount", "domain")
    )
    one = np.ones(n)
    y = np.column_stack([rare, quarter, half, score, amount, score * inside, quarter * inside])
    x = np.column_stack([one, one, one, one, score, inside, inside])
    ratios = estimate(Ratios(y, x, everybody(n)), survey.sample)
    measured = _shares(SHARES, ratios, (x != 0).sum(axis=0)) | _symmetric(MEANS, ratios)
    totals = Ratios(y[:, [1, 5]], x[:, [0, 5]], everybody(n), total=True)
    return measured | _symmetric(TOTALS, estimate(totals, survey.sample))


def wave(survey: Survey, sample: Sample, answers: tuple[str, str]) -> Wave:
    """A mean, a share and the total behind the share of one wave, with what they belong to."""
    n = len(sample.row)
    y = np.column_stack([sample.column(name) for name in answers])
    one = np.ones_like(y)
    means = estimate(Ratios(y, one, everybody(n)), survey.sample)
    total = estimate(Ratios(y[:, 1:], one[:, 1:], everybody(n), total=True), survey.sample)
    design = survey.sample.design
    strata = tuple(design.strata[h] for h in design.stratum)
    return Wave(side_by_side(means, total), Units(survey.sample.labels(), strata, design.fraction))


def side_by_side(*parts: Estimated) -> Estimated:
    """Estimates of one sample together."""
    joined = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "se", "df")
    )
    return Estimated(*joined, np.concatenate([part.factor for part in parts], axis=1), {})


def _shares(places: Mapping[str, int], done: Estimated, n: np.ndarray) -> Measured:
    at = list(places.values())
    value, se, df = done.values[at], done.se[at], done.df[at]
    bounds = {
        kind: share_interval(value, se, df, kind=kind, n=n[at], level=LEVEL) for kind in SHARE_KINDS
    }
    return {
        name: One(
            value[k], se[k], df[k],
            {kind: (low[k], high[k]) for kind, (low, high) in bounds.items()},
        )
        for k, name in enumerate(places)
    }  # fmt: skip


def _symmetric(places: Mapping[str, int], done: Estimated) -> Measured:
    low, high = share_interval(done.values, done.se, done.df, kind="mean", level=LEVEL)
    return {
        name: One(done.values[k], done.se[k], done.df[k], {"t": (low[k], high[k])})
        for name, k in places.items()
    }
