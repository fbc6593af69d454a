"""Choosing rows by key: exactly one for a number in a sentence, several for a figure or table."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import pandas as pd

from analysis.results.schema import COLUMNS, KEY, NUMBERS
from survey.errors import ReportError, did_you_mean, one_of


@dataclass(frozen=True)
class Row:
    """One publishable number with everything that belongs to it; see schema.py."""

    kind: str
    study: str
    wave: str
    indicator: str
    statistic: str
    category: str
    domain: str
    reference: str
    base_kind: str
    analysis_unit: str
    frame: str
    variant: str
    vintage: str
    estimate: float
    unit: str
    se: float
    ci_low: float
    ci_high: float
    conf_level: float
    df: float
    p_value: float
    p_adjusted: float
    family_id: str
    n: float
    n_eff: float
    weighted_n: float
    deff: float
    cv: float
    quality: str
    reason: str
    comparable: str
    period: str
    wording_id: str
    design: str
    run_id: str
    cov_family: str
    count: float
    imputed: float = math.nan

    @property
    def suppressed(self) -> bool:
        return self.quality == "suppressed"

    def key(self) -> dict[str, str]:
        return {column: getattr(self, column) for column in KEY}


assert {field.name for field in fields(Row)} == set(COLUMNS)


def many(rows: pd.DataFrame, **key: str | list[str]) -> pd.DataFrame:
    """Rows whose columns equal the words given (or are in a list of words).

    Numbers that somebody else published are left out unless `kind` asks for them.

    Raises
    ------
    ReportError
        For a column that is not in the schema.
    """
    chosen = rows
    if "kind" not in key:
        chosen = chosen[chosen["kind"] != "published"]
    for column, wanted in key.items():
        if column not in COLUMNS or column in NUMBERS:
            words = [name for name in COLUMNS if name not in NUMBERS]
            raise ReportError(
                f"rows cannot be chosen by '{column}'",
                expected=one_of(words, most=30),
                hint=did_you_mean(column, words),
            )
        words = [wanted] if isinstance(wanted, str) else list(wanted)
        chosen = chosen[chosen[column].isin(words)]
    return chosen


def one(rows: pd.DataFrame, **key: str) -> Row:
    """Exactly one row; `domain` is "all", `reference` and `category` are "" unless said.

    Raises
    ------
    ReportError
        If none or several match, saying which words of the key would match something.
    """
    full = {"domain": "all", "category": "", "reference": "", **key}
    chosen = many(rows, **full)
    if len(chosen) == 1:
        return Row(**dict(zip(COLUMNS, chosen[list(COLUMNS)].iloc[0], strict=True)))
    told = ", ".join(f"{name}={value}" for name, value in sorted(full.items()) if value)
    if len(chosen):
        differ = [name for name in KEY if chosen[name].nunique() > 1]
        raise ReportError(
            f"{len(chosen)} estimates match {told}",
            expected=f"one; they differ in {', '.join(differ)}",
            hint="; ".join(f"{name}: {one_of(sorted(set(chosen[name])))}" for name in differ),
        )
    raise ReportError(f"no estimate matches {told}", hint=_why_none(rows, full))


def _why_none(rows: pd.DataFrame, key: dict[str, str]) -> str:
    """Which word of the key matches nothing, given the others before it."""
    left = rows if "kind" in key else rows[rows["kind"] != "published"]
    for column, wanted in key.items():
        known = sorted(set(left[column]))
        if wanted not in known:
            near = did_you_mean(wanted, known)
            return (
                f"{column} is {one_of(known)}; {near}" if near else f"{column} is {one_of(known)}"
            )
        left = left[left[column] == wanted]
    return ""
