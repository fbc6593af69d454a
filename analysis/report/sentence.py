"""A row in words: its value, its interval, and a change as a sentence.

Which verdict a change gets is decided in claims.py, how verdicts are phrased in words.yml.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan

from analysis.compare import pairs
from analysis.report import claims
from analysis.results.comparable import is_carried, is_withheld
from analysis.results.select import Row
from analysis.results.wording import Words
from analysis.tables.reasons import in_words
from survey.errors import ReportError

CHANGES = ("change", "gap")
_SINCE = {pairs.YEAR_ON_YEAR: "since_year", pairs.PREVIOUS: "since_previous"}


def told_change(change: Row, now: Row, then: Row, words: Words, margin: float | None) -> str:
    """A change as its interval grants it; no full stop.

    Parameters
    ----------
    change, now, then : Row
        The change, and the levels it leads to and starts from.
    margin : float or None
        See `claims.verdict`.

    Raises
    ------
    ReportError
        If the row is no change, or rests on simulated data.
    """
    if change.statistic not in CHANGES:
        raise ReportError(
            f"'sentence' words a change; {change.indicator} {change.wave} is a {change.statistic}",
            hint="{{ change(indicator=..., since=...) | sentence }}",
        )
    verdict = claims.verdict(change, margin=margin)
    what = what_is_measured(change, words)
    if verdict == "broken":
        return words.phrase("claim_broken", what=what, since=_since(change, words))
    if verdict == "suppressed" or now.suppressed or then.suppressed:
        return words.phrase("claim_suppressed", what=what)
    text = words.phrase(
        f"claim_{verdict}",
        what=what,
        now=_level(now, words),
        then=_level(then, words),
        since=_since(change, words),
        by=_amount(abs(change.estimate), change.unit, words, words.decimal),
        signed=_amount(change.estimate, change.unit, words, words.signed),
        interval=interval(change, words),
    )
    if not is_carried(change):
        return text
    how = words.phrase("carried_join").join(in_words(change.reason, words))
    return words.phrase("claim_carried", text=text, since=_since(change, words), how=how)


def levels_variant(change: Row) -> str:
    """Variant of the levels: "raked" behind "raked, independent samples, year-on-year"."""
    parts = change.variant.split(", ")
    kept = [part for part in parts[:-1] if part not in pairs.SAMPLES.values()]
    return ", ".join(kept) or change.variant


def what_is_measured(row: Row, words: Words) -> str:
    if row.category:
        return words.category(row.indicator, row.category, row.study)
    return words.indicator(row.indicator, row.study)


def interval(row: Row, words: Words, digits: int = 1) -> str:
    """The interval with its level: 95% confidence interval 5.8 to 6.1."""
    if isnan(row.ci_low) or row.suppressed:
        return bounds(row, words, digits)
    if isnan(row.conf_level):  # what assumptions allow; there is no level to name
        return words.phrase("assumed_range", range=bounds(row, words, digits))
    level = words.percent(row.conf_level, 0)
    return words.phrase("interval", level=level, range=bounds(row, words, digits))


def bounds(row: Row, words: Words, digits: int = 1) -> str:
    """The ends of the interval in the row's unit; shares of a change in points without %."""
    if row.suppressed:
        return words.phrase("not_comparable" if is_withheld(row) else "quality_suppressed")
    if isnan(row.ci_low):
        return words.phrase("no_interval")
    ends = [_number(end, row, words, digits) for end in (row.ci_low, row.ci_high)]
    return words.phrase("range", low=ends[0], high=ends[1])


def _number(value: float, row: Row, words: Words, digits: int) -> str:
    if row.unit == "count":
        return words.thousands(value)
    if row.unit != "share":
        return words.points(value, digits)
    if row.statistic in CHANGES:
        return words.decimal(value * 100, digits)
    return words.percent(value, digits)


def _level(row: Row, words: Words) -> str:
    text = _in_unit(row.estimate, row.unit, words.decimal)
    text += "%" if row.unit == "share" else ""
    return words.phrase(f"value_{row.unit}", value=text)


def _amount(value: float, unit: str, words: Words, say: Callable[[float, int], str]) -> str:
    return words.phrase(f"amount_{unit}", value=_in_unit(value, unit, say))


def _in_unit(value: float, unit: str, say: Callable[[float, int], str]) -> str:
    return say(value * 100 if unit == "share" else value, 0 if unit == "count" else 1)


def _since(row: Row, words: Words) -> str:
    """What a change is against; "year on year" only where the row says so."""
    relation = row.variant.rpartition(", ")[2]
    wave = words.wave(row.reference, row.study)
    return words.phrase(_SINCE.get(relation, "since_earlier"), wave=wave)
