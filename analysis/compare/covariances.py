"""Covariances of rows of two waves, from what the study's files declare that they share.

Waves that share PSUs meet in their factors (overlap.py); waves that share respondents in what
analysis/estimate/overlap.py made of the linked answers. Where an overlap is declared and a row has
no linear form, its covariance is unknown (NaN) and so is the error of its change: never taken for
independent by default.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from analysis.compare.overlap import Link, link
from analysis.results.covariance import Factors, row_keys
from analysis.results.schema import KEY
from survey.errors import EstimateError


def pair_covariances(
    pair: pd.DataFrame, factors: Factors, overlap: str
) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and shared degrees of freedom of the two rows of every pair.

    Parameters
    ----------
    pair : DataFrame
        Rows of one wave beside those of another, whose columns end in ``_old``.
    factors : Factors
    overlap : {"none", "psu", "respondent"}

    Returns
    -------
    covariance, degrees : ndarray of float, shape (n_pairs,)

    Raises
    ------
    EstimateError
        If PSUs are declared shared and a family does not say what its contributions belong to.
    """
    n = len(pair)
    if overlap == "none" or not n:
        return np.zeros(n), np.zeros(n)
    ours, theirs = row_keys(pair), row_keys(old_columns(pair))
    covariance, degrees = np.full(n, np.nan), np.zeros(n)
    if overlap == "respondent":
        for row, keys in enumerate(zip(ours, theirs, strict=True)):
            if keys in factors.between:
                covariance[row], degrees[row] = factors.between[keys]
        return covariance, degrees
    linked = cache(lambda new, old: _link(factors, new, old))
    for row, (new, old) in enumerate(zip(ours, theirs, strict=True)):
        if new not in factors.vectors or old not in factors.vectors:
            continue
        shared = linked(factors.families[new], factors.families[old])
        one, other = factors.vectors[new][:, None], factors.vectors[old][:, None]
        covariance[row] = shared.of_pairs(one, other)[0]
        degrees[row] = shared.degrees
    return covariance, degrees


def old_columns(pair: pd.DataFrame) -> pd.DataFrame:
    """Key of the second row of every pair; what both share has one column."""
    return pd.DataFrame(
        {c: pair[f"{c}_old" if f"{c}_old" in pair else c] for c in KEY if c in pair}
    )


def _link(factors: Factors, new: str, old: str) -> Link:
    for family in (new, old):
        if family not in factors.units:
            raise EstimateError(
                f"the sampling units of {family} are not known",
                expected="PSUs with labels in both waves",
                hint="where every respondent is a PSU, declare the overlap by respondent",
            )
    return link(factors.units[new], factors.units[old])
