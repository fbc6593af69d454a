"""What is kept of a scan record once its file is too large for memory: codes, bits, a digest.

Some tens of bytes a record: codes of app, signer, store, category and version, its day, one bit for
each name of groups.yml it holds, and a digest that tells records that repeat each other. What a
block holds is read in bulkcells.py and judged in bulkjudge.py; how records become apps is decided
in bulk.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.monitoring.copies import version_key
from analysis.monitoring.scans import TOKENS, VERSION
from survey.errors import DataError
from survey.instrument.monitoring import Grouping, Sign
from survey.instrument.scanrules import Rename, ScanRules

MOST_NAMES = 62  # of one kind that fit into the bits of a number
TORN_BIT = np.uint64(1 << 63)  # of a list with a name that cannot be read
UNIX = dt.date(1970, 1, 1)
Text = tuple[np.ndarray, Any]  # a code for every record, and the distinct texts (an Arrow array)


@dataclass(frozen=True, eq=False)
class Narrow:
    """What is kept of the usable records of a large file, one entry per record.

    Attributes
    ----------
    read : int
        Records in the file, usable or not.
    rejected : dict of reason to number
    codes : dict of field to ndarray of int
        `app`, and where mapped `signer`, `store`, `category` (place in scale order), `version`
        (rank: later versions are larger), `version_code`, `scan_date` (days since 1970-01-01).
    words : dict of field to list of str
        What the codes of `store` and `category` mean.
    bits : dict of field to ndarray of uint64
        `permissions`, `behaviours`, `sdks`: bit k is the k-th name of `names`.
    names : dict of field to list of str
    digest : ndarray of uint64
        Equal for records that repeat each other in every field, lists taken as sets.
    installs : ndarray of float, or None
        Installs as the store shows them, 0 where it shows none; None where not asked for.
    """

    read: int
    rejected: dict[str, int]
    codes: dict[str, np.ndarray]
    words: dict[str, list[str]]
    bits: dict[str, np.ndarray]
    names: dict[str, list[str]]
    digest: np.ndarray
    installs: np.ndarray | None = None

    def at(self, rows: np.ndarray) -> Narrow:
        """The records `rows` (places) alone."""
        return Narrow(
            self.read,
            self.rejected,
            {item: column[rows] for item, column in self.codes.items()},
            self.words,
            {item: column[rows] for item, column in self.bits.items()},
            self.names,
            self.digest[rows],
            None if self.installs is None else self.installs[rows],
        )


@dataclass(frozen=True)
class Names:
    """The names of groups.yml by kind, and the place of each among the bits of a number.

    `listed` are the names themselves, `placed` those with the new names of renamed permissions
    behind them.
    """

    listed: dict[str, list[str]]
    placed: dict[str, list[str]]
    renamed: tuple[Rename, ...]

    @classmethod
    def of(cls, grouping: Grouping, rules: ScanRules) -> Names:
        """Raises DataError where one kind has more names than bits."""
        listed = {
            "permissions": _distinct(grouping.permissions),
            "behaviours": _distinct(grouping.behaviours),
            "sdks": _distinct(grouping.sdks),
        }
        renamed = tuple(r for r in rules.renames if r.old in listed["permissions"])
        asked = dict.fromkeys([*listed["permissions"], *(r.new for r in renamed)])
        placed = {**listed, "permissions": list(asked)}
        for item, names in placed.items():
            if len(names) > MOST_NAMES:
                raise DataError(
                    f"groups.yml names {len(names)} {item}",
                    expected=f"at most {MOST_NAMES} for a file read in blocks",
                )
        return cls(listed, placed, renamed)

    def old_names(self, item: str, mask: np.ndarray, day: np.ndarray | None) -> np.ndarray:
        """Bits with a new name's bit carried to the old one's on days it was in use."""
        mask = mask & ~TORN_BIT
        if item != "permissions":
            return mask
        place = {name: np.uint64(k) for k, name in enumerate(self.placed[item])}
        for rename in self.renamed:
            new = (mask >> place[rename.new]) & np.uint64(1)
            if day is not None:
                new = np.where(day >= (rename.since - UNIX).days, new, np.uint64(0))
            mask = mask | (new << place[rename.old])
        return mask & np.uint64((1 << len(self.listed[item])) - 1)


@dataclass(eq=False)
class Kept:
    """Usable records of the blocks read so far; `finish` joins them."""

    read: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    parts: dict[str, list[np.ndarray]] = field(default_factory=dict)
    texts: dict[str, list[Any]] = field(default_factory=dict)

    def keep(self, item: str, column: np.ndarray) -> None:
        self.parts.setdefault(item, []).append(column)

    def keep_text(self, item: str, text: Text, good: np.ndarray) -> None:
        import pyarrow as pa

        codes, words = text
        kept = pa.DictionaryArray.from_arrays(pa.array(codes[good]), words)
        self.texts.setdefault(item, []).append(kept)

    def finish(self, names: Names, categories: list[str]) -> Narrow:
        """All blocks as one; `categories` are the codes of the scale in order."""
        digest = self._joined("digest")
        codes: dict[str, np.ndarray] = {}
        words: dict[str, list[str]] = {"category": categories, "store": []}
        for item in sorted(self.texts):
            found, known = self._unified(item)
            digest = mix(digest, found.astype(np.int64).view(np.uint64))
            if item == "version":
                found = _ranks(known.to_pylist())[found]
            if item == "store":
                words["store"] = known.to_pylist()
            if item in ("app", "signer", "store", "version"):
                codes[item] = found
        for item in ("category", "scan_date"):
            if item in self.parts:
                codes[item] = self._joined(item)
        if "version_code" in self.parts:
            codes["version_code"] = np.nan_to_num(self._joined("version_code"), nan=-1.0)
        empty = np.zeros(len(digest), np.uint64)
        bits = {
            i: self._joined(f"bits:{i}") if f"bits:{i}" in self.parts else empty for i in TOKENS
        }
        installs = self._joined("installs") if "installs" in self.parts else None
        return Narrow(self.read, self.rejected, codes, words, bits, names.listed, digest, installs)

    def _joined(self, item: str) -> np.ndarray:
        return np.concatenate(self.parts.pop(item))

    def _unified(self, item: str) -> Text:
        import pyarrow as pa

        form = pa.dictionary(pa.int32(), pa.string())
        texts = pa.chunked_array(self.texts.pop(item), type=form).unify_dictionaries()
        found = np.concatenate([chunk.indices.to_numpy() for chunk in texts.chunks])
        return found, texts.chunk(0).dictionary


def mix(digest: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A digest that depends on what went in, and on the order of fields (as splitmix64 ends)."""
    with np.errstate(over="ignore"):
        x = (digest * np.uint64(0x9E3779B97F4A7C15)) ^ values
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def _distinct(entries: Sequence[Sign]) -> list[str]:
    return list(dict.fromkeys(entry.name for entry in entries))


def _ranks(known: list[str]) -> np.ndarray:
    """Rank of every version in order of time; two spellings of one version share a rank."""
    keys = [version_key(word) if VERSION.match(word) else "" for word in known]
    rank = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([rank[key] for key in keys], dtype=np.int32)
