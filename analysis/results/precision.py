"""How far a row can be trusted: ok, caution or suppressed, with the reason, by declared rules.

The limits are policies of the study's methods.yml, with their sources. Reasons a row brings along
(a borrowed margin, a sample without probabilities) are kept and mean caution. What a suppressed
row may still show is decided in disclosure.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Limits:
    """Limits of precision and disclosure.

    Attributes
    ----------
    min_base : float
        Fewest respondents in a published base.
    min_cell : float
        Fewest respondents both in the numerator of a share and outside it.
    caution_cv : float
        Standard error relative to the estimate above which a row is for careful use.
    caution_df : float
        Degrees of freedom below which the standard error itself is too uncertain.
    """

    min_base: float
    min_cell: float
    caution_cv: float
    caution_df: float


def read_limits(policy: Callable[[str], float]) -> Limits:
    """The limits a study declares; `policy` is `Instrument.policy`."""
    names = ("min_base", "min_cell", "caution_cv", "caution_df")
    return Limits(*(policy(name) for name in names))


def grade(rows: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Rows with `quality` and `reason`.

    Rows without a base of their own (`n` is NaN: published numbers) are left as they are.
    """
    rows = rows.copy()
    measured = rows["n"].notna()
    small = measured & (rows["n"] < limits.min_base)
    loose = measured & (rows["cv"].abs() > limits.caution_cv)
    few = measured & (rows["df"] < limits.caution_df)
    reasons = rows["reason"].fillna("").astype(object).to_numpy()
    for where, told in (
        (loose, f"standard error over {limits.caution_cv:.0%} of the estimate"),
        (few, f"fewer than {limits.caution_df:g} degrees of freedom"),
    ):
        reasons = np.where(where, _joined(reasons, told), reasons)
    caution = measured & (reasons != "")
    rows["quality"] = np.select([small, caution], ["suppressed", "caution"], "ok")
    rows["reason"] = np.where(small, f"base under {limits.min_base:g} respondents", reasons)
    return rows


def _joined(reasons: np.ndarray, told: str) -> np.ndarray:
    return np.array([f"{reason}; {told}" if reason else told for reason in reasons], dtype=object)
