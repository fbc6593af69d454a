"""Design-based rank tests, as R ``svyranktest``.

Ranks are estimated ranks in the population; their scores are compared between groups as a mean
is, the ranks taken as known (Lumley and Scott show that their error vanishes in first order).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analysis.estimate.survey import Survey
from analysis.models.base import Base, Where, base_of, categories, used_categories
from analysis.models.testresult import TestResult, f_result, t_result
from analysis.models.wald import quadratic
from survey.design.stages import exact_totals
from survey.design.totals import group
from survey.errors import EstimateError, one_of

_SCORES = {
    "wilcoxon": lambda share: share,
    "kruskal-wallis": lambda share: share,
    "vanderwaerden": ndtri,
    "median": lambda share: (share > 0.5).astype(float),
}
TESTS = tuple(_SCORES)
TIES = ("middle", "order")


def ranktest(
    survey: Survey,
    y: str,
    g: str,
    *,
    test: str = "wilcoxon",
    ties: str = "middle",
    where: Where = None,
) -> TestResult:
    """Test that the distribution of `y` is the same in the groups of `g`.

    Parameters
    ----------
    survey : Survey
    y, g : str
        A column of numbers, and one with at least two levels in the base.
    test : {"wilcoxon", "kruskal-wallis", "vanderwaerden", "median"}
        Scores of the ranks; the first two are one.
    ties : {"middle", "order"}
        Equal answers share the middle of the ranks they span. ``order`` is R ``svyranktest``:
        the plain average of the ranks they would have in the order of rows, which depends on
        that order where weights differ.
    where : str, optional

    Returns
    -------
    TestResult
        Two groups: kind ``t`` with one degree of freedom less than PSUs minus strata, the estimate
        the difference of mean scores (second group minus first, in sorted order). More: kind
        ``F``.

    Raises
    ------
    EstimateError
        If the test is unknown, the base has one group, or nobody has an answer.

    References
    ----------
    .. [1] Lumley and Scott (2013), Two-sample rank tests under complex sampling, Biometrika 100,
       831-842.
    """
    score = _SCORES.get(test.lower().replace("_", "-"))
    if score is None:
        raise EstimateError(f"unknown rank test '{test}'", expected=one_of(TESTS))
    if ties not in TIES:
        raise EstimateError(f"unknown rule for ties '{ties}'", expected=one_of(TIES))
    values = survey.columns.numbers(y)
    codes, words = categories(survey, g)
    base = base_of(survey, {y: ~np.isnan(values), g: codes >= 0}, where)
    codes, words = used_categories(codes, words, base.inside)
    if len(words) < 2:
        raise EstimateError(
            f"everybody who answered has '{g}' {words[0]}",
            where=f"where {base.told}" if base.told else "",
            expected="at least two groups",
        )
    weight = survey.sample.weight[base.inside]
    shares = (middle_ranks if ties == "middle" else _ordered_ranks)(values[base.inside], weight)
    differences = ScoreDifferences(score(shares), codes[base.inside], len(words), base)
    done = base.estimate(differences)
    estimate = differences.differences()
    name = f"{test} rank test of {y} by {g}"
    if len(words) == 2:
        return t_result(
            f"{name}, {words[1]} minus {words[0]}",
            estimate=float(estimate[0]),
            se=float(done.se[0]),
            df=base.df - 1,
            level=base.level,
            n=base.n,
            domain=base.domain,
        )
    q = len(estimate)
    square = quadratic(estimate, done.factor)
    return f_result(name, statistic=square / q, df=q, ddf=base.df - q, n=base.n, domain=base.domain)


def middle_ranks(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Estimated share of the population below every answer, half of the equal ones counted.

    Parameters
    ----------
    values, weight : ndarray of float, shape (m,)
    """
    levels, place = np.unique(values, return_inverse=True)
    sizes = exact_totals(weight[:, None], group(place, len(levels)))[:, 0]
    ends = np.cumsum(sizes)
    return ((ends - sizes / 2) / ends[-1])[place]


def _ordered_ranks(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The same with ties as R has them."""
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.cumsum(weight[order]) - weight[order] / 2
    place = np.unique(values, return_inverse=True)[1]
    mean = np.bincount(place, ranks) / np.bincount(place)
    return mean[place] / np.sum(weight)


@dataclass(frozen=True, eq=False)
class ScoreDifferences:
    """Mean scores of k groups against the first one, through their linearised values.

    The values are totals of the linearised ones, about 0: with replicates, too, the scores and
    means of the full sample stay, as in R.

    Attributes
    ----------
    scores : ndarray of float, shape (m,)
        Of the respondents of the base.
    codes : ndarray of int, shape (m,)
    groups : int
    base : Base
    """

    scores: np.ndarray
    codes: np.ndarray
    groups: int
    base: Base

    @property
    def size(self) -> int:
        return self.groups - 1

    def _means(self) -> tuple[np.ndarray, np.ndarray]:
        weight = self.base.sample.weight[self.base.inside]
        table = np.column_stack([weight * self.scores, weight])
        sums = exact_totals(table, group(self.codes, self.groups))
        return sums[:, 0] / sums[:, 1], sums[:, 1]

    def differences(self) -> np.ndarray:
        means, _ = self._means()
        return means[1:] - means[0]

    def _linear(self) -> np.ndarray:
        means, sizes = self._means()
        own = (self.scores - means[self.codes]) / sizes[self.codes]
        linear = np.zeros((len(self.base.inside), self.size))
        first = np.where(self.codes == 0, -own, 0.0)
        for level in range(1, self.groups):
            linear[self.base.inside, level - 1] = np.where(self.codes == level, own, first)
        return linear

    def values(self, weight: np.ndarray) -> np.ndarray:
        linear = self._linear()
        return exact_totals(
            weight[:, None] * linear, group(np.zeros(len(weight), dtype=np.int64), 1)
        )[0]

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        return self._linear()[:, columns]

    def present(self, columns: slice) -> np.ndarray:
        return self.base.present(columns)
