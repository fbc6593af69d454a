"""The headline under other rules of quality: a robustness band.

Decided here: every choice of the grid (grid.py) is judged on the same measures, weighted and
calibrated anew by the wave's own plan, and estimated as the study is. What is looked at is each
indicator for the whole population. A choice under which weights or estimates cannot be made is
told and counted, never dropped in silence. Numbers are rounded to the digits in which results are
published, so that two choices that differ by one person do not give that person's answer away.

References
----------
.. [1] Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4,
   1208-1214.
.. [2] Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a
   multiverse analysis, Perspectives on Psychological Science 11, 702-712.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimate.wave import estimate_wave
from analysis.quality.grid import Choice, choices
from survey.clean.measures import Measures
from survey.clean.pipeline import finish
from survey.clean.signs import signs
from survey.errors import PerceptionError
from survey.instrument.cutoffs import CUTOFFS, Keep
from survey.instrument.load import Instrument
from survey.weights.weigh import weigh

DIGITS = {"points10": 2, "share": 3, "ratio": 3, "count": 0}
KEY = ["indicator", "statistic", "category"]
NUMBERS = ["estimate", "ci_low", "ci_high"]


@dataclass(frozen=True, eq=False)
class Band:
    """What a grid of rules makes of the headlines of a wave.

    Attributes
    ----------
    rows : DataFrame
        A row per choice and headline: choice (0 is the study's own), sample (the first choice
        that leaves the same people), signs, cutoffs, included, indicator, statistic, category,
        unit, estimate, ci_low, ci_high, quality.
    summary : DataFrame
        A row per headline: key, unit, estimate (the study's own), low, high (of all choices),
        samples (choices that leave different people), contain (share of these whose interval
        contains the study's own estimate).
    failed : choice in words -> why it has no numbers
    """

    rows: pd.DataFrame
    summary: pd.DataFrame
    failed: dict[str, str]


def robustness(
    measures: Measures, start: pd.DataFrame, instrument: Instrument, wave: str, *, kind: str
) -> Band:
    """Estimate the headlines of a wave under every choice of its grid.

    Parameters
    ----------
    measures : Measures
    start : DataFrame
        The answers before anybody is judged, with who was left out already (`included`).
    kind : of the data
    """
    lean = replace(
        instrument,
        study=instrument.study.model_copy(update={"domains": [], "crossed_domains": []}),
    )
    judged = _Judged(measures)
    keep = instrument.keep.get(wave, ())
    parts, failed = [], {}
    samples: dict[bytes, tuple[int, pd.DataFrame]] = {}
    for number, choice in enumerate(choices(instrument, wave)):
        frame = start.assign(included=included(judged, start, choice, keep))
        people = frame["included"].to_numpy(bool).tobytes()
        try:
            if people not in samples:
                samples[people] = (number, _headlines(frame, lean, wave, kind))
        except PerceptionError as error:
            if choice.own:
                raise
            failed[in_words(choice)] = error.faults[0].what
            continue
        sample, rows = samples[people]
        head: dict[str, Any] = {
            "choice": number,
            "sample": sample,
            "signs": " ".join(choice.signs),
            "cutoffs": " ".join(f"{name}={value:g}" for name, value in choice.cut),
            "included": int(frame["included"].sum()),
        }
        parts.append(rows.assign(**head)[[*head, *rows.columns]])
    rows = pd.concat(parts, ignore_index=True)
    return Band(_rounded(rows, NUMBERS), _summary(rows), failed)


def in_words(choice: Choice) -> str:
    """A choice as the rows of a band name it."""
    told = ", ".join(f"{name} {value:g}" for name, value in choice.cut)
    return (" ".join(choice.signs) or "none") + (f" ({told})" if told else "")


class _Judged:
    """Signs under any cut-offs; each is looked for once per value of its own."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        self.known: dict[tuple, pd.Series | None] = {}

    def who(self, sign: str, cut: Mapping[str, float]) -> pd.Series | None:
        own = tuple(sorted((name, v) for name, v in cut.items() if CUTOFFS[name] == sign))
        if (sign, own) not in self.known:
            told = signs(self.measures, dict(own), only=(sign,))[sign]
            self.known[sign, own] = None if isinstance(told, str) else told[0]
        return self.known[sign, own]


def included(
    judged: _Judged, start: pd.DataFrame, choice: Choice, keep: Sequence[Keep]
) -> pd.Series:
    """Who stays under a choice; rows of the keep file hold as they do in cleaning."""
    left = start["included"].copy()
    for sign in choice.signs:
        shows = judged.who(sign, dict(choice.cut))
        if shows is not None:
            left &= ~shows | _kept(start["respondent"], sign, keep)
    return left | (~start["included"] & _kept_earlier(start, keep))


def _kept(people: pd.Series, rule: str, keep: Sequence[Keep]) -> pd.Series:
    kept = pd.Series(False, index=people.index)
    for row in keep:
        if row.rule in ("", rule):
            kept |= people.eq(row.respondent) if row.respondent else True
    return kept


def _kept_earlier(start: pd.DataFrame, keep: Sequence[Keep]) -> pd.Series:
    """Who a rule before any sign left out and the keep file takes back."""
    kept = pd.Series(False, index=start.index)
    for rule in start["exclusion"].unique():
        kept |= start["exclusion"].eq(rule) & _kept(start["respondent"], str(rule), keep)
    return kept


def _headlines(frame: pd.DataFrame, lean: Instrument, wave: str, kind: str) -> pd.DataFrame:
    responses = finish(frame, lean, wave)
    done = weigh(responses, lean, wave)
    rows = estimate_wave(responses, done.weights, done.record, lean, wave, kind=kind).rows
    return rows.loc[rows["domain"] == "all", [*KEY, "unit", *NUMBERS, "quality"]]


def _summary(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    for _, part in rows.groupby(KEY, sort=False):
        own = part[part["choice"] == 0].iloc[0]
        shown = part[part["estimate"].notna() & part["choice"].eq(part["sample"])]
        if not len(shown) or np.isnan(own["estimate"]):
            continue
        inside = shown["ci_low"].le(own["estimate"]) & shown["ci_high"].ge(own["estimate"])
        found.append(
            {
                **own[[*KEY, "unit", *NUMBERS]],
                "low": shown["estimate"].min(),
                "high": shown["estimate"].max(),
                "samples": len(shown),
                "contain": round(float(inside.mean()), 4),
            }
        )
    columns = [*KEY, "unit", *NUMBERS, "low", "high", "samples", "contain"]
    return _rounded(pd.DataFrame(found, columns=columns), [*NUMBERS, "low", "high"])


def _rounded(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Numbers in the digits of their unit."""
    rows = rows.copy()
    digits = rows["unit"].map(DIGITS)
    for column in columns:
        values = [round(float(v), int(d)) for v, d in zip(rows[column], digits, strict=True)]
        rows[column] = np.array(values, dtype=float)
    return rows
