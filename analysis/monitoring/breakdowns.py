"""Numerators and bases by category, store and period: which apps stand in which cell.

`all` and the domains of study.yml count the apps of the whole window, each in its newest version.
A breakdown with a store counts what that store offered, the newest version it held; one with a
period counts the newest version scanned in that period. So a store's or period's numbers do not
depend on other stores or periods, and a store that is gone contributes to the periods in which it
was scanned and to no other. The same sums from a file too large for memory: bulk.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.monitoring.copies import Merged, merge_copies
from analysis.monitoring.groups import bases, measures
from analysis.monitoring.shares import tally
from analysis.results.schema import domain_key
from survey.errors import EstimateError
from survey.instrument.monitoring import Grouping
from survey.instrument.scanrules import ScanRules, period_of

SPLITTING = ("store", "period")  # an app has a row of its own in each


def with_period(records: pd.DataFrame, rules: ScanRules) -> pd.DataFrame:
    """Records with the calendar part their scan day lies in (`period`), where days are known."""
    if "scan_date" not in records or not len(records):
        return records
    return records.assign(period=period_of(records["scan_date"], rules.period).astype("str"))


def merged_within(
    records: pd.DataFrame,
    parts: Sequence[str],
    rules: ScanRules,
    order: list[str] | None = None,
    *,
    every_version: bool = False,
) -> Merged:
    """Apps of one breakdown: one row per app in each store and period that `parts` names."""
    within = [part for part in SPLITTING if part in parts]
    return merge_copies(
        records, category_order=order, rules=rules, within=within, every_version=every_version
    )


def counts(
    records: pd.DataFrame,
    parts: Sequence[str],
    *,
    grouping: Grouping,
    rules: ScanRules,
    order: list[str] | None = None,
) -> pd.DataFrame:
    """Numerators and bases of one breakdown.

    Parameters
    ----------
    records : DataFrame
        Usable records with `period` where that is a part.
    parts : sequence of {"category", "store", "period"}
        None: the whole population.

    Returns
    -------
    DataFrame
        Columns `indicator`, `domain`, `count`, `n`, sorted by indicator in the order of groups.yml,
        then by domain. Cells without apps have no row.

    Raises
    ------
    EstimateError
        If a part is no field of the records.
    """
    for part in parts:
        if part not in records:
            raise EstimateError(f"scans without '{part}' cannot be broken down by it")
    apps = merged_within(records, parts, rules, order).apps
    return cell_counts(apps, measures(apps, grouping), parts, bases(apps, grouping))


def cell_counts(
    apps: pd.DataFrame,
    flags: pd.DataFrame,
    parts: Sequence[str],
    inside: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """`shares.tally` over the combinations of levels that occur."""
    if not parts:
        return tally(apps, flags, {}, inside=inside)
    cells = apps[list(parts)].drop_duplicates()
    names = {key: domain_key(**cell) for key, cell in _keyed(cells).items()}
    keys = pd.Series(list(zip(*(apps[part] for part in parts), strict=True)), index=apps.index)
    return tally(
        apps.assign(cell=keys.map(names)), flags, {"cell": sorted(names.values())}, whole=False,
        inside=inside,
    )  # fmt: skip


def _keyed(cells: pd.DataFrame) -> Mapping[tuple, dict[str, str]]:
    return {
        tuple(cell.values()): {str(part): level for part, level in cell.items()}
        for cell in cells.to_dict("records")
    }
