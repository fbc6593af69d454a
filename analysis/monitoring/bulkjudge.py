"""Judging the records of a block by the rules of scans.py, and keeping what is usable of them.

The rules and their order are those of `scans.judge`; distinct cells are judged once a block. A test
holds both to the same reasons on arbitrary records.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.monitoring.bulkcells import Block, Hashes
from analysis.monitoring.narrow import TORN_BIT, UNIX, Kept, Names, Text, mix
from analysis.monitoring.scans import (
    COUNT,
    NUMBERS,
    PACKAGE,
    SIGNER,
    TOKENS,
    TORN,
    VERSION,
    WINDOW,
    category_codes,
    name_of,
)
from survey.instrument.load import Instrument
from survey.instrument.model import Wave
from survey.instrument.scanrules import taken_days

REASONS = (
    "",
    "unreadable_cell",
    "no_package_name",
    "bad_package_name",
    "unknown_category",
    "bad_version",
    "bad_date",
    "outside_window",
    "counts_in_earlier_window",
    "bad_window",
    "outside_its_window",
    "bad_signer",
    *(f"bad_{item}" for item in NUMBERS),
)
MOST_COUNT = 1e15  # what fifteen digits can say, as in scans.COUNT
_SOME = re.compile(".")
_FIELD_OF = {
    "no_package_name": "app",
    "bad_package_name": "app",
    "unknown_category": "category",
    "bad_date": "scan_date",
    "outside_window": "scan_date",
    "counts_in_earlier_window": "scan_date",
    "outside_its_window": "window",
}


@dataclass(eq=False)
class Judge:
    """Judges block after block; `kept` grows.

    numbers : fields of numbers kept beside the version code.
    """

    wave: Wave
    instrument: Instrument
    names: Names
    columns: Mapping[str, str]
    numbers: tuple[str, ...] = ()
    kept: Kept = field(default_factory=Kept)
    hashes: Hashes = field(default_factory=Hashes)

    def __post_init__(self) -> None:
        scale = self.instrument.scale_of("category") if "category" in self.columns else None
        self.categories = [scale.code(value) for value in scale.values()] if scale else []
        self.known: dict[str, int] = {}
        if scale:
            order = {code: place for place, code in enumerate(self.categories)}
            codes = category_codes(scale, self.wave.columns["category"])
            self.known = {word: order[code] for word, code in codes.items()}
        window = self.wave.period
        self.window = (window.start - UNIX).days, (window.end - UNIX).days
        taken = taken_days(self.instrument, name_of(self.wave, self.instrument))
        self.taken = [((first - UNIX).days, (last - UNIX).days) for _, first, last in taken]

    def take(self, batch) -> list[dict[str, Any]]:
        """Keep the usable records of a block; returns the others as rows of the rejects file."""
        block = Block(batch, self.columns)
        texts = block.texts()
        folded = {
            item: block.fold(item, self.names, self.hashes)
            for item in TOKENS if item in self.columns
        }  # fmt: skip
        faults = _Faults(len(block))
        values = self._judge(block, texts, folded, faults)
        self._keep(values, texts, folded, faults.reason == 0)
        first = self.kept.read + 1
        self.kept.read += len(block)
        return self._told(block, faults.reason, first)

    def _judge(self, block: Block, texts, folded, faults: _Faults) -> dict[str, np.ndarray]:
        """Values of the fields that are no texts; faults in the order of scans.judge."""
        values: dict[str, np.ndarray] = {}
        days = block.days() if "scan_date" in self.columns else None
        for text in (*texts.values(), days[2] if days else None):
            if text is not None:
                faults.words(text, TORN, "unreadable_cell", where=True)
        for mask, _ in folded.values():
            faults.add((mask & TORN_BIT) != 0, "unreadable_cell")
        faults.words(texts["app"], _SOME, "no_package_name")
        faults.words(texts["app"], PACKAGE, "bad_package_name")
        if "category" in texts:
            codes, words = texts["category"]
            found = [self.known.get(word, -1) for word in words.to_pylist()]
            values["category"] = np.array(found, np.int16)[codes]
            faults.add(values["category"] < 0, "unknown_category")
        if "version" in texts:
            faults.words(texts["version"], VERSION, "bad_version")
        if days is not None:
            values["scan_date"] = days[0]
            self._judge_days(days[0], days[1], texts.get("window"), faults)
        if "signer" in texts:
            faults.words(texts["signer"], SIGNER, "bad_signer", empty=True)
        for item in NUMBERS:
            if item in self.columns:
                values[item] = _numbers(block, item, texts.get(item), faults)
        return values

    def _judge_days(
        self, day: np.ndarray, gone: np.ndarray, window: Text | None, faults: _Faults
    ) -> None:
        faults.add(gone, "bad_date")
        start, end = self.window
        faults.add((day < start) | (day > end), "outside_window")
        for first, last in self.taken:
            faults.add((day >= first) & (day <= last), "counts_in_earlier_window")
        if window is None:
            return
        codes, known = window
        runs = known.to_pylist()
        ends = pd.Series(runs, dtype="str").str.extract(WINDOW)
        read = ends.apply(pd.to_datetime, format="%Y-%m-%d", errors="coerce")
        named = np.array([bool(run) for run in runs])
        unsound = named & ~(read[0] <= read[1]).to_numpy()
        edge = read.fillna(pd.Timestamp(UNIX)).to_numpy().astype("datetime64[D]").astype(int)
        faults.add(unsound[codes], "bad_window")
        outside = (day < edge[codes, 0]) | (day > edge[codes, 1])
        faults.add(named[codes] & outside, "outside_its_window")

    def _keep(self, values, texts: dict[str, Text], folded, good: np.ndarray) -> None:
        kept, day = self.kept, values.get("scan_date")
        digest = np.zeros(len(good), dtype=np.uint64)
        for item in NUMBERS:
            if item in values:
                digest = mix(digest, values[item].view(np.uint64))
        for item in ("category", "scan_date"):
            if item in values:
                digest = mix(digest, values[item].astype(np.int64).view(np.uint64))
        for item, (mask, total) in folded.items():
            digest = mix(digest, total)
            kept.keep(f"bits:{item}", self.names.old_names(item, mask, day)[good])
        kept.keep("digest", digest[good])
        for item, text in texts.items():
            if item not in values:
                kept.keep_text(item, text, good)
        for item in ("category", "scan_date", "version_code"):
            if item in values:
                kept.keep(item, values[item][good])
        for item in self.numbers:
            if item in values:
                kept.keep(item, np.nan_to_num(values[item][good], nan=0.0))

    def _told(self, block: Block, reason: np.ndarray, first: int) -> list[dict[str, Any]]:
        rows = np.flatnonzero(reason)
        counted = self.kept.rejected
        for code in reason[rows].tolist():
            counted[REASONS[code]] = counted.get(REASONS[code], 0) + 1
        records = block.batch.take(rows).to_pylist() if len(rows) else []
        return [
            {
                "source_row": first + int(row),
                "reason": REASONS[reason[row]],
                "detail": self._detail(REASONS[reason[row]], record),
                "record": json.dumps(record, ensure_ascii=False, default=str),
            }
            for row, record in zip(rows, records, strict=True)
        ]

    def _detail(self, reason: str, record: dict[str, Any]) -> str:
        item = _FIELD_OF.get(reason, reason.removeprefix("bad_"))
        return str(record.get(self.columns.get(item, ""), "") or "")


@dataclass(eq=False)
class _Faults:
    """First reason against every record of a block, as a place in `REASONS`."""

    n: int

    def __post_init__(self) -> None:
        self.reason = np.zeros(self.n, dtype=np.int8)

    def add(self, bad: np.ndarray, why: str) -> None:
        self.reason[bad & (self.reason == 0)] = REASONS.index(why)

    def words(
        self, text: Text, pattern: re.Pattern, why: str, *, where: bool = False, empty: bool = False
    ) -> None:
        """Where the pattern is not found (or is, for `where`); `empty` texts pass."""
        import pyarrow.compute as pc

        codes, words = text
        odd = pc.match_substring_regex(words, pattern.pattern)
        odd = odd if where else pc.invert(odd)
        odd = odd.to_numpy(zero_copy_only=False)
        if empty:
            odd &= pc.not_equal(words, "").to_numpy(zero_copy_only=False)
        if odd.any():
            self.add(odd[codes], why)


def _numbers(block: Block, item: str, text: Text | None, faults: _Faults) -> np.ndarray:
    """A field of numbers, from text or from a column of numbers."""
    if text is None:
        found = block.numbers(item)
        faults.add(~(np.isnan(found) | ((found >= 0) & (found < MOST_COUNT))), f"bad_{item}")
        return found
    codes, words = text
    faults.words(text, COUNT, f"bad_{item}", empty=True)
    plain = pd.Series(words.to_pylist(), dtype="str").str.replace(r"[,+]", "", regex=True)
    return pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)[codes]
