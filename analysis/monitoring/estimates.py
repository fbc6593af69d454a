"""All rows of estimates that one wave of scans gives, measured in memory.

How the apps of a wave were reached decides what an interval is (docs/monitoring.md): stores sampled
with known chances, the weight share of weightshare.py; every app of the frame scanned, no interval;
anything else, the Wilson interval of shares.py, which says that it is model-based. Units never mix
in one indicator: rows on versions or installs are indicators of their own (`<measure>_versions`,
`<measure>_installs`), made where study.yml lists them. The same rows from a file too large for
memory: large.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.monitoring import breakdowns, sampled, sampledchange
from analysis.monitoring.change import states
from analysis.monitoring.changerows import Pair, change_rows, stores_moved
from analysis.monitoring.countrows import pooled_rows, raw_rows, version_rows
from analysis.monitoring.groups import bases, measures, requested_pairs
from analysis.monitoring.installs import install_rows
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.shares import tally
from analysis.monitoring.terms import assembled
from analysis.monitoring.unused import UNUSED_RATE, Sums, unused_rate_rows
from analysis.results.schema import domain_key


def scan_rows(scanned: Scanned) -> pd.DataFrame:
    """Rows of estimates, without kind, study, wave and period."""
    if scanned.reach == "sampled_stores":
        return assembled(_sampled(scanned), scanned)
    apps = scanned.merged.apps
    flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
    counts = tally(apps, flags, scanned.domains, inside=inside)
    parts = [raw_rows(counts, scanned)]
    if scanned.reach == "convenience":
        parts.append(pooled_rows(counts, scanned))
    parts += [_breakdown(scanned, wanted) for wanted in _breakdowns(scanned)]
    parts += [_versions(scanned), _installs(scanned, flags, inside), _unused_rate(scanned)]
    parts.append(change_rows(_pairs(scanned), scanned))
    return assembled(parts, scanned)


def not_made(scanned: Scanned) -> list[str]:
    """Rows that the study asks for and the records of this wave do not give, in words."""
    return sampled.not_made(scanned) if scanned.reach == "sampled_stores" else []


def _sampled(scanned: Scanned) -> list[pd.DataFrame]:
    parts = [sampled.app_rows(scanned)]
    for wanted in _breakdowns(scanned):
        own = "store" in wanted  # a store's own share estimates nothing beyond the store
        parts.append(_breakdown(scanned, wanted) if own else sampled.part_rows(scanned, wanted))
    parts += [sampled.version_rows(scanned), sampled.install_rows(scanned)]
    parts.append(sampled.unused_rate_rows(scanned))
    if scanned.by_period:
        parts.append(sampledchange.change_rows(scanned))
    return parts


def _breakdowns(scanned: Scanned) -> Iterator[Sequence[str]]:
    for wanted in scanned.rules.breakdowns:
        if all(part in scanned.records for part in wanted):
            yield wanted


def _breakdown(scanned: Scanned, parts: Sequence[str]) -> pd.DataFrame:
    counts = breakdowns.counts(
        scanned.records,
        parts,
        grouping=scanned.grouping,
        rules=scanned.rules,
        order=scanned.levels,
    )
    return raw_rows(counts, scanned, parts)


def _versions(scanned: Scanned) -> pd.DataFrame:
    """Shares of versions: every version of an app in the window counts."""
    wanted = scanned.wanted("_versions")
    if not wanted:
        return pd.DataFrame()
    found = scanned.within([], every_version=True)
    flags, inside = measures(found, scanned.grouping), bases(found, scanned.grouping)
    counts = tally(found, flags[wanted], scanned.domains, inside=inside[wanted])
    return version_rows(counts, scanned)


def _installs(scanned: Scanned, flags: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    apps = scanned.merged.apps
    if "installs" not in apps:
        return pd.DataFrame()
    return install_rows(
        scanned,
        {name: flags[name].to_numpy() for name in scanned.grouping.measures},
        {name: inside[name].to_numpy() for name in scanned.grouping.measures},
        apps["installs"].to_numpy(dtype=float),
        _domains(scanned, apps),
    )


def _domains(scanned: Scanned, apps: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    found = [("all", np.ones(len(apps), dtype=bool))]
    for variable, levels in scanned.domains.items():
        column = apps[variable].to_numpy()
        found += [(domain_key(**{variable: level}), column == level) for level in levels]
    return found


def _unused_rate(scanned: Scanned) -> pd.DataFrame:
    if UNUSED_RATE not in scanned.indicators:
        return pd.DataFrame()
    apps = scanned.merged.apps
    asked, idle = (part.to_numpy() for part in requested_pairs(apps, scanned.grouping))
    sums = {key: Sums.of(asked[who], idle[who]) for key, who in _domains(scanned, apps)}
    return unused_rate_rows(scanned, sums)


def _pairs(scanned: Scanned) -> Iterator[Pair]:
    """Every period with the next one scanned."""
    if not scanned.by_period:
        return
    apps = scanned.within(["period"])
    flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
    keys = scanned.rules.identity(set(apps.columns))
    apps = apps.assign(who=apps.groupby(keys, sort=True).ngroup())
    for before, after in pairwise(sorted(apps["period"].unique())):
        there = [apps.index[apps["period"].eq(period)] for period in (before, after)]
        who = np.union1d(*(apps.loc[rows, "who"] for rows in there))
        places = [np.searchsorted(who, apps.loc[rows, "who"]) for rows in there]
        held = {
            name: tuple(
                _spread(states(flags.loc[rows, name], inside.loc[rows, name]), place, len(who))
                for rows, place in zip(there, places, strict=True)
            )
            for name in scanned.grouping.measures
        }
        category = _category(scanned, apps, there, places, len(who))
        yield Pair(before, after, held, category, _stores(scanned.records, before, after))


def _spread(values: np.ndarray, place: np.ndarray, size: int) -> np.ndarray:
    found = np.zeros(size, dtype=values.dtype)
    found[place] = values
    return found


def _category(scanned: Scanned, apps: pd.DataFrame, there, places, size: int) -> np.ndarray | None:
    """Category of apps of two periods: that of the later one if seen in it."""
    if "category" not in apps or not scanned.change_levels():
        return None
    order = {code: place for place, code in enumerate(scanned.levels)}
    found = np.zeros(size, dtype=np.int64)
    for rows, place in zip(there, places, strict=True):
        found[place] = apps.loc[rows, "category"].map(order).to_numpy()
    return found


def _stores(records: pd.DataFrame, before: str, after: str) -> str:
    if "store" not in records:
        return ""
    held = [set(records.loc[records["period"].eq(p), "store"]) for p in (before, after)]
    return stores_moved(*held)
