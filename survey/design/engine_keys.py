"""Key columns of a data frame in memory: labels to codes, and what is the same all over a PSU.

How rows are added up by the codes is decided in engine_arrays.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from survey.design import kernels
from survey.design.psucells import Request, refuse_two_strata
from survey.errors import EstimateError

DENSE = 6 << 20  # numbers of a table that is indexed by code: 48 MB
_DIRECT = 1 << 20  # whole-number labels in a range so wide need no dictionary


@dataclass(frozen=True, eq=False)
class Key:
    """A key column: `codes - low` indexes `labels`, which are sorted."""

    codes: np.ndarray
    low: int
    labels: np.ndarray

    @property
    def size(self) -> int:
        return len(self.labels)


def key_of(name: str, column, threads: int | None = None) -> Key:
    """A key from a narwhals series; missing keys are refused."""
    import narwhals as nw

    missing = 0 if _without_gaps(column) else int(column.null_count())
    if missing:
        raise EstimateError(
            f"{missing} respondents have no value of the key column '{name}'",
            hint="complete the column, or exclude the respondents by a rule",
        )
    if column.dtype in (nw.Categorical, nw.Enum) and column.implementation.is_pandas():
        return _categories(column.to_native())
    values = column.to_numpy()
    if values.dtype.kind in "iub" and len(values):
        plain = values.view(np.uint8) if values.dtype == bool else values
        low, high = kernels.bounds(plain, workers=threads)
        if high - low < _DIRECT:
            return Key(kernels.plain(plain), low, np.arange(low, high + 1))
    import pandas as pd

    codes, labels = pd.factorize(values, sort=True)
    if (codes < 0).any():
        raise EstimateError(f"{int((codes < 0).sum())} values of key column '{name}' are missing")
    return Key(kernels.plain(codes), 0, np.asarray(labels))


def _without_gaps(column) -> bool:
    """A pandas column of plain whole numbers, which cannot hold a missing value."""
    native = column.to_native()
    return isinstance(getattr(native, "dtype", None), np.dtype) and native.dtype.kind in "iub"


def _compact(key: Key) -> tuple[Key, np.ndarray]:
    """The same key without the labels that do not occur, and which do."""
    seen = np.zeros(key.size, dtype=bool)
    for rows in kernels.chunks(0, len(key.codes)):
        seen[key.codes[rows].astype(np.int64) - key.low] = True
    if seen.all():
        return key, seen
    rank = (np.cumsum(seen) - 1).astype(np.int32)
    codes = np.empty(len(key.codes), dtype=np.int32)
    for rows in kernels.chunks(0, len(key.codes)):
        codes[rows] = rank[key.codes[rows].astype(np.int64) - key.low]
    return Key(kernels.plain(codes), 0, key.labels[seen]), seen


def _categories(native) -> Key:
    """A key from a pandas categorical, by its own codes."""
    labels = np.asarray(native.cat.categories)
    order = np.argsort(labels, kind="stable")
    rank = np.empty(len(labels), dtype=np.int32)
    rank[order] = np.arange(len(labels))
    return Key(kernels.plain(rank[native.cat.codes.to_numpy()]), 0, labels[order])


def own_levels(
    request: Request, keys: dict[str, Key]
) -> tuple[dict[str, np.ndarray], dict[str, Key]]:
    """Levels, by PSU, of the strata and of cell columns that are the same all over every PSU.

    They need no place in the codes. Where the rest would still be too many to index a table, PSU
    labels are closed up.
    """
    psu = keys[request.psu]
    fixed = {}
    for name in dict.fromkeys((*request.strata, *request.cells)):
        if name == request.psu:
            continue
        level = _constant(psu, keys[name], request.threads)
        if level is None and name in request.strata:
            level = _in_one_stratum(name, psu, keys[name])
        if level is not None:
            fixed[name] = level
    free = [keys[name].size for name in request.cells if name not in fixed]
    width = 2 + 3 * len(request.values)
    if math.prod(map(float, (psu.size, *free))) * width > DENSE:
        psu, seen = _compact(psu)
        fixed = {name: level[seen] for name, level in fixed.items()}
    return fixed, keys | {request.psu: psu}


def _constant(psu: Key, other: Key, threads: int | None) -> np.ndarray | None:
    """Level of a column by PSU (-1: no such PSU), or None where it differs inside a PSU."""
    n = len(psu.codes)
    loops = kernels.compiled(n)

    def part(begin: int, end: int) -> np.ndarray | None:
        first = np.full(psu.size, -1, dtype=np.int64)
        for rows in kernels.chunks(begin, end):
            if loops is not None:
                same = loops.constant(psu.codes[rows], psu.low, other.codes[rows], other.low, first)
            else:
                at = psu.codes[rows].astype(np.int64) - psu.low
                level = other.codes[rows].astype(np.int64) - other.low
                new = first[at] < 0
                first[at[new]] = level[new]
                same = bool((first[at] == level).all())
            if not same:
                return None
        return first

    whole: np.ndarray | None = None
    for found in kernels.in_parts(part, n, workers=threads):
        if found is None:
            return None
        if whole is None:
            whole = found
        elif ((whole >= 0) & (found >= 0) & (whole != found)).any():
            return None
        else:
            whole = np.where(whole < 0, found, whole)
    return whole


def _in_one_stratum(name: str, psu: Key, other: Key) -> np.ndarray:
    """Level of a column by PSU; PSUs with two are named."""
    first = np.full(psu.size, -1, dtype=np.int64)
    wrong: dict[int, int] = {}
    for rows in kernels.chunks(0, len(psu.codes)):
        at = psu.codes[rows].astype(np.int64) - psu.low
        level = other.codes[rows].astype(np.int64) - other.low
        new = first[at] < 0
        first[at[new]] = level[new]
        off = first[at] != level
        wrong.update(zip(at[off].tolist(), level[off].tolist(), strict=True))
    refuse_two_strata(
        [
            (name, psu.labels[at], other.labels[first[at]], other.labels[level])
            for at, level in sorted(wrong.items())
        ]
    )
    return first
