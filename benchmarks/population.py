"""The sample the statistics are timed on: 31 provinces x urban and rural, PSUs, five margins.

Correlated margins, lognormal base weights, a 0-10 score and eight yes-or-no issues; integers of
one byte, as a survey file has them. Seeded: the same rows at every run of one size.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from survey.weights.margins import Margin

PROVINCES, STRATA = 31, 62
MARGINS = {"province": PROVINCES, "sex": 2, "age": 6, "edu": 5, "operator": 3}
ISSUES = tuple(f"issue{k}" for k in range(1, 9))
ITEMS = ("score", *ISSUES)
BLOCK = 1_000_000  # rows drawn at once


def psus_per_stratum(n: int) -> int:
    return 40 if n >= 1_000_000 else 20


def draw(n: int, *, seed: int = 20180, ordered: bool = False) -> dict[str, np.ndarray]:
    """Columns of n respondents, in random order or ordered by PSU."""
    picks = np.random.default_rng(seed)
    per_stratum = psus_per_stratum(n)
    unit = picks.integers(0, STRATA * per_stratum, n, dtype=np.int32)
    if ordered:
        unit.sort()
    effect = picks.normal(0, 0.4, STRATA * per_stratum)
    parts = [
        _respondents(
            unit[at : at + BLOCK], effect, per_stratum, np.random.default_rng([seed, at, 1])
        )
        for at in range(0, n, BLOCK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def margins(columns: dict[str, np.ndarray], *, seed: int = 7) -> list[Margin]:
    """Targets up to a fifth off what the base weights give, of one total."""
    picks = np.random.default_rng(seed)
    total = 1.1e9
    found = []
    for name, size in MARGINS.items():
        counts = np.bincount(columns[name], columns["weight"], size) * picks.uniform(0.8, 1.2, size)
        levels = tuple(str(k) for k in range(size))
        counts *= total / counts.sum()
        day = dt.date(2020, 11, 1)
        found.append(Margin(name, (name,), levels, counts, "person", "all", "made up", (day,)))
    return [found[0], *(margin.scaled(found[0].total) for margin in found[1:])]


def write_parquet(columns: dict[str, np.ndarray], path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, row_group_size=250_000, compression="zstd")
    return path


def _respondents(unit, effect, per_stratum, picks) -> dict[str, np.ndarray]:
    n = len(unit)
    stratum = unit // per_stratum
    urban = stratum % 2
    age = np.minimum(picks.integers(0, 6, n) + (picks.random(n) < 0.2 * (1 - urban)), 5)
    edu = np.clip(picks.integers(0, 5, n) + urban - (age > 3), 0, 4)
    latent = effect[unit] + 0.15 * edu - 0.1 * age
    columns = {
        "psu": (stratum * 1000 + unit % per_stratum).astype(np.int32),
        "stratum": stratum.astype(np.int8),
        "province": (stratum // 2).astype(np.int8),
        "sex": picks.integers(0, 2, n).astype(np.int8),
        "age": age.astype(np.int8),
        "edu": edu.astype(np.int8),
        "operator": picks.choice(3, n, p=[0.6, 0.2, 0.2]).astype(np.int8),
        "weight": picks.lognormal(0, 0.5, n) * (1 + urban),
        "score": np.clip(np.rint(6 + latent + picks.normal(0, 2, n)), 0, 10).astype(np.int8),
    }
    for k, name in enumerate(ISSUES):
        chance = 0.45 - 0.04 * k - 0.05 * latent
        columns[name] = (picks.random(n) < chance).astype(np.int8)
    return columns
