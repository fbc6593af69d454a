"""What a quality report tells of one wave, as numbers without words.

Decided here: what is counted, and what is pooled so that nobody is singled out: combinations of
signs with fewer than `min_cell` interviews. What is told of interviewers is decided in
interviewerfindings.py, the band of estimates in band.py. Nothing here holds a respondent's key.
Words and pictures are made in page.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.quality.band import Band
from analysis.quality.interviewerfindings import InterviewerFindings, interviewer_findings
from survey.clean.answers import FLAG, FLAGS
from survey.clean.audit import KEPT
from survey.clean.judge import Verdict
from survey.clean.measures import Measures
from survey.clean.nearmatch import largest_match
from survey.instrument.edits import COLUMN
from survey.instrument.load import Instrument

LOOKED = 4000  # interviews whose largest match is drawn
BARS = 40
LONGEST_SHOWN = 0.99  # of interview lengths; longer ones stand in the last bar


@dataclass(frozen=True)
class SignCount:
    """One sign, or a rule that excludes before any: who shows it, and whom it excluded."""

    sign: str
    shown: int
    excluded: int
    excludes: bool


@dataclass(frozen=True)
class Histogram:
    """Counts of bars of equal width from `start`; the last one holds all larger values."""

    start: float
    width: float
    counts: tuple[int, ...]
    middle: float = float("nan")


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything a page shows of a wave; counts are of interviews."""

    interviews: int
    included: int
    flagged_included: int
    taken_back: int
    signs: tuple[SignCount, ...]
    overlap: tuple[tuple[tuple[str, ...], int], ...]
    overlap_rest: int
    length: Histogram | None
    length_cut: float | None
    longest: tuple[int, ...]
    match: Histogram | None
    missing: pd.DataFrame
    changed: tuple[tuple[str, int, tuple[tuple[str, int], ...]], ...]
    interviewers: InterviewerFindings | None
    band: Band | None


def findings(
    frame: pd.DataFrame,
    audit: pd.DataFrame,
    measures: Measures,
    verdict: Verdict,
    excludes: list[str],
    instrument: Instrument,
    band: Band | None,
) -> Findings:
    """Collect what is told of a wave.

    Parameters
    ----------
    frame : the judged answers, with flags, `included` and `exclusion`
    excludes : signs that exclude
    """
    least = int(instrument.policy("min_cell"))
    flags = frame[list(FLAGS)].set_axis([name.removeprefix(FLAG) for name in FLAGS], axis=1)
    combinations = _combinations(flags)
    common = [(signs, count) for signs, count in combinations if count >= least]
    shows_any = flags.any(axis=1)
    return Findings(
        interviews=len(frame),
        included=int(frame["included"].sum()),
        flagged_included=int((shows_any & frame["included"]).sum()),
        taken_back=int((audit["rule"] == KEPT).sum()),
        signs=_signs(frame, flags, verdict, excludes),
        overlap=tuple(common),
        overlap_rest=sum(count for _, count in combinations) - sum(count for _, count in common),
        length=_lengths(measures.seconds),
        length_cut=_length_cut(measures, verdict),
        longest=_longest(measures),
        match=_matches(measures, verdict),
        missing=measures.missing_by_item(),
        changed=_changed(audit),
        interviewers=interviewer_findings(frame, measures, shows_any, instrument),
        band=band,
    )


def _signs(
    frame: pd.DataFrame, flags: pd.DataFrame, verdict: Verdict, excludes: list[str]
) -> tuple[SignCount, ...]:
    left = frame.loc[~frame["included"], "exclusion"].value_counts()
    rows = [
        SignCount(
            sign,
            int(flags[sign].sum()),
            int(left.get(sign, 0)),
            sign in excludes,
        )
        for sign in flags.columns
        if sign not in verdict.not_looked_for
    ]
    rows += [
        SignCount(str(rule), int(count), int(count), True)
        for rule, count in sorted(left.items())
        if rule not in flags.columns
    ]
    return tuple(sorted(rows, key=lambda row: (-row.excluded, -row.shown, row.sign)))


def _combinations(flags: pd.DataFrame) -> list[tuple[tuple[str, ...], int]]:
    """Which signs are shown together, most frequent first."""
    marked = flags[flags.any(axis=1)]
    counts = Counter(
        tuple(name for name, shown in zip(flags.columns, row, strict=True) if shown)
        for row in marked.to_numpy(bool).tolist()
    )
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))


def _lengths(seconds: pd.Series | None) -> Histogram | None:
    if seconds is None or not seconds.notna().any():
        return None
    minutes = seconds.dropna().to_numpy(float) / 60
    top = float(np.quantile(minutes, LONGEST_SHOWN))
    width = _round_width(top / BARS)
    return _histogram(minutes, 0.0, width, top, float(np.median(minutes)))


def _length_cut(measures: Measures, verdict: Verdict) -> float | None:
    """The cut-off as a share of the median, in minutes."""
    share = verdict.thresholds.get("speed_min_share_of_median")
    if share is None or measures.seconds is None or not measures.seconds.notna().any():
        return None
    return share * float(measures.seconds.median()) / 60


def _longest(measures: Measures) -> tuple[int, ...]:
    """Interviews by their longest run of equal answers in a grid, from 0."""
    if not measures.routing.questionnaire.grids:
        return ()
    return tuple(int(count) for count in np.bincount(measures.longest.to_numpy(int)))


def _matches(measures: Measures, verdict: Verdict) -> Histogram | None:
    items = verdict.thresholds.get("match_min_items")
    if items is None:
        return None
    found = largest_match(measures.answers, min_items=items, most=LOOKED)
    if not len(found):
        return None
    start = np.floor(20 * found.min()) / 20
    return _histogram(100 * found, 100 * float(start), 2.5, 100.0, float(np.median(100 * found)))


def _histogram(
    values: np.ndarray, start: float, width: float, top: float, middle: float
) -> Histogram:
    bars = max(1, int(np.ceil((top - start) / width - 1e-9)))
    place = np.clip(((values - start) / width + 1e-9).astype(int), 0, bars - 1)
    counts = np.bincount(place, minlength=bars)
    return Histogram(start, width, tuple(int(count) for count in counts), middle)


def _round_width(width: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= width))


def _changed(audit: pd.DataFrame) -> tuple[tuple[str, int, tuple[tuple[str, int], ...]], ...]:
    """Changed answers by rule and item."""
    marks = audit["item"].str.startswith(COLUMN)  # of edits
    rows = audit[~audit["item"].isin([*FLAGS, "included"]) & ~marks]
    found = []
    for rule, part in rows.groupby("rule", sort=True):
        items = part["item"].value_counts()
        listed = sorted(((str(k), int(v)) for k, v in items.items()), key=lambda e: (-e[1], e[0]))
        found.append((str(rule), len(part), tuple(listed)))
    return tuple(found)
