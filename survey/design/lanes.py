"""Sums over replicates, many replicates side by side, from multipliers by PSU.

Replicates are worked on in blocks of `LANES`, each block by one thread; every sum is added up in
the order of rows, for every replicate alike, so that neither threads nor compiled loops change a
bit. The loops are in compiled.py; here they have their NumPy twins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from survey.design import kernels

LANES = 16  # replicates that go together: one block of cells stays in the processor's cache
_WORK = 100  # products that cost about as much as one row of a pass


@dataclass(frozen=True, eq=False)
class Rows:
    """Sums by (PSU, cell), S rows.

    Attributes
    ----------
    psu, cell : ndarray of int64, shape (S,)
    domains : ndarray of int64, shape (B, S)
        Domain of every row in each of B breakdowns, -1 for none; no two breakdowns share a code.
    values : ndarray of float, shape (S, v)
    weight : ndarray of float, shape (S,)
    """

    psu: np.ndarray
    cell: np.ndarray
    domains: np.ndarray
    values: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, eq=False)
class Targets:
    """What replicates are raked to.

    Attributes
    ----------
    levels : ndarray of int64, shape (M, K)
        Level of every cell in each margin.
    counts : ndarray of float, shape (M, largest number of levels)
    sizes : ndarray of int64, shape (M,)
    tolerance : float
    most_sweeps : int
    """

    levels: np.ndarray
    counts: np.ndarray
    sizes: np.ndarray
    tolerance: float
    most_sweeps: int

    @classmethod
    def of(
        cls, levels: Sequence[np.ndarray], counts: Sequence[np.ndarray], tolerance, most_sweeps
    ) -> Targets:
        padded = np.ones((len(counts), max(map(len, counts))))
        for place, part in enumerate(counts):
            padded[place, : len(part)] = part
        sizes = np.array([len(part) for part in counts], dtype=np.int64)
        return cls(np.array(levels, dtype=np.int64), padded, sizes, tolerance, most_sweeps)


@dataclass(frozen=True, eq=False)
class Raked:
    """Replicates after raking each of them.

    Attributes
    ----------
    totals : ndarray of float, shape (D, v, R)
    sweeps : ndarray of int, shape (R,)
    errors : ndarray of float, shape (R,)
        Largest relative margin error.
    empty : ndarray of int, shape (R, 2)
        Margin and level that the replicate leaves without respondents; -1: none.
    """

    totals: np.ndarray
    sweeps: np.ndarray
    errors: np.ndarray
    empty: np.ndarray


def fixed_totals(rows: Rows, multipliers: np.ndarray, size: int, *, workers=None) -> np.ndarray:
    """Totals of `size` domains in every replicate with weights as they are, shape (D, v, R)."""

    def block(loops: ModuleType | None, m: np.ndarray) -> tuple[np.ndarray]:
        out = np.zeros((size, rows.values.shape[1], m.shape[1]))
        for domain in rows.domains:
            if loops is not None:
                loops.replicate_totals(rows.psu, domain, rows.values, m, out)
            else:
                _add(out, domain, rows.values, m[rows.psu])
        return (out,)

    return np.concatenate([part[0] for part in _blocks(block, rows, multipliers, workers)], axis=2)


def raked_totals(
    rows: Rows, multipliers: np.ndarray, size: int, targets: Targets, *, workers=None
) -> Raked:
    """Totals of `size` domains in every replicate, each raked by itself."""
    cells = targets.levels.shape[1]

    def block(loops: ModuleType | None, m: np.ndarray) -> tuple[np.ndarray, ...]:
        lanes = m.shape[1]
        start = np.zeros((cells, lanes))
        sweeps, errors = np.zeros(lanes, dtype=np.int64), np.full(lanes, np.inf)
        empty = np.full((lanes, 2), -1, dtype=np.int64)
        out = np.zeros((size, rows.values.shape[1], lanes))
        settings = (targets.levels, targets.counts, targets.sizes)
        state = (targets.tolerance, targets.most_sweeps, sweeps, errors, empty)
        if loops is not None:
            loops.cell_totals(rows.psu, rows.cell, rows.weight, m, start)
            table = start.copy()
            loops.rake_block(table, *settings, *state)
        else:
            np.add.at(start, rows.cell, rows.weight[:, None] * m[rows.psu])
            table = start.copy()
            _rake_block(table, *settings, *state)
        factor = np.divide(table, start, out=np.zeros_like(table), where=start > 0)
        if loops is not None:
            arguments = (rows.psu, rows.cell, rows.domains, rows.values, m, factor, out)
            loops.raked_totals(*arguments)
        else:
            both = m[rows.psu] * factor[rows.cell]
            for domain in rows.domains:
                _add(out, domain, rows.values, both)
        return out, sweeps, errors, empty

    parts = list(zip(*_blocks(block, rows, multipliers, workers), strict=True))
    return Raked(np.concatenate(parts[0], axis=2), *(np.concatenate(part) for part in parts[1:]))


def _blocks(work: Callable, rows: Rows, multipliers: np.ndarray, workers: int | None) -> list:
    replicates = multipliers.shape[1]
    loops = kernels.compiled(rows.values.size * replicates // _WORK)
    blocks = [
        np.ascontiguousarray(multipliers[:, at : at + LANES]) for at in range(0, replicates, LANES)
    ]
    workers = min(workers or kernels.threads(), len(blocks))
    if loops is None or workers == 1:
        return [work(loops, block) for block in blocks]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda block: work(loops, block), blocks))


def _add(out: np.ndarray, domain: np.ndarray, values: np.ndarray, lanes: np.ndarray) -> None:
    """out[domain, item, replicate] += value x lane, row after row."""
    inside = np.flatnonzero(domain >= 0)
    for item in range(values.shape[1]):
        np.add.at(out[:, item], domain[inside], values[inside, item, None] * lanes[inside])


def _rake_block(table, levels, counts, sizes, tolerance, most_sweeps, sweeps, errors, empty):
    """The NumPy twin of the compiled loop of this name."""
    ended = np.zeros(table.shape[1], dtype=bool)
    for sweep in range(1, most_sweeps + 1):
        for m, size in enumerate(sizes):
            sums = _margin_sums(table, levels[m], size)
            none = ~(sums > 0) & ~ended
            for r in np.flatnonzero(none.any(axis=0) & (empty[:, 0] < 0)):
                empty[r] = m, np.argmax(none[:, r])
            keep = ended | none
            factor = np.where(keep, 1.0, counts[m, :size, None] / np.where(keep, 1.0, sums))
            table *= factor[levels[m]]
        worst = np.zeros(table.shape[1])
        for m, size in enumerate(sizes):
            off = np.abs(_margin_sums(table, levels[m], size) / counts[m, :size, None] - 1)
            worst = np.maximum(worst, off.max(axis=0))
        sweeps[~ended], errors[~ended] = sweep, worst[~ended]
        ended |= (worst <= tolerance) | (empty[:, 0] >= 0)
        if ended.all():
            return


def _margin_sums(table: np.ndarray, level: np.ndarray, size: int) -> np.ndarray:
    sums = np.zeros((size, table.shape[1]))
    np.add.at(sums, level, table)
    return sums
