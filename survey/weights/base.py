"""Base weights: what every respondent stands for before calibration.

The weight comes from the item the wave's design names, or is 1 for everybody. How it was worked
out (lines, eligible persons, frame counts) is the business of whoever drew the sample.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey.errors import WeightError
from survey.instrument.model import SampleDesign


def base_weights(responses: pd.DataFrame, design: SampleDesign, *, where: str = "") -> np.ndarray:
    """Base weight of every row, shape (n,), float.

    Parameters
    ----------
    responses : DataFrame
        One row per included respondent; column `respondent` and the design's columns.
    design : SampleDesign
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        If the column is absent, or a weight is missing, not finite, zero or negative.
    """
    name = design.base_weight
    if name is None:
        return np.ones(len(responses))
    if name not in responses.columns:
        raise WeightError(
            f"the base weight '{name}' is not among the clean columns",
            where=where,
            hint=f"map '{name}' to its raw column in the wave file",
        )
    weights = pd.to_numeric(responses[name], errors="coerce").to_numpy(float, na_value=np.nan)
    bad = ~(np.isfinite(weights) & (weights > 0))
    if bad.any():
        who = responses["respondent"].to_numpy()[bad]
        raise WeightError(
            f"{bad.sum()} base weights in '{name}' are missing, zero or negative",
            where=where,
            got=f"first: respondent {who[0]} has {weights[bad][0]:g}",
            expected="a positive number for every included respondent",
            hint="correct them, or exclude the respondents by a rule",
        )
    return weights
