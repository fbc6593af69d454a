"""Design-based t tests of a mean, and of the difference of two groups' means.

Two groups are compared as in R ``svyttest``: the slope of a regression on the group, whose
covariance between the groups counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.estimate.survey import Survey
from analysis.models.base import Base, Where, base_of, categories, used_categories
from analysis.models.testresult import TestResult, t_result
from survey.design.stages import exact_totals
from survey.design.totals import group
from survey.errors import EstimateError, one_of


def ttest(
    survey: Survey,
    y: str,
    group: str | None = None,
    *,
    null: float = 0.0,
    where: Where = None,
) -> TestResult:
    """Test that the mean of `y`, or the second group's mean minus the first's, equals `null`.

    Parameters
    ----------
    survey : Survey
    y : str
        Column of numbers.
    group : str, optional
        Column with two levels in the base; they are compared in sorted order.
    null : float
    where : str, optional

    Returns
    -------
    TestResult
        kind ``t``, with one degree of freedom less than PSUs minus strata, with and without
        groups, as R ``svyttest`` has it.

    Raises
    ------
    EstimateError
        If the group has not two levels in the base, or nobody has an answer.
    """
    values = survey.columns.numbers(y)
    known = {y: ~np.isnan(values)}
    if group is None:
        base = base_of(survey, known, where)
        codes = np.where(base.inside, 0, -1)
        name, contrast = f"mean of {y}", np.array([1.0])
    else:
        codes, words = categories(survey, group)
        base = base_of(survey, {**known, group: codes >= 0}, where)
        codes, words = two_groups(codes, words, base, group)
        name = f"mean of {y}, {group}={words[1]} minus {group}={words[0]}"
        contrast = np.array([-1.0, 1.0])
    means = GroupMeans(np.where(base.inside, values, 0.0), codes, len(contrast), base)
    done = base.estimate(means)
    factor = done.factor @ contrast
    return t_result(
        name,
        estimate=float(done.values @ contrast),
        se=float(np.sqrt(factor @ factor)),
        df=base.df - 1,
        n=base.n,
        domain=base.domain,
        null=null,
        level=base.level,
    )


def two_groups(
    codes: np.ndarray, words: tuple[str, ...], base: Base, name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes and levels of a column that has two of them in the base."""
    kept, levels = used_categories(codes, words, base.inside)
    if len(levels) != 2:
        raise EstimateError(
            f"'{name}' has {len(levels)} levels among those who answered: {one_of(levels)}"
            if len(levels) > 1
            else f"everybody who answered has '{name}' {levels[0]}",
            where=f"where {base.told}" if base.told else "",
            expected="two groups",
            hint="choose two by a condition" if len(levels) > 2 else "",
        )
    return kept, levels


@dataclass(frozen=True, eq=False)
class GroupMeans:
    """Means of L groups of a base, as a functional of the weights.

    Attributes
    ----------
    y : ndarray of float, shape (n,)
        Zero outside the base.
    codes : ndarray of int, shape (n,)
        Group of every respondent; -1 outside the base.
    size : int
        L.
    base : Base
    """

    y: np.ndarray
    codes: np.ndarray
    size: int
    base: Base

    def _sums(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        both = exact_totals(
            np.column_stack([weight * self.y, weight]), group(self.codes, self.size)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return both[:, 0] / both[:, 1], both[:, 1]

    def values(self, weight: np.ndarray) -> np.ndarray:
        return self._sums(weight)[0]

    def linearised(self, weight: np.ndarray, values: np.ndarray, columns: slice) -> np.ndarray:
        means, sizes = self._sums(weight)
        linear = np.zeros((len(weight), columns.stop - columns.start))
        for place, level in enumerate(range(columns.start, columns.stop)):
            who = self.codes == level
            linear[who, place] = (self.y[who] - means[level]) / sizes[level]
        return linear

    def present(self, columns: slice) -> np.ndarray:
        return self.base.present(columns)
