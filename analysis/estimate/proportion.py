"""Shares of the answers, or groups of answers, of a single-choice item.

Base ``all`` is everybody who was asked: don't know, refused and no answer stay in it and count as
not having given the answer; only not asked (and a cell left empty) leaves. Base ``eligible`` is
those who gave an answer on the scale. Intervals are made on the logit scale, so that they stay
between 0 and 1. Multiple-response sets are in multiple.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtrit

from analysis.estimate.quantity import Quantity, wording_id
from survey.errors import EstimateError
from survey.instrument.load import Instrument
from survey.instrument.model import Indicator, Scale


def share_quantity(
    responses: pd.DataFrame, indicator: Indicator, instrument: Instrument
) -> Quantity:
    """Shares of every group the indicator names, or of every point of the scale.

    Raises
    ------
    EstimateError
        If the base is mentions, which a single-choice item has none of.
    """
    if indicator.base == "mentions":
        raise EstimateError(
            f"indicator '{indicator.id}': a single-choice item has no mentions",
            where=instrument.where("item", indicator.item),
            expected="base all or eligible",
        )
    scale = instrument.scale_of(indicator.item)
    answers = pd.to_numeric(responses[indicator.item]).to_numpy(float, na_value=np.nan)
    inside = _in_base(answers, scale, indicator.base)
    groups = {name: scale.groups[name] for name in indicator.groups} or {
        scale.code(value): [value] for value in scale.values()
    }
    chosen = [np.isin(answers, codes) & inside for codes in groups.values()]
    return Quantity(
        indicator=indicator.id,
        statistic="share",
        categories=tuple(groups),
        base_kind=indicator.base,
        unit="share",
        y=np.column_stack(chosen).astype(np.int64),
        x=inside.astype(np.int64),
        wording_id=wording_id(instrument, indicator),
    )


def logit_interval(share, se, df, *, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of a proportion that cannot leave [0, 1].

    Parameters
    ----------
    share, se, df : array_like of float, one shape
        Proportions in [0, 1], their standard errors and degrees of freedom.
    level : float

    Returns
    -------
    low, high : ndarray of float
        NaN where the share is exactly 0 or 1, or df is not positive: there is no interval there.

    References
    ----------
    .. [1] Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> [bound.round(2) for bound in logit_interval([0.5], [0.05], [30], level=0.95)]
    [array([0.4]), array([0.6])]
    """
    share, se, df = (np.asarray(x, dtype=float) for x in (share, se, df))
    if ((share < -1e-9) | (share > 1 + 1e-9)).any():
        seen = f"{np.nanmin(share):g} to {np.nanmax(share):g}"
        raise EstimateError("shares lie outside [0, 1]", got=seen, hint="percent is for display")
    share = np.where((share > 0) & (share < 1), share, np.nan)
    half = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2) * se / (share * (1 - share))
    return expit(logit(share) - half), expit(logit(share) + half)


def _in_base(answers: np.ndarray, scale: Scale, base: str) -> np.ndarray:
    if base == "eligible":
        return ~np.isnan(answers) & ~np.isin(answers, list(scale.missing))
    not_asked = [code for code, kind in scale.missing.items() if kind == "not_asked"]
    return ~np.isnan(answers) & ~np.isin(answers, not_asked)
