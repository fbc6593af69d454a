"""From millions of scan records to apps, in memory as codes and bits.

The rules are those of copies.py, and the apps are the same (a test holds both together); only the
form differs: sorting one whole number per record brings the copies of an app together, and the
newest ones' bits are joined. Reading the file is bulkread.py, counting the apps bulkcounts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.monitoring.breakdowns import SPLITTING
from analysis.monitoring.masks import DAY0
from analysis.monitoring.narrow import Narrow
from survey.errors import EstimateError
from survey.instrument.scanrules import ScanRules, period_of


@dataclass(frozen=True, eq=False)
class Apps:
    """Apps of one breakdown, one entry per app (in each store and period it is split by).

    Attributes
    ----------
    part : dict of {"category", "store", "period"} to ndarray of int
        Codes; `words` tells what they mean.
    who : ndarray of int
        The app itself, whatever store or period; entries are sorted by it, then by these.
    day : ndarray of int, or None
        Last scan of the newest version, None without days.
    bits : dict of field to ndarray of uint64
        As in `Narrow`.
    older, further : int
        As in `copies.Merged`.
    installs : ndarray of float, or None
        Largest number told by each store, added over stores; 0 where no store tells one.
    """

    part: dict[str, np.ndarray]
    words: dict[str, list[str]]
    who: np.ndarray
    day: np.ndarray | None
    bits: dict[str, np.ndarray]
    older: int
    further: int
    installs: np.ndarray | None

    def __len__(self) -> int:
        return len(self.who)


def distinct(narrow: Narrow) -> tuple[Narrow, int]:
    """Without records that repeat another in every field, and how many these are."""
    order = np.argsort(narrow.digest)
    sorted_ = narrow.digest[order]
    again = np.append(False, sorted_[1:] == sorted_[:-1]) if len(order) else order.astype(bool)
    repeated = int(again.sum())
    if not repeated:
        return narrow, 0
    return narrow.at(np.sort(order[~again])), repeated


def has(records: Narrow, part: str) -> bool:
    """Whether records can be broken down by `part`."""
    return ("scan_date" if part == "period" else part) in records.codes


def merge(
    records: Narrow, parts: Sequence[str], rules: ScanRules, *, every_version: bool = False
) -> Apps:
    """One entry per app from distinct records, split by the stores and periods of `parts`.

    Parameters
    ----------
    every_version : bool
        One entry per version of an app instead of its newest.

    Raises
    ------
    EstimateError
        If a part is no field of the records.
    """
    for part in parts:
        if not has(records, part):
            raise EstimateError(f"scans without '{part}' cannot be broken down by it")
    codes, words = dict(records.codes), dict(records.words)
    if "period" in parts:
        codes["period"], words["period"] = periods(codes["scan_date"], rules.period)
    same = rules.same_version if every_version else rules.same_app
    first_field, *further = (field for field in same if field in codes)
    who = _whole(codes[first_field])
    for item in further:
        who = _joined(who, _whole(codes[item]))
    group = who
    for part in (part for part in SPLITTING if part in parts):
        group = _joined(group, codes[part])
    field = next((field for field in rules.newest_by if field in codes), None)
    age = np.zeros(len(group), dtype=np.int64)
    if field and not every_version:
        age = _whole(codes[field])
    order = np.argsort(_joined(group, age))  # ties may stand in any order: nothing below sees it
    group, age = group[order], age[order]
    last = np.flatnonzero(np.append(group[1:] != group[:-1], True)) if len(group) else group
    newest = age == np.repeat(age[last], np.diff(np.append(-1, last)))
    older = len(group) - int(newest.sum())
    order, group = order[newest], group[newest]
    del age, newest
    first = np.flatnonzero(np.append(True, group[1:] != group[:-1])) if len(group) else group
    of = {item: codes[item][order[first]] for item in SPLITTING if item in parts}
    day = None
    if "scan_date" in codes:
        day = np.maximum.reduceat(codes["scan_date"][order], first) if len(first) else group
    if "category" in parts:
        of["category"] = _category(codes, order, first, day, rules, len(words["category"]))
    return Apps(
        of, words, who[order[first]], day, _bits(records, order, first), older,
        len(order) - len(first), _installs(records, order, first),
    )  # fmt: skip


def periods(day: np.ndarray, part: str) -> tuple[np.ndarray, list[str]]:
    """Code of the calendar part of every day (since 1970-01-01), and its words in order of time."""
    start, stop = int(day.min(initial=0)), int(day.max(initial=0)) + 1
    if len(day):
        start = int(day.min())
    days = pd.Series(DAY0 + np.arange(start, stop))
    codes, words = pd.factorize(period_of(days, part), sort=True)
    return codes.astype(np.int16)[day - start], [str(word) for word in words]


def _bits(records: Narrow, order: np.ndarray, first: np.ndarray) -> dict[str, np.ndarray]:
    return {
        item: np.bitwise_or.reduceat(column[order], first)
        if len(first) and records.names[item]
        else np.broadcast_to(np.uint64(0), len(first))
        for item, column in records.bits.items()
    }


def _installs(records: Narrow, order: np.ndarray, first: np.ndarray) -> np.ndarray | None:
    """Installs of every app: the largest number of each store, added over stores."""
    if records.installs is None:
        return None
    if not len(first):
        return np.zeros(0)
    app = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
    place = app if "store" not in records.codes else _joined(app, records.codes["store"][order])
    by_store = np.argsort(place, kind="stable")
    place = place[by_store]
    start = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
    most = np.maximum.reduceat(records.installs[order][by_store], start)
    app = app[by_store][start]
    return np.add.reduceat(most, np.flatnonzero(np.append(True, app[1:] != app[:-1])))


def _whole(column: np.ndarray) -> np.ndarray:
    """Codes that order as the column does; whole numbers that are codes already stay."""
    if column.dtype.kind == "f":
        return np.unique(column, return_inverse=True)[1]
    return column


def _joined(group: np.ndarray, column: np.ndarray) -> np.ndarray:
    """A whole number that orders by `group`, then by `column` (not negative)."""
    size = int(column.max(initial=0)) + 1
    if len(group) and int(group.max()) > (2**62) // size:
        group = np.unique(group, return_inverse=True)[1]
    return group.astype(np.int64) * size + column


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
