"""Simulated scan records whose overall shares are the published ones, and nothing else is known.

Levels come from the wave's published.csv, apps per category from categories.yml, the spread of
categories from methods.yml, the rest from simulation.yml; how apps are drawn is decided in
app_population.py. Older versions, further stores, repeated, malformed and outside records are
planted, so that only a correct intake finds these shares again. Everything follows from the seed.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from survey.instrument.load import Instrument, load_instrument
from survey.instrument.model import Wave
from survey.instrument.monitoring import Grouping, Monitoring, Simulation, load_monitoring
from survey.io.atomic import sha256, write_bytes, write_text
from survey.io.source import CARD
from survey.io.tables import read_csv
from survey.project import Project
from survey.synthetic.app_population import Population, draw_population

PREFIX = "com.example.sim"  # no real package has it
PUBLISHED = "published.csv"
COLUMNS = [
    *("app_id", "signer", "store", "category", "version", "scan_date"),
    *("permissions", "behaviours", "installs"),
]


def write_wave(project: Project, study: str, wave: str) -> Path:
    """Make a wave's scan file again and note its sha256 on the card (source.yml)."""
    instrument = load_instrument(project, study)
    monitoring = load_monitoring(project, instrument)
    published = read_csv(project.raw(study, wave) / PUBLISHED)
    levels = overall_levels(published, monitoring.grouping)
    records = generate(instrument, monitoring, instrument.waves[wave], levels)
    text = records.to_csv(index=False, lineterminator="\n")
    path = project.raw(study, wave) / instrument.waves[wave].raw.file
    write_bytes(path, gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    card = path.with_name(CARD)
    noted = re.sub(
        rf"^(\s+{re.escape(path.name)}: )[0-9a-f]*$",
        rf"\g<1>{sha256(path)}",
        card.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    write_text(card, noted)
    return path


def overall_levels(published: pd.DataFrame, grouping: Grouping) -> dict[str, float]:
    """Published share of all apps for each measure that was published."""
    overall = published[(published["domain"] == "all") & (published["category"] == "")]
    found = dict(zip(overall["indicator"], overall["estimate"].astype(float), strict=True))
    return {name: found[name] for name, measure in grouping.measures.items() if measure.about}


def generate(
    instrument: Instrument, monitoring: Monitoring, wave: Wave, levels: Mapping[str, float]
) -> pd.DataFrame:
    """Scan records in random order, every cell as text.

    levels : measure -> share of apps it must hold for.
    """
    rng = np.random.default_rng(monitoring.simulation.seed)
    scale = instrument.scale_of(monitoring.mix.item)
    codes = [scale.code(value) for value in scale.values()]
    spread = instrument.policy("category_spread")
    population = draw_population(rng, monitoring, codes, levels, spread)
    records = _spread_over_stores(rng, population, codes, monitoring.simulation, wave)
    records = _add_signer_and_installs(records, monitoring.simulation)
    records = _plant_faults(rng, records, monitoring.simulation, wave)
    return records.iloc[rng.permutation(len(records))].reset_index(drop=True)[COLUMNS]


def _spread_over_stores(
    rng: np.random.Generator,
    population: Population,
    codes: list[str],
    simulation: Simulation,
    wave: Wave,
) -> pd.DataFrame:
    """One record in a first store, further stores, and older versions in other stores."""
    apps = np.arange(len(population.category))
    newest = np.column_stack([rng.integers(1, 9, len(apps)), rng.integers(0, 20, len(apps))])
    further = np.repeat(apps, rng.poisson(simulation.further_stores, len(apps)))
    older = apps[rng.random(len(apps)) < simulation.older_versions]
    owner = np.concatenate([apps, further, older])
    role = np.repeat([0, 1, 2], [len(apps), len(further), len(older)])
    seen = population.behaviours.to_numpy()[owner]
    chance = rng.random(seen.shape)
    seen = np.where((role == 1)[:, None], seen & (chance >= simulation.lost_reads), seen)
    seen = np.where((role == 2)[:, None], seen | (chance < simulation.extra_reads), seen)
    major = np.where(role == 2, newest[owner, 0] - 1, newest[owner, 0])
    days = (wave.period.end - wave.period.start).days + 1
    day = pd.Timestamp(wave.period.start) + pd.to_timedelta(rng.integers(0, days, len(owner)), "D")
    return pd.DataFrame(
        {
            "app_id": [f"{PREFIX}{number + 1:05d}" for number in owner],
            "store": _stores(rng, len(owner), simulation),
            "category": _listed_category(rng, population, owner, role, codes, simulation),
            "version": [f"{a}.{b}" for a, b in zip(major, newest[owner, 1], strict=True)],
            "scan_date": day.strftime("%Y-%m-%d"),
            "permissions": _permission_cells(rng, population.permissions, owner, simulation),
            "behaviours": _cells(seen, population.behaviours.columns),
        }
    )


def _add_signer_and_installs(records: pd.DataFrame, simulation: Simulation) -> pd.DataFrame:
    """Who signed an app, and what each store shows as its installs, from draws of their own.

    An app has its level of installs, a store shows a part of it, rounded down as stores do (to one
    leading digit); some stores show none.
    """
    rng = np.random.default_rng([simulation.seed, 1])
    apps = pd.Index(sorted(records["app_id"].unique()))
    signer = [f"{value:016x}" for value in rng.integers(0, 2**62, len(apps))]
    level = rng.normal(simulation.installs_log_mean, simulation.installs_log_sd, len(apps))
    place = apps.get_indexer(records["app_id"])
    part = rng.normal(0, 1, len(records)) - 1
    shown = np.floor(np.exp(np.minimum(level[place] + part, 20.0))) + 1
    digits = 10.0 ** np.floor(np.log10(shown))
    shown = (np.floor(shown / digits) * digits).astype(np.int64)
    told = rng.random(len(records)) >= simulation.installs_unknown
    return records.assign(
        signer=np.array(signer, dtype=object)[place],
        installs=np.where(told, [str(value) for value in shown], ""),
    )


def _stores(rng: np.random.Generator, count: int, simulation: Simulation) -> list[str]:
    size = np.arange(1, simulation.stores + 1) ** -simulation.store_exponent
    drawn = rng.choice(simulation.stores, size=count, p=size / size.sum())
    return [f"store{number + 1:03d}" for number in drawn]


def _listed_category(
    rng: np.random.Generator,
    population: Population,
    owner: np.ndarray,
    role: np.ndarray,
    codes: list[str],
    simulation: Simulation,
) -> np.ndarray:
    """The app's category; a few further stores list it elsewhere, never enough for a majority."""
    listed = population.category[owner].copy()
    newest = np.bincount(owner[role < 2], minlength=len(population.category))
    moved = (
        (role == 1) & (newest[owner] >= 3) & (rng.random(len(owner)) < simulation.moved_category)
    )
    moved &= ~pd.Series(owner).where(moved).duplicated().to_numpy()
    listed[moved] = rng.choice(np.array(codes, dtype=object), size=int(moved.sum()))
    return listed


def _cells(held: np.ndarray, names: pd.Index) -> list[str]:
    known = names.to_numpy()
    return [";".join(known[row]) for row in held]


def _permission_cells(
    rng: np.random.Generator, permissions: pd.DataFrame, owner: np.ndarray, simulation: Simulation
) -> list[str]:
    """Permission lists; some repeat their first permission, as real manifests do."""
    cells = _cells(permissions.to_numpy()[owner], permissions.columns)
    again = rng.random(len(cells)) < simulation.repeated_permission
    return [
        f"{cell};{cell.split(';')[0]}" if twice and cell else cell
        for cell, twice in zip(cells, again, strict=True)
    ]


def _plant_faults(
    rng: np.random.Generator, records: pd.DataFrame, simulation: Simulation, wave: Wave
) -> pd.DataFrame:
    """Add repeated records, unusable ones, and ones scanned before the window."""
    repeated = records.iloc[rng.integers(0, len(records), simulation.repeated_records)]
    broken = records.iloc[rng.integers(0, len(records), simulation.malformed_records)].copy()
    faults = [
        ("app_id", ""),
        ("app_id", "not a package"),
        ("category", "gmaes"),
        ("version", "beta"),
        ("scan_date", f"{wave.period.start.year}-13-01"),
        ("permissions", "android.permission.READ_PH\N{REPLACEMENT CHARACTER}"),
    ]
    for place, (column, cell) in enumerate(faults):
        broken.loc[np.arange(len(broken)) % len(faults) == place, column] = cell
    outside = records.iloc[rng.integers(0, len(records), simulation.outside_records)].copy()
    before = pd.to_timedelta(rng.integers(1, 90, len(outside)), "D")
    outside["scan_date"] = (pd.Timestamp(wave.period.start) - before).strftime("%Y-%m-%d")
    return pd.concat([records, repeated, broken, outside], ignore_index=True)
