"""The arrivals of resampling.py compiled by numba: the same counts in a fraction of the time.

Imported only by resampling.py. No `fastmath`: the compiler may neither reorder nor fuse.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_A, _B = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # Philox 4x32-10, as in draws.py
_STEP_A, _STEP_B = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_SIX, _BITS = np.uint64(6), np.uint64(26)
_ZERO = np.uint64(0)


@njit(nogil=True, cache=True, inline="always")
def _uniforms(key, replicate, step):
    a, b, c, d = np.uint64(replicate), np.uint64(step), _ZERO, _ZERO
    first, second = key & _LOW, key >> _HALF
    for _ in range(10):
        left, right = _A * a, _B * c
        a, c = (right >> _HALF) ^ b ^ first, (left >> _HALF) ^ d ^ second
        b, d = right & _LOW, left & _LOW
        first, second = (first + _STEP_A) & _LOW, (second + _STEP_B) & _LOW
    one = np.float64(((a >> _SIX) << _BITS) | (b >> _SIX))
    other = np.float64(((c >> _SIX) << _BITS) | (d >> _SIX))
    return (one + 0.5) * 2.0**-52, (other + 0.5) * 2.0**-52


@njit(nogil=True, cache=True)
def _smallest(times, count, size):
    """The `size`-th smallest of the first `count` times, which change places."""
    low, high, wanted = 0, count - 1, size - 1
    while low < high:
        pivot = times[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while times[i] < pivot:
                i += 1
            while times[j] > pivot:
                j -= 1
            if i <= j:
                times[i], times[j] = times[j], times[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            return times[wanted]
    return times[wanted]


@njit(nogil=True, cache=True)
def _arrivals(keys, replicate, bound, times, owner):
    """All arrivals before `bound`; their number, or more than there is room for."""
    found = 0
    for unit in range(len(keys)):
        at, step = 0.0, 0
        while at < bound:
            one, other = _uniforms(keys[unit], replicate, step)
            for gap in (one, other):
                at -= math.log(gap)
                if at < bound:
                    if found < len(times):
                        times[found] = at
                        owner[found] = unit
                    found += 1
            step += 1
    return found


@njit(nogil=True, cache=True)
def fill_counts(keys, replicates, size, result):
    """result[g, i, r] = times unit i is among the first `size` arrivals of stratum g."""
    strata, n = keys.shape
    times, owner = np.empty(4 * size + 64), np.empty(4 * size + 64, dtype=np.int64)
    spare = np.empty(4 * size + 64)
    for g in range(strata):
        for r in range(len(replicates)):
            bound = (size + 3 * math.sqrt(size) + 3) / n
            found = _arrivals(keys[g], replicates[r], bound, times, owner)
            while found < size or found > len(times):
                if found < size:
                    bound *= 2
                else:
                    times, owner = np.empty(2 * found), np.empty(2 * found, dtype=np.int64)
                    spare = np.empty(2 * found)
                found = _arrivals(keys[g], replicates[r], bound, times, owner)
            spare[:found] = times[:found]
            end = _smallest(spare, found, size)
            for k in range(found):
                if times[k] <= end:
                    result[g, owner[k], r] += 1
