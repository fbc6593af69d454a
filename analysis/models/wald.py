"""Wald tests of linear hypotheses about estimates that have a joint variance.

As R ``regTermTest`` for the terms of a model, for any contrasts of any `Result` besides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.estimate.result import Result
from analysis.models.glm import Model
from analysis.models.testresult import TestResult, chisq_result, f_result
from survey.errors import EstimateError, collect, did_you_mean, one_of

_RANK = 1e-8


def wald(
    result: Result,
    terms: str | Sequence[str] | None = None,
    *,
    matrix=None,
    null=0.0,
    statistic: str = "F",
    adjust: bool = False,
    df: float | None = None,
) -> TestResult:
    """Test that coefficients, or linear combinations of estimates, equal `null`.

    Parameters
    ----------
    result : Result
        A `Model`, or any estimates with a factor.
    terms : str or sequence of str, optional
        Terms of a model, all of whose coefficients are tested together.
    matrix : array_like of float, shape (q, k), optional
        Hypotheses instead of terms: ``matrix @ estimates == null``.
    null : float or array_like of float, shape (q,)
    statistic : {"F", "Chisq"}
    adjust : bool
        Divide by what the noise of an estimated variance adds: F times ``(df - q + 1) / df``
        with ``df - q + 1`` degrees of freedom below.
    df : float, optional
        Degrees of freedom of the variance; default: those of the rows (of a model: its own).

    Raises
    ------
    EstimateError
        If a term does not exist, the hypotheses repeat each other, or there are more of them than
        contributions to the variance.

    References
    ----------
    .. [1] Korn and Graubard (1990), Simultaneous testing of regression coefficients with complex
       survey data, American Statistician 44, 270-276.
    """
    if statistic not in ("F", "Chisq"):
        raise EstimateError(f"unknown statistic '{statistic}'", expected="F or Chisq")
    hypotheses, name = _hypotheses(result, terms, matrix)
    value = hypotheses @ result.estimate - np.broadcast_to(null, len(hypotheses))
    factor = result.require_factor() @ hypotheses.T
    q = len(hypotheses)
    square = quadratic(value, factor)
    used = (hypotheses != 0).any(axis=0)
    rows = result.rows
    ddf = float(rows["df"].to_numpy(float)[used].min()) if df is None else float(df)
    n, domain = int(rows["n"].fillna(0).min()), str(rows["domain"].iloc[0])
    if statistic == "Chisq":
        return chisq_result(name, statistic=square, df=q, ddf=ddf, n=n, domain=domain)
    left = ddf - q + 1 if adjust else ddf
    ratio = square / q * (left / ddf if adjust else 1.0)
    return f_result(name, statistic=ratio, df=q, ddf=left, n=n, domain=domain)


def quadratic(value: np.ndarray, factor: np.ndarray) -> float:
    """``value' (factor' factor)^-1 value``, from the triangle of the factor.

    Parameters
    ----------
    value : ndarray of float, shape (q,)
    factor : ndarray of float, shape (C, q)

    Raises
    ------
    EstimateError
        If the covariance matrix cannot be inverted.
    """
    scale = np.sqrt((factor * factor).sum(axis=0))
    if not np.isfinite(factor).all():
        raise EstimateError("an estimate of the hypothesis has no variance")
    if (scale == 0).any():
        raise EstimateError(
            "an estimate of the hypothesis has no error", got="a standard error of 0"
        )
    triangle = np.linalg.qr(factor / scale)[1]
    q = len(value)
    if triangle.shape[0] < q or np.abs(triangle.diagonal()).min() < _RANK:
        raise EstimateError(
            f"{q} hypotheses have a covariance matrix that cannot be inverted",
            expected="hypotheses that do not repeat each other, and more PSUs than hypotheses",
            hint="test fewer coefficients together, or join categories",
        )
    solved = np.linalg.solve(triangle.T, value / scale)
    return float(solved @ solved)


def _hypotheses(result: Result, terms, matrix) -> tuple[np.ndarray, str]:
    if (terms is None) == (matrix is None):
        raise EstimateError("a Wald test needs either terms or a matrix")
    k = len(result)
    if matrix is not None:
        hypotheses = np.atleast_2d(np.asarray(matrix, dtype=float))
        if hypotheses.shape[1] != k:
            raise EstimateError(
                f"{hypotheses.shape[1]} coefficients for {k} estimates", expected=f"{k} columns"
            )
        empty = np.flatnonzero(~(hypotheses != 0).any(axis=1))
        if len(empty):
            raise EstimateError(f"hypothesis {empty[0] + 1} has no coefficient other than 0")
        return hypotheses, f"Wald test of {len(hypotheses)} contrasts"
    if not isinstance(result, Model):
        raise EstimateError("only models have terms", hint="give the hypotheses as a matrix")
    names = [terms] if isinstance(terms, str) else list(terms)
    with collect(EstimateError) as faults:
        for name in names:
            if name not in result.terms:
                known = list(dict.fromkeys(result.terms))
                faults.add(
                    f"the model has no term '{name}'",
                    expected=one_of(known),
                    hint=did_you_mean(name, known),
                )
    if not names:
        raise EstimateError("no term is named")
    rows = [row for name in dict.fromkeys(names) for row in result.rows_of(name)]
    return np.eye(k)[rows], f"Wald test of {', '.join(names)}"
