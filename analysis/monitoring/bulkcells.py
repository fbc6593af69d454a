"""One block of a large scan file as arrays: texts as codes, lists as bits and digests, numbers.

A block is a record batch of Arrow. Nothing is judged here; that is bulkjudge.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis.monitoring.narrow import TORN_BIT, UNIX, Names, Text
from analysis.monitoring.scans import NUMBERS, TOKENS, TORN

MOST_HASHES = 500_000  # of names that are remembered from block to block


@dataclass(eq=False)
class Hashes:
    """Sixty-four bits of the SHA-256 of names, remembered."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, words: list[str]) -> np.ndarray:
        """ndarray of uint64, shape (n_words,)."""
        known = self.known
        for word in words:
            if word not in known:
                known[word] = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        found = np.fromiter((known[word] for word in words), dtype=np.uint64, count=len(words))
        if len(known) > MOST_HASHES:
            known.clear()
        return found


@dataclass(frozen=True, eq=False)
class Block:
    """A record batch and the columns that fields stand in."""

    batch: Any
    columns: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.batch)

    def column(self, item: str):
        return self.batch.column(self.columns[item])

    def texts(self) -> dict[str, Text]:
        """Codes and distinct texts of every field that is text in the file; lists and days not."""
        return {
            item: encode(self.column(item))
            for item in self.columns
            if item not in TOKENS and item != "scan_date" and not self._numeric(item)
        }

    def days(self) -> tuple[np.ndarray, np.ndarray, Text | None]:
        """Days since 1970-01-01, who has none, and the texts they were read from, if any."""
        import pyarrow as pa

        column = self.column("scan_date")
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            gone = column.is_null().to_numpy(zero_copy_only=False)
            days = column.cast(pa.date32()).cast(pa.int32()).fill_null(0)
            return days.to_numpy(zero_copy_only=False).copy(), gone, None
        codes, words = encode(column)
        read = pd.to_datetime(
            pd.Series(words.to_pylist(), dtype="str"), format="%Y-%m-%d", errors="coerce"
        )
        gone = read.isna().to_numpy()[codes]
        whole = read.fillna(pd.Timestamp(UNIX)).to_numpy().astype("datetime64[D]")
        return whole.astype(np.int64).astype(np.int32)[codes], gone, (codes, words)

    def numbers(self, item: str) -> np.ndarray:
        """A column of numbers as float64, NaN where empty."""
        import pyarrow as pa

        column = self.column(item).cast(pa.float64())
        return np.ascontiguousarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)

    def fold(self, item: str, names: Names, hashes: Hashes) -> tuple[np.ndarray, np.ndarray]:
        """Bits (uint64) of the names of every list, and their digest as a set."""
        from analysis.monitoring.compiled import fold

        column = self.column(item)
        codes, words = _entries(column)
        place = {name: np.uint64(1 << k) for k, name in enumerate(names.placed[item])}
        masks = np.array([place.get(w, np.uint64(0)) for w in words], np.uint64)
        masks |= np.array([TORN_BIT if TORN.search(w) else 0 for w in words], np.uint64)
        named = np.array([bool(w) for w in words])
        digests = np.where(named, hashes.of(words), 0).astype(np.uint64)
        mask, total = np.zeros(len(self), np.uint64), np.zeros(len(self), np.uint64)
        seen = np.full(len(words) + 1, -1, np.int64)
        fold(codes, column.offsets.to_numpy(), masks, digests, seen, mask, total)
        if column.null_count:
            gone = ~column.is_valid().to_numpy(zero_copy_only=False)
            mask[gone], total[gone] = 0, 0
        return mask, total

    def _numeric(self, item: str) -> bool:
        import pyarrow.types as types

        if item not in NUMBERS:
            return False
        kind = self.batch.schema.field(self.columns[item]).type
        return types.is_integer(kind) or types.is_floating(kind)


def encode(column) -> Text:
    """Codes (int32) and distinct stripped texts of a column of a block; null is ""."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    words = pc.utf8_trim_whitespace(column.dictionary.cast(pa.string())).fill_null("")
    codes = column.indices
    if codes.null_count:
        codes = codes.fill_null(len(words))
        words = pa.concat_arrays([words, pa.array([""])])
    return codes.to_numpy(zero_copy_only=False).astype(np.int32), words


def _entries(column) -> tuple[np.ndarray, list[str]]:
    """Names of all lists one after another as codes (-1: none), and the distinct names."""
    entries = column.values
    if not hasattr(entries, "dictionary"):
        entries = entries.dictionary_encode()
    words = [(word or "").strip() for word in entries.dictionary.to_pylist()]
    codes = entries.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    same = {word: place for place, word in reversed(list(enumerate(words)))}
    if len(same) < len(words):  # names that differ in blanks only
        codes = np.where(codes < 0, -1, np.array([same[w] for w in words], np.int32)[codes])
    return codes, words
