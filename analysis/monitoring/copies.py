"""From scan records to apps: one row per package, over stores and versions.

The rule (methods.yml, `same_app`): records of one package are one app; the newest version counts;
its permissions and behaviours are joined over all stores that hold that version; its category is
the one most of these records give, the earlier one of the scale on a tie. Every record that does
not become a row of its own is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.monitoring.scans import TOKENS


@dataclass(frozen=True)
class Merged:
    """Apps and the count of records that went into each step.

    Attributes
    ----------
    apps : DataFrame, one row per app, sorted by `app`
        `app`, `stores` (how many hold the newest version), `records`, and, where mapped,
        `category`, `version`, `scan_date` (last day the newest version was scanned); `permissions`
        and `behaviours` as sorted tuples.
    repeated, older, further : int
        Records that repeat another in every field; that hold an older version; that hold the
        newest version in a further store or on another day. ``len(apps)`` and these three add up
        to the usable records.
    """

    apps: pd.DataFrame
    repeated: int
    older: int
    further: int


def merge_copies(records: pd.DataFrame, *, category_order: list[str] | None = None) -> Merged:
    """One row per package from usable records (see `scans.Scans`).

    Parameters
    ----------
    records : DataFrame
        Usable records; needs `app` and the token lists, uses the other fields if there.
    category_order : list of str, optional
        Category codes in scale order, for ties.
    """
    fields = [column for column in records.columns if column != "source_row"]
    distinct = records.drop_duplicates(fields)
    newest = distinct[_is_newest(distinct)]
    grouped = newest.groupby("app", sort=True)
    apps = pd.DataFrame({"records": grouped.size()})
    apps["stores"] = grouped["store"].nunique() if "store" in newest else 1
    if "category" in newest:
        apps["category"] = _most_common(newest, category_order)
    for field, choose in (("version", "first"), ("scan_date", "max")):
        if field in newest:
            apps[field] = grouped[field].agg(choose)
    for field in TOKENS:
        apps[field] = _joined(newest, apps.index, field)
    return Merged(
        apps=apps.reset_index(),
        repeated=len(records) - len(distinct),
        older=len(distinct) - len(newest),
        further=len(newest) - len(apps),
    )


def version_key(version: str) -> str:
    """A text that sorts as versions do: 1.10 after 1.9, and 1.0 the same as 1.

    >>> version_key("1.10") > version_key("1.9")
    True
    """
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return ".".join(f"{part:09d}" for part in parts)


def _is_newest(records: pd.DataFrame) -> pd.Series:
    if "version" not in records:
        return pd.Series(True, index=records.index)
    known = {version: version_key(version) for version in records["version"].unique()}
    key = records["version"].map(known)
    return key.eq(key.groupby(records["app"]).transform("max"))


def _most_common(records: pd.DataFrame, order: list[str] | None) -> pd.Series:
    known = order or sorted(records["category"].unique())
    counted = records.groupby(["app", "category"]).size().rename("count").reset_index()
    counted["rank"] = counted["category"].map({code: rank for rank, code in enumerate(known)})
    counted = counted.sort_values(["app", "count", "rank"], ascending=[True, False, True])
    return counted.drop_duplicates("app").set_index("app")["category"]


def _joined(records: pd.DataFrame, apps: pd.Index, field: str) -> pd.Series:
    names: dict[str, set[str]] = {app: set() for app in apps}
    for app, found in zip(records["app"], records[field], strict=True):
        names[app].update(found)
    return pd.Series([tuple(sorted(names[app])) for app in apps], index=apps, dtype=object)
