"""Numerators and bases from millions of scan records, in memory as codes and bits.

The rules are those of copies.py, groups.py and breakdowns.py, and the sums are equal to theirs (a
test holds both together); only the form differs: sorting one whole number per record brings the
copies of an app together, the newest ones' bits are joined, and a measure is a mask. Reading the
file and judging records is bulkread.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.monitoring.breakdowns import SPLITTING
from analysis.monitoring.bulkread import Narrow, blocks
from analysis.results.schema import domain_key
from survey.errors import EstimateError
from survey.instrument.monitoring import ANY, Grouping, Measure, Sign
from survey.instrument.scanrules import ScanRules, period_of

_DAY0 = np.datetime64("1970-01-01")


@dataclass(frozen=True, eq=False)
class Apps:
    """Apps of one breakdown, one entry per app (in each store and period it is split by).

    `part` holds codes of `category`, `store`, `period`; `words` what they mean; `day` the last scan
    of the newest version, None without days; `bits` as in `Narrow`.
    """

    part: dict[str, np.ndarray]
    words: dict[str, list[str]]
    day: np.ndarray | None
    bits: dict[str, np.ndarray]
    older: int
    further: int


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
    shared: dict[tuple[str, ...], list[Sequence[str]]] = {}
    for parts in breakdowns:
        shared.setdefault(tuple(p for p in SPLITTING if p in parts), []).append(parts)

    def work(wanted: list[Sequence[str]]) -> dict[tuple[str, ...], pd.DataFrame]:
        apps = merge(records, max(wanted, key=len), rules)
        return {tuple(p): counts(apps, p, grouping, records.names) for p in wanted}

    found: dict[tuple[str, ...], pd.DataFrame] = {}
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for part in pool.map(work, shared.values()):
            found |= part
    return {tuple(parts): found[tuple(parts)] for parts in breakdowns}


def distinct(narrow: Narrow) -> tuple[Narrow, int]:
    """Without records that repeat another in every field, and how many these are."""
    order = np.argsort(narrow.digest)
    sorted_ = narrow.digest[order]
    again = np.append(False, sorted_[1:] == sorted_[:-1]) if len(order) else order.astype(bool)
    repeated = int(again.sum())
    if not repeated:
        return narrow, 0
    kept = np.sort(order[~again])
    return (
        Narrow(
            narrow.read,
            narrow.rejected,
            {item: column[kept] for item, column in narrow.codes.items()},
            narrow.words,
            {item: column[kept] for item, column in narrow.bits.items()},
            narrow.names,
            narrow.digest[kept],
        ),
        repeated,
    )


def merge(records: Narrow, parts: Sequence[str], rules: ScanRules) -> Apps:
    """One entry per app from distinct records, split by the stores and periods of `parts`."""
    codes = dict(records.codes)
    words = dict(records.words)
    if "period" in parts:
        codes["period"], words["period"] = _periods(codes.get("scan_date"), rules.period)
    for part in parts:
        if part not in codes:
            raise EstimateError(f"scans without '{part}' cannot be broken down by it")
    group = np.zeros(len(codes["app"]), dtype=np.int64)
    for item in [field for field in rules.same_app if field in codes] + [
        part for part in SPLITTING if part in parts
    ]:
        group = _joined(group, codes[item])
    field = next((field for field in rules.newest_by if field in codes), None)
    age = codes[field] if field else np.zeros(len(group), dtype=np.int64)
    if field == "version_code":
        age = np.unique(age, return_inverse=True)[1]
    order = np.argsort(_joined(group, age))  # ties may stand in any order: nothing below sees it
    group, age = group[order], age[order]
    last = np.flatnonzero(np.append(group[1:] != group[:-1], True)) if len(group) else group
    sizes = np.diff(np.append(-1, last))
    newest = age == np.repeat(age[last], sizes)
    older = len(group) - int(newest.sum())
    order = order[newest]
    group = group[newest]
    del age, newest
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else group
    of = {item: codes[item][order[first]] for item in ("store", "period") if item in parts}
    day = None
    if "scan_date" in codes:
        day = np.maximum.reduceat(codes["scan_date"][order], first) if len(first) else group
    if "category" in parts:
        of["category"] = _category(codes, order, first, day, rules, len(words["category"]))
    bits = {
        item: np.bitwise_or.reduceat(column[order], first)
        if len(first) and records.names[item]
        else np.broadcast_to(np.uint64(0), len(first))
        for item, column in records.bits.items()
    }
    return Apps(of, words, day, bits, older, len(order) - len(first))


def counts(apps: Apps, parts: Sequence[str], grouping: Grouping, names: Mapping) -> pd.DataFrame:
    """Numerators and bases by the combinations of `parts`, as breakdowns.counts has them."""
    n_apps = len(next(iter(apps.bits.values())))
    shape = [len(apps.words[part]) for part in parts]
    cell = np.zeros(n_apps, dtype=np.int64)
    for part, size in zip(parts, shape, strict=True):
        cell = cell * max(size, 1) + apps.part[part]
    cells = int(np.prod(shape)) if parts else 1
    masks = Masks(grouping, names)
    held = {name: np.zeros(cells, np.int64) for name in grouping.measures}
    base = {name: np.zeros(cells, np.int64) for name in grouping.measures}
    for block in blocks(n_apps):
        day = None if apps.day is None else apps.day[block]
        here = cell[block]
        every = np.bincount(here, minlength=cells)
        found = masks.measures({item: column[block] for item, column in apps.bits.items()}, day)
        for name, (flag, inside) in found.items():
            held[name] += np.bincount(here[flag], minlength=cells)
            base[name] += every if inside is None else np.bincount(here[inside], minlength=cells)
    keys = _cell_keys(parts, apps.words, shape)
    order = np.argsort(np.array(keys))
    rows = [
        (name, keys[k], int(held[name][k]), int(base[name][k]))
        for name in grouping.measures
        for k in order
        if base[name][k]
    ]
    return pd.DataFrame(rows, columns=["indicator", "domain", "count", "n"])


class Masks:
    """Measures as masks of bits, by the day of the scan.

    Raises
    ------
    EstimateError
        If groups.yml lists a name twice: one bit cannot belong to two groups or times.
    """

    def __init__(self, grouping: Grouping, names: Mapping[str, Sequence[str]]) -> None:
        self.grouping = grouping
        self.place = {
            item: {name: k for k, name in enumerate(listed)} for item, listed in names.items()
        }
        self.entries: dict[str, Sequence[Sign]] = {
            "permissions": grouping.permissions,
            "behaviours": grouping.behaviours,
            "sdks": grouping.sdks,
        }
        for entries in self.entries.values():
            listed = [entry.name for entry in entries]
            twice = sorted({name for name in listed if listed.count(name) > 1})
            if twice:
                raise EstimateError(
                    f"groups.yml lists '{twice[0]}' twice",
                    expected="one entry a name where scans are read in blocks",
                )
        edges = {
            edge
            for entries in self.entries.values()
            for entry in entries
            for edge in (entry.since, entry.until)
            if edge is not None
        }
        self.edges = np.array(sorted(edges), dtype="datetime64[D]")

    def measures(self, bits: Mapping[str, np.ndarray], day: np.ndarray | None):
        """For each measure who it holds for, and who is in its base (None: all)."""
        valid = {item: self._on_day(item, bits[item], day) for item in self.entries}
        idle, judged = self._unused(valid)
        found = {}
        for name, measure in self.grouping.measures.items():
            inside = None
            if measure.evidence == "requested":
                flag = self._any("permissions", valid, measure)
            elif measure.evidence == "read":
                flag = self._any("behaviours", valid, measure)
            elif measure.evidence == "embedded":
                flag = self._any("sdks", valid, measure)
            elif measure.evidence == "unused":
                flag = (idle & self._group(measure)) != 0
                inside = (judged & self._group(measure)) != 0
            else:
                flag = self._any("behaviours", valid, measure)
                flag |= self._any("sdks", valid, measure)
                flag |= idle != 0
            found[name] = (flag, inside)
        return found

    def _on_day(self, item: str, bits: np.ndarray, day: np.ndarray | None) -> np.ndarray:
        """Bits of the entries that count on the day of the scan."""
        if day is None or not len(day):
            return bits
        edges = (self.edges - _DAY0).astype(np.int64)
        first, last = np.searchsorted(edges, [day.min(), day.max()], side="right")
        if first == last:
            return bits & self._known(item, int(first))
        table = np.array(
            [self._known(item, era) for era in range(int(first), int(last) + 1)], dtype=np.uint64
        )
        era = np.searchsorted(edges[first:last], day, side="right")
        return bits & table[era]

    def _known(self, item: str, era: int) -> np.uint64:
        """Names that count between the edge before `era` and the next."""
        if not era:
            return np.uint64(0)
        start = self.edges[era - 1].item()
        return self._bits(
            item,
            [
                entry
                for entry in self.entries[item]
                if entry.since <= start and (entry.until is None or start < entry.until)
            ],
        )

    def _any(self, item: str, valid: Mapping[str, np.ndarray], measure: Measure) -> np.ndarray:
        entries = [entry for entry in self.entries[item] if entry.group == measure.group]
        return (valid[item] & self._bits(item, entries)) != 0

    def _bits(self, item: str, entries: Sequence[Sign]) -> np.uint64:
        return np.uint64(sum({1 << self.place[item][entry.name] for entry in entries}))

    def _unused(self, valid: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Bits of judged permissions that count, those without use and all."""
        entries = [entry for entry in self.grouping.permissions if entry.used_by]
        judged = valid["permissions"] & self._bits("permissions", entries)
        used: dict[int, int] = {}  # behaviours that show a use -> permissions they excuse
        for entry in entries:
            shows = sum(1 << self.place["behaviours"][use] for use in set(entry.used_by))
            used[shows] = used.get(shows, 0) | 1 << self.place["permissions"][entry.name]
        idle = judged.copy()
        for behaviours, permissions in used.items():
            seen = (valid["behaviours"] & np.uint64(behaviours)) != 0
            idle[seen] &= ~np.uint64(permissions)
        return idle, judged

    def _group(self, measure: Measure) -> np.uint64:
        entries = [
            entry for entry in self.grouping.permissions
            if entry.used_by and measure.group in (ANY, entry.group)
        ]  # fmt: skip
        return self._bits("permissions", entries)


def _joined(group: np.ndarray, column: np.ndarray) -> np.ndarray:
    """A whole number that orders by `group`, then by `column` (not negative)."""
    size = int(column.max(initial=0)) + 1
    if len(group) and int(group.max()) > (2**62) // size:
        group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    return group * size + column


def _periods(day: np.ndarray | None, part: str) -> tuple[np.ndarray, list[str]]:
    if day is None:
        raise EstimateError("scans without 'period' cannot be broken down by it")
    start, stop = int(day.min(initial=0)), int(day.max(initial=0)) + 1
    if len(day):
        start = int(day.min())
    days = pd.Series(_DAY0 + np.arange(start, stop))
    codes, words = pd.factorize(period_of(days, part), sort=True)
    return codes.astype(np.int16)[day - start], [str(word) for word in words]


def _category(codes, order, first, day, rules: ScanRules, size: int) -> np.ndarray:
    """Category of every app: of most of its records, the earlier of the scale on a tie."""
    listed = codes["category"][order]
    if not len(first):
        return listed
    chosen = listed[first].copy()
    differs = np.minimum.reduceat(listed, first) != np.maximum.reduceat(listed, first)
    if not differs.any():
        return chosen
    ends = np.append(first[1:], len(order))
    sizes = ends - first
    place = np.repeat(np.flatnonzero(differs), sizes[differs])
    rows = np.flatnonzero(np.repeat(differs, sizes))
    if rules.category == "last_scan" and day is not None:
        newest = codes["scan_date"][order[rows]] == day[place]
        place, rows = place[newest], rows[newest]
    pair, count = np.unique(place.astype(np.int64) * size + listed[rows], return_counts=True)
    best = np.lexsort((pair % size, -count, pair // size))
    app = (pair // size)[best]
    lead = np.append(True, app[1:] != app[:-1])
    chosen[app[lead]] = (pair % size)[best][lead]
    return chosen


def _cell_keys(parts: Sequence[str], words: Mapping[str, list[str]], shape: list[int]) -> list[str]:
    if not parts:
        return ["all"]
    keys = []
    for place in np.ndindex(*shape):
        level = {part: words[part][k] for part, k in zip(parts, place, strict=True)}
        keys.append(domain_key(**level))
    return keys
