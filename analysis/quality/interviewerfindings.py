"""What a quality report tells of interviewers: effects on answers, deviations, and a row of each.

Decided here: what an interviewer could move, and that interviewers with fewer than `min_cell`
interviews are told together, and means of those with fewer than `min_base` not at all. How an
effect is estimated is decided in interviewers.py; the part of the page is interviewerview.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.compare.multiplicity import holm
from analysis.quality.interviewers import Deviation, Effect, deviations, intraclass
from survey.clean.answers import columns_of, without_missing
from survey.clean.measures import Measures
from survey.instrument.load import Instrument
from survey.instrument.model import Item

INTERVIEWER = "interviewer"
MISSING = "missing answers"  # measure of the interviewer table that is no item


@dataclass(frozen=True)
class InterviewerRow:
    """One interviewer, or all with few interviews (`pooled`: how many they are)."""

    name: str
    interviews: int
    minutes: float
    flagged: float
    missing: float
    pooled: int = 0


@dataclass(frozen=True)
class InterviewerFindings:
    """Effects by item (sorted, with adjusted p), rows, and deviations of one item's means."""

    effects: tuple[tuple[str, Effect, float], ...]
    rows: tuple[InterviewerRow, ...]
    item: str
    deviations: tuple[Deviation, ...]


def interviewer_findings(
    frame: pd.DataFrame, measures: Measures, flagged: pd.Series, instrument: Instrument
) -> InterviewerFindings | None:
    if INTERVIEWER not in frame.columns or frame[INTERVIEWER].nunique() < 2:
        return None
    kept = frame["included"].to_numpy(bool)
    who = frame[INTERVIEWER].fillna("").to_numpy(str)
    level = instrument.policy("conf_level")
    measured = {
        name: intraclass(values[kept], who[kept], level=level)
        for name, values in _measured(frame, measures, instrument).items()
    }
    told = {name: effect for name, effect in measured.items() if effect is not None}
    tested = np.array([effect.p for effect in told.values()])
    adjusted = holm(tested) if told else tested
    effects = sorted(
        (
            (name, effect, float(p))
            for (name, effect), p in zip(told.items(), adjusted, strict=True)
        ),
        key=lambda entry: (-entry[1].icc, entry[0]),
    )
    item = next(
        (i.item for i in instrument.study.indicators if "mean" in i.statistic and i.item in frame),
        "",
    )
    off: list[Deviation] = []
    if item:
        values = _numbers(frame, instrument.items[item], instrument)
        least = instrument.policy("min_base")
        off = deviations(values[kept], who[kept], least=least, level=level)
    rows = _rows(who, measures, flagged, int(instrument.policy("min_cell")))
    return InterviewerFindings(tuple(effects), rows, item, tuple(off))


def _measured(
    frame: pd.DataFrame, measures: Measures, instrument: Instrument
) -> dict[str, np.ndarray]:
    """Numbers an interviewer could move: length, blanks, indicators, items of grids."""
    found: dict[str, np.ndarray] = {MISSING: _missing_share(measures)}
    if measures.seconds is not None:
        found["seconds"] = measures.seconds.to_numpy(float, na_value=np.nan)
    grids = [name for grid in measures.routing.questionnaire.grids for name in grid]
    for name in dict.fromkeys([*(i.item for i in instrument.study.indicators), *grids]):
        item = instrument.items[name]
        if item.kind == "multiple":
            for column in columns_of(frame, name):
                found[column] = frame[column].to_numpy(float, na_value=np.nan)
        elif name in frame.columns:
            found[name] = _numbers(frame, item, instrument)
    return found


def _numbers(frame: pd.DataFrame, item: Item, instrument: Instrument) -> np.ndarray:
    scale = instrument.scales[item.scale] if item.scale else None
    return without_missing(frame, item.id, scale).to_numpy(float, na_value=np.nan)


def _missing_share(measures: Measures) -> np.ndarray:
    asked = measures.asked.to_numpy(float)
    return measures.unanswered.to_numpy(float) / np.where(asked > 0, asked, np.nan)


def _rows(
    who: np.ndarray, measures: Measures, flagged: pd.Series, least: int
) -> tuple[InterviewerRow, ...]:
    """A row per interviewer by name; those with few interviews together, if they are enough."""
    names, counts = np.unique(who, return_counts=True)
    rows = [
        _row(name, who == name, measures, flagged)
        for name, count in zip(names.tolist(), counts.tolist(), strict=True)
        if count >= least
    ]
    few = names[counts < least]
    if np.isin(who, few).sum() >= least:
        rows.append(_row("", np.isin(who, few), measures, flagged, pooled=len(few)))
    return tuple(rows)


def _row(
    name: str, mine: np.ndarray, measures: Measures, flagged: pd.Series, pooled: int = 0
) -> InterviewerRow:
    minutes = float("nan")
    if measures.seconds is not None:
        known = measures.seconds[mine].dropna().to_numpy(float)
        minutes = float(np.median(known)) / 60 if len(known) else float("nan")
    return InterviewerRow(
        name,
        int(mine.sum()),
        minutes,
        float(flagged.to_numpy(bool)[mine].mean()),
        float(np.nan_to_num(_missing_share(measures)[mine]).mean()),
        pooled,
    )
