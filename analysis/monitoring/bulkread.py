"""A scan file too large for memory, read once in blocks: names become bits, texts become numbers.

Parquet only, lists as list columns. Every record is judged by the rules of scans.py (its distinct
cells are, once a block); unusable ones go to the rejects file with their reason and text. What is
kept of a usable record is some tens of bytes: codes of app, signer, store, category and version,
its day, and one bit for each name of groups.yml it holds. How these become apps is decided in
bulk.py.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.monitoring.scans import (
    COUNT,
    FIELDS,
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
from survey.errors import DataError, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Wave
from survey.instrument.monitoring import Grouping, Sign
from survey.instrument.scanrules import ScanRules, taken_days

ROWS = 200_000  # of one block
_TORN = np.uint64(1 << 63)
MOST_NAMES = 62  # of one kind that fit into the bits of a number
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
_UNIX = dt.date(1970, 1, 1)
_SOME = re.compile(".")
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
    """

    read: int
    rejected: dict[str, int]
    codes: dict[str, np.ndarray]
    words: dict[str, list[str]]
    bits: dict[str, np.ndarray]
    names: dict[str, list[str]]
    digest: np.ndarray


def read_narrow(
    path: Path,
    wave: Wave,
    instrument: Instrument,
    grouping: Grouping,
    rules: ScanRules,
    *,
    rejects: Path,
    name: str = "",
    rows: int = ROWS,
) -> Narrow:
    """Read a Parquet file of scans block by block.

    Parameters
    ----------
    rejects : Path
        Parquet file to write: `source_row` (from 1), `reason`, `detail`, `record` (JSON text).

    Raises
    ------
    DataError
        If the file is no Parquet, lacks a mapped column, or holds lists in another form.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from survey.io.atomic import replacing

    name = name or path.name
    columns = {item: str(wave.columns[item].column) for item in FIELDS if item in wave.columns}
    try:
        schema = pq.read_schema(path)
    except FileNotFoundError:
        raise DataError("file is missing", where=name) from None
    except (pa.ArrowException, OSError) as fault:
        raise DataError(f"cannot be read as Parquet: {fault}", where=name) from None
    _require(schema, columns, name)
    lists = [columns[item] for item in TOKENS if item in columns]
    reader = _Reader(wave, instrument, grouping, rules, columns)
    form = pa.schema([("source_row", pa.int64()), *((c, pa.string()) for c in _TOLD)])
    with replacing(rejects) as unfinished, pq.ParquetWriter(unfinished, form) as writer:
        for block in _ahead(_blocks_of(path, lists, rows)):
            bad = reader.take(block)
            if bad:
                writer.write_table(pa.Table.from_pylist(bad, schema=form))
    return reader.finish()


_TOLD = ("reason", "detail", "record")


@dataclass(eq=False)
class _Reader:
    wave: Wave
    instrument: Instrument
    grouping: Grouping
    rules: ScanRules
    columns: dict[str, str]
    read: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    texts: dict[str, list[Any]] = field(default_factory=dict)
    parts: dict[str, list[np.ndarray]] = field(default_factory=dict)
    hashes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        grouping, renames = self.grouping, self.rules.renames
        self.names = {
            "permissions": [entry.name for entry in grouping.permissions],
            "behaviours": _distinct(grouping.behaviours),
            "sdks": _distinct(grouping.sdks),
        }
        self.names["permissions"] = list(dict.fromkeys(self.names["permissions"]))
        self.renamed = [r for r in renames if r.old in self.names["permissions"]]
        bits = [*self.names["permissions"], *(r.new for r in self.renamed)]
        self.bit_names = {**self.names, "permissions": list(dict.fromkeys(bits))}
        for item, names in self.bit_names.items():
            if len(names) > MOST_NAMES:
                raise DataError(
                    f"groups.yml names {len(names)} {item}",
                    expected=f"at most {MOST_NAMES} for a file read in blocks",
                )
        scale = self.instrument.scale_of("category") if "category" in self.columns else None
        self.category_order = [scale.code(v) for v in scale.values()] if scale else []
        if scale:
            known = category_codes(scale, self.wave.columns["category"])
            order = {code: place for place, code in enumerate(self.category_order)}
            self.category = {word: order[code] for word, code in known.items()}

    # -- one block -----------------------------------------------------------------------------

    def take(self, block) -> list[dict[str, Any]]:
        """Keep the usable records of a block; returns the others as rows of the rejects file."""
        n = len(block)
        self.block, self.n = block, n
        self.reason = np.zeros(n, dtype=np.int8)
        self.faulty: list[str | None] = [None] * len(REASONS)
        texts = {
            item: _encode(block.column(self.columns[item]))
            for item in self.columns
            if item not in TOKENS and item != "scan_date" and not self._numeric(item)
        }
        folded = {item: self._fold(item) for item in TOKENS if item in self.columns}
        for text in texts.values():
            self._reject_words(text, TORN, "unreadable_cell", where=True)
        for mask, _ in folded.values():
            self._reject((mask & _TORN) != 0, "unreadable_cell")
        values: dict[str, np.ndarray] = {}
        self._reject_words(texts["app"], _SOME, "no_package_name")
        self._reject_words(texts["app"], PACKAGE, "bad_package_name")
        if "category" in texts:
            codes, words = texts["category"]
            found = [self.category.get(word, -1) for word in words.to_pylist()]
            values["category"] = np.array(found, np.int16)[codes]
            self._reject(values["category"] < 0, "unknown_category")
        if "version" in texts:
            self._reject_words(texts["version"], VERSION, "bad_version")
        if "scan_date" in self.columns:
            values["scan_date"] = self._days(texts)
        if "signer" in texts:
            self._reject_words(texts["signer"], SIGNER, "bad_signer", empty=True)
        digest = np.zeros(n, dtype=np.uint64)
        for item in NUMBERS:
            if item in self.columns:
                values[item] = self._numbers(item, texts.pop(item, None))
                digest = _mix(digest, values[item].view(np.uint64))
        for item in ("category", "scan_date"):
            if item in values:
                digest = _mix(digest, values[item].astype(np.int64).view(np.uint64))
        good = self.reason == 0
        texts.pop("category", None)
        for item, (mask, total) in folded.items():
            digest = _mix(digest, total)
            self._keep(f"bits:{item}", self._old_names(item, mask, values.get("scan_date"))[good])
        self._keep("digest", digest[good])
        for item, text in texts.items():
            self._keep_text(item, text, good)
        for item in ("category", "scan_date", "version_code"):
            if item in values:
                self._keep(item, values[item][good])
        first = self.read + 1
        self.read += n
        return self._told(first)

    def _numeric(self, item: str) -> bool:
        import pyarrow.types as types

        if item not in NUMBERS:
            return False
        kind = self.block.schema.field(self.columns[item]).type
        return types.is_integer(kind) or types.is_floating(kind)

    def _numbers(self, item: str, text) -> np.ndarray:
        if text is None:
            import pyarrow as pa

            column = self.block.column(self.columns[item]).cast(pa.float64())
            return np.ascontiguousarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
        codes, words = text
        self._reject_words(text, COUNT, f"bad_{item}", empty=True)
        plain = pd.Series(words.to_pylist(), dtype="str").str.replace(r"[,+]", "", regex=True)
        return pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64)[codes]

    def _fold(self, item: str) -> tuple[np.ndarray, np.ndarray]:
        """Bits and digest of the names of every list."""
        from analysis.monitoring.compiled import fold

        column = self.block.column(self.columns[item])
        offsets = column.offsets.to_numpy()
        entries = column.values
        if not hasattr(entries, "dictionary"):
            entries = entries.dictionary_encode()
        words = [(word or "").strip() for word in entries.dictionary.to_pylist()]
        codes = entries.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        same = {word: place for place, word in reversed(list(enumerate(words)))}
        if len(same) < len(words):  # names that differ in blanks only
            codes = np.where(codes < 0, -1, np.array([same[w] for w in words], np.int32)[codes])
        place = {name: np.uint64(1 << k) for k, name in enumerate(self.bit_names[item])}
        masks = np.array([place.get(w, np.uint64(0)) for w in words], np.uint64)
        masks |= np.array([_TORN if TORN.search(w) else 0 for w in words], np.uint64)
        hashes = np.where(np.array([bool(w) for w in words]), self._hash_words(words), 0)
        mask, total = np.zeros(self.n, np.uint64), np.zeros(self.n, np.uint64)
        seen = np.full(len(words) + 1, -1, np.int64)
        fold(codes, offsets, masks, hashes.astype(np.uint64), seen, mask, total)
        if column.null_count:
            gone = ~column.is_valid().to_numpy(zero_copy_only=False)
            mask[gone], total[gone] = 0, 0
        return mask, total

    def _old_names(self, item: str, mask: np.ndarray, day: np.ndarray | None) -> np.ndarray:
        """Bits with a new name's bit carried to the old one's on days it was in use."""
        mask = mask & ~_TORN
        if item != "permissions":
            return mask
        place = {name: np.uint64(k) for k, name in enumerate(self.bit_names[item])}
        for rename in self.renamed:
            new = (mask >> place[rename.new]) & np.uint64(1)
            if day is not None:
                new = np.where(day >= (rename.since - _UNIX).days, new, np.uint64(0))
            mask = mask | (new << place[rename.old])
        return mask & np.uint64((1 << len(self.names[item])) - 1)

    def _days(self, texts: dict[str, Text]) -> np.ndarray:
        import pyarrow as pa

        column = self.block.column(self.columns["scan_date"])
        kind = column.type
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            gone = column.is_null().to_numpy(zero_copy_only=False)
            days = column.cast(pa.date32()).cast(pa.int32()).fill_null(0)
            day = days.to_numpy(zero_copy_only=False).copy()
        else:
            codes, words = _encode(column)
            self._reject_words((codes, words), TORN, "unreadable_cell", where=True)
            listed = pd.Series(words.to_pylist(), dtype="str")
            read = pd.to_datetime(listed, format="%Y-%m-%d", errors="coerce")
            gone = read.isna().to_numpy()[codes]
            whole = read.fillna(pd.Timestamp(_UNIX)).to_numpy().astype("datetime64[D]")
            day = whole.astype(np.int64).astype(np.int32)[codes]
        self._reject(gone, "bad_date")
        window = self.wave.period
        start, end = ((edge - _UNIX).days for edge in (window.start, window.end))
        self._reject((day < start) | (day > end), "outside_window")
        for _, first, last in taken_days(self.instrument, name_of(self.wave, self.instrument)):
            inside = (day >= (first - _UNIX).days) & (day <= (last - _UNIX).days)
            self._reject(inside, "counts_in_earlier_window")
        if "window" in texts:
            codes, known = texts["window"]
            runs = known.to_pylist()
            ends = pd.Series(runs, dtype="str").str.extract(WINDOW)
            read = ends.apply(pd.to_datetime, format="%Y-%m-%d", errors="coerce")
            named = np.array([bool(run) for run in runs])
            unsound = named & ~(read[0] <= read[1]).to_numpy()
            edge = read.fillna(pd.Timestamp(_UNIX)).to_numpy().astype("datetime64[D]").astype(int)
            self._reject(unsound[codes], "bad_window")
            outside = (day < edge[codes, 0]) | (day > edge[codes, 1])
            self._reject(named[codes] & outside, "outside_its_window")
        return day

    def _reject(self, bad: np.ndarray, why: str) -> None:
        self.reason[bad & (self.reason == 0)] = REASONS.index(why)

    def _reject_words(
        self, text: Text, pattern: re.Pattern, why: str, *, where: bool = False, empty: bool = False
    ) -> None:
        """Set aside where the pattern is not found (or is, for `where`); `empty` texts pass."""
        import pyarrow.compute as pc

        codes, words = text
        odd = pc.match_substring_regex(words, pattern.pattern)
        odd = odd if where else pc.invert(odd)
        odd = odd.to_numpy(zero_copy_only=False)
        if empty:
            odd &= pc.not_equal(words, "").to_numpy(zero_copy_only=False)
        if odd.any():
            self._reject(odd[codes], why)

    def _hash_words(self, words: list[str]) -> np.ndarray:
        known = self.hashes
        for word in words:
            if word not in known:
                known[word] = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
        found = np.fromiter((known[word] for word in words), dtype=np.uint64, count=len(words))
        if len(known) > 500_000:
            known.clear()
        return found

    def _keep(self, item: str, column: np.ndarray) -> None:
        self.parts.setdefault(item, []).append(column)

    def _keep_text(self, item: str, text: Text, good: np.ndarray) -> None:
        import pyarrow as pa

        codes, words = text
        kept = pa.DictionaryArray.from_arrays(pa.array(codes[good]), words)
        self.texts.setdefault(item, []).append(kept)

    def _told(self, first: int) -> list[dict[str, Any]]:
        rows = np.flatnonzero(self.reason)
        for reason in self.reason[rows].tolist():
            self.rejected[REASONS[reason]] = self.rejected.get(REASONS[reason], 0) + 1
        records = self.block.take(rows).to_pylist() if len(rows) else []
        return [
            {
                "source_row": first + int(row),
                "reason": REASONS[self.reason[row]],
                "detail": self._detail(REASONS[self.reason[row]], record),
                "record": json.dumps(record, ensure_ascii=False, default=str),
            }
            for row, record in zip(rows, records, strict=True)
        ]

    def _detail(self, reason: str, record: dict[str, Any]) -> str:
        item = _FIELD_OF.get(reason, reason.removeprefix("bad_"))
        return str(record.get(self.columns.get(item, ""), "") or "")

    # -- all blocks ----------------------------------------------------------------------------

    def finish(self) -> Narrow:
        import pyarrow as pa

        def joined(item: str) -> np.ndarray:
            return np.concatenate(self.parts.pop(item))

        digest = joined("digest")
        codes: dict[str, np.ndarray] = {}
        words: dict[str, list[str]] = {"category": self.category_order, "store": []}
        form = pa.dictionary(pa.int32(), pa.string())
        for item in sorted(self.texts):
            texts = pa.chunked_array(self.texts.pop(item), type=form).unify_dictionaries()
            found = np.concatenate([chunk.indices.to_numpy() for chunk in texts.chunks])
            known = texts.chunk(0).dictionary
            del texts
            digest = _mix(digest, found.astype(np.int64).view(np.uint64))
            if item == "version":
                found = _ranks(known.to_pylist())[found]
            if item == "store":
                words["store"] = known.to_pylist()
            if item in ("app", "signer", "store", "version"):
                codes[item] = found
        for item in ("category", "scan_date"):
            if item in self.parts:
                codes[item] = joined(item)
        if "version_code" in self.parts:
            codes["version_code"] = np.nan_to_num(joined("version_code"), nan=-1.0)
        empty = np.zeros(len(digest), np.uint64)
        return Narrow(
            read=self.read,
            rejected=self.rejected,
            codes=codes,
            words=words,
            bits={
                item: joined(f"bits:{item}") if f"bits:{item}" in self.parts else empty
                for item in TOKENS
            },
            names=self.names,
            digest=digest,
        )


_FIELD_OF = {
    "no_package_name": "app",
    "bad_package_name": "app",
    "unknown_category": "category",
    "bad_date": "scan_date",
    "outside_window": "scan_date",
    "counts_in_earlier_window": "scan_date",
    "outside_its_window": "window",
}


def _distinct(entries: list[Sign]) -> list[str]:
    return list(dict.fromkeys(entry.name for entry in entries))


def _ranks(known: list[str]) -> np.ndarray:
    """Rank of every version in order of time; two spellings of one version share a rank."""
    from analysis.monitoring.copies import version_key

    keys = [version_key(word) if VERSION.match(word) else "" for word in known]
    rank = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([rank[key] for key in keys], dtype=np.int32)


def _encode(column) -> Text:
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


def _mix(digest: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A digest that depends on what went in, and on the order of fields (as splitmix64 ends)."""
    with np.errstate(over="ignore"):
        x = (digest * np.uint64(0x9E3779B97F4A7C15)) ^ values
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def _blocks_of(path: Path, lists: list[str], rows: int) -> Iterator[Any]:
    """Record batches, never across row groups; names in lists as codes where the file has them so.

    A row group whose lists were not written with one dictionary is read again as plain texts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = pq.ParquetFile(path)
    leaves = [plain.schema.column(k).path for k in range(len(plain.schema))]
    coded = pq.ParquetFile(
        path, read_dictionary=[leaf for leaf in leaves if leaf.split(".")[0] in lists]
    )
    for group in range(plain.num_row_groups):
        given = 0
        try:
            for block in coded.iter_batches(batch_size=rows, row_groups=[group]):
                yield block
                given += 1
        except pa.ArrowNotImplementedError:
            again = plain.iter_batches(batch_size=rows, row_groups=[group])
            yield from islice(again, given, None)


def _ahead(blocks: Iterator[Any]) -> Iterator[Any]:
    """The same blocks, the next one decoded while one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting = beside.submit(next, blocks, None)
        while (block := waiting.result()) is not None:
            waiting = beside.submit(next, blocks, None)
            yield block


def _require(schema, columns: dict[str, str], name: str) -> None:
    import pyarrow.types as types

    from survey.errors import collect

    with collect(DataError) as faults:
        if "app" not in columns:
            faults.add("the wave maps no column to 'app'", where=name)
        for item, column in columns.items():
            if column not in schema.names:
                faults.add(
                    f"column '{column}' (item '{item}') is missing",
                    where=name,
                    expected=one_of(schema.names),
                    hint=did_you_mean(column, schema.names),
                )
            elif item in TOKENS and not types.is_list(schema.field(column).type):
                faults.add(
                    f"column '{column}' is no list of names",
                    where=name,
                    hint="write it as a list column, or read the file as CSV",
                )


def blocks(n: int, size: int = 250_000) -> Iterator[slice]:
    """Slices that cover n entries."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))
