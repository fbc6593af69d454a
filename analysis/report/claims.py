"""Words like "rose" and "highest", granted by intervals and never by a point estimate.

The verdict on a change is decided here, from its row alone; how it is phrased is in words.yml
beside this file. A claim about the world never rests on a simulated row, and a number somebody
published without its error gets no verdict: its difference is stated as published.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from analysis.results.select import Row
from survey.errors import ReportError

Verdict = Literal["rose", "fell", "stable", "undetected", "published", "suppressed"]
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
        margin; undetected: neither; published: a difference of published numbers; suppressed.

    Raises
    ------
    ReportError
        If the row is simulated.

    References
    ----------
    .. [1] Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
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
        If a row is simulated, a difference is missing, or an interval reaches 0.
    """
    refuse_simulated(*rows)
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
