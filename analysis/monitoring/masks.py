"""Measures of groups.yml as masks of bits: the same statements as groups.py, on many apps at once.

What an app asks for and does stands in the bits of three numbers (narrow.py); a measure is then an
"and" with a mask. A name counts on a day only if its entry in groups.yml was valid then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from survey.errors import EstimateError
from survey.instrument.monitoring import ANY, Grouping, Measure, Sign

DAY0 = np.datetime64("1970-01-01")


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

    def unused_pairs(self, bits: Mapping[str, np.ndarray], day: np.ndarray | None):
        """For every app the judged permissions it requests, and those of them without use."""
        valid = {item: self._on_day(item, bits[item], day) for item in self.entries}
        idle, judged = self._unused(valid)
        return np.bitwise_count(judged), np.bitwise_count(idle)

    def _on_day(self, item: str, bits: np.ndarray, day: np.ndarray | None) -> np.ndarray:
        """Bits of the entries that count on the day of the scan."""
        if day is None or not len(day):
            return bits
        edges = (self.edges - DAY0).astype(np.int64)
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
