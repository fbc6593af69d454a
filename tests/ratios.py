"""Margins and ratios of plain arrays: what the tests that hold the suite against R start from."""

from __future__ import annotations

import datetime as dt

import numpy as np

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.quantity import Quantity
from analysis.estimate.variance import Linearised, Ratios, make_sample
from survey.design.model import Design
from survey.weights.margins import Margin


def margin(name: str, counts) -> Margin:
    """A margin of levels name0, name1, ..."""
    levels = tuple(f"{name}{k}" for k in range(len(counts)))
    counts = np.array(counts, dtype=float)
    return Margin(name, (name,), levels, counts, "persons", "all", "a test", (dt.date(2020, 1, 1),))


def ratios(y, weight, design: Design, *, x=None, level=None, **options) -> Ratios:
    """Means of y, shape (n,) or (n, m), NaN outside the base, in every level (default: one)."""
    y = np.asarray(y, dtype=float)
    y = y[:, None] if y.ndim == 1 else y
    inside = ~np.isnan(y).any(axis=1)
    base = inside.astype(np.int64) if x is None else np.asarray(x)
    level = np.zeros(len(y), dtype=int) if level is None else np.asarray(level)
    domains = tuple(f"level={k}" for k in range(level.max() + 1))
    quantity = Quantity(
        "q", "mean", ("",) * y.shape[1], "all", "count", np.where(inside[:, None], y, 0), base, ""
    )
    sample = make_sample(design, weight, **options)
    return Linearised(sample, [Breakdown(domains, level)]).estimate(quantity)[0]
