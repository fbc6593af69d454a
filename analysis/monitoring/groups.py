"""What apps ask for and do, as yes-or-no statements: one column per measure of groups.yml.

`read` looks at behaviours only and `requested` at permissions only; `embedded_or_unused` is the one
measure defined by both, since a doubtful permission is one requested without its use being seen.
Which names count, since when, is data (groups.yml); shares are computed in shares.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from survey.instrument.monitoring import Grouping, Measure, Sign


def measures(apps: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Every measure for every app.

    Parameters
    ----------
    apps : DataFrame
        Token lists `permissions` and `behaviours`; `scan_date` if known. A name counts only if its
        entry was valid on the app's scan day; without a day every entry counts.

    Returns
    -------
    DataFrame of bool, index of `apps`, one column per measure in the order of groups.yml.
        An app without permissions or behaviours is False throughout, and stays.
    """
    requested = _signs(apps, "permissions", grouping.permissions)
    observed = _signs(apps, "behaviours", grouping.behaviours)
    unused = unused_permissions(apps, grouping)
    made = {
        indicator: _one(measure, requested, observed, unused, apps.index)
        for indicator, measure in grouping.measures.items()
    }
    return pd.DataFrame(made, index=apps.index)


def unused_permissions(apps: pd.DataFrame, grouping: Grouping) -> pd.DataFrame:
    """Permissions requested without their use being seen: columns `row` (index of `apps`), `name`.

    Only permissions with a `used_by` can be judged; one observed use is enough.
    """
    judged = {entry.name: entry.used_by for entry in grouping.permissions if entry.used_by}
    requested = _signs(apps, "permissions", grouping.permissions)
    requested = requested[requested["name"].isin(list(judged))]
    uses = pd.DataFrame(
        [(name, use) for name, used_by in judged.items() for use in used_by],
        columns=["name", "use"],
    )
    observed = _signs(apps, "behaviours", grouping.behaviours)
    seen = observed.rename(columns={"name": "use"})[["row", "use"]]
    used = requested.merge(uses, on="name").merge(seen, on=["row", "use"])
    marked = requested.merge(
        used[["row", "name"]].drop_duplicates(), on=["row", "name"], how="left", indicator=True
    )
    return marked.loc[marked["_merge"] == "left_only", ["row", "name"]].reset_index(drop=True)


def _one(
    measure: Measure,
    requested: pd.DataFrame,
    observed: pd.DataFrame,
    unused: pd.DataFrame,
    index: pd.Index,
) -> pd.Series:
    source = requested if measure.evidence == "requested" else observed
    found = index.isin(source.loc[source["group"] == measure.group, "row"])
    if measure.evidence == "embedded_or_unused":
        found |= index.isin(unused["row"])
    return pd.Series(found, index=index)


def _signs(apps: pd.DataFrame, field: str, entries: Iterable[Sign]) -> pd.DataFrame:
    """Names of `field` that count on the app's scan day: columns `row`, `name`, `group`."""
    table = pd.DataFrame(
        [(entry.name, entry.group, entry.since, entry.until) for entry in entries],
        columns=["name", "group", "since", "until"],
    ).astype({"since": "datetime64[s]", "until": "datetime64[s]"})
    pairs = apps[field].explode().rename("name").rename_axis("row").reset_index()
    found = pairs.merge(table, on="name")
    if "scan_date" in apps:
        day = found["row"].map(apps["scan_date"])
        valid = day.isna() | ((found["since"] <= day) & ~(day >= found["until"]))
        found = found[valid]
    return found[["row", "name", "group"]].drop_duplicates()
