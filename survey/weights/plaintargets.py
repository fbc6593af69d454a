"""Targets of a plain file, and which of its rows they are for.

A margin is named by its columns joined by ":"; its levels are their codes joined by ":". Nobody is
weighted by guess: an answer without a target and a target without an answer are errors naming
both, unless respondents outside are left out by declaration.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.design.labels import level_word
from survey.errors import Faults, WeightError, collect, did_you_mean, one_of
from survey.weights.margins import Margin

NEEDED = ("margin", "level", "count")
NO_DATE = dt.date.min


@dataclass(frozen=True, eq=False)
class Targets:
    """What weights must meet: margins of categories, and totals of numeric columns."""

    margins: tuple[Margin, ...]
    totals: Mapping[str, float]


def targets_of(targets: pd.DataFrame, *, where: str) -> Targets:
    """Targets from a table with the columns margin, level, count.

    `margin` names the columns of the survey file, joined by ":"; without a level, `count` is the
    total of a numeric column. Optional columns: universe, unit, date (ISO), source.

    Raises
    ------
    WeightError
        For a missing column, a repeated level, or a count that is no positive number.
    """
    absent = [name for name in NEEDED if name not in targets.columns]
    if absent:
        raise WeightError(
            f"column '{absent[0]}' is missing", where=where, expected="margin, level, count"
        )
    margins: list[Margin] = []
    totals: dict[str, float] = {}
    with collect(WeightError) as faults:
        for name, rows in targets.groupby("margin", sort=False):
            if len(rows) == 1 and not str(rows["level"].iloc[0]):
                totals[str(name)] = float(_margin(str(name), rows, where, faults).counts[0])
            else:
                margins.append(_margin(str(name), rows, where, faults))
    if not margins and not totals:
        raise WeightError("holds no targets", where=where)
    return Targets(tuple(margins), totals)


def _margin(name: str, rows: pd.DataFrame, where: str, faults: Faults) -> Margin:
    counts = []
    for line, text in zip(rows.index, rows["count"], strict=True):
        try:
            count = float(text)
        except ValueError:
            count = math.nan
        if not (math.isfinite(count) and count > 0):
            faults.add(
                f"margin '{name}': target '{text}' is no positive number",
                where=f"{where}:{line + 2}",
            )
        counts.append(count)
    levels = [str(level) for level in rows["level"]]
    for level in sorted({level for level in levels if levels.count(level) > 1}):
        faults.add(f"margin '{name}' has level '{level}' twice", where=where)

    def told(column: str) -> list[str]:
        return sorted({str(x) for x in rows[column] if str(x)}) if column in rows else []

    dates = tuple(dt.date.fromisoformat(x) for x in told("date"))
    return Margin(
        name=name,
        items=tuple(name.split(":")),
        levels=tuple(levels),
        counts=np.array(counts),
        unit=", ".join(told("unit")),
        universe=", ".join(told("universe")),
        source="; ".join(told("source")),
        dates=dates or (NO_DATE,),
    )


def text_levels(frame: pd.DataFrame, margin: Margin, where: str) -> np.ndarray:
    """Level of every row as text; "" where a column is empty."""
    joined: np.ndarray | None = None
    for item in margin.items:
        if item not in frame.columns:
            raise WeightError(
                f"margin '{margin.name}' needs the column '{item}'",
                where=where,
                expected=one_of(frame.columns),
                hint=did_you_mean(item, frame.columns),
            )
        words = frame[item].map(level_word).to_numpy(dtype=object)
        joined = (
            words
            if joined is None
            else np.where((joined == "") | (words == ""), "", joined + ":" + words)
        )
    assert joined is not None
    return joined.astype(object)


def kept_rows(n: int, levels, margins, leave_out: bool, where: str) -> tuple[np.ndarray, list[str]]:
    """Rows that get a weight, shape (n,), bool, with notes of who is left out.

    Raises
    ------
    WeightError
        For answers without targets (unless `leave_out`) and targets without answers.
    """
    kept = np.ones(n, dtype=bool)
    notes: list[str] = []
    with collect(WeightError) as faults:
        for margin, level in zip(margins, levels, strict=True):
            known = np.isin(level, margin.levels)
            for word in sorted(set(level[~known])):
                count = int((level == word).sum())
                told = f"'{word}' of margin '{margin.name}'" if word else f"no '{margin.name}'"
                if leave_out:
                    notes.append(f"{count} respondents with {told} left out")
                else:
                    faults.add(
                        f"{count} respondents have {told}, which has no target",
                        where=where,
                        expected=one_of(margin.levels),
                        hint="add the target, or leave these respondents out: --leave-out",
                    )
            kept &= known
        for margin, level in zip(margins, levels, strict=True):
            _unanswered(margin, set(level[kept]), where, faults)
    return kept, notes


def require_targets(levels: Sequence[np.ndarray], margins: Sequence[Margin], where: str) -> None:
    """Every respondent has a target in every margin, every target a respondent."""
    kept_rows(len(levels[0]) if levels else 0, levels, margins, False, where)


def _unanswered(margin: Margin, seen: set, where: str, faults: Faults) -> None:
    for name, count in zip(margin.levels, margin.counts, strict=True):
        if name not in seen:
            faults.add(
                f"margin '{margin.name}' has a target for '{name}' ({count:,.0f}), "
                "and no respondent is in it",
                where=where,
                hint="join the category with another in the targets",
            )
