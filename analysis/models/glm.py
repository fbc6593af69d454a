"""Generalised linear models of a survey: coefficients with design-based errors, as R ``svyglm``.

The linearised value of the coefficients is the inverse information times a respondent's score;
with replicates the model is fitted again under each. What the terms are is decided in terms.py,
how the equations are solved in newton.py, hypotheses about several coefficients in wald.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.estimate.functional import Estimated
from analysis.estimate.result import Result
from analysis.estimate.rows import FAMILY
from analysis.estimate.survey import Survey
from analysis.models.base import Base, Where, base_of
from analysis.models.family import family_of
from analysis.models.newton import STEPS, Fit, Problem
from analysis.models.terms import Matrix, model_matrix, read_terms
from analysis.results.schema import conform
from survey.errors import EstimateError, collect


@dataclass(frozen=True, eq=False)
class Model(Result):
    """A fitted model: rows of its coefficients, their factor, and what it was fitted to.

    Attributes
    ----------
    family : str
    response : str
    terms : tuple of str, length k
        The term every row belongs to.
    references : dict of str to str
        Reference level of every categorical column.
    df : float
        PSUs minus strata of the base, plus 1, minus the number of coefficients.
    dispersion : float
        Variance of the Pearson residuals in the population.
    deviance : float
        With weights of mean 1.
    steps : int
        Steps of the search.
    """

    family: str = ""
    response: str = ""
    terms: tuple[str, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    df: float = float("nan")
    dispersion: float = float("nan")
    deviance: float = float("nan")
    steps: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients, in the order of the rows."""
        return tuple(self.rows["category"])

    def rows_of(self, term: str) -> list[int]:
        """Row numbers of a term's coefficients."""
        return [row for row, owner in enumerate(self.terms) if owner == term]


def glm(
    survey: Survey,
    y: str,
    terms: Sequence[str],
    *,
    family: str = "gaussian",
    offset: str | None = None,
    categorical: Sequence[str] = (),
    where: Where = None,
) -> Model:
    """A model of `y` with the canonical link of its family.

    Parameters
    ----------
    survey : Survey
    y : str
        Column of numbers; 0 and 1 (or shares) for the binomial families.
    terms : sequence of str
        Columns, and ``a:b`` for interactions of columns that are terms themselves; see terms.py.
    family : {"gaussian", "binomial", "quasibinomial", "poisson", "quasipoisson"}
    offset : str, optional
        Column added to the linear predictor.
    categorical : sequence of str
        Columns of numbers that are codes.
    where : str, optional
        Condition of a domain; the design stays whole.

    Returns
    -------
    Model
        A respondent without an answer to one of the columns is left out of the base.

    Raises
    ------
    EstimateError
        If columns explain each other, a category is empty, answers do not belong to the family,
        or the search has not settled after a bounded number of steps (with the best so far).

    References
    ----------
    .. [1] Binder (1983), On the variances of asymptotically normal estimators from complex
       surveys, International Statistical Review 51, 279-292.
    .. [2] Lumley and Scott (2017), Fitting regression models to survey data, Statistical Science
       32, 265-278.
    """
    chosen = family_of(family)
    columns = read_terms(survey, terms, categorical)
    numbers = {y: survey.columns.numbers(y)}
    if offset is not None:
        numbers[offset] = survey.columns.numbers(offset)
    known = {name: ~np.isnan(values) for name, values in numbers.items()}
    known |= {name: column.known for name, column in columns.items()}
    base = base_of(survey, known, where)
    matrix = model_matrix(terms, columns, base.inside)
    answers = numbers[y][base.inside]
    chosen.require(y, answers)
    shift = np.zeros(base.n) if offset is None else numbers[offset][base.inside]
    problem = Problem(matrix.x, answers, shift, chosen)
    weight = survey.sample.weight[base.inside]
    _require_independent(problem, weight, matrix)
    fit = problem.solve(weight)
    _require_settled(fit, matrix, y, base)
    functional = Coefficients(problem, base, fit)
    done = base.estimate(functional)
    df = base.df + 1 - len(matrix.names)
    rows = _rows(done, matrix, y, df, base, survey, f"{family} model on {' + '.join(terms) or '1'}")
    return Model(
        rows,
        done.factor,
        survey.sample.labels(),
        family=family,
        response=y,
        terms=matrix.terms,
        references=matrix.references,
        df=df,
        dispersion=functional.dispersion(),
        deviance=functional.deviance(),
        steps=fit.steps,
    )


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The coefficients of a model as a functional of the weights."""

    problem: Problem
    base: Base
    fit: Fit

    @property
    def size(self) -> int:
        return len(self.fit.beta)

    def values(self, weight: np.ndarray) -> np.ndarray:
        """Coefficients under other weights; NaN where these determine none."""
        if weight is self.base.sample.weight:
            return self.fit.beta
        inside = weight[self.base.inside]
        if not inside.any():
            return np.full(self.size, np.nan)
        fit = self.problem.search(inside, self.fit.beta)
        return fit.beta if fit.settled else np.full(self.size, np.nan)

    @cached_property
    def _mean(self) -> np.ndarray:
        return self.problem.family.mean(self.problem.x @ self.fit.beta + self.problem.offset)

    @cached_property
    def _residual(self) -> np.ndarray:
        return self.problem.y - self._mean

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        linear = np.zeros((len(weight), columns.stop - columns.start))
        scores = self.problem.x * self._residual[:, None]
        linear[self.base.inside] = scores @ self.fit.bread[:, columns]
        return linear

    def present(self, columns: slice) -> np.ndarray:
        return self.base.present(columns)

    def dispersion(self) -> float:
        """Variance of the Pearson residuals, with n / (n - 1), as ``summary(svyglm)`` tells it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            pearson = self._residual / np.sqrt(self.problem.family.variance(self._mean))
        weight = self.base.sample.weight[self.base.inside]
        mean = np.average(pearson, weights=weight)
        n = self.base.n
        return float(np.average((pearson - mean) ** 2, weights=weight) * n / max(n - 1, 1))

    def deviance(self) -> float:
        weight = self.base.sample.weight[self.base.inside]
        each = self.problem.family.deviance(self.problem.y, self._mean)
        return float(np.sum(weight / weight.mean() * each))


def _rows(
    done: Estimated, matrix: Matrix, y: str, df: float, base: Base, survey: Survey, told: str
) -> pd.DataFrame:
    left = df if df > 0 else np.nan
    half = stdtrit(left, (1 + base.level) / 2) * done.se
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stdtr(left, -np.abs(done.values / done.se))
        cv = np.abs(done.se / done.values)
    reason = ""
    if done.lost:
        lost = ", ".join(str(r) for r in next(iter(done.lost.values()))[:5])
        reason = f"no standard error: the model has no solution in replicates {lost}"
    elif not df > 0:
        reason = f"no test: {len(matrix.names)} coefficients leave {df:g} degrees of freedom"
    weight = base.sample.weight[base.inside]
    rows = pd.DataFrame(
        {
            "category": matrix.names,
            "estimate": done.values,
            "se": done.se,
            "ci_low": done.values - half,
            "ci_high": done.values + half,
            "p_value": p_value,
            "cv": np.where(np.isfinite(cv), cv, np.nan),
        }
    ).assign(
        indicator=y,
        statistic="coefficient",
        domain=base.domain,
        df=df,
        n=float(base.n),
        weighted_n=float(np.add.reduce(np.sort(weight))),
        cov_family=FAMILY,
        reason=reason,
        quality="caution" if reason else "ok",
    )
    rows = rows.assign(**_told(survey, told, base))
    return conform(rows)


def _told(survey: Survey, model: str, base: Base) -> dict:
    told = survey.told(base.told if base.domain == "all" else None)
    return {**told, "variant": f"{model}, {told['variant']}"}


def _require_independent(problem: Problem, weight: np.ndarray, matrix: Matrix) -> None:
    with collect(EstimateError) as faults:
        for column, others in problem.redundant(weight).items():
            name = matrix.names[column]
            if not others:
                faults.add(
                    f"'{name}' has one value for every respondent of the base",
                    hint="leave the term out, or join the empty category with another",
                )
                continue
            explained = ", ".join(f"'{matrix.names[other]}'" for other in others)
            faults.add(
                f"'{name}' is a sum of other columns of the model: {explained}",
                expected="columns that do not explain each other",
                hint="leave one of them out",
            )


def _require_settled(fit: Fit, matrix: Matrix, y: str, base: Base) -> None:
    """An error that names what still moved, with the best so far."""
    if fit.settled:
        return
    moving = [f"'{matrix.names[k]}'" for k in fit.moving] or ["all"]
    pairs = zip(matrix.names, fit.beta, strict=True)
    best = ", ".join(f"{name} {value:.6g}" for name, value in pairs)
    raise EstimateError(
        f"the model of '{y}' has not settled after {fit.steps} steps: "
        f"{', '.join(moving)} still moved",
        where=f"where {base.told}" if base.told else "",
        got=f"so far {best}",
        expected=f"coefficients that settle within {STEPS} steps",
        hint="a category whose respondents all answer alike has no finite coefficient: join it "
        "with another, or leave the term out",
    )
