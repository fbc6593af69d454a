"""Words like "rose" and "highest", granted by intervals and never by a point estimate.

The verdict on a change is decided here, from its row alone; how it is phrased is in words.yml
beside this file. A claim about the world never rests on a simulated row, and a number somebody
published without its error gets no verdict: its difference is stated as published.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from analysis.results.bases import require_same_base
from analysis.results.comparable import is_withheld
from analysis.results.select import Row
from survey.errors import ReportError

Trend = Literal["falling", "rising", "none"]
Verdict = Literal["rose", "fell", "stable", "undetected", "published", "suppressed", "broken"]
_STABLE_LEVEL = 0.90  # two one-sided tests at 5 %: the 90 % interval must lie within the margin


def verdict(change: Row, *, margin: float | None = None) -> Verdict:
    """What may be said of a change.

    Parameters
    ----------
    change : Row
        A row of comparisons; its interval is adjusted through `p_adjusted` where it is one of a
        family.
    margin : float, optional
        Largest change, in the row's unit, that counts as none. Without one nothing is "stable".

    Returns
    -------
    str
        rose or fell: the adjusted interval excludes 0; stable: the 90 % interval lies within the
        margin; undetected: neither; published: a difference of published numbers; suppressed;
        broken: the question changed, and no bridge carries it.

    Raises
    ------
    ReportError
        If the row is simulated.

    References
    ----------
    .. [1] Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
    if is_withheld(change):  # nothing is claimed of the world
        return "broken"
    refuse_simulated(change)
    if change.suppressed:
        return "suppressed"
    if change.kind == "published":
        return "published"
    if excludes_zero(change):
        return "rose" if change.estimate > 0 else "fell"
    if margin is not None and _within(change, margin):
        return "stable"
    return "undetected"


def refuse_simulated(*rows: Row) -> None:
    """A claim about the world must not rest on simulated data."""
    for row in rows:
        if row.kind == "simulated":
            raise ReportError(
                f"a claim would rest on simulated data ({row.study} {row.wave} {row.indicator}"
                f"{' ' + row.category if row.category else ''}, {row.domain})",
                expected="a row of kind collected, measured or published",
                hint='ask for kind="published", or show the number without a claim',
            )


def excludes_zero(change: Row) -> bool:
    """Whether the interval, adjusted for the family it belongs to, lies on one side of 0."""
    if math.isnan(change.ci_low) or math.isnan(change.ci_high):
        return False
    apart = change.ci_low > 0 or change.ci_high < 0
    if apart and not math.isnan(change.p_adjusted):
        return change.p_adjusted < 1 - change.conf_level
    return apart


def _within(change: Row, margin: float) -> bool:
    from scipy.special import stdtrit

    if math.isnan(change.se):
        return False
    df = change.df if math.isfinite(change.df) and change.df > 0 else 1e9
    half = float(stdtrit(df, (1 + _STABLE_LEVEL) / 2)) * change.se
    return -margin <= change.estimate - half and change.estimate + half <= margin


def direction(difference: Row) -> Literal["above", "below", "none"]:
    """On which side of its reference a level may be said to lie: a gap, or a change, as a word."""
    refuse_simulated(difference)
    if difference.suppressed or not excludes_zero(difference):
        return "none"
    return "above" if difference.estimate > 0 else "below"


def trend(slopes: Sequence[Row]) -> Trend:
    """Whether a series may be called falling or rising: the rule declared with its models.

    Parameters
    ----------
    slopes : sequence of Row
        Rows of statistic coefficient of one series: `variant` begins with the model (count, rate),
        `reference` and `wave` the first and last quarter of its span. The longest span is the
        whole series; the others begin at declared breaks (analysis/monitoring/trend.py).

    Returns
    -------
    str
        falling or rising: over the whole series every model has a slope of that sign whose
        interval excludes 0, and no span since a break has one of the other sign; none: anything
        else, and that is no claim that nothing moved.

    Raises
    ------
    ReportError
        If there is no model, only one, or a row is simulated.
    """
    signs, against = _signs(slopes)
    if signs == {-1} and 1 not in against:
        return "falling"
    if signs == {1} and -1 not in against:
        return "rising"
    return "none"


def turned(slopes: Sequence[Row]) -> bool:
    """Whether a series that moves one way as a whole moves the other way since a declared break."""
    signs, against = _signs(slopes)
    return len(signs) == 1 and 0 not in signs and -min(signs) in against


def _signs(slopes: Sequence[Row]) -> tuple[set[int], set[int]]:
    """Signs of the slopes over the whole series, and over the spans that begin at a break."""
    refuse_simulated(*slopes)
    odd = [row for row in slopes if row.statistic != "coefficient"]
    if odd or not slopes:
        raise ReportError(
            "a trend is judged from its models",
            expected="rows of statistic coefficient",
            hint="declare 'trend' in notices.yml and run make estimates",
        )
    first, last = min(row.reference for row in slopes), max(row.wave for row in slopes)
    whole = [row for row in slopes if (row.reference, row.wave) == (first, last)]
    if len({model_of(row) for row in whole}) < 2:
        raise ReportError(
            f"the trend of {slopes[0].indicator} has one model over {first} to {last}",
            expected="a model of the counts and one of the rates",
        )
    return {_sign(row) for row in whole}, {_sign(row) for row in slopes if row not in whole}


def model_of(slope: Row) -> str:
    """The model behind a slope: count or rate."""
    return slope.variant.partition(", ")[0]


def _sign(slope: Row) -> int:
    """-1 or 1 if the interval excludes 0 on that side, else 0."""
    if slope.suppressed or not excludes_zero(slope):
        return 0
    return 1 if slope.estimate > 0 else -1


def exceeds(row: Row, bound: float) -> bool:
    """Whether the whole interval lies above `bound` ("more than half": 0.5).

    A published number without an interval is taken at its word.
    """
    refuse_simulated(row)
    if row.kind == "published" and math.isnan(row.ci_low):
        return row.estimate > bound
    return row.ci_low > bound


def highest(rows: Sequence[Row], differences: Sequence[Row]) -> Row:
    """The row that may be called highest: above each other one by an interval that excludes 0.

    Parameters
    ----------
    rows : sequence of Row
        The candidates: levels of one domain variable, or categories of one indicator.
    differences : sequence of Row
        Pairwise differences (statistic gap) between them: `domain` (or `category`) against
        `reference` (the bare code of a level), in either order.

    Raises
    ------
    ReportError
        If a row is simulated, the rows have different bases, a difference is missing, or an
        interval reaches 0.
    """
    refuse_simulated(*rows)
    require_same_base(rows)
    top = max(rows, key=lambda row: row.estimate)
    name = _label(top, rows)
    found = {(_label(gap, rows), gap.reference): gap for gap in differences}
    for other in rows:
        if other is top:
            continue
        against = _label(other, rows)
        gap = found.get((name, against)) or found.get((against, name))
        if gap is None:
            raise ReportError(
                f"'{name}' cannot be called highest: its difference from '{against}' is unknown",
                expected="a pairwise difference (statistic gap) for every other row",
                hint="declare the gap in study.yml, or do not rank",
            )
        if not excludes_zero(gap):
            raise ReportError(
                f"'{name}' cannot be called highest: its difference from '{against}' may be 0",
                hint="state the numbers without ranking them",
            )
    return top


def _label(row: Row, rows: Sequence[Row]) -> str:
    """What tells a row from the others: its category, or the code of its level."""
    by_category = len({one.category for one in rows}) > 1
    return row.category if by_category else row.domain.partition("=")[2]
