"""Signs of a bad interview: too fast, one answer down a grid, the same answers twice, inattention.

Pure functions from answers to "this respondent shows the sign". Every threshold is a policy of
methods.yml; a sign whose policy is not set there, or whose data a wave does not have, is not
looked for, and cleaning.json says so. Which signs exclude is the policy `exclude_flags`.

    speed_min_share_of_median    seconds under this share of the wave's median are too fast
    speed_min_seconds_per_item   seconds per question asked under this are too fast
    straight_line_max_run        a longer run of one answer in a grid is straight-lining
    duplicate_min_items          rows alike in at least so many answers are the same interview
    attention_max_failed         more instructed answers missed than this is inattention
    missing_max_share            a larger share of questions without answer is incomplete
    exclude_flags                which of speed, straight, duplicate, attention, missing exclude

The last needs no data: a respondent key met a second time always excludes the later row.
"""

from __future__ import annotations

import pandas as pd

from survey.clean.answers import columns_of, given, without_missing
from survey.clean.rules import Routing


def too_fast(
    seconds: pd.Series,
    questions: pd.Series,
    *,
    share_of_median: float | None = None,
    per_item: float | None = None,
) -> pd.Series:
    """Interviews shorter than a share of the median, or than seconds x questions asked.

    Parameters
    ----------
    seconds, questions : Series, one per respondent
        Blank seconds are never too fast.

    Returns
    -------
    Series of bool
    """
    fast = pd.Series(False, index=seconds.index)
    if share_of_median is not None and seconds.notna().any():
        fast |= seconds.lt(share_of_median * seconds.median()).fillna(False).astype(bool)
    if per_item is not None:
        fast |= seconds.lt(per_item * questions).fillna(False).astype(bool)
    return fast


def longest_run(answers: pd.DataFrame) -> pd.Series:
    """Longest run of one answer from left to right; blanks end a run. int, one per row.

    >>> longest_run(pd.DataFrame({"a": [3, 1], "b": [3, 2], "c": [3, 2]})).to_list()
    [3, 2]
    """
    longest = pd.Series(0, index=answers.index)
    run, before = longest, pd.Series(pd.NA, index=answers.index, dtype="Int64")
    for column in answers.columns:
        now = answers[column]
        same = now.eq(before).fillna(False).astype(bool)
        run = (run.where(same, 0) + 1).where(now.notna(), 0)
        longest = longest.where(longest >= run, run)
        before = now
    return longest


def straight_lined(frame: pd.DataFrame, routing: Routing, *, max_run: float) -> pd.Series:
    """Respondents with a run longer than `max_run` in any grid."""
    straight = pd.Series(False, index=frame.index)
    for grid in routing.questionnaire.grids:
        answers = {
            name: without_missing(frame, name, routing.scale(routing.instrument.items[name]))
            for name in grid
            if name in frame.columns
        }
        straight |= longest_run(pd.DataFrame(answers, index=frame.index)) > max_run
    return straight


def duplicated(
    frame: pd.DataFrame, routing: Routing, *, min_items: float, device: pd.Series | None = None
) -> pd.Series:
    """Rows whose answers are those of an earlier row, from the same device where it is known.

    Only rows with at least `min_items` answers to the questionnaire are looked at: two people can
    well give the same few answers. The first row (in the order of the file) is not marked.
    """
    items = routing.questions(frame)
    answered = pd.DataFrame(
        {item.id: given(frame, item.id, routing.scale(item)) for item in items}, index=frame.index
    )
    answers = frame[[column for item in items for column in columns_of(frame, item.id)]]
    enough = answered.sum(axis=1) >= min_items
    if device is not None:
        answers = answers.assign(device=device)
        enough &= device.notna()
    return answers[enough].duplicated().reindex(frame.index, fill_value=False)


def inattentive(frame: pd.DataFrame, routing: Routing, *, max_failed: float) -> pd.Series:
    """Respondents who missed more than `max_failed` of the instructed answers put to them."""
    failed = pd.Series(0, index=frame.index)
    for name, instructed in routing.questionnaire.attention.items():
        if name in frame.columns:
            asked = routing.asked(frame, routing.instrument.items[name])
            failed += asked & ~frame[name].eq(instructed).fillna(False).astype(bool)
    return failed > max_failed
