"""How twins draw: one stream of random numbers per file, with a fixed seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

SEED = 20260101


def rng(name: str) -> np.random.Generator:
    """One stream per file, so that adding a file changes no other."""
    return np.random.default_rng([SEED, *name.encode()])


def holes(draw: np.random.Generator, values, share: float) -> pd.Series:
    """`values` with about `share` of them missing."""
    values = pd.Series(values)
    return values.mask(draw.random(len(values)) < share)


def pick(draw: np.random.Generator, n: int, options: dict) -> np.ndarray:
    """n draws of labels with given probabilities."""
    p = np.array(list(options.values()), dtype=float)
    return draw.choice(np.array(list(options), dtype=object), n, p=p / p.sum())
