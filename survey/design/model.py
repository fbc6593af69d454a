"""How respondents were drawn together: stages, strata, sampling units, fractions, lonely units.

A `Design` is made once per sample (build.py), from labels, in sorted order, so that nothing later
depends on the order of rows. What is computed with it: contributions to variances in stages.py,
replicate multipliers in multipliers.py. Which weights belong to it is decided in survey/weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from survey.design.totals import Groups, group

Lonely = Literal["fail", "certainty", "adjust", "average"]


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of selection: units drawn in strata, inside the units of the stage before.

    Attributes
    ----------
    unit : ndarray of int, shape (n,)
        Index of every respondent's unit.
    units : tuple of str, length U
        Labels sorted by parent, stratum, then label: the units of one stratum stand together.
    stratum : ndarray of int, shape (U,)
        Index of every unit's stratum; strata of two parents are two strata.
    strata : tuple of str, length H
        ``province=11&residence=urban``; one empty label if there are no strata.
    fraction : ndarray of float, shape (U,)
        Sampling fraction of every unit's stratum, or its own inclusion probability (PPS); 0 where
        units count as drawn with replacement.
    parent : ndarray of int, shape (U,)
        Unit of the stage before that holds this unit; zeros in the first stage.
    """

    unit: np.ndarray
    units: tuple[str, ...]
    stratum: np.ndarray
    strata: tuple[str, ...]
    fraction: np.ndarray
    parent: np.ndarray

    @cached_property
    def first(self) -> np.ndarray:
        """Index of the first unit of every stratum, shape (H,)."""
        return np.searchsorted(self.stratum, np.arange(len(self.strata)))

    @cached_property
    def sizes(self) -> np.ndarray:
        """Number of sampled units of every stratum, shape (H,)."""
        return np.bincount(self.stratum, minlength=len(self.strata))

    @cached_property
    def groups(self) -> Groups:
        """Respondents grouped by unit."""
        return group(self.unit, len(self.units))

    @cached_property
    def alone(self) -> np.ndarray:
        """Strata with one unit that is not certain to be drawn, shape (H,), bool."""
        return (self.sizes == 1) & (self.fraction[self.first] < 1 - CERTAIN)


CERTAIN = 1e-7  # a fraction this near to 1 leaves nothing to chance, as in R `survey`


@dataclass(frozen=True, eq=False)
class Design:
    """The stages by which n respondents were drawn.

    Attributes
    ----------
    stages : tuple of Stage
        The first is that of the primary sampling units (PSUs); later ones count where the stages
        before them have sampling fractions.
    lonely : str
        What a stratum with one unit contributes to variances; see stages.py.
    person_psu : bool
        Every respondent is a PSU of their own.
    """

    stages: tuple[Stage, ...]
    lonely: Lonely = "fail"
    person_psu: bool = False

    @property
    def psu(self) -> np.ndarray:
        """Index of every respondent's PSU, shape (n,)."""
        return self.stages[0].unit

    @property
    def psus(self) -> tuple[str, ...]:
        """PSU labels, length P, sorted by stratum, then label."""
        return self.stages[0].units

    @property
    def stratum(self) -> np.ndarray:
        """Index of every PSU's stratum, shape (P,)."""
        return self.stages[0].stratum

    @property
    def strata(self) -> tuple[str, ...]:
        """Labels of the first stage's strata, length H."""
        return self.stages[0].strata

    @property
    def fraction(self) -> np.ndarray:
        """First-stage sampling fraction of every PSU, shape (P,); 0 is with replacement."""
        return self.stages[0].fraction

    @property
    def first(self) -> np.ndarray:
        """Index of the first PSU of every stratum, shape (H,)."""
        return self.stages[0].first

    @property
    def sizes(self) -> np.ndarray:
        """Number of sampled PSUs of every stratum, shape (H,)."""
        return self.stages[0].sizes

    @property
    def one_stage(self) -> bool:
        """Only PSU totals matter to variances."""
        return len(self.stages) == 1 or not self.fraction.any()

    @property
    def by_person(self) -> bool:
        """Contributions to variances are those of single respondents, in some stage that counts."""
        counted = self.stages[:1] if self.one_stage else self.stages
        return self.person_psu or any(len(s.units) == len(s.unit) for s in counted)

    def degrees(self, present: np.ndarray) -> np.ndarray:
        """PSUs minus strata among those present, the degrees of freedom of a domain.

        Parameters
        ----------
        present : ndarray of bool, shape (P, ...)
            Which PSUs have a respondent in the domain's base.
        """
        strata = np.logical_or.reduceat(present, self.first, axis=0)
        return present.sum(axis=0) - strata.sum(axis=0)

    def degrees_of_totals(self, present: np.ndarray) -> np.ndarray:
        """The same for totals: PSUs with nobody in the domain count in strata that have some.

        That they hold nobody is what they add to the error of a total.
        """
        strata = np.logical_or.reduceat(present, self.first, axis=0)
        return self.degrees(strata[self.stratum])
