"""Goodness of fit of a categorical column to given shares, as R ``svygofchisq``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.estimate.survey import Survey
from analysis.models.base import Where, base_of, categories, used_categories
from analysis.models.cells import Cells
from analysis.models.testresult import TestResult, chisq_result
from survey.errors import EstimateError, collect, one_of


def gofchisq(
    survey: Survey, x: str, shares: Mapping[str, float], *, where: Where = None
) -> TestResult:
    """Test that the answers to `x` have the given shares in the population.

    Parameters
    ----------
    survey : Survey
    x : str
        Categorical column.
    shares : mapping of level to float
        Positive, one for every level of the base; divided by their sum.
    where : str, optional

    Returns
    -------
    TestResult
        kind ``Chisq``: Pearson's statistic of the estimated population totals, compared with a
        weighted sum of chi-squares in Satterthwaite's approximation, whose degrees of freedom are
        `df`.

    Raises
    ------
    EstimateError
        If a level has no share or a share no level, or a share is not positive.

    References
    ----------
    .. [1] Rao and Scott (1981), The analysis of categorical data from complex sample surveys:
       chi-squared tests for goodness of fit and independence in two-way tables, JASA 76, 221-230.
    """
    codes, words = categories(survey, x)
    base = base_of(survey, {x: codes >= 0}, where)
    codes, words = used_categories(codes, words, base.inside)
    p = _shares(x, shares, words)
    totals, factor = Cells(codes, len(words), base, total=True).estimate()
    expected = p * totals.sum()
    distance = totals - expected
    statistic = float((distance**2 / expected).sum())
    of_whole = p * (1 / np.sqrt(expected) + distance / (2 * expected**1.5))
    slopes = np.diag(1 / np.sqrt(expected)) - of_whole[:, None]
    scores = factor @ slopes.T
    parts = np.linalg.svd(scores, compute_uv=False) ** 2
    k = len(words)
    mean = parts.sum() / k
    spread = (parts**2).sum() / k / mean**2
    return chisq_result(
        f"{x} has the given shares",
        statistic=statistic,
        df=k / spread,
        ddf=base.df,
        scale=float(mean * spread),
        n=base.n,
        domain=base.domain,
    )


def _shares(x: str, shares: Mapping[str, float], words: tuple[str, ...]) -> np.ndarray:
    given = {str(level): float(value) for level, value in shares.items()}
    with collect(EstimateError) as faults:
        for word in words:
            if word not in given:
                faults.add(f"level '{word}' of '{x}' has no share", expected="one for every level")
        for level, value in given.items():
            if level not in words:
                faults.add(f"'{x}' has no level '{level}' in the base", expected=one_of(words))
            if not (np.isfinite(value) and value > 0):
                faults.add(f"the share of '{level}' is {value:g}", expected="more than 0")
    p = np.array([given[word] for word in words])
    return p / p.sum()
