"""The loop over the names of a long scan file, compiled by numba; imported by bulkread.py only."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fold(codes, offsets, masks, hashes, seen, mask, digest):
    """Or of the masks and sum of the hashes of the distinct names of every list.

    Parameters
    ----------
    codes : ndarray of int32, shape (n_names,)
        Name of each entry as an index of `masks`; negative entries are no name.
    offsets : ndarray of int, shape (n_lists + 1,)
    masks, hashes : ndarray of uint64, shape (n_words,)
    seen : ndarray of int64, shape (n_words,), filled with -1
    mask, digest : ndarray of uint64, shape (n_lists,), filled with 0
        Written: they do not depend on the order of a list or on repeated names.
    """
    for row in range(len(offsets) - 1):
        found = np.uint64(0)
        total = np.uint64(0)
        for place in range(offsets[row], offsets[row + 1]):
            code = codes[place]
            if code >= 0 and seen[code] != row:
                seen[code] = row
                found |= masks[code]
                total += hashes[code]
        mask[row] = found
        digest[row] = total
