"""Tests of association in two-way tables, as R ``svychisq``.

Pearson's statistic of the estimated table is compared with what the design makes of its
distribution (Rao and Scott, first and second order), or the residuals from independence are
tested with their own covariance (Wald). Goodness of fit to given shares is in goodness.py.
"""

from __future__ import annotations

import numpy as np

from analysis.estimate.survey import Survey
from analysis.models.base import Base, Where, base_of, categories, used_categories
from analysis.models.cells import Cells
from analysis.models.testresult import TestResult, chisq_result, f_result
from analysis.models.wald import quadratic
from survey.errors import EstimateError, collect, one_of

STATISTICS = ("F", "Chisq", "Wald", "adjWald")


def chisq(
    survey: Survey, a: str, b: str, *, statistic: str = "F", where: Where = None
) -> TestResult:
    """Test that two categorical columns are independent.

    Parameters
    ----------
    survey : Survey
    a, b : str
        Columns with at least two levels each in the base.
    statistic : {"F", "Chisq", "Wald", "adjWald"}
        ``F``: Rao and Scott's second-order correction (of Thomas and Rao's form); ``Chisq``: the
        first-order one, where the statistic told is Pearson's, of as many respondents as have
        both answers; ``Wald`` and ``adjWald``: Koch, Freeman and Freeman's, without and with
        the adjustment for the noise of the covariance.
    where : str, optional

    Raises
    ------
    EstimateError
        If a column has one level, or empty cells leave the statistic undefined.

    References
    ----------
    .. [1] Rao and Scott (1984), On chi-squared tests for multiway contingency tables with cell
       proportions estimated from survey data, Annals of Statistics 12, 46-60.
    .. [2] Koch, Freeman and Freeman (1975), Strategies in the multivariate analysis of data from
       complex surveys, International Statistical Review 43, 59-78.
    .. [3] Thomas and Rao (1990), Small-sample comparison of level and power for simple
       goodness-of-fit statistics under cluster sampling, JASA 82, 630-636.
    """
    if statistic not in STATISTICS:
        raise EstimateError(f"unknown statistic '{statistic}'", expected=one_of(STATISTICS))
    read = [categories(survey, name) for name in (a, b)]
    known = {name: codes >= 0 for name, (codes, _) in zip((a, b), read, strict=True)}
    base = base_of(survey, known, where)
    (rows, row_words), (columns, column_words) = (
        used_categories(codes, words, base.inside) for codes, words in read
    )
    shape = (len(row_words), len(column_words))
    _require_levels((a, b), (row_words, column_words), base)
    cells = np.where(base.inside, rows * shape[1] + columns, -1)
    wald = statistic in ("Wald", "adjWald")
    table, factor = Cells(cells, shape[0] * shape[1], base, total=wald).estimate()
    table = table.reshape(shape)
    name = f"{a} and {b} are independent"
    if wald:
        return _wald(name, table, factor, base, adjust=statistic == "adjWald")
    return _rao_scott(name, table, factor, base, second=statistic == "F")


def _rao_scott(
    name: str, shares: np.ndarray, factor: np.ndarray, base: Base, *, second: bool
) -> TestResult:
    r, c = shares.shape
    contrast = _interaction(r, c)
    flat = shares.ravel()
    inverse = np.divide(1.0, flat, out=np.zeros_like(flat), where=flat > 0)
    simple = contrast.T @ (inverse[:, None] * contrast)  # times 1 / n: under simple sampling
    if np.linalg.cond(simple) > 1e12:
        raise EstimateError(
            f"{int((flat == 0).sum())} of {flat.size} cells of the table are empty",
            expected="cells that leave every row and column comparable",
            hint="join rare categories",
        )
    design = factor @ (inverse[:, None] * contrast)
    delta = np.linalg.solve(simple, design.T @ design) * base.n
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    pearson = float(base.n * ((shares - expected) ** 2 / expected).sum())
    trace = float(np.trace(delta))
    df = delta.shape[0]
    if not trace > 0:
        raise EstimateError("the table has no sampling error, so there is nothing to test")
    if second:
        ndf = trace**2 / float(np.trace(delta @ delta))
        return f_result(
            name,
            statistic=pearson / trace,
            df=ndf,
            ddf=ndf * base.df,
            n=base.n,
            domain=base.domain,
        )
    return chisq_result(
        name, statistic=pearson, df=df, ddf=base.df, scale=trace / df, n=base.n, domain=base.domain
    )


def _wald(
    name: str, totals: np.ndarray, factor: np.ndarray, base: Base, *, adjust: bool
) -> TestResult:
    """Residuals from independence, all but the first row and column, by the delta method."""
    r, c = totals.shape
    row, column, whole = totals.sum(axis=1), totals.sum(axis=0), totals.sum()
    residual = totals - np.outer(row, column) / whole
    slopes = np.eye(r * c).reshape(r, c, r, c)
    for i in range(r):
        for j in range(c):
            slopes[i, j, i, :] -= column[j] / whole
            slopes[i, j, :, j] -= row[i] / whole
            slopes[i, j] += row[i] * column[j] / whole**2
    kept = slopes[1:, 1:].reshape(-1, r * c)
    q = len(kept)
    square = quadratic(residual[1:, 1:].ravel(), factor @ kept.T)
    ddf = base.df - q + 1 if adjust else base.df
    statistic = square * ddf / (q * base.df) if adjust else square / q
    return f_result(name, statistic=statistic, df=q, ddf=ddf, n=base.n, domain=base.domain)


def _interaction(r: int, c: int) -> np.ndarray:
    """Contrasts of a table's cells, row by row, that no row or column effect has: (r c, q)."""

    def around(levels: int) -> np.ndarray:
        return np.eye(levels)[:, 1:] - 1 / levels

    return np.kron(around(r), around(c))


def _require_levels(names, words, base: Base) -> None:
    with collect(EstimateError) as faults:
        for name, levels in zip(names, words, strict=True):
            if len(levels) < 2:
                faults.add(
                    f"everybody who answered both has '{name}' {levels[0]}",
                    where=f"where {base.told}" if base.told else "",
                    expected="at least two levels",
                )
