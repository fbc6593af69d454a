"""What apps ask for and do, as yes-or-no statements: one column per measure of groups.yml.

`read` looks at behaviours only and `requested` at permissions only (evidence.py holds them apart);
`unused` and `embedded_or_unused` are defined by both, since a doubtful permission is one requested
without its use being seen. Which names count, since when, is data (groups.yml); shares are computed
in shares.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.monitoring.evidence import Embedded, Observed, Requested
from survey.instrument.monitoring import ANY, Grouping, Measure, Sign


def measures(apps: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Every measure for every app.

    Parameters
    ----------
    apps : DataFrame
        Token lists `permissions`, `behaviours` and, if known, `sdks`; `scan_date` if known. A name
        counts only if its entry was valid on the app's scan day; without a day every entry counts.

    Returns
    -------
    DataFrame of bool, index of `apps`, one column per measure in the order of groups.yml.
        An app without permissions or behaviours is False throughout, and stays.
    """
    requested = Requested(_signs(apps, "permissions", grouping.permissions))
    observed = Observed(_signs(apps, "behaviours", grouping.behaviours))
    embedded = Embedded(_signs(apps, "sdks", grouping.sdks))
    unused = _unused(requested, observed, grouping)
    made = {
        indicator: _one(measure, requested, observed, embedded, unused, apps.index)
        for indicator, measure in grouping.measures.items()
    }
    return pd.DataFrame(made, index=apps.index)


def bases(apps: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Who is in the base of every measure: all apps, but for `unused` those that request a judged
    permission of its group.

    Returns
    -------
    DataFrame of bool, index of `apps`, one column per measure.
    """
    judged = _judged(Requested(_signs(apps, "permissions", grouping.permissions)), grouping)
    made = {}
    for indicator, measure in grouping.measures.items():
        everyone = pd.Series(True, index=apps.index)
        if measure.evidence == "unused":
            everyone = pd.Series(apps.index.isin(_in_group(judged, measure)["row"]), apps.index)
        made[indicator] = everyone
    return pd.DataFrame(made, index=apps.index)


def requested_pairs(apps: pd.DataFrame, grouping: Grouping) -> tuple[pd.Series, pd.Series]:
    """Judged permissions requested, and those of them without use, counted per app (its index)."""
    judged = _judged(Requested(_signs(apps, "permissions", grouping.permissions)), grouping)
    unused = unused_permissions(apps, grouping)
    counts = (part["row"].value_counts().reindex(apps.index) for part in (judged, unused))
    asked, idle = (count.fillna(0).astype("int64") for count in counts)
    return asked, idle


def unused_permissions(apps: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Permissions requested without their use being seen: columns `row` (index of `apps`), `name`.

    Only permissions with a `used_by` can be judged; one observed use is enough.
    """
    requested = Requested(_signs(apps, "permissions", grouping.permissions))
    observed = Observed(_signs(apps, "behaviours", grouping.behaviours))
    return _unused(requested, observed, grouping)[["row", "name"]]


def _judged(requested: Requested, grouping: Grouping) -> pd.DataFrame:
    names = [entry.name for entry in grouping.permissions if entry.used_by]
    return requested.signs[requested.signs["name"].isin(names)]


def _unused(requested: Requested, observed: Observed, grouping: Grouping) -> pd.DataFrame:
    uses = pd.DataFrame(
        [(entry.name, use) for entry in grouping.permissions for use in entry.used_by],
        columns=["name", "use"],
        dtype="str",
    )
    judged = _judged(requested, grouping)
    seen = observed.signs.rename(columns={"name": "use"})[["row", "use"]]
    used = judged.merge(uses, on="name").merge(seen, on=["row", "use"])
    marked = judged.merge(
        used[["row", "name"]].drop_duplicates(), on=["row", "name"], how="left", indicator=True
    )
    left = marked["_merge"] == "left_only"
    return marked.loc[left, ["row", "name", "group"]].reset_index(drop=True)


def _in_group(signs: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    return signs if measure.group == ANY else signs[signs["group"] == measure.group]


def _one(
    measure: Measure,
    requested: Requested,
    observed: Observed,
    embedded: Embedded,
    unused: pd.DataFrame,
    index: pd.Index,
) -> pd.Series:
    if measure.evidence == "requested":
        found = index.isin(requested.holders(measure))
    elif measure.evidence == "read":
        found = index.isin(observed.holders(measure))
    elif measure.evidence == "embedded":
        found = index.isin(embedded.holders(measure))
    elif measure.evidence == "unused":
        found = index.isin(_in_group(unused, measure)["row"])
    else:
        found = index.isin(observed.holders(measure)) | index.isin(embedded.holders(measure))
        found |= index.isin(unused["row"])
    return pd.Series(found, index=index)


def _signs(apps: pd.DataFrame, field: str, entries: Iterable[Sign]) -> pd.DataFrame:
    """Names of `field` that count on the app's scan day: columns `row`, `name`, `group`."""
    table = pd.DataFrame(
        [(entry.name, entry.group, entry.since, entry.until) for entry in entries],
        columns=["name", "group", "since", "until"],
    ).astype({"since": "datetime64[s]", "until": "datetime64[s]"})
    if field not in apps or not len(table):
        return pd.DataFrame({"row": [], "name": [], "group": []}, dtype="str")
    pairs = apps[field].explode().rename("name").rename_axis("row").reset_index()
    found = pairs.merge(table, on="name")
    if "scan_date" in apps:
        day = found["row"].map(apps["scan_date"])
        valid = day.isna() | ((found["since"] <= day) & ~(day >= found["until"]))
        found = found[valid]
    return found[["row", "name", "group"]].drop_duplicates()
