"""Who a model or test is of, and what its degrees of freedom are.

A base is everybody a condition holds for, who has a weight and an answer to every column used;
the design stays whole. Estimates of it go through analysis/estimate/functional.py, so that
stages, fractions, lonely PSUs, calibration and replicates count here as they do for a mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import crossed, level_word
from analysis.estimate.functional import Estimated, Functional, WeightedSample, estimate
from analysis.estimate.survey import Survey
from survey.errors import EstimateError, collect


@dataclass(frozen=True, eq=False)
class Domain:
    """A part of the respondents, with its key."""

    key: str
    inside: np.ndarray
    told: str = ""


Where = str | Domain | None


@dataclass(frozen=True, eq=False)
class Base:
    """The respondents a model or test is of.

    Attributes
    ----------
    sample : WeightedSample
    inside : ndarray of bool, shape (n,)
    domain : str
        Key of the domain.
    told : str
        The condition in words; empty: everybody.
    level : float
        Of confidence intervals.
    """

    sample: WeightedSample
    inside: np.ndarray
    domain: str
    told: str
    level: float

    @property
    def n(self) -> int:
        return int(self.inside.sum())

    @property
    def df(self) -> float:
        """PSUs minus strata present in the base; of replicates the rank of their weights less 1.

        Degrees of freedom declared for a set of replicates are an upper bound in a domain.
        """
        if self.sample.replicates is not None:
            return self._replicate_df()
        design = self.sample.design
        assert design is not None
        present = np.bincount(design.psu[self.inside], minlength=len(design.psus)) > 0
        return float(design.degrees(present[:, None])[0])

    def _replicate_df(self) -> float:
        whole = self.sample.replicates
        assert whole is not None
        if (self.inside | (self.sample.weight == 0)).all():
            return whole.df
        return whole.df_among(self.inside)

    def estimate(self, functional: Functional) -> Estimated:
        """Values and variance factor of a functional that is zero outside the base."""
        return estimate(functional, self.sample)

    def present(self, columns: slice) -> np.ndarray:
        """The base once for each of the columns, as functionals tell it."""
        return np.repeat(self.inside[:, None], columns.stop - columns.start, axis=1)


def base_of(survey: Survey, known: dict[str, np.ndarray], where: Where) -> Base:
    """The base of those who have an answer to every column.

    Parameters
    ----------
    survey : Survey
    known : dict of str to ndarray of bool, shape (n,)
        Who has an answer, by column.
    where : str, Domain or None

    Raises
    ------
    EstimateError
        If nobody is left: the columns that are missing throughout are named.
    """
    domain = domain_of(survey, where)
    inside = domain.inside & (survey.sample.weight > 0)
    among = f" where {domain.told}" if domain.told else ""
    if not inside.any():
        raise EstimateError(f"nobody with a weight is left{among}")
    with collect(EstimateError) as faults:
        for name, has in known.items():
            if not (has & inside).any():
                faults.add(f"'{name}' is missing for every respondent{among}")
    for has in known.values():
        inside = inside & has
    if not inside.any():
        columns = ", ".join(f"'{name}'" for name in known)
        raise EstimateError(
            f"nobody has an answer to all of {columns}{among}",
            hint="leave out a column that was not asked together with the others",
        )
    return Base(survey.sample, inside, domain.key, domain.told, survey.conf_level)


def domain_of(survey: Survey, where: Where) -> Domain:
    if isinstance(where, Domain):
        return where
    return Domain("all", survey.columns.holds(where), where or "")


def categories(survey: Survey, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes of a column, shape (n,), -1 where missing, and its levels in sorted order."""
    codes, words = pd.factorize(survey.columns.labels(name), sort=True)
    return codes, tuple(level_word(word) for word in words)


def used_categories(
    codes: np.ndarray, words: Sequence[str], inside: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The same with the levels of a base alone; -1 outside it."""
    seen = np.unique(codes[inside])
    place = np.full(len(words) + 1, -1)
    place[seen] = np.arange(len(seen))
    return np.where(inside, place[codes], -1), tuple(words[code] for code in seen)


def by_domain(
    test: Callable[..., Any],
    survey: Survey,
    *columns,
    by: str | Sequence[str],
    where: str | None = None,
    **options,
) -> tuple:
    """One test or model for each level of a breakdown, in sorted order.

    Parameters
    ----------
    test : callable
        ``ttest``, ``chisq``, ``ranktest``, ``glm`` or ``gofchisq``.
    by : str or sequence of str
        Columns whose combinations are the domains.

    Raises
    ------
    EstimateError
        With the faults of all domains that have no answer.
    """
    names = [by] if isinstance(by, str) else list(by)
    holds = survey.columns.holds(where)
    breakdown = crossed(names, [survey.columns.labels(name) for name in names], inside=holds)
    results = []
    with collect(EstimateError) as faults:
        for level, key in enumerate(breakdown.domains):
            told = f"{key} and {where}" if where else key
            domain = Domain(key, breakdown.level == level, told)
            try:
                results.append(test(survey, *columns, where=domain, **options))
            except EstimateError as error:
                faults.take(error)
    return tuple(results)
