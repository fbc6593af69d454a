"""Means of items with equal steps, as 10-point scores where the indicator says so.

Only answers on the scale count: don't know, refused and blank leave the base of a mean, whatever
the indicator's base. Intervals are symmetric, with Student's t.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.quantity import Quantity, wording_id
from survey.errors import EstimateError
from survey.instrument.load import Instrument
from survey.instrument.model import Indicator

SCORE_MAX = 10.0


def mean_quantity(
    responses: pd.DataFrame, indicator: Indicator, instrument: Instrument
) -> Quantity:
    """The mean of an item.

    With `as_score10` the score of a k-point item is ``(code - min) / (max - min) x 10``. Sums are
    of the codes, which are whole numbers and add up exactly; the mean is carried to 0-10.

    Raises
    ------
    EstimateError
        If the item is a multiple-response set, or its scale has no range to score.
    """
    item = instrument.items[indicator.item]
    if item.kind not in ("single", "number"):
        raise EstimateError(
            f"indicator '{indicator.id}' asks for a mean of '{item.id}', a {item.kind} item",
            where=instrument.where("item", item.id),
            expected="a single or number item with a numeric scale",
        )
    answers = pd.to_numeric(responses[item.id]).to_numpy(float, na_value=np.nan)
    origin, scale = 0.0, 1.0
    inside = ~np.isnan(answers)
    if item.scale is not None:
        inside &= ~np.isin(answers, list(instrument.scales[item.scale].missing))
    if indicator.as_score10:
        values = instrument.scale_of(item.id).values()
        origin, scale = float(min(values)), SCORE_MAX / (max(values) - min(values))
    return Quantity(
        indicator=indicator.id,
        statistic="mean",
        categories=("",),
        base_kind=indicator.base,
        unit=indicator.unit,
        y=np.where(inside, answers, 0.0)[:, None],
        x=inside.astype(np.int64),
        wording_id=wording_id(instrument, indicator),
        origin=origin,
        scale=scale,
    )


def t_interval(estimate, se, df, *, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric bounds ``estimate -+ t se``.

    Parameters
    ----------
    estimate, se, df : array_like of float, one shape
        df is PSUs minus strata in the domain; where it is not positive, bounds are NaN.
    level : float
        Confidence level, in (0, 1).
    """
    estimate, se, df = (np.asarray(x, dtype=float) for x in (estimate, se, df))
    half = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2) * se
    return estimate - half, estimate + half
