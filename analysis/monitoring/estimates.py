"""All rows of estimates that one wave of scans gives: which variants there are, and on which base.

How the apps of a wave were reached decides what an interval is (docs/scan-records.md): stores
sampled with known chances, the weight share of weightshare.py; every app of the frame scanned, no
interval; anything else, the Wilson interval of shares.py, which says that it is model-based. Units
never mix in one indicator: rows on versions or installs are indicators of their own
(`<measure>_versions`, `<measure>_installs`), made where study.yml lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from analysis.monitoring import breakdowns
from analysis.monitoring.change import Change, on_all, on_both
from analysis.monitoring.copies import Merged
from analysis.monitoring.groups import bases, measures, requested_pairs
from analysis.monitoring.pooling import MOST, pool
from analysis.monitoring.sampled import sampled_rows
from analysis.monitoring.shares import share_rows, tally, wilson
from analysis.results.schema import domain_key
from survey.instrument.monitoring import Grouping
from survey.instrument.scanrules import ScanRules

Reach = Literal["convenience", "sampled_stores", "complete"]
UNUSED_RATE = "unused_permission_rate"
COMPLETE = "every app of the frame was scanned, so there is no sampling error; {source}"
POOLED = (
    "beta-binomial model over the categories, empirical Bayes; common level {level:.4g}, prior "
    "worth {strength}; bounds are posterior quantiles with the prior as known"
)
INSTALLS = (
    "apps weighted by their installs, not a probability sample; Wilson score interval on the "
)
INSTALLS += "effective number of apps"
PAIRED = "apps seen in both periods as independent draws, each its own control; exact McNemar test"
OVERLAP = "all apps of each period as independent draws, covariance of those in both taken off"


@dataclass(frozen=True, eq=False)
class Scanned:
    """One wave's usable records with all that its rows depend on.

    records : usable records (scans.Scans), merged : one row per app of the whole window,
    domains : variable -> its level codes, levels : category codes in scale order,
    indicators : ids the study declares, source : who says that every app was scanned.
    """

    records: pd.DataFrame
    merged: Merged
    grouping: Grouping
    rules: ScanRules
    domains: dict[str, list[str]]
    levels: list[str]
    indicators: frozenset[str]
    conf_level: float
    min_base: float
    reach: Reach = "convenience"
    source: str = ""
    lonely: str = "fail"

    def __post_init__(self) -> None:
        records = breakdowns.with_period(self.records, self.rules)
        object.__setattr__(self, "records", records)


def scan_rows(scanned: Scanned) -> pd.DataFrame:
    """Rows of estimates, without kind, study, wave and period."""
    apps = scanned.merged.apps
    flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
    counts = tally(apps, flags, scanned.domains, inside=inside)
    parts: list[pd.DataFrame] = []
    if scanned.reach == "sampled_stores":
        parts.append(sampled_rows(scanned, apps, flags, inside, [[], *_singles(scanned)]))
    else:
        parts.append(_raw_rows(scanned, counts, "wilson"))
    if scanned.reach == "convenience":
        parts.append(_pooled_rows(scanned, counts))
    for wanted in scanned.rules.breakdowns:
        if all(part in scanned.records for part in wanted):
            parts.append(_breakdown_rows(scanned, wanted))
    parts += [_version_rows(scanned), _install_rows(scanned, flags, inside)]
    parts += [_unused_rate_rows(scanned), _change_rows(scanned)]
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
    eligible = [k for k, m in scanned.grouping.measures.items() if m.evidence == "unused"]
    rows["base_kind"] = np.where(rows["indicator"].isin(eligible), "eligible", "all")
    frame = "stores" if scanned.reach == "sampled_stores" else "scans"
    rows["frame"] = rows["frame"].fillna(frame) if "frame" in rows else frame
    return rows


def _singles(scanned: Scanned) -> list[list[str]]:
    return [[variable] for variable in scanned.domains]


def _raw_rows(scanned: Scanned, counts: pd.DataFrame, variant: str) -> pd.DataFrame:
    """Shares with the interval that a convenience set has, or none where all were scanned."""
    rows = share_rows(counts, level=scanned.conf_level, min_base=scanned.min_base)
    if scanned.reach != "complete":
        return rows.assign(variant=variant)
    return rows.assign(
        variant=variant.replace("wilson", "complete"),
        design=COMPLETE.format(source=scanned.source),
        se=np.nan,
        cv=np.nan,
        ci_low=np.nan,
        ci_high=np.nan,
        conf_level=np.nan,
        quality="ok",
        reason="",
    )


def _pooled_rows(scanned: Scanned, counts: pd.DataFrame) -> pd.DataFrame:
    """Pooled shares over the levels of each domain, one model per measure."""
    parts = []
    for variable in scanned.domains:
        inside = counts["domain"].str.startswith(f"{variable}=")
        for _, found in counts[inside].groupby("indicator", sort=False):
            if len(found) < 2:
                continue
            fitted = pool(found["count"], found["n"], level=scanned.conf_level)
            rows = share_rows(found, level=scanned.conf_level, min_base=scanned.min_base)
            worth = f"{fitted.strength:.4g} apps"
            if fitted.strength >= MOST * 0.99:
                worth = "all it can be: categories do not differ more than by chance"
            told = POOLED.format(level=fitted.level, strength=worth)
            parts.append(
                rows.assign(
                    variant="pooled",
                    design=told,
                    estimate=fitted.share,
                    se=fitted.se,
                    ci_low=fitted.low,
                    ci_high=fitted.high,
                    cv=fitted.se / fitted.share,
                    n_eff=np.nan,
                    deff=np.nan,
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _breakdown_rows(scanned: Scanned, parts: Sequence[str]) -> pd.DataFrame:
    by = "_".join(part for part in breakdowns.SPLITTING if part in parts)
    if scanned.reach == "sampled_stores" and "store" not in parts:
        merged = breakdowns.merged_within(scanned.records, parts, scanned.rules, scanned.levels)
        apps = merged.apps
        flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
        rows = sampled_rows(scanned, apps, flags, inside, [list(parts)])
        return rows.assign(variant=f"weight_share_by_{by}" if by else "weight_share")
    counts = breakdowns.counts(
        scanned.records,
        parts,
        grouping=scanned.grouping,
        rules=scanned.rules,
        order=scanned.levels,
    )
    rows = _raw_rows(scanned, counts, f"wilson_by_{by}" if by else "wilson")
    return rows.assign(frame="scans") if "store" in parts else rows


def _version_rows(scanned: Scanned) -> pd.DataFrame:
    """Shares of versions: every version of an app in the window counts."""
    wanted = [k for k in scanned.grouping.measures if f"{k}_versions" in scanned.indicators]
    if not wanted or scanned.reach == "sampled_stores":
        return pd.DataFrame()
    found = breakdowns.merged_within(
        scanned.records, [], scanned.rules, scanned.levels, every_version=True
    ).apps
    flags, inside = measures(found, scanned.grouping), bases(found, scanned.grouping)
    counts = tally(found, flags[wanted], scanned.domains, inside=inside[wanted])
    rows = _raw_rows(scanned, counts, "wilson")
    small = rows["n"] < scanned.min_base
    return rows.assign(
        indicator=rows["indicator"] + "_versions",
        analysis_unit="version",
        reason=np.where(small, f"fewer than {scanned.min_base:g} versions", ""),
        design=rows["design"].str.replace("distinct apps", "distinct versions of apps"),
    )


def _install_rows(scanned: Scanned, flags: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    """Shares of installs: an app counts as often as it was installed."""
    apps = scanned.merged.apps
    wanted = [k for k in scanned.grouping.measures if f"{k}_installs" in scanned.indicators]
    if not wanted or "installs" not in apps:
        return pd.DataFrame()
    known = (apps["installs"] > 0).to_numpy()
    if scanned.reach == "sampled_stores":
        size = apps["installs"].fillna(0.0).to_numpy()
        table = sampled_rows(
            scanned, apps, flags[wanted], inside[wanted].mul(known, axis=0),
            [[], *_singles(scanned)], size=size,
        )  # fmt: skip
        return table.assign(indicator=table["indicator"] + "_installs", analysis_unit="install")
    kept, size = apps[known], apps["installs"].to_numpy()[known]
    rows = []
    for name in wanted:
        y, base = flags[name].to_numpy()[known], inside[name].to_numpy()[known]
        for domain, who in _domains(scanned, kept):
            chosen = base & who
            if chosen.any():
                found = weighted_share(y[chosen], size[chosen], level=scanned.conf_level)
                rows.append({"indicator": f"{name}_installs", "domain": domain, **found})
    table = pd.DataFrame(rows)
    left = int((~known).sum())
    small = table["n"] < scanned.min_base
    told = f"{left} apps without a number of installs left out" if left else ""
    table = table.assign(
        statistic="share", unit="share", variant="installs", analysis_unit="install",
        conf_level=scanned.conf_level, design=INSTALLS,
        quality=np.where(small, "caution", "ok"),
        reason=np.where(small, f"fewer than {scanned.min_base:g} apps", told),
    )  # fmt: skip
    if scanned.reach == "complete":
        table[["se", "cv", "ci_low", "ci_high", "conf_level", "n_eff", "deff"]] = np.nan
        table["design"] = COMPLETE.format(source=scanned.source)
        table["variant"] = "complete"
    return table


def weighted_share(y: np.ndarray, size: np.ndarray, *, level: float) -> dict[str, float]:
    """A share of installs with its error over apps.

    The interval is a Wilson score interval on an effective number of apps: Kish's, or the smaller
    one that the error of a ratio of sums over independent apps implies. The latter alone would be
    fooled where one app has most installs: its own distance from the share is then about nothing.

    Parameters
    ----------
    y : ndarray of bool, shape (n,)
    size : ndarray of float, shape (n,)
        Positive.
    """
    n, total = len(y), float(size.sum())
    share = float((size * y).sum() / total)
    parts = size * (y - share) / total
    se = float(np.sqrt((parts**2).sum() * n / max(n - 1, 1))) if n > 1 else float("nan")
    kish = total**2 / float((size**2).sum())
    effective = min(kish, share * (1 - share) / se**2) if 0 < share < 1 and se > 0 else kish
    se = float(np.sqrt(share * (1 - share) / effective))
    low, high = wilson(share * effective, effective, level)
    return {
        "estimate": share, "se": se, "ci_low": float(low), "ci_high": float(high),
        "n": n, "n_eff": effective, "weighted_n": total, "deff": n / effective,
        "cv": se / share if share > 0 else float("nan"), "count": int(y.sum()),
    }  # fmt: skip


def _domains(scanned: Scanned, apps: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    found = [("all", np.ones(len(apps), dtype=bool))]
    for variable, levels in scanned.domains.items():
        column = apps[variable].to_numpy()
        found += [(domain_key(**{variable: level}), column == level) for level in levels]
    return found


def _unused_rate_rows(scanned: Scanned) -> pd.DataFrame:
    """Of the permissions requested whose use could be seen, the fraction whose use was not."""
    if UNUSED_RATE not in scanned.indicators or scanned.reach == "sampled_stores":
        return pd.DataFrame()
    apps = scanned.merged.apps
    asked, idle = requested_pairs(apps, scanned.grouping)
    rows = []
    for domain, who in _domains(scanned, apps):
        base = who & asked.gt(0).to_numpy()
        if not base.any():
            continue
        x, y = asked.to_numpy(float)[base], idle.to_numpy(float)[base]
        n, rate = int(base.sum()), float(y.sum() / x.sum())
        parts = (y - rate * x) / x.sum()
        se = float(np.sqrt((parts**2).sum() * n / max(n - 1, 1))) if n > 1 else float("nan")
        rows.append({"domain": domain, "estimate": rate, "se": se, "n": n, "weighted_n": x.sum()})
    table = pd.DataFrame(rows)
    half = wilson_half(scanned.conf_level) * table["se"]
    small = table["n"] < scanned.min_base
    complete = scanned.reach == "complete"
    table = table.assign(
        indicator=UNUSED_RATE, statistic="ratio", unit="ratio",
        variant="complete" if complete else "ratio",
        ci_low=(table["estimate"] - half).clip(lower=0),
        ci_high=(table["estimate"] + half).clip(upper=1),
        conf_level=scanned.conf_level,
        design="permissions without seen use over permissions whose use could be seen, summed over "
        "apps that request one; apps as independent draws, not a probability sample",
        quality=np.where(small, "caution", "ok"),
        reason=np.where(small, f"fewer than {scanned.min_base:g} apps", ""),
    )  # fmt: skip
    if complete:
        table[["se", "ci_low", "ci_high", "conf_level"]] = np.nan
        table["design"] = COMPLETE.format(source=scanned.source)
    return table


def wilson_half(level: float) -> float:
    """Standard errors on either side of a symmetric interval."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def _change_rows(scanned: Scanned) -> pd.DataFrame:
    """Change from each period to the next one scanned, over all apps and by category."""
    if ["period"] not in scanned.rules.breakdowns or "period" not in scanned.records:
        return pd.DataFrame()
    if scanned.reach == "sampled_stores":
        return pd.DataFrame()
    merged = breakdowns.merged_within(scanned.records, ["period"], scanned.rules, scanned.levels)
    apps = merged.apps
    flags, inside = measures(apps, scanned.grouping), bases(apps, scanned.grouping)
    keys = scanned.rules.identity(set(apps.columns))
    apps = apps.assign(key=apps[keys].agg("|".join, axis=1))
    periods = sorted(apps["period"].unique())
    crossed = ["category", "period"] in [sorted(parts) for parts in scanned.rules.breakdowns]
    levels = scanned.domains.get("category", []) if crossed and "category" in apps else []
    rows = []
    for before, after in pairwise(periods):
        stores = _stores_moved(scanned.records, before, after)
        earlier, later = (apps[apps["period"].eq(p)].set_index("key") for p in (before, after))
        for name in flags.columns:
            first, second = (
                flags.loc[chosen, name].set_axis(apps.loc[chosen, "key"])
                for chosen in (inside[name] & apps["period"].eq(p) for p in (before, after))
            )
            rows += _pair_rows(scanned, name, first, second, (before, after), stores, {})
            for level in levels:
                there = later.index[later["category"].eq(level)]
                gone = earlier.index[earlier["category"].eq(level)].difference(later.index)
                was = gone.union(there)
                rows += _pair_rows(
                    scanned, name, first[first.index.isin(was)], second[second.index.isin(there)],
                    (before, after), "", {"category": level},
                )  # fmt: skip
    return pd.DataFrame(rows)


def _pair_rows(
    scanned: Scanned,
    name: str,
    first: pd.Series,
    second: pd.Series,
    periods: tuple[str, str],
    stores: str,
    where: dict[str, str],
) -> list[dict]:
    before, after = periods
    keys = {
        "indicator": name,
        "statistic": "change",
        "domain": domain_key(**where, period=after),
        "reference": domain_key(**where, period=before),
        "unit": "share",
    }
    rows = []
    both = first.index.intersection(second.index)
    if len(both):
        found = on_both(first, second, level=scanned.conf_level)
        said = f"{len(both)} apps seen in both; {found.began} began, {found.ceased} ceased"
        rows.append(_change(scanned, keys, found, "apps_in_both", said, PAIRED))
    if len(first) and len(second):
        found = on_all(first, second, level=scanned.conf_level)
        said = f"{found.n_before} apps, then {found.n}, {len(both)} of them in both"
        said = f"{said}; {stores}" if stores else said
        rows.append(_change(scanned, keys, found, "all_apps", said, OVERLAP))
    return rows


def _change(
    scanned: Scanned, keys: dict, found: Change, variant: str, said: str, design: str
) -> dict:
    row = {
        **keys, "variant": variant, "estimate": found.estimate, "se": found.se,
        "ci_low": found.low, "ci_high": found.high, "conf_level": scanned.conf_level,
        "p_value": found.p_value, "n": found.n, "n_eff": found.n, "weighted_n": found.n,
        "reason": said, "design": design,
        "quality": "caution" if min(found.n, found.n_before) < scanned.min_base else "ok",
    }  # fmt: skip
    if scanned.reach == "complete":
        row |= dict.fromkeys(("se", "ci_low", "ci_high", "conf_level", "p_value"), np.nan)
        row["design"] = COMPLETE.format(source=scanned.source)
    return row


def _stores_moved(records: pd.DataFrame, before: str, after: str) -> str:
    """How many stores left and came between two periods, the first of each by name."""
    if "store" not in records:
        return ""
    first, second = (
        set(records.loc[records["period"].eq(period), "store"]) for period in (before, after)
    )
    told = []
    for gone, word in ((sorted(first - second), "left"), (sorted(second - first), "came")):
        if gone:
            named = ", ".join(gone[:3]) + (", ..." if len(gone) > 3 else "")
            told.append(f"{len(gone)} stores {word} ({named})")
    return "; ".join(told)
