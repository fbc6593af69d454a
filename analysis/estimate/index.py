"""A composite 10-point index: several items carried to 0-10 and averaged person by person.

Every item is first carried to ``(x - low) / (high - low) x 10``, reversed where it is worded the
other way, so that items of different length may be averaged. What happens to a person with gaps
is a declared rule, never a default of some library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey.design.stages import exact_totals
from survey.design.totals import group
from survey.errors import EstimateError

SCORE_MAX = 10.0
Gaps = Literal["complete", "person_mean", "item_mean"]
RULES = ("complete", "person_mean", "item_mean")
EXCLUDES = "se excludes imputation"


@dataclass(frozen=True)
class Part:
    """One item of an index.

    Attributes
    ----------
    item : str
    low, high : float
        Ends of its scale; an answer outside them is an error.
    reverse : bool
        High codes mean little of what the index measures.
    weight : float
        In the average over items.
    """

    item: str
    low: float
    high: float
    reverse: bool = False
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Scores:
    """Index values of n respondents.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        0 to 10; NaN for who has no index.
    items : ndarray of float, shape (n, p)
        Item scores, 0 to 10, gaps NaN.
    imputed : ndarray of bool, shape (n,)
        Whose value rests on an item mean of others.
    """

    values: np.ndarray
    items: np.ndarray
    imputed: np.ndarray


def index_scores(
    answers: np.ndarray,
    parts: Sequence[Part],
    *,
    gaps: Gaps = "complete",
    least: int | None = None,
    weight: np.ndarray | None = None,
) -> Scores:
    """Index of every respondent.

    Parameters
    ----------
    answers : ndarray of float, shape (n, p)
        Codes; NaN is no answer.
    parts : sequence of Part, length p
    gaps : {"complete", "person_mean", "item_mean"}
        Who has a gap has no index; or the mean of the items answered; or, for the gaps, the
        weighted mean of each item (estimates then carry the note that their error excludes
        imputation).
    least : int, optional
        Items a person must have answered; default all for ``complete``, half (rounded up)
        otherwise.
    weight : ndarray of float, shape (n,), optional
        Needed for ``item_mean``.

    Raises
    ------
    EstimateError
        If an answer lies outside its scale, or the rule is unknown.
    """
    if gaps not in RULES:
        raise EstimateError(f"unknown rule for gaps '{gaps}'", expected=" or ".join(RULES))
    items = np.column_stack([_scored(a, part) for a, part in zip(answers.T, parts, strict=True)])
    known = ~np.isnan(items)
    p = len(parts)
    needed = least if least is not None else (p if gaps == "complete" else (p + 1) // 2)
    if not 1 <= needed <= p:
        raise EstimateError(f"an index of {p} items cannot need {needed} answers")
    enough = known.sum(axis=1) >= (p if gaps == "complete" else needed)
    filled = np.where(known, items, 0.0)
    share = np.where(known, 1.0, 0.0) * [part.weight for part in parts]
    imputed = np.zeros(len(items), dtype=bool)
    if gaps == "item_mean":
        if weight is None:
            raise EstimateError("imputing item means needs the weights")
        filled = np.where(known, items, _item_means(items, known, weight))
        share = np.broadcast_to([part.weight for part in parts], items.shape)
        imputed = enough & ~known.all(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (filled * share).sum(axis=1) / share.sum(axis=1)
    return Scores(np.where(enough, values, np.nan), items, imputed)


def _scored(answers: np.ndarray, part: Part) -> np.ndarray:
    if not part.low < part.high:
        raise EstimateError(f"the scale of '{part.item}' runs from {part.low:g} to {part.high:g}")
    outside = (answers < part.low) | (answers > part.high)
    if outside.any():
        raise EstimateError(
            f"{outside.sum()} answers to '{part.item}' lie outside its scale",
            got=f"first: {answers[outside][0]:g}",
            expected=f"{part.low:g} to {part.high:g}",
            hint="recode don't-know codes to no answer",
        )
    score = (answers - part.low) / (part.high - part.low) * SCORE_MAX
    return SCORE_MAX - score if part.reverse else score


def _item_means(items: np.ndarray, known: np.ndarray, weight: np.ndarray) -> np.ndarray:
    everybody = group(np.zeros(len(items), dtype=np.int64), 1)
    weighted = np.where(known, items, 0.0) * weight[:, None]
    both = exact_totals(np.concatenate([weighted, known * weight[:, None]], axis=1), everybody)[0]
    p = items.shape[1]
    if (both[p:] == 0).any():
        raise EstimateError("an item of the index has no answer at all, so it has no mean")
    return both[:p] / both[p:]
