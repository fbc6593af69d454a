"""The ministry's register of quarterly notices: read, validated, and as rows of estimates.

A quarter whose number was not found stays in the register and in the rows, without a value and
with the reason said. Counts of two regimes (notices.yml) are never joined. Kinds of problems are
counted in kinds.py, rates per store in rates.py, slopes in trend.py; where every number comes from,
and what other sources say, is shown by sources.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pandas as pd

from survey.errors import DataError, Faults, collect, did_you_mean, one_of
from survey.instrument.register import QUARTER, Regime, Register, quarter_end
from survey.io.tables import read_csv

SERIES = ("problem_apps", "stores_tested")
SOURCE = ("check", "note", "source_title", "source_url", "confidence")
NAMED = ("quarter", "store", "app", "version", "problem", "source_url")
NOT_FOUND = "number not found in any source"


def read_notices(path: Path, register: Register, *, name: str = "") -> pd.DataFrame:
    """Quarters of the register in order of time; counts as Int64, <NA> where not found.

    Columns: `quarter`, `problem_apps`, `stores_tested`, one per problem kind (by its code),
    `unassigned`, and the source columns as text. Annual rows of the file are left out.

    Raises
    ------
    DataError
        With every fault: a missing column, a count that is none, a quarter twice, kinds that do
        not fit their total, or quarters that do not add up to a published sum.
    """
    name = name or path.name
    raw = read_csv(path, name)
    counts = {series: series for series in SERIES}
    counts |= dict(register.counted)
    counts |= {"unassigned": register.unassigned_column}
    _require(raw, ["quarter", *counts.values(), *SOURCE], name)
    raw.index += 2  # lines of the file
    raw = raw[raw["quarter"].str.match(QUARTER)]
    table = raw[["quarter", *SOURCE]].copy()
    with collect(DataError) as faults:
        for code, column in counts.items():
            table[code] = _counts(raw, column, name, faults)
        for quarter in sorted(set(raw.loc[raw["quarter"].duplicated(), "quarter"])):
            faults.add(f"quarter {quarter} stands here twice", where=name)
    table = table.sort_values("quarter", ignore_index=True)
    with collect(DataError) as faults:
        _check_sums(table, register, name, faults)
        _check_kinds(table, register, name, faults)
    return table


def check_named(path: Path, notices: pd.DataFrame, register: Register, *, name: str = "") -> int:
    """Hold the (partial) list of named apps against the register; returns how many rows there are.

    An app with several problems has a row for each and counts once.
    A name is no statement about the official product: listed apps are often repackaged copies.

    Raises
    ------
    DataError
        For an unknown quarter or problem, a problem of another regime's list, an entry repeated in
        every field, or more apps than the quarter's notice counts.
    """
    name = name or path.name
    named = read_csv(path, name)
    _require(named, list(NAMED), name)
    known = {code for taxonomy in register.taxonomies for code in taxonomy.codes()} | {""}
    total = dict(zip(notices["quarter"], notices["problem_apps"], strict=True))
    with collect(DataError) as faults:
        for line, quarter, problem in zip(
            range(2, len(named) + 2), named["quarter"], named["problem"], strict=True
        ):
            if quarter not in total:
                faults.add(f"quarter '{quarter}' is not in the register", where=f"{name}:{line}")
            if problem not in known:
                faults.add(
                    f"problem '{problem}' is not defined",
                    where=f"{name}:{line}",
                    expected=one_of(sorted(known - {""})),
                    hint=did_you_mean(problem, known),
                )
            elif problem and quarter in total:
                _check_taxonomy(quarter, problem, register, f"{name}:{line}", faults)
        for line in (named.index[named.duplicated(list(NAMED))] + 2).tolist():
            faults.add("the entry repeats an earlier one", where=f"{name}:{line}")
        apps = named.drop_duplicates(["quarter", "store", "app", "version"])
        for quarter, count in sorted(Counter(apps["quarter"]).items()):
            if pd.notna(total.get(quarter)) and count > total[quarter]:
                faults.add(
                    f"{count} apps are named for {quarter}",
                    where=name,
                    expected=f"at most {total[quarter]}, the number in the notice",
                )
    return len(named)


def window(notices: pd.DataFrame, register: Register, until: pd.Timestamp) -> pd.DataFrame:
    """Quarters from the register's start that had ended by `until`, all of one regime.

    Raises
    ------
    DataError
        If a quarter has no row at all, or the window crosses into another regime.
    """
    expected = [
        str(period)
        for period in pd.period_range(register.since, until, freq="Q")
        if period.end_time.normalize() <= until
    ]
    inside = notices[notices["quarter"].isin(expected)].reset_index(drop=True)
    with collect(DataError) as faults:
        for quarter in sorted(set(expected) - set(inside["quarter"])):
            faults.add(
                f"quarter {quarter} is not in the register",
                where=register.file,
                hint="add its row; leave the counts empty if no number was found",
            )
        regimes = [regime_of(quarter, register) for quarter in expected]
        for first, second in pairwise(regimes):
            if first.id != second.id:
                faults.add(
                    f"the window joins the regimes '{first.id}' and '{second.id}'",
                    where=register.file,
                    hint=f"set 'since' of the register to {second.since}",
                )
    return inside


def regime_of(quarter: str, register: Register) -> Regime:
    """The regime a quarter belongs to."""
    regime = register.regime_of(quarter)
    if regime is None:
        raise DataError(f"no regime covers {quarter}", where="notices.yml")
    return regime


def quarter_rows(quarters: pd.DataFrame) -> pd.DataFrame:
    """Rows of estimates (without kind and study), one per quarter and series, gaps included."""
    rows = []
    for series in SERIES:
        for quarter in quarters.to_dict("records"):
            value = quarter[series]
            found = pd.notna(value)
            rows.append(
                {
                    "wave": quarter["quarter"],
                    "indicator": series,
                    "estimate": float(value) if found else float("nan"),
                    "variant": "published",
                    "quality": "ok" if found else "caution",
                    "reason": "" if found else NOT_FOUND,
                    "period": quarter_end(quarter["quarter"]).isoformat(),
                    "design": _cited(quarter),
                }
            )
    return pd.DataFrame(rows).assign(statistic="total", unit="count", domain="all")


def year_rows(quarters: pd.DataFrame) -> pd.DataFrame:
    """Rows of estimates per calendar year: the sum of the quarters found, saying which are not."""
    rows = []
    for year, part in quarters.groupby(quarters["quarter"].str[:4], sort=True):
        found = part[part["problem_apps"].notna()]
        whole = len(found) == 4
        counted = ", ".join(found["quarter"])
        rows.append(
            {
                "wave": year,
                "indicator": "problem_apps_year",
                "estimate": float(found["problem_apps"].sum()) if len(found) else float("nan"),
                "variant": "sum_of_quarters",
                "quality": "ok" if whole else "caution",
                "reason": "" if whole else f"only {counted or 'no quarter'}",
                "period": quarter_end(part["quarter"].max()).isoformat(),
                "design": f"sum of {counted}",
            }
        )
    return pd.DataFrame(rows).assign(statistic="total", unit="count", domain="all")


def _cited(quarter: Mapping) -> str:
    parts = [quarter["source_title"], quarter["source_url"], f"confidence {quarter['confidence']}"]
    return "; ".join(part for part in (*parts, quarter["note"]) if part)


def _check_taxonomy(
    quarter: str, problem: str, register: Register, where: str, faults: Faults
) -> None:
    """A named app's kind is one of the list its quarter's notice followed."""
    own = regime_of(quarter, register).taxonomy
    if own is None or problem not in register.taxonomy(own).codes():
        theirs = next(t.id for t in register.taxonomies if problem in t.codes())
        faults.add(
            f"problem '{problem}' of {quarter} belongs to the list '{theirs}'",
            where=where,
            expected=f"a kind of '{own}'" if own else "none: no list is known for that time",
            hint="kinds of two lists are never counted together",
        )


def _require(table: pd.DataFrame, columns: list[str], name: str) -> None:
    with collect(DataError) as faults:
        for column in columns:
            if column not in table.columns:
                near = did_you_mean(column, table.columns)
                faults.add(f"column '{column}' is missing", where=f"{name}:1", hint=near)


def _counts(raw: pd.DataFrame, column: str, name: str, faults: Faults) -> pd.Series:
    good = raw[column].str.fullmatch(r"\d*")
    for line, cell in raw.loc[~good, column].items():
        faults.add(f"'{cell}' in column '{column}' is not a count", where=f"{name}:{line}")
    return pd.to_numeric(raw[column].where(good & raw[column].ne(""))).astype("Int64")


def _check_sums(table: pd.DataFrame, register: Register, name: str, faults: Faults) -> None:
    counts = table.set_index("quarter")["problem_apps"]
    for check in register.checks:
        found = counts.reindex(check.quarters)
        if found.isna().any() or int(found.sum()) != check.total:
            told = " + ".join("?" if pd.isna(value) else str(value) for value in found)
            faults.add(
                f"{', '.join(check.quarters)} add up to {told} = {int(found.sum())}",
                where=name,
                expected=f"{check.total} ({check.source})",
            )


def _check_kinds(table: pd.DataFrame, register: Register, name: str, faults: Faults) -> None:
    """Kinds never exceed their quarter's count, and exhaust it where the split is known."""
    kinds = [code for code, _ in register.counted]
    split = table[[*kinds, "unassigned"]].fillna(0).sum(axis=1)
    for quarter, total, counted in zip(table["quarter"], table["problem_apps"], split, strict=True):
        known = quarter in register.known_splits
        wrong = counted and (pd.isna(total) or counted > total)
        if wrong or (known and counted != total):
            faults.add(
                f"kinds of {quarter} add up to {counted}",
                where=name,
                expected=f"{'' if known else 'at most '}{total}, the apps in the notice",
            )
    for kind in register.kinds:
        if kind.column is None:
            continue
        early = table[(table["quarter"] < kind.since) & (table[kind.code].fillna(0) > 0)]
        for quarter in early["quarter"]:
            faults.add(
                f"kind '{kind.code}' is counted in {quarter}, before {kind.since}", where=name
            )
    for quarter in sorted(set(register.known_splits) - set(table["quarter"])):
        faults.add(f"known split {quarter} is not in the register", where=name)
