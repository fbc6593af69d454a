"""Rows of estimates where stores were sampled: weight share, stores as PSUs (weightshare.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.monitoring.weightshare import Links, link, shares

if TYPE_CHECKING:
    from analysis.monitoring.estimates import Scanned

DESIGN = (
    "apps reached through {stores} sampled stores; generalised weight share, stores as primary "
    "sampling units; logit interval with Student's t"
)


def sampled_rows(
    scanned: Scanned,
    apps: pd.DataFrame,
    flags: pd.DataFrame,
    inside: pd.DataFrame,
    breakdowns: Sequence[Sequence[str]],
    *,
    size: np.ndarray | None = None,
) -> pd.DataFrame:
    """Rows of every measure in every cell of every breakdown.

    Parameters
    ----------
    apps : DataFrame, one row per app (and period, where they were merged within it)
    flags, inside : DataFrame of bool, one row per app
    breakdowns : sequence of sequences of columns of `apps`
    size : ndarray of float, shape (n_apps,), optional
        What an app counts.
    """
    keys = scanned.rules.identity(set(apps.columns))
    keys += ["period"] if "period" in apps else []
    links = link(scanned.records, apps, keys, lonely=scanned.lonely)
    parts = [
        _rows(scanned, links, apps, flags, inside, list(columns), size) for columns in breakdowns
    ]
    return pd.concat(parts, ignore_index=True)


def _rows(
    scanned: Scanned,
    links: Links,
    apps: pd.DataFrame,
    flags: pd.DataFrame,
    inside: pd.DataFrame,
    columns: list[str],
    size: np.ndarray | None,
) -> pd.DataFrame:
    from analysis.estimate.interval import share_interval

    breakdown, found = shares(links, flags, inside, columns, apps, size)
    m = flags.shape[1]
    low, high = share_interval(
        found.values, found.se, found.df, kind="logit", level=scanned.conf_level
    )
    cell = np.full(len(apps), -1)
    cell[links.table["place"].to_numpy()] = breakdown.level
    totals = np.bincount(
        links.table["place"], links.weight * (1 if size is None else size[links.table["place"]]),
        len(apps),
    )  # fmt: skip
    rows = []
    for k, domain in enumerate(breakdown.domains):
        for j, name in enumerate(flags.columns):
            base = (cell == k) & inside[name].to_numpy()
            if not base.any():
                continue
            at = k * m + j
            share, se, n = found.values[at], found.se[at], int(base.sum())
            effective = share * (1 - share) / se**2 if se > 0 else float("nan")
            rows.append(
                {
                    "indicator": name,
                    "domain": domain,
                    "estimate": share,
                    "se": se,
                    "ci_low": low[at],
                    "ci_high": high[at],
                    "df": found.df[at],
                    "n": n,
                    "n_eff": effective,
                    "weighted_n": totals[base].sum(),
                    "deff": n / effective,
                    "cv": se / share if share > 0 else float("nan"),
                    "count": int((base & flags[name].to_numpy()).sum()),
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    small = table["n"] < scanned.min_base
    return table.assign(
        statistic="share", unit="share", variant="weight_share", conf_level=scanned.conf_level,
        design=DESIGN.format(stores=len(links.design.psus)),
        quality=np.where(small, "caution", "ok"),
        reason=np.where(small, f"fewer than {scanned.min_base:g} apps", ""),
    )  # fmt: skip
