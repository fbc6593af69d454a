"""How often a bootstrap takes each unit of a stratum, so that waves with shared units agree.

Decided here: which units are drawn. What weight they then get is decided in bootstrap.py.
Large draws run compiled (compiled_draws.py), with the same counts.
"""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np

from survey.design.draws import uniforms
from survey.design.kernels import threads

COMPILED_FROM = 50_000  # counts, where numba is in use already
COMPILED_ALONE = 10_000_000  # counts, where it would have to be loaded
_ROOM = 1 << 18  # arrival times held at once: they stay near the processor


def counts(keys: np.ndarray, replicates: np.ndarray, size: int) -> np.ndarray:
    """Times each of n units comes up in `size` draws with replacement, by replicate.

    Every unit has a stream of arrivals of its own, at rate 1: exponential gaps made from its own
    random numbers. A replicate takes the first `size` arrivals of all the units together. As the
    units of arrivals of joined streams of equal rates are independent and uniform, the counts are
    exactly multinomial. As streams belong to units, a unit is taken about as often whoever stands
    beside it: another unit in the stratum, or another `size`, only moves the time at which the
    draw ends, about ``size / n``.

    Parameters
    ----------
    keys : ndarray of uint64, shape (G, n)
        Keys of the n units of each of G strata; see draws.py.
    replicates : ndarray of int, shape (R,)
        Numbers of the replicates.
    size : int

    Returns
    -------
    ndarray of int, shape (G, n, R)
        Sums over n are `size`.

    References
    ----------
    .. [1] Ohlsson (1995), Coordination of samples using permanent random numbers, in: Business
       Survey Methods, Wiley, 153-169.
    """
    loops = _compiled(keys.size * len(replicates))
    if loops is not None:
        return _in_threads(loops, keys, replicates, size)
    strata, n = keys.shape
    result = np.empty((strata, n, len(replicates)), dtype=np.int32)
    at_once = max(1, _ROOM // (2 * n))  # pairs of stratum and replicate
    pairs = np.arange(strata * len(replicates))
    for start in range(0, len(pairs), at_once):
        stratum, place = np.divmod(pairs[start : start + at_once], len(replicates))
        result[stratum, :, place] = _first_arrivals(keys[stratum], replicates[place], size)
    return result


def _compiled(numbers: int) -> ModuleType | None:
    """The compiled loops where they pay: loading numba costs as much as drawing ten million."""
    if numbers < (COMPILED_FROM if "numba" in sys.modules else COMPILED_ALONE):
        return None
    try:
        return importlib.import_module("survey.design.compiled_draws")
    except ImportError:
        return None


def _in_threads(
    loops: ModuleType, keys: np.ndarray, replicates: np.ndarray, size: int
) -> np.ndarray:
    """Counts by the compiled loops, a block of replicates per thread."""
    result = np.zeros((*keys.shape, len(replicates)), dtype=np.int32)
    workers = min(threads(), len(replicates))
    ends = [len(replicates) * k // workers for k in range(workers + 1)]

    def work(begin: int, end: int) -> None:
        loops.fill_counts(keys, replicates[begin:end], size, result[:, :, begin:end])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, ends[:-1], ends[1:]))
    return result


def _first_arrivals(keys: np.ndarray, replicates: np.ndarray, size: int) -> np.ndarray:
    """Counts of n units in c draws: keys (c, n), replicates (c,), result (c, n)."""
    draws, n = keys.shape
    key, number = keys.ravel(), np.repeat(replicates, n)
    unit, step = np.arange(draws * n), 0  # units whose next arrival may come before the end
    last = np.zeros(draws * n)
    pool = np.empty((draws, 0))
    end = np.full(draws, np.inf)
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    while len(unit):
        arrivals = np.log(uniforms(key[unit], number[unit], step))
        arrivals[0] = last - arrivals[0]
        arrivals[1] = arrivals[0] - arrivals[1]
        seen.append((unit, arrivals))
        pool = np.concatenate([pool, _by_draw(unit // n, arrivals, end)], axis=1)
        end = _smallest(pool, size)
        waiting = arrivals[1] < end[unit // n]
        unit, last, step = unit[waiting], arrivals[1][waiting], step + 1
    taken = np.zeros(draws * n, dtype=np.int32)
    for unit, arrivals in seen:
        taken[unit] += (arrivals <= end[unit // n]).sum(axis=0)
    return taken.reshape(draws, n)


def _by_draw(draw: np.ndarray, arrivals: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Arrivals before the `end` of their draw, one row per draw, filled up with infinity."""
    if np.isinf(end).all():  # so far every unit is waited for, and they stand in order
        return arrivals.reshape(2, len(end), -1).swapaxes(0, 1).reshape(len(end), -1)
    pair, time = np.tile(draw, 2), arrivals.ravel()
    early = time < end[pair]
    pair, time = pair[early], time[early]
    order = np.argsort(pair, kind="stable")
    pair, time = pair[order], time[order]
    width = np.bincount(pair, minlength=len(end))
    first = np.cumsum(width) - width
    rows = np.full((len(end), int(width.max(initial=0))), np.inf)
    rows[pair, np.arange(len(pair)) - first[pair]] = time
    return rows


def _smallest(times: np.ndarray, size: int) -> np.ndarray:
    """The `size`-th smallest time of every row; infinite if there are fewer."""
    if size > times.shape[1]:
        return np.full(len(times), np.inf)
    return np.partition(times, size - 1, axis=1)[:, size - 1]
