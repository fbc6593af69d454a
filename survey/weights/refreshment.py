"""A panel kept up to date: joined with a refreshment sample, and shared with newcomers.

The panel and its refreshment are two frames that overlap, so their composite is that of
dualframe.py. Dropout is made up for before, in attrition.py.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey.errors import WeightError
from survey.weights.dualframe import BOTH, FrameAdjustment, fit_composite
from survey.weights.steps import checked_mask, checked_weights, class_sums, row_labels

PANEL, REFRESHMENT = "panel", "refreshment"


def combine_refreshment(
    weights,
    source,
    newcomer,
    *,
    share: float | Literal["effective"],
    deff: tuple[float, float] = (1.0, 1.0),
    groups=None,
    where: str = "",
) -> FrameAdjustment:
    """Panel and refreshment sample as one cross-section.

    The panel reaches only those who were in the population when it was drawn; who came later is
    reached by the refreshment alone and keeps the full weight.

    Parameters
    ----------
    weights : array_like of float, shape (n,)
        Cross-sectional weights of both samples, each for the population it reaches.
    source : array_like of str, shape (n,)
        ``panel`` or ``refreshment``.
    newcomer : array_like of bool, shape (n,)
        Whether the person joined the population after the panel was drawn.
    share, deff, groups
        As in `dualframe.fit_composite`; the share is the panel's.

    Raises
    ------
    WeightError
        As `dualframe.fit_composite`; a newcomer in the panel is a fault.

    References
    ----------
    .. [1] O'Muircheartaigh and Pedlow (2002), Combining samples vs. cumulating cases, Proceedings
       of the Joint Statistical Meetings, Survey Research Methods Section, ASA.
    """
    weights = checked_weights(weights, where=where)
    newcomer = checked_mask(newcomer, len(weights), what="newcomer", where=where)
    domain = np.where(newcomer, f"{REFRESHMENT}_only", BOTH).astype(object)
    return fit_composite(
        weights, source, domain, share=share, deff=deff, groups=groups,
        frames=(PANEL, REFRESHMENT), where=where,
    )  # fmt: skip


def shared_weights(weights, household, selectable, *, where: str = "") -> np.ndarray:
    """Weights of all members of panel households, newcomers included: generalised weight share.

    Every member gets the sum of the household's weights over its members who could have been
    selected when the panel was drawn.

    Parameters
    ----------
    weights : array_like of float, shape (n,)
        Of selected members; 0 for everybody else.
    household : array_like of str, shape (n,)
    selectable : array_like of bool, shape (n,)
        Whether the person was in the population when the panel was drawn; selected members were.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    WeightError
        If somebody with a weight could not have been selected.

    References
    ----------
    .. [1] Lavallee (2007), Indirect Sampling, Springer, chapter 2.
    """
    weights = checked_weights(weights, where=where)
    label = row_labels(household, len(weights), what="household", where=where)
    selectable = checked_mask(selectable, len(weights), what="selectable", where=where)
    wrong = (weights > 0) & ~selectable
    if wrong.any():
        raise WeightError(
            f"{int(wrong.sum())} people have a weight but could not have been selected",
            where=where,
            got=f"first: row {int(np.argmax(wrong)) + 1}",
        )
    levels, place = np.unique(label.astype(str), return_inverse=True)
    links = class_sums(selectable.astype(float), place, len(levels))
    total = class_sums(weights, place, len(levels))
    share = np.divide(total, links, out=np.zeros(len(levels)), where=links > 0)
    return share[place]
