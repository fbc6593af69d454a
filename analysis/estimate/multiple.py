"""Shares of the options of a multiple-response set.

Three bases. ``all``: everybody who answered the set; an option not chosen counts as not chosen,
never as not asked (clean data keep the two apart). ``eligible``: those who named at least one
option. ``mentions``: all options named, so that shares add to 1. An exclusive option ("none of
these") is no mention: it has a share of the first base only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.estimate.quantity import Quantity, wording_id
from survey.errors import EstimateError
from survey.instrument.load import Instrument
from survey.instrument.model import Indicator


def multiple_quantity(
    responses: pd.DataFrame, indicator: Indicator, instrument: Instrument
) -> Quantity:
    """Shares of every option, in the base the indicator names.

    Raises
    ------
    EstimateError
        If an option has no column in the clean data.
    """
    item = instrument.items[indicator.item]
    scale = instrument.scale_of(item.id)
    options = scale.values()
    columns = [f"{item.id}__{option}" for option in options]
    absent = [column for column in columns if column not in responses.columns]
    if absent:
        raise EstimateError(
            f"option column '{absent[0]}' is not among the clean columns",
            where=instrument.where("item", item.id),
        )
    answers = responses[columns].to_numpy(float, na_value=np.nan)
    asked = ~np.isnan(answers).any(axis=1)
    chosen = np.where(asked[:, None], answers, 0).astype(np.int64)
    kept = np.ones(len(options), dtype=bool)
    base = asked.astype(np.int64)
    if indicator.base != "all":
        kept = ~np.isin(options, item.exclusive)
        base = chosen[:, kept].sum(axis=1)
        if indicator.base == "eligible":
            base = (base > 0).astype(np.int64)
    return Quantity(
        indicator=indicator.id,
        statistic="share",
        categories=tuple(scale.code(option) for option in np.array(options)[kept]),
        base_kind=indicator.base,
        unit="share",
        y=chosen[:, kept],
        x=base,
        wording_id=wording_id(instrument, indicator),
    )
