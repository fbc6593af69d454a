"""The loop over pairs of interviews, compiled by numba; imported by nearmatch.py for long files."""

from __future__ import annotations

import numpy as np
from numba import njit

LOW = np.uint64(0x7FFF7FFF7FFF7FFF)
HIGH = np.uint64(0x8000800080008000)
ONES = np.uint64(0x0001000100010001)
LANE_SUM = np.uint64(48)
TOP_BIT = np.uint64(15)


@njit(nogil=True, cache=True, inline="always")
def _filled(word):
    """16-bit lanes of a word that are not 0."""
    marks = (((word & LOW) + LOW) | word) & HIGH
    return np.int64(((marks >> TOP_BIT) * ONES) >> LANE_SUM)


@njit(nogil=True, cache=True, inline="always")
def _match(words, one, other, most, least):
    """Whether two rows differ in at most `most` questions and match by at least `least`."""
    differ = np.int64(0)
    for w in range(words.shape[1]):
        differ += _filled(words[one, w] ^ words[other, w])
        if differ > most:
            return False
    both = np.int64(0)
    for w in range(words.shape[1]):
        for lane in range(4):
            shift = np.uint64(16 * lane)
            a = (words[one, w] >> shift) & np.uint64(0xFFFF)
            b = (words[other, w] >> shift) & np.uint64(0xFFFF)
            both += a == b and a != 0
    return both >= least * (both + differ) - 1e-9


@njit(nogil=True, cache=True)
def mark_matches(words, members, starts, stops, reach, most, least, flags):
    """Mark the rows of each group that match another row of it.

    Parameters
    ----------
    words : ndarray of uint64, shape (n, w)
        Answers, four to a word, 0 for none.
    members : ndarray of int64, starts, stops : ndarray of int64, shape (groups,)
        ``members[starts[g]:stops[g]]`` are the rows of group g.
    reach : int
        Each row is compared with so many that follow it in its group.
    most : int
        More differing questions than these are no match.
    least : float
        Least match: alike over alike and differing.
    flags : ndarray of uint8, shape (n,)
        Written: 1 for rows that match. Pairs of rows marked already are passed over.
    """
    for group in range(len(starts)):
        for i in range(starts[group], stops[group]):
            one = members[i]
            for j in range(i + 1, min(i + 1 + reach, stops[group])):
                other = members[j]
                if flags[one] and flags[other]:
                    continue
                if _match(words, one, other, most, least):
                    flags[one] = 1
                    flags[other] = 1


@njit(nogil=True, cache=True)
def mark_against(words, ones, others, most, least, flags):
    """Mark those of `ones` that match any of `others`, and what they match; see mark_matches."""
    for one in ones:
        for other in others:
            if one != other and _match(words, one, other, most, least):
                flags[one] = 1
                flags[other] = 1
                break
