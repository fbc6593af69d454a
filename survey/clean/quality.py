"""Signs of a bad interview: too fast, one answer down a grid, no variation, inattention.

Pure functions from answers to "this respondent shows the sign". Every threshold is a policy of
methods.yml; a sign whose policy is not set there, or whose data a wave does not have, is not
looked for, and cleaning.json says so. Which signs exclude is the policy `exclude_flags`; all
policies and their signs are listed in survey/instrument/cutoffs.py.

    speed_min_share_of_median    seconds under this share of the wave's median are too fast
    speed_min_seconds_per_item   seconds per question asked under this are too fast
    page_min_seconds_per_item    a page with less time per question asked on it is too fast
    page_max_fast                more such pages than this are too fast an interview
    straight_line_max_run        a longer run of one answer in a grid is straight-lining
    grid_min_sd, grid_max_sd     a smaller or larger standard deviation within a grid is suspect
    duplicate_min_items          rows alike in at least so many answers are the same interview
    match_min_share              as large a share of equal answers with another is near-identical
    match_min_items              ... of interviews with at least so many answers
    device_max_interviews        more interviews than this from one device
    attention_max_failed         more instructed answers missed than this is inattention
    missing_max_share            a larger share of questions without answer is incomplete
    routing_max_stray            more answers than this where nothing was asked
    impossible_max               more impossible combinations than this
    gibberish_*                  open answers that are no language, see gibberish.py
    exclude_flags                which of these signs exclude

Duplicates are found in alike.py, near-identical interviews in nearmatch.py. A respondent key met a
second time needs no policy: it always excludes the later row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey.clean.answers import without_missing
from survey.clean.rules import Routing
from survey.instrument.expression import holds

FEWEST_IN_GRID = 3  # answers whose standard deviation is looked at


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


def fast_pages(
    pages: dict[str, np.ndarray], asked: dict[str, np.ndarray], *, per_item: float
) -> np.ndarray:
    """Pages on which an interview spent less than `per_item` seconds per question asked there.

    Parameters
    ----------
    pages : page -> seconds, ndarray of float, shape (n,); NaN is never too fast
    asked : page -> questions asked on it, ndarray of int, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)

    References
    ----------
    .. [1] Huang, Curran, Keeney, Poposki and DeShon (2012), Detecting and deterring insufficient
       effort responding to surveys, Journal of Business and Psychology 27, 99-114: two seconds an
       item, page by page.
    """
    fast = np.zeros(len(next(iter(pages.values()))), dtype=np.int64)
    for page, seconds in pages.items():
        with np.errstate(invalid="ignore"):
            fast += (asked[page] > 0) & (seconds < per_item * asked[page])
    return fast


def longest_run(answers: pd.DataFrame) -> pd.Series:
    """Longest run of one answer from left to right; blanks end a run. int, one per row.

    >>> longest_run(pd.DataFrame({"a": [3, 1], "b": [3, 2], "c": [3, 2]})).to_list()
    [3, 2]
    """
    longest = np.zeros(len(answers), dtype=np.int64)
    run, before = longest.copy(), np.full(len(answers), np.nan)
    for column in answers.columns:
        now = answers[column].to_numpy(float, na_value=np.nan)
        run = np.where(now == before, run + 1, ~np.isnan(now))
        longest = np.maximum(longest, run)
        before = now
    return pd.Series(longest, index=answers.index)


def grids(frame: pd.DataFrame, routing: Routing) -> list[pd.DataFrame]:
    """Answers to each grid of the questionnaire, missing codes as blanks."""
    found = []
    for grid in routing.questionnaire.grids:
        answers = {
            name: without_missing(frame, name, routing.scale(routing.instrument.items[name]))
            for name in grid
            if name in frame.columns
        }
        found.append(pd.DataFrame(answers, index=frame.index))
    return found


def longest_in_grids(frame: pd.DataFrame, routing: Routing) -> pd.Series:
    """The longest run of one answer in any grid; int, one per row."""
    longest = pd.Series(0, index=frame.index)
    for answers in grids(frame, routing):
        longest = longest.clip(lower=longest_run(answers))
    return longest


def spread_in_grids(frame: pd.DataFrame, routing: Routing) -> pd.DataFrame:
    """Within-person standard deviation of each grid, divided by answers; a column per grid.

    The intra-individual response variability: small where one answer was given throughout, large
    where answers jump. NaN with fewer than three answers.

    References
    ----------
    .. [1] Dunn, Heggestad, Shanock and Theilgard (2018), Intra-individual response variability as
       an indicator of insufficient effort responding, Journal of Business and Psychology 33,
       105-121.
    """
    spreads = {}
    for place, answers in enumerate(grids(frame, routing)):
        values = np.column_stack(
            [answers[name].to_numpy(float, na_value=np.nan) for name in answers.columns]
        )
        there = ~np.isnan(values)
        n = there.sum(axis=1)
        held = np.where(there, values, 0.0)
        mean = held.sum(axis=1) / np.maximum(n, 1)
        squares = (np.where(there, values - mean[:, None], 0.0) ** 2).sum(axis=1)
        spreads[place] = np.where(n >= FEWEST_IN_GRID, np.sqrt(squares / np.maximum(n, 1)), np.nan)
    return pd.DataFrame(spreads, index=frame.index)


def uneven(spreads: pd.DataFrame, *, least: float | None, most: float | None) -> pd.Series:
    """Respondents with a grid whose answers vary less than `least` or more than `most`."""
    values = spreads.to_numpy(float)
    with np.errstate(invalid="ignore"):
        low = values < least if least is not None else np.zeros_like(values, dtype=bool)
        high = values > most if most is not None else np.zeros_like(values, dtype=bool)
    return pd.Series((low | high).any(axis=1), index=spreads.index)


def crowded(device: pd.Series, *, most: float) -> pd.Series:
    """Interviews from a device that gave more than `most` of them."""
    return (device.map(device.value_counts()) > most).fillna(False).astype(bool)


def failed_attention(frame: pd.DataFrame, routing: Routing) -> pd.Series:
    """Instructed answers that were asked for and not given; int, one per row."""
    failed = pd.Series(0, index=frame.index)
    for name, instructed in routing.questionnaire.attention.items():
        if name in frame.columns:
            asked = routing.asked(frame, routing.instrument.items[name])
            failed += asked & ~frame[name].eq(instructed).fillna(False).astype(bool)
    return failed


def impossible(frame: pd.DataFrame, routing: Routing) -> pd.Series:
    """Impossible combinations (`impossible:` of the questionnaire) met; int, one per row."""
    met = pd.Series(0, index=frame.index)
    for rule in routing.questionnaire.impossible:
        met += holds(rule.holds, routing.seen(frame, rule.holds))
    return met
