"""All rows of estimates that a scan file too large for memory gives, measured in blocks.

The rows are those of estimates.py for a convenience set and for a wave in which every app was
scanned, made by the same functions from equal counts; a test holds both ways to the same rows on
one file. Apps reached through sampled stores are measured in memory whatever their number, since
their errors rest on every link between an app and a store (run.py decides, and says so). Reading
the file is bulkread.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.monitoring.bulk import Apps, has, merge, periods
from analysis.monitoring.bulkcounts import counts, flags, sharing, states_of, unused
from analysis.monitoring.changerows import Pair, change_rows, stores_moved
from analysis.monitoring.countrows import pooled_rows, raw_rows, version_rows
from analysis.monitoring.installs import install_rows
from analysis.monitoring.masks import Masks
from analysis.monitoring.narrow import Narrow
from analysis.monitoring.terms import Terms, assembled
from analysis.monitoring.unused import UNUSED_RATE, Sums, unused_rate_rows
from analysis.results.schema import domain_key

THREADS = 2  # sets of apps worked on at one time; each takes some 60 bytes a record


@dataclass(frozen=True, eq=False, kw_only=True)
class Large(Terms):
    """One wave's distinct usable records as codes and bits."""

    records: Narrow

    @property
    def masks(self) -> Masks:
        return Masks(self.grouping, self.records.names)


@dataclass(frozen=True, eq=False)
class Measured:
    """What a large file gives.

    Attributes
    ----------
    rows : DataFrame
        Rows of estimates, without kind, study, wave and period.
    counts : DataFrame
        `breakdown` (its parts joined by "&", or "all"), `indicator`, `domain`, `count`, `n`.
    apps, older, further : int
        As in `copies.Merged`.
    """

    rows: pd.DataFrame
    counts: pd.DataFrame
    apps: int
    older: int
    further: int


Part = tuple[list[pd.DataFrame], list[pd.DataFrame]]  # rows of estimates, and counts


def measure(large: Large) -> Measured:
    """Rows and counts of a wave."""
    wanted = [p for p in large.rules.breakdowns if all(has(large.records, part) for part in p)]
    shared = sharing(wanted)
    whole = merge(large.records, _window_parts(large), large.rules)
    window = shared.pop((), [])
    jobs: list[Callable[[], Part]] = [partial(_window, large, whole, window)]
    jobs += [partial(_split, large, parts) for parts in shared.values()]
    jobs.append(partial(_versions, large))
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        done = [ready.result() for ready in [pool.submit(job) for job in jobs]]
    rows = assembled([part for made, _ in done for part in made], large)
    return Measured(
        rows, pd.concat([part for _, made in done for part in made], ignore_index=True),
        len(whole), whole.older, whole.further,
    )  # fmt: skip


def _window_parts(large: Large) -> list[str]:
    return ["category"] if has(large.records, "category") else []


def _window(large: Large, apps: Apps, breakdowns: Sequence[Sequence[str]]) -> Part:
    """Apps of the whole window: all, the domains of the study, and what is declared besides."""
    cuts = [[], *([variable] for variable in large.domains)]
    tables = {tuple(parts): counts(apps, parts, large.masks) for parts in [*cuts, *breakdowns]}
    together = pd.concat([tables[tuple(parts)] for parts in cuts], ignore_index=True)
    rows = [raw_rows(together, large)]
    if large.reach == "convenience":
        rows.append(pooled_rows(together, large))
    rows += [raw_rows(tables[tuple(parts)], large, parts) for parts in breakdowns]
    domains = _domains(large, apps)
    if apps.installs is not None and large.wanted("_installs"):
        rows.append(install_rows(large, *flags(apps, large.masks), apps.installs, domains))
    if UNUSED_RATE in large.indicators:
        asked, idle = unused(apps, large.masks)
        sums = {key: Sums.of(asked[who], idle[who]) for key, who in domains}
        rows.append(unused_rate_rows(large, sums))
    return rows, [_named(table, parts) for parts, table in tables.items()]


def _domains(large: Large, apps: Apps) -> list[tuple[str, np.ndarray]]:
    found = [("all", np.ones(len(apps), dtype=bool))]
    for variable, levels in large.domains.items():
        place = {word: k for k, word in enumerate(apps.words[variable])}
        found += [
            (domain_key(**{variable: level}), apps.part[variable] == place.get(level, -1))
            for level in levels
        ]
    return found


def _split(large: Large, breakdowns: Sequence[Sequence[str]]) -> Part:
    """Apps of every store or period; changes where the periods stand alone."""
    changes = ["period"] in [list(parts) for parts in breakdowns]
    parts = {part for wanted in breakdowns for part in wanted}
    if changes and large.change_levels():
        parts |= set(_window_parts(large))
    apps = merge(large.records, sorted(parts), large.rules)
    rows, told = [], []
    for wanted in breakdowns:
        table = counts(apps, wanted, large.masks)
        rows.append(raw_rows(table, large, wanted))
        told.append(_named(table, wanted))
    if changes:
        rows.append(change_rows(_pairs(large, apps), large))
    return rows, told


def _versions(large: Large) -> Part:
    wanted = large.wanted("_versions")
    if not wanted:
        return [], []
    apps = merge(large.records, _window_parts(large), large.rules, every_version=True)
    cuts = [[], *([variable] for variable in large.domains)]
    table = pd.concat([counts(apps, parts, large.masks) for parts in cuts], ignore_index=True)
    table = table[table["indicator"].isin(wanted)].reset_index(drop=True)
    named = table.assign(indicator=table["indicator"] + "_versions")
    return [version_rows(table, large)], [_named(named, ["versions"])]


def _named(table: pd.DataFrame, parts: Sequence[str]) -> pd.DataFrame:
    made = table.copy()
    made.insert(0, "breakdown", "&".join(parts) or "all")
    return made


def _pairs(large: Large, apps: Apps) -> Iterator[Pair]:
    """Every period with the next one scanned."""
    code, words = apps.part["period"], apps.words["period"]
    stores = _stores(large)
    before: tuple[int, np.ndarray, dict[str, np.ndarray]] | None = None
    for period in np.unique(code).tolist():
        rows = np.flatnonzero(code == period)
        after = period, rows, states_of(apps, rows, large.masks)
        if before is not None:
            yield _pair(apps, before, after, (words[before[0]], words[period]), stores)
        before = after


def _pair(apps: Apps, before, after, names: tuple[str, str], stores: dict[str, set[str]]) -> Pair:
    who = np.union1d(apps.who[before[1]], apps.who[after[1]])
    category = np.zeros(len(who), dtype=np.int64) if "category" in apps.part else None
    held: dict[str, list[np.ndarray]] = {name: [] for name in after[2]}
    for _, rows, found in (before, after):
        place = np.searchsorted(who, apps.who[rows])
        if category is not None:
            category[place] = apps.part["category"][rows]  # the later period is written last
        for name, state in found.items():
            held[name].append(np.zeros(len(who), np.int8))
            held[name][-1][place] = state
    moved = stores_moved(*(stores.get(name, set()) for name in names))
    return Pair(*names, held, category, moved)


def _stores(large: Large) -> dict[str, set[str]]:
    """Stores that were scanned in every period."""
    codes = large.records.codes
    if "store" not in codes:
        return {}
    period, words = periods(codes["scan_date"], large.rules.period)
    stores = large.records.words["store"]
    found: dict[str, set[str]] = {}
    for pair in np.unique(period.astype(np.int64) * len(stores) + codes["store"]).tolist():
        when, where = divmod(pair, len(stores))
        found.setdefault(words[when], set()).add(stores[where])
    return found
