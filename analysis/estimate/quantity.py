"""What is estimated: ratios of weighted sums that share one base.

Means, shares and multiple-response shares are all ratios ``sum(w y) / sum(w x)``: y is what is
counted, x the base. mean.py, proportion.py and multiple.py say what y and x are for an indicator;
variance.py estimates them without knowing which is which.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from survey.instrument.load import Instrument
from survey.instrument.model import Indicator


@dataclass(frozen=True, eq=False)
class Quantity:
    """Ratios of one indicator and statistic with one base.

    Attributes
    ----------
    indicator, statistic, base_kind, unit : str
        As in the key and value columns of estimates.
    categories : tuple of str, length m
        One per numerator; ``("",)`` for a mean.
    y : ndarray of int64 or float, shape (n, m)
        Zero outside the base.
    x : ndarray of int64, shape (n,)
        1 in the base, 0 outside; the number of mentions where the base is mentions.
    origin, scale : float
        The estimate is ``(ratio - origin) * scale``.
    wording_id : str
    """

    indicator: str
    statistic: str
    categories: tuple[str, ...]
    base_kind: str
    unit: str
    y: np.ndarray
    x: np.ndarray
    wording_id: str
    origin: float = 0.0
    scale: float = 1.0


def wording_id(instrument: Instrument, indicator: Indicator) -> str:
    """Twelve hex digits of the item's question and answer texts in every language."""
    item = instrument.items[indicator.item]
    options: dict = {}
    if item.scale is not None:
        scale = instrument.scales[item.scale]
        options = {
            str(value): point.model_dump()["text"] for value, point in sorted(scale.points.items())
        } or {"range": scale.range, "ends": {str(k): v for k, v in sorted(scale.ends.items())}}
    told = json.dumps([item.text, options], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
