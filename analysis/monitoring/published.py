"""Published numbers of a wave (`published.csv` beside its raw files) as rows of estimates.

A number printed as "about" keeps its value; what "about" may hide is declared in methods.yml and
stands in `ci_low`, `ci_high` without a confidence level. It is no interval of sampling error: base
and error of these numbers were never published.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from survey.errors import DataError, collect, did_you_mean
from survey.instrument.load import Instrument
from survey.io.tables import read_csv

COLUMNS = (
    "wave",
    "indicator",
    "statistic",
    "category",
    "domain",
    "estimate",
    "unit",
    "source",
    "note",
)


def read_published(path: Path, instrument: Instrument, *, name: str = "") -> pd.DataFrame:
    """The table with `estimate` as a number; every indicator is one of the study's.

    Raises
    ------
    DataError
        With every fault: a missing column, an unknown indicator, an estimate that is no number,
        a number without a source.
    """
    name = name or path.name
    table = read_csv(path, name)
    known = {indicator.id for indicator in instrument.study.indicators}
    with collect(DataError) as faults:
        for column in COLUMNS:
            if column not in table.columns:
                faults.add(f"column '{column}' is missing", where=f"{name}:1")
    with collect(DataError) as faults:
        for line, indicator, source in zip(
            range(2, len(table) + 2), table["indicator"], table["source"], strict=True
        ):
            if indicator not in known:
                faults.add(
                    f"there is no indicator '{indicator}'",
                    where=f"{name}:{line}",
                    hint=did_you_mean(indicator, known),
                )
            if not source:
                faults.add("a published number needs a source", where=f"{name}:{line}")
        value = pd.to_numeric(table["estimate"], errors="coerce")
        for line in (table.index[value.isna()] + 2).tolist():
            faults.add("the estimate is not a number", where=f"{name}:{line}")
    return table.assign(estimate=value)


def tolerances(levels: Mapping[str, float], instrument: Instrument) -> dict[str, float]:
    """What "about" may hide of each level (methods.yml: about_tolerance and the two beside it)."""
    small = instrument.policy("about_small_below")
    names = {True: "about_tolerance_small", False: "about_tolerance"}
    return {key: instrument.policy(names[level < small]) for key, level in levels.items()}


def published_rows(table: pd.DataFrame, tolerance: Mapping[str, float]) -> pd.DataFrame:
    """Rows of estimates (without kind, study and period); `variant` is ``about`` or ``published``.

    tolerance : indicator -> what "about" may hide of its overall level; others were given exactly.
    """
    kept = ["wave", "indicator", "statistic", "category", "domain", "estimate", "unit"]
    rows = table[kept].copy()
    overall = rows["domain"].eq("all") & rows["category"].eq("")
    within = rows["indicator"].map(tolerance).where(overall)
    rows["variant"] = within.notna().map({True: "about", False: "published"})
    rows["ci_low"] = (rows["estimate"] - within).clip(lower=0)
    rows["ci_high"] = (rows["estimate"] + within).clip(upper=1)
    rows["reason"] = table["note"]
    rows["design"] = table["source"]
    return rows
