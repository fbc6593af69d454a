"""Who is in a simulated sample: strata, number blocks, persons and their sampling weights.

The design is a stratified telephone sample: in every province and residence a fixed number of
number blocks, in each block about the same number of completes. How people answer is decided in
answers.py; the numbers themselves are in the study's synthetic.yml and targets.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from survey.instrument.load import Instrument
from survey.synthetic.plan import Plan

VALID = ""  # `fault` of a row that cleaning should keep


def stream(plan: Plan, wave: str, part: str) -> np.random.Generator:
    """Random numbers of one part of one wave: a change in one part leaves the others alone."""
    return np.random.default_rng([plan.seed, zlib.crc32(wave.encode()), zlib.crc32(part.encode())])


def margin(instrument: Instrument, wave: str, name: str) -> dict[int, float]:
    """A one-item margin of the wave's targets: raw code -> count."""
    scale = instrument.scale_of(name)
    value_of = {scale.code(value): value for value in scale.values()}
    return {value_of[t.level]: t.count for t in instrument.targets[wave] if t.margin == name}


def draw_sample(instrument: Instrument, plan: Plan, wave: str, frame: pd.Series) -> pd.DataFrame:
    """One row per interview, faulty ones included, duplicates not yet.

    Parameters
    ----------
    frame : Series of float, index province code
        Residents by province.

    Returns
    -------
    DataFrame with province, residence, psu, base_weight, the person's items, and `fault`: the
    fault to be planted in the row, or "".
    """
    rng = stream(plan, wave, "sample")
    counts = _stratum_counts(instrument, wave, frame)
    size = allocate(counts, plan.waves[wave].completes, plan.floor)
    stratum = np.repeat(np.arange(len(counts)), size)
    fault = np.full(len(stratum), VALID, dtype=object)
    for kind in ("speed", "straight", "attention"):
        extra = round(getattr(plan.faults, kind) * plan.waves[wave].completes)
        stratum = np.append(stratum, rng.choice(len(counts), extra, p=size / size.sum()))
        fault = np.append(fault, np.full(extra, kind, dtype=object))
    keys = counts.index.to_frame(index=False)
    sample = keys.iloc[stratum].reset_index(drop=True)
    sample["psu"] = _blocks(sample, stratum, plan.psus, rng)
    sample = sample.join(_persons(instrument, plan, wave, len(sample), rng))
    interviews = np.bincount(stratum, minlength=len(counts))
    weight = counts.to_numpy()[stratum] / interviews[stratum] / sample["lines"]
    sample["base_weight"] = weight.round(2)
    return sample.assign(fault=fault.astype(str))


def allocate(counts: pd.Series, completes: int, floor: int) -> np.ndarray:
    """Completes by stratum: `floor` each, the rest in proportion to `counts`.

    >>> allocate(pd.Series([90.0, 10.0]), 120, 10)
    array([100,  20])
    """
    share = counts.to_numpy() / counts.sum() * (completes - floor * len(counts))
    size = np.floor(share).astype(int)
    largest = np.argsort(-(share - size), kind="stable")[: round(share.sum()) - size.sum()]
    size[largest] += 1
    return size + floor


def _stratum_counts(instrument: Instrument, wave: str, frame: pd.Series) -> pd.Series:
    """People in the universe by province and residence: residents' shares, one residence split."""
    residence = pd.Series(margin(instrument, wave, "residence"))
    table = np.outer(frame / frame.sum(), residence)
    index = pd.MultiIndex.from_product(
        [frame.index, residence.index], names=["province", "residence"]
    )
    return pd.Series(table.ravel(), index=index)


def _blocks(sample: pd.DataFrame, stratum: np.ndarray, psus: int, rng) -> pd.Series:
    """Names of number blocks, balanced within each stratum."""
    order = pd.Series(rng.permutation(len(sample))).groupby(stratum).rank().astype(int)
    block = (order % psus + 1).astype(str)
    return sample["province"].astype(str) + "-" + sample["residence"].astype(str) + "-" + block


def _persons(instrument: Instrument, plan: Plan, wave: str, n: int, rng) -> pd.DataFrame:
    people = pd.DataFrame(index=range(n))
    for item in ("sex", "age_group"):
        ready = by_value(instrument, item, plan.persons.respond[item])
        count = margin(instrument, wave, item)
        people[item] = _choose(rng, {v: count[v] * ready.get(v, 1) for v in count}, n)
    people["age"] = _ages(instrument, plan, people["age_group"].to_numpy(), rng)
    people["education"] = 0
    values = instrument.scale_of("education").values()
    for group, shares in by_value(instrument, "age_group", plan.persons.education).items():
        rows = people.index[people["age_group"] == group]
        chosen = _choose(rng, dict(zip(values, shares, strict=True)), len(rows))
        people.loc[rows, "education"] = chosen
    people["operator"] = _choose(rng, by_value(instrument, "operator", plan.persons.operator), n)
    people["lines"] = _choose(rng, plan.persons.lines, n)
    return people


def _ages(instrument: Instrument, plan: Plan, group: np.ndarray, rng) -> np.ndarray:
    """Years within the classes of the derived age group; the open class thins out with age."""
    age = np.zeros(len(group), dtype=int)
    derived = instrument.items["age_group"].derive
    for low, high, code in derived.classes if derived else []:
        rows = group == code
        spread = rng.random(rows.sum())
        if high > plan.persons.oldest:
            high, spread = plan.persons.oldest, 1 - np.sqrt(1 - spread)
        age[rows] = low + np.floor(spread * (high - low + 1)).astype(int)
    return age


def by_value(instrument: Instrument, item: str, numbers: Mapping[str, object]) -> dict:
    """Entries keyed by point code, keyed by raw code instead."""
    scale = instrument.scale_of(item)
    return {v: numbers[scale.code(v)] for v in scale.values() if scale.code(v) in numbers}


def _choose(rng: np.random.Generator, odds: Mapping[int, float], n: int) -> np.ndarray:
    share = np.array(list(odds.values()), dtype=float)
    return rng.choice(list(odds), n, p=share / share.sum())
