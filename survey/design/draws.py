"""Random numbers that belong to a sampling unit, not to a row: the same whoever stands beside it.

A number is a function of (seed, stratum, PSU, replicate, step) and nothing else: a hash of the
first three is the key of the counter-based generator Philox 4x32-10, the last two its counter. So
shuffled rows, another stratum, a second wave or another number of replicates leave every number
as it was. What the numbers decide stands in resampling.py and
bootstrap.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np

_ROUNDS = 10
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_CHUNK = 1 << 14  # numbers worked on at once: they stay in the processor's cache


def unit_keys(seed: int, strata: Iterable[str], units: Sequence[str]) -> np.ndarray:
    """Keys of sampling units.

    Parameters
    ----------
    seed : int
    strata, units : str, P of each
        Labels of every unit and of its stratum.

    Returns
    -------
    ndarray of uint64, shape (P,)
    """
    keys = np.empty(len(units), dtype=np.uint64)
    for place, labels in enumerate(zip(strata, units, strict=True)):
        text = "\x1f".join((str(int(seed)), *labels))
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        keys[place] = int.from_bytes(digest[:8], "little")
    return keys


def uniforms(keys: np.ndarray, replicates: np.ndarray, step: int = 0) -> np.ndarray:
    """Two independent uniform numbers per key and replicate.

    Parameters
    ----------
    keys, replicates : ndarray of int, shape (c,)
        One pair per number wanted.
    step : int
        Another step, another two numbers.

    Returns
    -------
    ndarray of float, shape (2, c)
        Odd multiples of 2^-53, never 0 or 1.
    """
    keys = np.asarray(keys, dtype=np.uint64)
    replicates = np.asarray(replicates, dtype=np.uint64)
    result = np.empty((2, len(keys)))
    for start in range(0, len(keys), _CHUNK):
        part = slice(start, start + _CHUNK)
        zero = np.zeros_like(keys[part])
        words = philox(
            (replicates[part], zero + np.uint64(step), zero, zero),
            (keys[part] & _LOW, keys[part] >> _HALF),
        )
        result[0, part] = _unit_interval(words[0], words[1])
        result[1, part] = _unit_interval(words[2], words[3])
    return result


def philox(
    counter: Sequence[np.ndarray], key: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Philox 4x32-10: four random 32-bit words from a counter and a key.

    Parameters
    ----------
    counter : four ndarray of uint64, shape (c,)
        Words below 2^32.
    key : two ndarray of uint64, shape (c,)
        Words below 2^32.

    References
    ----------
    .. [1] Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC11.
    """
    a, b, c, d = counter
    first, second = key
    for turn in range(_ROUNDS):
        left = _MULTIPLIERS[0] * a
        right = _MULTIPLIERS[1] * c
        left_key = (first + np.uint64(turn * _WEYL[0] & 0xFFFFFFFF)) & _LOW
        right_key = (second + np.uint64(turn * _WEYL[1] & 0xFFFFFFFF)) & _LOW
        a, c = (right >> _HALF) ^ b ^ left_key, (left >> _HALF) ^ d ^ right_key
        b, d = right & _LOW, left & _LOW
    return a, b, c, d


def _unit_interval(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    whole = ((high >> np.uint64(6)) << np.uint64(26)) | (low >> np.uint64(6))
    return (whole.astype(np.float64) + 0.5) * 2.0**-52
