"""What a test gives back."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit


@dataclass(frozen=True)
class TestResult:
    """A test of one hypothesis.

    Attributes
    ----------
    name : str
        What was tested, in words.
    kind : str
        Distribution of the statistic: ``t``, ``F`` or ``Chisq``.
    statistic : float
    df : float
        Degrees of freedom of t or chi-square; those of the numerator of F.
    ddf : float
        Degrees of freedom of the denominator of F, or of the estimated variance behind a
        chi-square; NaN for t.
    p_value : float
        Two-sided for t.
    n : int
        Respondents in the base.
    estimate, se, ci_low, ci_high : float
        The one number tested, where there is one; else NaN.
    domain : str
        Key of the domain the test is of.
    """

    __test__ = False  # not a class of tests, whatever its name

    name: str
    kind: str
    statistic: float
    df: float
    ddf: float
    p_value: float
    n: int
    estimate: float = nan
    se: float = nan
    ci_low: float = nan
    ci_high: float = nan
    domain: str = "all"


def t_result(
    name: str,
    *,
    estimate: float,
    se: float,
    df: float,
    n: int,
    domain: str,
    null: float = 0.0,
    level: float = 0.95,
) -> TestResult:
    """The two-sided t test of one estimate; NaN where its error is 0 or no df are left."""
    df = df if df > 0 else nan
    half = float(stdtrit(df, (1 + level) / 2)) * se
    statistic = (estimate - null) / se if se > 0 else nan
    return TestResult(
        name=name,
        kind="t",
        statistic=statistic,
        df=df,
        ddf=nan,
        p_value=2 * float(stdtr(df, -abs(statistic))),
        n=n,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        domain=domain,
    )


def f_result(
    name: str, *, statistic: float, df: float, ddf: float, n: int, domain: str
) -> TestResult:
    """An F test; its p is NaN where no degrees of freedom are left below."""
    p = float(fdtrc(df, ddf, max(statistic, 0.0))) if ddf > 0 else nan
    return TestResult(name, "F", float(statistic), float(df), float(ddf), p, n, domain=domain)


def chisq_result(
    name: str, *, statistic: float, df: float, ddf: float, n: int, domain: str, scale: float = 1.0
) -> TestResult:
    """A chi-square test of ``statistic / scale``; the statistic is told unscaled."""
    p = float(chdtrc(df, max(statistic / scale, 0.0))) if np.isfinite(statistic) else nan
    return TestResult(name, "Chisq", float(statistic), float(df), float(ddf), p, n, domain=domain)
