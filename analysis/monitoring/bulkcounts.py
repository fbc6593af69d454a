"""Numerators and bases of apps held as codes and bits, by category, store and period.

The sums are those of breakdowns.counts, groups.requested_pairs and of the tables of change.py, made
in blocks of apps; a test holds them equal. Nothing here knows what a row of estimates is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from analysis.monitoring.breakdowns import SPLITTING
from analysis.monitoring.bulk import Apps, merge
from analysis.monitoring.change import states
from analysis.monitoring.masks import Masks
from analysis.monitoring.narrow import Narrow
from analysis.results.schema import domain_key
from survey.instrument.monitoring import Grouping
from survey.instrument.scanrules import ScanRules

ROWS = 250_000  # apps whose measures are in memory at one time


def tables(
    records: Narrow,
    breakdowns: Sequence[Sequence[str]],
    grouping: Grouping,
    rules: ScanRules,
    *,
    threads: int = 2,
) -> dict[tuple[str, ...], pd.DataFrame]:
    """`counts` of every breakdown; those that differ by the category alone share their apps.

    Parameters
    ----------
    records : Narrow
        Distinct records.
    threads : int
        Sets of apps worked on at one time; each takes some 60 bytes a record.
    """
    shared = sharing(breakdowns)

    def work(wanted: list[Sequence[str]]) -> dict[tuple[str, ...], pd.DataFrame]:
        apps = merge(records, max(wanted, key=len), rules)
        return {tuple(p): counts(apps, p, Masks(grouping, records.names)) for p in wanted}

    found: dict[tuple[str, ...], pd.DataFrame] = {}
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for part in pool.map(work, shared.values()):
            found |= part
    return {tuple(parts): found[tuple(parts)] for parts in breakdowns}


def sharing(breakdowns: Iterable[Sequence[str]]) -> dict[tuple[str, ...], list[Sequence[str]]]:
    """Breakdowns by the stores and periods their apps are split by."""
    shared: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for parts in breakdowns:
        shared.setdefault(tuple(p for p in SPLITTING if p in parts), []).append(parts)
    return shared


def counts(apps: Apps, parts: Sequence[str], masks: Masks) -> pd.DataFrame:
    """Numerators and bases by the combinations of `parts`, as breakdowns.counts has them."""
    n_apps = len(apps)
    shape = [len(apps.words[part]) for part in parts]
    cell = np.zeros(n_apps, dtype=np.int64)
    for part, size in zip(parts, shape, strict=True):
        cell = cell * max(size, 1) + apps.part[part]
    cells = int(np.prod(shape)) if parts else 1
    measured = masks.grouping.measures
    held = {name: np.zeros(cells, np.int64) for name in measured}
    base = {name: np.zeros(cells, np.int64) for name in measured}
    for block in blocks(n_apps):
        here = cell[block]
        every = np.bincount(here, minlength=cells)
        found = masks.measures(*_of(apps, block))
        for name, (flag, inside) in found.items():
            held[name] += np.bincount(here[flag], minlength=cells)
            base[name] += every if inside is None else np.bincount(here[inside], minlength=cells)
    keys = _cell_keys(parts, apps.words, shape)
    order = np.argsort(np.array(keys))
    rows = [
        (name, keys[k], int(held[name][k]), int(base[name][k]))
        for name in measured
        for k in order
        if base[name][k]
    ]
    return pd.DataFrame(rows, columns=["indicator", "domain", "count", "n"])


def flags(apps: Apps, masks: Masks) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Who a measure holds for, and who is in its base: ndarray of bool, shape (n_apps,) each."""
    held = {name: np.zeros(len(apps), dtype=bool) for name in masks.grouping.measures}
    base = {name: np.ones(len(apps), dtype=bool) for name in masks.grouping.measures}
    for block in blocks(len(apps)):
        for name, (flag, inside) in masks.measures(*_of(apps, block)).items():
            held[name][block] = flag
            if inside is not None:
                base[name][block] = inside
    return held, base


def unused(apps: Apps, masks: Masks) -> tuple[np.ndarray, np.ndarray]:
    """Judged permissions every app requests, and those without use: uint8, shape (n_apps,)."""
    asked, idle = np.zeros(len(apps), np.uint8), np.zeros(len(apps), np.uint8)
    for block in blocks(len(apps)):
        asked[block], idle[block] = masks.unused_pairs(*_of(apps, block))
    return asked, idle


def states_of(apps: Apps, rows: np.ndarray, masks: Masks) -> dict[str, np.ndarray]:
    """State (change.py) of the entries `rows` in every measure."""
    found = {name: np.zeros(len(rows), np.int8) for name in masks.grouping.measures}
    for block in blocks(len(rows)):
        for name, (flag, inside) in masks.measures(*_of(apps, rows[block])).items():
            base = np.ones(len(flag), dtype=bool) if inside is None else inside
            found[name][block] = states(flag, base)
    return found


def _of(apps: Apps, chosen) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Bits and days of the entries `chosen` (a slice, or places)."""
    day = None if apps.day is None else apps.day[chosen]
    return {item: column[chosen] for item, column in apps.bits.items()}, day


def blocks(n: int, size: int = ROWS) -> Iterator[slice]:
    """Slices that cover n entries."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def _cell_keys(parts: Sequence[str], words: Mapping[str, list[str]], shape: list[int]) -> list[str]:
    if not parts:
        return ["all"]
    keys = []
    for place in np.ndindex(*shape):
        level = {part: words[part][k] for part, k in zip(parts, place, strict=True)}
        keys.append(domain_key(**level))
    return keys
