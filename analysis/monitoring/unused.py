"""Of the permissions requested whose use could be seen, the fraction whose use was not.

A ratio of sums over apps: with x judged permissions an app requests and y of them without use,
R = sum y / sum x and V = n / (n - 1) sum (y - R x)^2 / (sum x)^2 over the n apps with x > 0. All
sums are of whole numbers and exact, so that they are the same from any order of apps. Where stores
are sampled, sampled.py makes the ratio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.monitoring.terms import Terms, trusted, without_error

UNUSED_RATE = "unused_permission_rate"
WHAT = (
    "permissions without seen use over permissions whose use could be seen, summed over apps that "
    "request one"
)
DESIGN = WHAT + "; apps as independent draws, not a probability sample"


@dataclass(frozen=True)
class Sums:
    """Sums over the apps of a domain with x > 0."""

    n: int
    x: int
    y: int
    xx: int
    xy: int
    yy: int

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray) -> Sums:
        """From x and y of every app, shape (n_apps,) each, whole numbers."""
        x, y = (part[x > 0].astype(np.int64) for part in (x, y))
        found = (x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum())
        return cls(len(x), *(int(value) for value in found))

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.n + other.n, self.x + other.x, self.y + other.y,
            self.xx + other.xx, self.xy + other.xy, self.yy + other.yy,
        )  # fmt: skip

    def ratio(self) -> float:
        return self.y / self.x

    def error(self) -> float:
        """Standard error; NaN for one app."""
        if self.n < 2:
            return float("nan")
        # sum (y - R x)^2 (sum x)^2, in whole numbers
        squares = self.yy * self.x**2 - 2 * self.xy * self.x * self.y + self.xx * self.y**2
        return float(np.sqrt(squares / self.x**4 * (self.n / (self.n - 1))))


def unused_rate_rows(terms: Terms, sums: Mapping[str, Sums]) -> pd.DataFrame:
    """Rows by domain key; a domain without such an app has none."""
    rows = [
        {"domain": domain, "estimate": part.ratio(), "se": part.error(), "n": part.n,
         "weighted_n": part.x}
        for domain, part in sums.items() if part.n
    ]  # fmt: skip
    if not rows:
        return pd.DataFrame()
    table = pd.DataFrame(rows)
    half = float(ndtri((1 + terms.conf_level) / 2)) * table["se"]
    table = table.assign(
        indicator=UNUSED_RATE, statistic="ratio", unit="ratio", variant="ratio",
        ci_low=(table["estimate"] - half).clip(lower=0),
        ci_high=(table["estimate"] + half).clip(upper=1),
        conf_level=terms.conf_level, design=DESIGN,
    )  # fmt: skip
    table = trusted(table, terms)
    return without_error(table, terms) if terms.reach == "complete" else table


def total(parts: Iterable[Sums]) -> Sums:
    found = Sums(0, 0, 0, 0, 0, 0)
    for part in parts:
        found = found + part
    return found
