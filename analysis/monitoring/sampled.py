"""Rows of estimates where stores were sampled: weight share, stores as PSUs (weightshare.py).

Apps, installs and the unused rate rest on the stores that offer an app; versions on the stores that
hold the version (`stores_holding`), a number of its own: a version of an app is reached through
fewer stores than the app. Without it there are no rows on versions, and the intake says so. Change
between periods is in sampledchange.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.estimate.interval import share_interval
from analysis.monitoring.copies import plain_versions
from analysis.monitoring.countrows import split_by
from analysis.monitoring.groups import bases, measures, requested_pairs
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.terms import trusted
from analysis.monitoring.unused import UNUSED_RATE, WHAT
from analysis.monitoring.weightshare import HOLDING, Links, link, ratios

DESIGN = (
    "{what} reached through {stores} sampled stores; generalised weight share, stores as primary "
    "sampling units; logit interval with Student's t"
)
NO_HOLDING = (
    f"rows on versions: the records do not tell the stores that hold a version ('{HOLDING}')"
)


def not_made(scanned: Scanned) -> list[str]:
    """Rows the study asks for and these records do not give."""
    lacks = scanned.wanted("_versions") and HOLDING not in scanned.records
    return [NO_HOLDING] if lacks else []


def app_rows(scanned: Scanned) -> pd.DataFrame:
    """Shares of apps, of all and by the domains of the study."""
    return _shares(scanned, scanned.merged.apps, _wholes(scanned))


def part_rows(scanned: Scanned, parts: Sequence[str]) -> pd.DataFrame:
    """Shares of apps of one breakdown by category and period."""
    rows = _shares(scanned, scanned.within(parts), [list(parts)])
    by = split_by(parts)
    return rows.assign(variant=f"weight_share_by_{by}" if by else "weight_share")


def version_rows(scanned: Scanned) -> pd.DataFrame:
    """Shares of versions, where the stores that hold each are known."""
    wanted = scanned.wanted("_versions")
    if not wanted or HOLDING not in scanned.records:
        return pd.DataFrame()
    found = scanned.within([], every_version=True)
    flags, inside = measures(found, scanned.grouping), bases(found, scanned.grouping)
    keys = [field for field in scanned.rules.same_version if field in found]
    held = plain_versions(scanned.records)
    links = link(held, found, keys, lonely=scanned.lonely, listing=HOLDING)
    cells = _Cells.of(flags[wanted], inside[wanted])
    rows = _rows(scanned, links, cells, found, _wholes(scanned), what="versions of apps")
    return rows.assign(indicator=rows["indicator"] + "_versions", analysis_unit="version")


def install_rows(scanned: Scanned) -> pd.DataFrame:
    """Shares of installs; apps without a number are outside the base."""
    apps, wanted = scanned.merged.apps, scanned.wanted("_installs")
    if not wanted or "installs" not in apps:
        return pd.DataFrame()
    flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
    size = apps["installs"].fillna(0.0).to_numpy(dtype=float)
    known = inside[wanted].mul(size > 0, axis=0)
    cells = _Cells.of(flags[wanted], known, size=size)
    rows = _rows(scanned, _links(scanned, apps), cells, apps, _wholes(scanned))
    return rows.assign(indicator=rows["indicator"] + "_installs", analysis_unit="install")


def unused_rate_rows(scanned: Scanned) -> pd.DataFrame:
    """Of the permissions requested whose use could be seen, the fraction whose use was not."""
    if UNUSED_RATE not in scanned.indicators:
        return pd.DataFrame()
    apps = scanned.merged.apps
    asked, idle = requested_pairs(apps, scanned.grouping)
    if not asked.any():
        return pd.DataFrame()
    cells = _Cells(
        (UNUSED_RATE,),
        idle.to_numpy(dtype=float)[:, None],
        asked.to_numpy(dtype=float)[:, None],
        idle.gt(0).to_numpy()[:, None],
    )
    rows = _rows(scanned, _links(scanned, apps), cells, apps, _wholes(scanned))
    told = WHAT + "; " + rows["design"]
    return rows.assign(
        statistic="ratio", unit="ratio", design=told, n_eff=np.nan, deff=np.nan, count=np.nan
    )


@dataclass(frozen=True, eq=False)
class _Cells:
    """Numerator and denominator of every app for m statistics, (n_apps, m) each.

    `held` tells who is counted in the numerator.
    """

    names: tuple[str, ...]
    top: np.ndarray
    base: np.ndarray
    held: np.ndarray

    @classmethod
    def of(
        cls, flags: pd.DataFrame, inside: pd.DataFrame, *, size: np.ndarray | None = None
    ) -> _Cells:
        counts = np.ones(len(flags)) if size is None else size
        held = (flags & inside).to_numpy()
        base = inside.to_numpy(dtype=float) * counts[:, None]
        return cls(tuple(flags.columns), held * counts[:, None], base, held)


def _wholes(scanned: Scanned) -> list[list[str]]:
    return [[], *([variable] for variable in scanned.domains)]


def _links(scanned: Scanned, apps: pd.DataFrame) -> Links:
    keys = scanned.rules.identity(set(apps.columns))
    keys += ["period"] if "period" in apps else []
    return link(scanned.records, apps, keys, lonely=scanned.lonely)


def _shares(scanned: Scanned, apps: pd.DataFrame, cells: list[list[str]]) -> pd.DataFrame:
    flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
    return _rows(scanned, _links(scanned, apps), _Cells.of(flags, inside), apps, cells)


def _rows(
    scanned: Scanned,
    links: Links,
    cells: _Cells,
    apps: pd.DataFrame,
    breakdowns: Sequence[Sequence[str]],
    *,
    what: str = "apps",
) -> pd.DataFrame:
    """Rows of every statistic in every cell of every breakdown that has someone in its base."""
    rows = [
        row
        for columns in breakdowns
        for row in _breakdown(scanned, links, cells, apps, list(columns))
    ]
    table = pd.DataFrame(rows).assign(
        statistic="share", unit="share", variant="weight_share", conf_level=scanned.conf_level,
        design=DESIGN.format(what=what, stores=len(links.design.psus)),
    )  # fmt: skip
    return trusted(table, scanned, what.split()[0])


def _breakdown(
    scanned: Scanned, links: Links, cells: _Cells, apps: pd.DataFrame, columns: list[str]
) -> list[dict]:
    breakdown, found = ratios(links, cells.top, cells.base, columns, apps)
    low, high = share_interval(
        found.values, found.se, found.df, kind="logit", level=scanned.conf_level
    )
    place = links.table["place"].to_numpy()
    cell = np.full(len(apps), -1)
    cell[place] = breakdown.level
    weight = np.bincount(place, links.weight, len(apps))
    rows = []
    for k, domain in enumerate(breakdown.domains):
        for j, name in enumerate(cells.names):
            base = (cell == k) & (cells.base[:, j] > 0)
            if not base.any():
                continue
            at = k * len(cells.names) + j
            share, se, n = found.values[at], found.se[at], int(base.sum())
            effective = share * (1 - share) / se**2 if se > 0 else float("nan")
            rows.append(
                {
                    "indicator": name, "domain": domain, "estimate": share, "se": se,
                    "ci_low": low[at], "ci_high": high[at], "df": found.df[at], "n": n,
                    "n_eff": effective, "deff": n / effective,
                    "weighted_n": (weight * cells.base[:, j])[base].sum(),
                    "cv": se / share if share > 0 else float("nan"),
                    "count": int((base & cells.held[:, j]).sum()),
                }
            )  # fmt: skip
    return rows
