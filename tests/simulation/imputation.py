"""``python -m tests.simulation.imputation``: do intervals of imputed items cover what they promise?

A population of 80,000 persons in 4 regions and 2,000 units, with known means. Each sample draws 10
units per region with replacement and 12 persons in each with unequal weights; 30 % of the scores
are then lost at random within kinds of persons, which the imputation knows, 15 to 45 % by kind. The
sample goes through cleaning's imputation and through estimation as a wave does, by every way of
`impute_variance`. The table in docs/imputation.md is written from here.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.estimate.wave import estimate_wave
from survey.clean.audit import Ledger
from survey.clean.rules import Routing
from survey.impute.fill import impute
from survey.instrument.imputation import VARIANCE, Imputation
from survey.instrument.load import Instrument, load_instrument
from survey.project import Project
from survey.weights.weigh import weigh

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "imputation"
DOC = ROOT / "docs" / "imputation.md"
BEGIN, END = "<!-- coverage -->", "<!-- end of coverage -->"
WAVE, LEVEL = "2020H1", 0.95
REGIONS, UNITS, SIZE, DRAWN = 4, 500, 40, 10
TAKEN = {1: 8, 2: 4}  # persons per unit by sampling group, of 20 each
LOST = np.array([0.15, 0.25, 0.35, 0.45])  # by kind
DECKS = {
    "hot deck": {"items": ["score"], "classes": ["kind"]},
    "nearest": {"items": ["score"], "method": "nearest", "auxiliaries": {"kind": 4, "age": 1},
                "neighbours": 5},
}  # fmt: skip
METHODS = ("none", "rao_shao", "reimputation", "multiple")
DOMAINS = ("all", "sex=one", "kind=four")


@dataclass(frozen=True, eq=False)
class Population:
    """Persons, sorted by region and unit, with what is true of them."""

    columns: Mapping[str, np.ndarray]
    truth: Mapping[str, float]


@cache
def population() -> Population:
    """The population; the same on every machine."""
    rng = np.random.Generator(np.random.Philox(20_180_101))
    n = REGIONS * UNITS * SIZE
    region = np.repeat(np.arange(REGIONS), UNITS * SIZE)
    unit = np.repeat(np.arange(REGIONS * UNITS), SIZE)
    group = np.tile(np.repeat([1, 2], SIZE // 2), REGIONS * UNITS)
    kind = rng.choice(4, size=n, p=[0.3, 0.3, 0.2, 0.2])
    sex = rng.integers(1, 3, size=n)
    age = np.clip(np.rint(30 + 8 * kind + rng.normal(0, 9, n)), 0, 99)
    local = rng.normal(0, 0.5, REGIONS * UNITS)[unit]
    score = 4 + 1.2 * kind + 0.3 * region + 0.4 * (group == 2) + local + rng.normal(0, 1.6, n)
    score = np.clip(np.rint(score), 0, 10)
    columns = {
        "region": region + 1, "unit": unit, "group": group, "kind": kind + 1, "sex": sex,
        "age": age, "score": score,
    }  # fmt: skip
    truth = {
        "all": float(score.mean()),
        "sex=one": float(score[sex == 1].mean()),
        "kind=four": float(score[kind == 3].mean()),
    }
    return Population(columns, truth)


def sample(number: int) -> pd.DataFrame:
    """One sample with its gaps, as clean answers before imputation."""
    rng = np.random.Generator(np.random.Philox(key=[number, 7]))
    people = population().columns
    rows, psus = [], []
    for region in range(REGIONS):
        for draw, unit in enumerate(rng.integers(0, UNITS, DRAWN)):
            first = (region * UNITS + unit) * SIZE
            for group, count in TAKEN.items():
                start = first + (group - 1) * SIZE // 2
                rows.append(start + rng.choice(SIZE // 2, count, replace=False))
                psus += [f"{region}-{draw}"] * count
    row = np.concatenate(rows)
    frame = {name: people[name][row].astype(int) for name in ("region", "sex", "kind", "age")}
    group = people["group"][row]
    score = people["score"][row].astype(int)
    score[rng.random(len(row)) < LOST[frame["kind"] - 1]] = -2
    named = np.random.Generator(np.random.Philox(key=[number, 8])).choice([1, 2, 9], len(row))
    kinds = {name: pd.array(values, dtype="Int64") for name, values in frame.items()}
    return pd.DataFrame(
        {
            "respondent": pd.array([f"{k:04d}" for k in range(len(row))], dtype="str"),
            **kinds,
            "psu": pd.array(psus, dtype="str"),
            "base_weight": (SIZE / 2) / np.array([TAKEN[g] for g in group]),
            "score": pd.array(score, dtype="Int64"),
            **{f"issues__{k}": pd.array(named == k, dtype="Int8") for k in (1, 2, 9)},
        },
        index=pd.RangeIndex(1, len(row) + 1, name="source_row"),
    )


@cache
def instrument(deck: str, method: str) -> Instrument:
    """The study of the tests with one kind of step and one way to errors."""
    loaded = load_instrument(Project(DATA), "gaps")
    policy = loaded.methods[VARIANCE].model_copy(update={"value": method})
    score = loaded.study.indicators[0].model_copy(update={"statistic": ["mean"]})
    return replace(
        loaded,
        study=loaded.study.model_copy(update={"indicators": [score]}),
        methods={**loaded.methods, VARIANCE: policy},
        imputation=Imputation.model_validate({"seed": 11, "steps": [DECKS[deck]]}),
    )


def measured(number: int, deck: str, methods: Sequence[str]) -> pd.DataFrame:
    """Estimates of one sample by several ways to errors; one row per way and domain."""
    of = instrument(deck, methods[0])
    ledger = Ledger(sample(number))
    filled = impute(ledger, Routing(of, WAVE))
    weighted = weigh(ledger.frame, of, WAVE)
    parts = []
    for method in methods:
        done = estimate_wave(
            ledger.frame,
            weighted.weights,
            weighted.record,
            instrument(deck, method),
            WAVE,
            kind="simulated",
            imputed=filled.table,
        )
        rows = done.rows[done.rows["domain"].isin(DOMAINS)]
        parts.append(rows.assign(method=method, number=number))
    return pd.concat(parts, ignore_index=True)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage and variances by method and domain.

    Columns: truth, bias (in standard deviations of the estimates), ratio (mean estimated variance
    over the variance of the estimates), coverage, error (Monte Carlo error of the coverage).
    """
    told = []
    for (method, domain), part in rows.groupby(["method", "domain"], sort=False):
        truth = population().truth[str(domain)]
        spread = part["estimate"].std()
        covered = part["ci_low"].le(truth) & part["ci_high"].ge(truth)
        told.append(
            {
                "method": method,
                "domain": domain,
                "samples": len(part),
                "bias": (part["estimate"].mean() - truth) / spread,
                "ratio": (part["se"] ** 2).mean() / spread**2,
                "coverage": covered.mean(),
                "error": float(np.sqrt(LEVEL * (1 - LEVEL) / len(part))),
            }
        )
    return pd.DataFrame(told)


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the table into the documentation; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.imputation")
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, default=DOC)
    options = parser.parse_args(arguments)
    found = {}
    for deck in DECKS:
        tasks = [(number, deck, METHODS) for number in range(options.samples)]
        with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
            found[deck] = summary(pd.concat(pool.starmap(measured, tasks, chunksize=20)))
        print(deck, found[deck].round(3).to_string(index=False), sep="\n", file=sys.stderr)
    table = _table(found)
    text = options.out.read_text(encoding="utf-8") if options.out.exists() else f"{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    options.out.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")
    return 0


def _table(found: Mapping[str, pd.DataFrame]) -> str:
    lines = [
        "| Donors | Errors | Domain | Estimated over true variance | Coverage | Bias / sd |",
        "|---|---|---|---:|---:|---:|",
    ]
    for deck, rows in found.items():
        for row in rows.itertuples():
            lines.append(
                f"| {deck} | `{row.method}` | {row.domain} | {row.ratio:.2f} "
                f"| {row.coverage:.1%} | {row.bias:+.2f} |"
            )
    first = next(iter(found.values())).iloc[0]
    lines += [
        "",
        f"{first['samples']} samples; Monte Carlo error of a coverage {first['error']:.1%}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
