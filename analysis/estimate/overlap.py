"""What two waves share, from linked answers: respondents or PSUs, and the covariance they carry.

Decided here: which units of two waves are one unit, and what their contributions add to the
covariance of estimates. Units are matched only where an overlap was declared. How products of
shared units become an unbiased covariance: analysis/compare/overlap.py.

Shared respondents enter in one of two ways. A PSU with one label in both waves that holds a
shared respondent is one PSU: its whole contribution counts, for the people around a panel member
share what the place adds. (Where every respondent is a PSU, that is the respondent.) Respondents
whose PSU differs between the waves, because the sample was clustered anew, enter with their own
weighted linearised values: ``C = sum over pairs of PSUs (i in the new wave, j in the old) of a b``,
where a and b sum, over the respondents that i and j share, values centred on the mean respondent of
the stratum in that wave. This rests on two assumptions: people who do not share both their PSUs
are not correlated across waves once strata are accounted for, and respondents of a stratum are
alike in expectation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.compare.overlap import OVER, Link, link
from analysis.estimate.functional import WeightedSample
from analysis.estimate.result import Result
from analysis.estimate.survey import Survey
from analysis.estimate.unitnames import BELOW, design_units, drawn_design, psu_names, unit_labels
from survey.design.model import Design, Stage
from survey.design.stages import exact_totals, variance_factor
from survey.design.totals import group
from survey.errors import EstimateError

_NOTHING = 1e-9  # of a covariance left by centring: it cannot be divided by


@dataclass(frozen=True, eq=False)
class Contributions:
    """Respondents of one wave with what each adds to k estimates.

    Attributes
    ----------
    respondent : ndarray of str, shape (n,)
    design : Design
    values : ndarray of float, shape (n, k)
        Weight times linearised value (its residual, for calibrated weights); 0 outside a domain.
    """

    respondent: np.ndarray
    design: Design
    values: np.ndarray

    def psu_names(self) -> list[str]:
        """What PSUs are called across waves: a respondent who is one by their own id."""
        if not self.design.person_psu:
            return psu_names(self.design)
        return self.respondent[np.argsort(self.design.psu)].tolist()


@dataclass(frozen=True, eq=False)
class Between:
    """Covariances of estimates of a new wave (rows) and an old one (columns).

    Attributes
    ----------
    unbiased : ndarray of float, shape (k, l)
    plain : ndarray of float, shape (k, l)
        Products of factors without correction for unshared units: smaller, see Link.bounded.
    degrees : float
        Degrees of freedom that both waves count.
    """

    unbiased: np.ndarray
    plain: np.ndarray
    degrees: float

    def bilinear(self, new: np.ndarray, old: np.ndarray, *, most: float) -> float:
        """Covariance of two linear combinations, shapes (k,) and (l,), at most `most` in size."""
        one, other = np.flatnonzero(new), np.flatnonzero(old)
        found, plain = (
            float(new[one] @ matrix[np.ix_(one, other)] @ old[other])
            for matrix in (self.unbiased, self.plain)
        )
        return found if abs(found) <= most * OVER else float(np.clip(plain, -most, most))


def singletons(n: int) -> Design:
    """A design under which the factor is the contribution of every respondent, unaltered."""
    each = np.arange(n)
    names = tuple(str(i) for i in each)
    stage = Stage(each, names, each, names, np.zeros(n), np.zeros(n, dtype=np.int64))
    return Design((stage,), "adjust", person_psu=True)


def contributions(
    survey: Survey, ask: Callable[[Survey], Result], respondent: str
) -> Contributions | None:
    """What every respondent adds to the answers of `ask`; None where they have no linear form.

    Parameters
    ----------
    survey : Survey
    ask : callable
        The questions, such as ``lambda s: s.mean("y", by="region")``.
    respondent : str
        Column that identifies respondents in both waves.

    Raises
    ------
    EstimateError
        If variances come from replicates, or ids are missing or repeated.
    """
    sample, design = survey.sample, drawn_design(survey)
    ids = unit_labels(survey, respondent)
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise EstimateError(
            f"'{respondent}' is not unique: {values[np.argmax(counts > 1)]} stands in "
            f"{counts.max()} rows of one wave",
            expected="one row per respondent",
        )
    alone = WeightedSample(sample.weight, singletons(len(ids)), None, sample.calibration)
    found = ask(survey.with_sample(alone)).factor
    return None if found is None else Contributions(ids, design, np.nan_to_num(found))


def between_respondents(new: Contributions, old: Contributions) -> Between:
    """Covariances of all estimates of two waves that share respondents."""
    same, cells, link_ = _matched(new, old)
    ours, theirs = variance_factor(new.design, new.values), variance_factor(old.design, old.values)
    unbiased, plain = link_.covariance(ours, theirs), link_.bounded(ours, theirs)
    moved = cells.matrix(new.values, old.values)
    return Between(unbiased + moved, plain + moved, same + cells.degrees)


def pairs_of_respondents(new: Contributions, old: Contributions) -> tuple[np.ndarray, float]:
    """Covariances column by column, shape (k,), never beyond a correlation of 1; and degrees."""
    same, cells, link_ = _matched(new, old)
    ours, theirs = variance_factor(new.design, new.values), variance_factor(old.design, old.values)
    found = link_.of_pairs(ours, theirs) + cells.pairs(new.values, old.values)
    most = np.sqrt(np.add.reduce(ours * ours, axis=0) * np.add.reduce(theirs * theirs, axis=0))
    return np.clip(found, -most, most), same + cells.degrees


@dataclass(frozen=True, eq=False)
class _Cells:
    """Shared respondents who are in different PSUs, by pair of PSUs.

    Attributes
    ----------
    new, old : ndarray of int, shape (K,)
        Their places in the two waves.
    cell : ndarray of int, shape (K,)
    weight : ndarray of float, shape (cells,)
        What a product of centred sums counts, from the share of a covariance that centring leaves.
    strata : pair of ndarray of int, each of shape (n,)
        Stratum of every respondent of the two waves.
    degrees : float
    """

    new: np.ndarray
    old: np.ndarray
    cell: np.ndarray
    weight: np.ndarray
    strata: tuple[np.ndarray, np.ndarray]
    degrees: float

    def sums(self, new: np.ndarray, old: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        groups = group(self.cell, len(self.weight))
        one = _centred(new, self.strata[0])[self.new]
        other = _centred(old, self.strata[1])[self.old]
        return exact_totals(one, groups), exact_totals(other, groups)

    def pairs(self, new: np.ndarray, old: np.ndarray) -> np.ndarray:
        if not len(self.cell):
            return np.zeros(new.shape[1])
        one, other = self.sums(new, old)
        return np.add.reduce(one * other * self.weight[:, None], axis=0)

    def matrix(self, new: np.ndarray, old: np.ndarray) -> np.ndarray:
        if not len(self.cell):
            return np.zeros((new.shape[1], old.shape[1]))
        one, other = self.sums(new, old)
        one = one * self.weight[:, None]
        columns = [np.add.reduce(one * column[:, None], axis=0) for column in other.T]
        return np.column_stack(columns)


def _matched(new: Contributions, old: Contributions) -> tuple[float, _Cells, Link]:
    """Degrees of the PSUs that are one, the respondents who moved, and the link of those PSUs."""
    _, ours, theirs = np.intersect1d(
        new.respondent, old.respondent, assume_unique=True, return_indices=True
    )
    if not len(ours):
        raise EstimateError(
            "the waves are declared to share respondents, and no id is in both",
            got=f"{min(new.respondent)} ... and {min(old.respondent)} ...",
            hint="declare no overlap if the samples are independent",
        )
    names = [np.asarray(wave.psu_names(), dtype=str) for wave in (new, old)]
    stays = names[0][new.design.psu[ours]] == names[1][old.design.psu[theirs]]
    kept = set(names[0][new.design.psu[ours[stays]]].tolist())
    one, other = design_units(new.design, names[0]), design_units(old.design, names[1])
    among = {label for label in one.labels if label.split(BELOW)[0] in kept}
    found = link(one, other, among=among)
    cells = _cells(new.design, old.design, ours[~stays], theirs[~stays])
    return float(found.degrees), cells, found


def _cells(new: Design, old: Design, ours: np.ndarray, theirs: np.ndarray) -> _Cells:
    strata = new.stratum[new.psu], old.stratum[old.psu]
    pair = new.psu[ours] * len(old.psus) + old.psu[theirs]
    cells, cell, m = np.unique(pair, return_inverse=True, return_counts=True)
    one, other = cells // len(old.psus), cells % len(old.psus)
    h, g = new.stratum[one], old.stratum[other]
    n1 = np.bincount(strata[0], minlength=len(new.strata))[h].astype(float)
    n2 = np.bincount(strata[1], minlength=len(old.strata))[g].astype(float)
    _, both = np.unique(h * len(old.strata) + g, return_inverse=True)
    kept = np.bincount(both, m * (1 - m / n1 - m / n2))[both] / np.bincount(both, m)[both]
    kept = kept + np.bincount(both, m * m / (n1 * n2))[both]
    weight = np.where(kept > _NOTHING, 1 / np.where(kept > _NOTHING, kept, 1.0), 0.0)
    fewest = min(len(np.unique(one)), len(np.unique(other)))
    degrees = max(fewest - len(np.unique(both)), 0)
    return _Cells(ours, theirs, cell, weight, strata, float(degrees))


def _centred(values: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Values around the mean respondent of their stratum."""
    size = int(stratum.max()) + 1
    totals = exact_totals(values, group(stratum, size))
    return values - (totals / np.bincount(stratum, minlength=size)[:, None])[stratum]
