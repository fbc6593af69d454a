r"""Change between two periods where stores were sampled: weight share, stores as PSUs.

Over all apps the change is a difference of two ratios. A store that is in the sample contributes to
both periods, so the linearised change is summed within stores before its variance is taken, and the
covariance of the two periods is in it:

    u_s = sum over a in s, later period, of d_s (y_a - R2) / (L_a X2)
          - the same of the earlier one with R1, X1,         V = variance of the sum of u_s

On apps seen in both every app is its own control with one weight, that of the later period:
D = sum w_a (y2_a - y1_a) / sum w_a. With a weight of each period an app that moves between stores
would make a change where none of the apps changed. "Seen in both" means reached in both through
sampled stores: an app that is offered in both periods and was reached in one alone is not in it.

References: Lavallee (2007), Indirect Sampling, chapter 2; Wolter (2007), Introduction to Variance
Estimation, 2nd ed., section 6.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.estimate.breakdown import Breakdown, crossed
from analysis.estimate.functional import Estimated, Functional, WeightedSample, estimate
from analysis.estimate.ratios import Ratios
from analysis.monitoring.changerows import all_said, stores_moved
from analysis.monitoring.groups import bases, measures
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.weightshare import Links, link
from analysis.results.schema import domain_key

DESIGN = (
    "apps reached through {stores} sampled stores; generalised weight share, stores as primary "
    "sampling units; {how}; Student's t"
)
ALL = "difference of two ratios, the covariance of stores in both periods taken off"
BOTH = "mean of the differences of apps reached in both periods, weights of the later one"


@dataclass(frozen=True, eq=False)
class Difference:
    """Ratios of the later links minus those of the earlier ones, k = L m; a `Functional`.

    y, x : ndarray of float, shape (n_links, m); later : ndarray of bool, shape (n_links,).
    """

    y: np.ndarray
    x: np.ndarray
    later: np.ndarray
    breakdown: Breakdown

    @property
    def size(self) -> int:
        return self.y.shape[1] * len(self.breakdown.domains)

    def _sides(self) -> tuple[Ratios, Ratios]:
        return (self._side(~self.later), self._side(self.later))

    def _side(self, who: np.ndarray) -> Ratios:
        return Ratios(self.y * who[:, None], self.x * who[:, None], self.breakdown)

    def values(self, weight: np.ndarray) -> np.ndarray:
        first, second = (side.values(weight) for side in self._sides())
        return second - first

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        first, second = (
            side.linearised(weight, side.values(weight), columns) for side in self._sides()
        )
        return second - first

    def present(self, columns: slice) -> np.ndarray:
        first, second = (side.present(columns) for side in self._sides())
        return first | second


@dataclass(frozen=True, eq=False)
class _Apps:
    """Apps by period, one entry per app and period, with what links reach them.

    table : `period`, `category` if known, and `who`, the same number for the same app;
    flags, inside : bool, shape (n, m).
    """

    table: pd.DataFrame
    names: list[str]
    flags: np.ndarray
    inside: np.ndarray
    links: Links

    @property
    def place(self) -> np.ndarray:
        return self.links.table["place"].to_numpy()

    @property
    def weight(self) -> np.ndarray:
        return np.bincount(self.place, self.links.weight, len(self.table))

    def estimated(self, functional: Functional) -> Estimated:
        return estimate(functional, WeightedSample(self.links.weight, self.links.design))

    def breakdown(self, who: np.ndarray, category: np.ndarray | None) -> Breakdown:
        """The apps `who`, whole or by category; links of others are in no level."""
        if category is None:
            return Breakdown((domain_key(),), np.where(who[self.place], 0, -1))
        return crossed(["category"], [category[self.place]], inside=who[self.place])


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two periods: who is in which, and entries of apps in both (`then`, `now`, in one order)."""

    before: str
    after: str
    earlier: np.ndarray
    later: np.ndarray
    then: np.ndarray
    now: np.ndarray
    stores: str


def change_rows(scanned: Scanned) -> pd.DataFrame:
    """Rows of the change from each period to the next one scanned, over all and by category."""
    table = scanned.within(["period"])
    keys = scanned.rules.identity(set(table.columns))
    flags, inside = measures(table, scanned.grouping), bases(table, scanned.grouping)
    apps = _Apps(
        table.assign(who=table.groupby(keys, sort=True).ngroup()),
        list(flags.columns),
        (flags & inside).to_numpy(),
        inside.to_numpy(),
        link(scanned.records, table, [*keys, "period"], lonely=scanned.lonely),
    )
    cuts = [False, True] if scanned.change_levels() and "category" in table else [False]
    rows: list[dict] = []
    for pair in _pairs(scanned, apps.table):
        for by_category in cuts:
            rows += _over_all(scanned, apps, pair, by_category)
            rows += _in_both(scanned, apps, pair, by_category)
    return pd.DataFrame(rows)


def _pairs(scanned: Scanned, table: pd.DataFrame) -> Iterator[_Pair]:
    records, who = scanned.records, table["who"].to_numpy()
    for before, after in pairwise(sorted(table["period"].unique())):
        earlier, later = (table["period"].eq(p).to_numpy() for p in (before, after))
        _, then, now = np.intersect1d(who[earlier], who[later], return_indices=True)
        held = [set(records.loc[records["period"].eq(p), "store"]) for p in (before, after)]
        yield _Pair(
            before, after, earlier, later, np.flatnonzero(earlier)[then],
            np.flatnonzero(later)[now], stores_moved(*held),
        )  # fmt: skip


def _over_all(scanned: Scanned, apps: _Apps, pair: _Pair, by_category: bool) -> list[dict]:
    """Rows over all apps of each period; one in both has the category of the later in both."""
    category = None
    if by_category:
        category = apps.table["category"].to_numpy().copy()
        category[pair.then] = category[pair.now]
    breakdown = apps.breakdown(pair.earlier | pair.later, category)
    top, base = (part[apps.place].astype(float) for part in (apps.flags, apps.inside))
    found = apps.estimated(Difference(top, base, pair.later[apps.place], breakdown))
    rows = []
    for at, j, cut, there in _cells(apps, breakdown):
        base_ = there & apps.inside[:, j]
        first, second = base_ & pair.earlier, base_ & pair.later
        if not (first.any() and second.any()):
            continue
        both = int((first[pair.then] & second[pair.now]).sum())
        n1, n2 = int(first.sum()), int(second.sum())
        said = all_said(n1, n2, both, "" if by_category else pair.stores)
        row = _row(scanned, apps, found, at, apps.names[j], pair, cut, "all_apps", ALL)
        row |= {"n": n2, "weighted_n": apps.weight[second].sum(), "reason": said}
        rows.append(row | {"quality": _quality(min(n1, n2), scanned)})
    return rows


def _in_both(scanned: Scanned, apps: _Apps, pair: _Pair, by_category: bool) -> list[dict]:
    """Rows on apps reached in both periods: links of the later one, apps as their own controls."""
    if not len(pair.now):
        return []
    base, step = np.zeros(apps.inside.shape), np.zeros(apps.inside.shape)
    base[pair.now] = apps.inside[pair.then] & apps.inside[pair.now]
    step[pair.now] = apps.flags[pair.now].astype(float) - apps.flags[pair.then]
    step *= base
    who = np.zeros(len(base), dtype=bool)
    who[pair.now] = True
    category = apps.table["category"].to_numpy() if by_category else None
    breakdown = apps.breakdown(who, category)
    found = apps.estimated(Ratios(step[apps.place], base[apps.place], breakdown))
    rows = []
    for at, j, cut, there in _cells(apps, breakdown):
        chosen = there & (base[:, j] > 0)
        n = int(chosen.sum())
        if not n:
            continue
        began, ceased = (int((step[chosen, j] == sign).sum()) for sign in (1, -1))
        said = f"{n} apps seen in both; {began} began, {ceased} ceased"
        row = _row(scanned, apps, found, at, apps.names[j], pair, cut, "apps_in_both", BOTH)
        row |= {"n": n, "weighted_n": apps.weight[chosen].sum(), "reason": said}
        rows.append(row | {"quality": _quality(n, scanned)})
    return rows


def _cells(
    apps: _Apps, breakdown: Breakdown
) -> Iterator[tuple[int, int, dict[str, str], np.ndarray]]:
    """Place among the statistics, measure, cut of the domain, and who is in it."""
    level = np.full(len(apps.table), -1)
    level[apps.place] = breakdown.level
    for k, domain in enumerate(breakdown.domains):
        cut = {} if domain == domain_key() else dict([domain.split("=", 1)])
        for j in range(len(apps.names)):
            yield k * len(apps.names) + j, j, cut, level == k


def _quality(least: int, scanned: Scanned) -> str:
    return "caution" if least < scanned.min_base else "ok"


def _row(
    scanned: Scanned, apps: _Apps, found: Estimated, at: int, name: str, pair: _Pair,
    cut: dict[str, str], variant: str, how: str,
) -> dict:  # fmt: skip
    value, se, df = float(found.values[at]), float(found.se[at]), float(found.df[at])
    half = float(stdtrit(df, (1 + scanned.conf_level) / 2)) * se if df > 0 else float("nan")
    tested = df > 0 and se > 0
    return {
        "indicator": name, "statistic": "change", "unit": "share",
        "domain": domain_key(**cut, period=pair.after),
        "reference": domain_key(**cut, period=pair.before),
        "variant": f"weight_share_{variant}", "estimate": value, "se": se, "df": df,
        "ci_low": max(value - half, -1.0), "ci_high": min(value + half, 1.0),
        "conf_level": scanned.conf_level,
        "p_value": float(2 * stdtr(df, -abs(value / se))) if tested else float("nan"),
        "design": DESIGN.format(stores=len(apps.links.design.psus), how=how),
    }  # fmt: skip
