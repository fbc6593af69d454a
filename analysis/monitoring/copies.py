"""From scan records to apps: one row per app, over stores and versions.

The rule is declared (scans.yml; methods.yml, `same_app`): records of one package are one app; the
newest version counts; its permissions, behaviours and components are joined over all stores that
hold that version; its category is the one most of these records give, the earlier one of the scale
on a tie (or, if so declared, the one scanned last). Within a store or a period the same rule holds
for the records of that store or period alone. Every record that does not become a row of its own is
counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.monitoring.scans import TOKENS
from survey.instrument.scanrules import ScanRules


@dataclass(frozen=True)
class Merged:
    """Apps and the count of records that went into each step.

    Attributes
    ----------
    apps : DataFrame, one row per app, sorted by what identifies it
        `app` (with `signer`, and the fields of `within`, where they count), `stores` (how many hold
        the newest version), `records`, and, where mapped, `category`, `version`, `scan_date` (last
        day the newest version was scanned), `installs` (largest number told by each store, added
        over stores); `permissions`, `behaviours` and `sdks` as sorted tuples.
    repeated, older, further : int
        Records that repeat another in every field; that hold an older version; that hold the
        newest version in a further store or on another day. ``len(apps)`` and these three add up
        to the usable records.
    """

    apps: pd.DataFrame
    repeated: int
    older: int
    further: int


def merge_copies(
    records: pd.DataFrame,
    *,
    category_order: list[str] | None = None,
    rules: ScanRules | None = None,
    within: Sequence[str] = (),
    every_version: bool = False,
) -> Merged:
    """One row per app from usable records (see `scans.Scans`).

    Parameters
    ----------
    records : DataFrame
        Usable records; needs `app` and the token lists, uses the other fields if there.
    category_order : list of str, optional
        Category codes in scale order, for ties.
    rules : ScanRules, optional
        Default: one package is one app.
    within : sequence of str, optional
        Fields (`store`, `period`) whose every value has apps of its own.
    every_version : bool
        One row per version of an app instead of its newest; see `plain_versions`.
    """
    rules = rules or ScanRules()
    distinct = records[~_repeats(records)]
    if every_version:
        distinct = plain_versions(distinct)
    same = rules.same_version if every_version else rules.same_app
    keys = [*(field for field in same if field in records.columns), *within]
    newest = distinct if every_version else distinct[_is_newest(distinct, keys, rules)]
    place = newest.groupby(keys, sort=True).ngroup()
    newest = newest.assign(_place=place)
    grouped = newest.groupby("_place", sort=True)
    apps = newest.drop_duplicates("_place").set_index("_place").sort_index()[keys]
    apps["records"] = grouped.size()
    stores = grouped["store"].nunique() if "store" in newest else 1
    apps["stores"] = stores
    if "category" in newest:
        apps["category"] = _category(newest, category_order, rules.category)
    for field, choose in (("version", "first"), ("scan_date", "max")):
        if field in newest and field not in keys:
            apps[field] = grouped[field].agg(choose)
    if "installs" in newest:
        by_store = ["_place", "store"] if "store" in newest else ["_place"]
        told = newest.groupby(by_store)["installs"].max()
        apps["installs"] = told.groupby("_place").sum(min_count=1)
    for field in TOKENS:
        if field in newest:
            apps[field] = _joined(newest, apps.index, field)
    return Merged(
        apps=apps.reset_index(drop=True),
        repeated=len(records) - len(distinct),
        older=len(distinct) - len(newest),
        further=len(newest) - len(apps),
    )


def _repeats(records: pd.DataFrame) -> pd.Series:
    """Records that repeat an earlier one in every field; a list repeats another in any order."""
    sets = {
        field: records[field].map(lambda names: tuple(sorted(names)))
        for field in TOKENS
        if field in records
    }
    fields = [column for column in records.columns if column != "source_row"]
    return records.assign(**sets).duplicated(fields)


def version_key(version: str) -> str:
    """A text that sorts as versions do: 1.10 after 1.9, and 1.0 the same as 1.

    >>> version_key("1.10") > version_key("1.9")
    True
    """
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return ".".join(f"{part:09d}" for part in parts)


def plain_versions(records: pd.DataFrame) -> pd.DataFrame:
    """Records with every version in one spelling (1 for 1.0), unknown version codes as -1."""
    if "version" in records:
        known = {version: plain_version(version) for version in records["version"].unique()}
        records = records.assign(version=records["version"].map(known))
    if "version_code" in records:
        records = records.assign(version_code=records["version_code"].fillna(-1.0))
    return records


def plain_version(version: str) -> str:
    """The spelling of a version without zeros that say nothing.

    >>> plain_version("01.10.0")
    '1.10'
    """
    key = version_key(version)
    return ".".join(str(int(part)) for part in key.split(".")) if key else "0"


def _is_newest(records: pd.DataFrame, keys: list[str], rules: ScanRules) -> pd.Series:
    field = next((field for field in rules.newest_by if field in records), None)
    if field is None:
        return pd.Series(True, index=records.index)
    key = records[field]
    if field == "version":
        known = {version: version_key(version) for version in key.unique()}
        rank = {text: place for place, text in enumerate(sorted(set(known.values())))}
        key = key.map({version: rank[text] for version, text in known.items()})
    elif field == "version_code":
        key = key.fillna(-1)  # a record that does not tell its version is the oldest
    return key.eq(key.groupby([records[name] for name in keys]).transform("max"))


def _category(records: pd.DataFrame, order: list[str] | None, rule: str) -> pd.Series:
    """Category of every place: of most of its records, or of those scanned last."""
    known = order or sorted(records["category"].unique())
    if rule == "last_scan" and "scan_date" in records:
        last = records.groupby("_place")["scan_date"].transform("max")
        records = records[records["scan_date"].eq(last)]
    counted = records.groupby(["_place", "category"]).size().rename("count").reset_index()
    counted["rank"] = counted["category"].map({code: rank for rank, code in enumerate(known)})
    counted = counted.sort_values(["_place", "count", "rank"], ascending=[True, False, True])
    return counted.drop_duplicates("_place").set_index("_place")["category"]


def _joined(records: pd.DataFrame, places: pd.Index, field: str) -> pd.Series:
    names: dict[int, set[str]] = {place: set() for place in places}
    for place, found in zip(records["_place"], records[field], strict=True):
        names[place].update(found)
    return pd.Series([tuple(sorted(names[place])) for place in places], index=places, dtype=object)
