"""Ratios by domain with their variance: Taylor linearisation over strata and PSUs.

Per domain, the ratio R = sum(w y) / sum(w x) has the linearised variable
``u = (y - R x) / sum(w x)`` inside the domain and 0 outside. Calibrated weights make u's part
that the margins explain certain, so u is replaced by its residual from a regression on the
margins' categories (Deville and Sarndal 1992). The regression may be weighted in three ways:

``final``       with the calibrated weights: the default, nearest to re-raked replicates;
``base``        with the base weights: R ``survey::calibrate``;
``unweighted``  each respondent alike: R ``survey::rake``;
``none``        no residual: as if weights were fixed.

Everything comes from exact sums by (PSU, level) and (margin category, level); a domain keeps the
whole design. The factor F of a row holds one contribution per PSU with variance = sum(F * F).
Intervals are in mean.py and proportion.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.quantity import Quantity
from survey.design.linear import inverse, product
from survey.design.model import Design
from survey.design.stages import contributions
from survey.design.totals import Fixed, Groups, fix, group, sums

Residuals = Literal["final", "base", "unweighted", "none"]


@dataclass(frozen=True, eq=False)
class Sample:
    """One wave's respondents as estimation needs them.

    Attributes
    ----------
    design : Design
    weight : Fixed, n numbers
        Final weights.
    residual_weight : Fixed, n numbers
        Weights of the regression on the margins.
    classes : tuple of ndarray of int, each of shape (n,)
        Category of every respondent in every margin; empty: weights taken as fixed.
    sizes : tuple of int
        Number of categories of every margin.
    """

    design: Design
    weight: Fixed
    residual_weight: Fixed
    classes: tuple[np.ndarray, ...] = ()
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Ratios:
    """Estimates of one quantity over one breakdown; every array is (L, m) unless said.

    Attributes
    ----------
    estimate, se, deff : ndarray of float
        deff: variance over that of a simple random sample of the same n, drawn with replacement,
        whose element variance is the weighted one of the domain.
    n, weighted_n, df : ndarray of float, shape (L,)
        Respondents in the base, their weight, PSUs minus strata among them (or, where an estimate
        has degrees of freedom of its own, (L, m)).
    count : ndarray of float
        Respondents with y > 0.
    factor : ndarray of float, shape (P, L, m)
    """

    estimate: np.ndarray
    se: np.ndarray
    deff: np.ndarray
    n: np.ndarray
    weighted_n: np.ndarray
    df: np.ndarray
    count: np.ndarray
    factor: np.ndarray


def make_sample(
    design: Design,
    weight,
    *,
    base_weight=None,
    classes: Sequence[np.ndarray] = (),
    residuals: Residuals = "final",
) -> Sample:
    """A sample from arrays of shape (n,); see `Sample` and the table of residuals above."""
    final = fix(weight)
    if residuals == "base":
        other = fix(base_weight)
    elif residuals == "unweighted":
        other = fix(np.ones(len(final.units)))
    else:
        other = final
    if residuals == "none":
        classes = ()
    return Sample(design, final, other, tuple(classes), tuple(int(c.max()) + 1 for c in classes))


class Donated(Protocol):
    """What donors of imputed answers add to PSU totals of linearised variables; donated.py."""

    def __call__(
        self, design: Design, place: int, quantity: Quantity, ratio: np.ndarray, bottom: np.ndarray
    ) -> np.ndarray | None:
        """Totals (P, L, m) of a breakdown given by its place; ratio (L, m), bottom (L, 1)."""
        ...  # pragma: no cover


class Linearised:
    """Estimates ratios over breakdowns of one sample; groupings are made once and kept."""

    def __init__(
        self, sample: Sample, breakdowns: Sequence[Breakdown], donated: Donated | None = None
    ) -> None:
        self.sample = sample
        self.breakdowns = breakdowns
        self.donated = donated
        psus = len(sample.design.psus)
        self._by_psu = [self._cross(sample.design.psu, psus, b) for b in breakdowns]
        self._by_class = [
            [
                self._cross(level, size, b)
                for level, size in zip(sample.classes, sample.sizes, strict=True)
            ]
            for b in breakdowns
        ]
        self._by_level = [group(b.level, len(b.domains)) for b in breakdowns]
        self._margins = _Margins(sample) if sample.classes else None

    def estimate(self, quantity: Quantity) -> list[Ratios]:
        """One `Ratios` per breakdown."""
        y, x = quantity.y, quantity.x[:, None]
        both = np.concatenate([y, x], axis=1)
        weighted = self.sample.weight.times(both)
        regressed = (
            weighted
            if self.sample.residual_weight is self.sample.weight
            else self.sample.residual_weight.times(both)
        )
        squares = self.sample.weight.times(np.concatenate([y * y, x * y, x * x, x > 0], axis=1))
        counts = np.concatenate([y > 0, x > 0], axis=1).astype(np.int64)
        return [
            self._ratios(place, quantity, weighted, regressed, squares, counts)
            for place in range(len(self.breakdowns))
        ]

    def _ratios(self, place, quantity, weighted, regressed, squares, counts) -> Ratios:
        sample, levels = self.sample, len(self.breakdowns[place].domains)
        by_psu = _shaped(sums(weighted.units, self._by_psu[place]), levels)
        n = sums(counts, self._by_level[place]).astype(float)
        whole = by_psu.sum(axis=0) * weighted.quantum  # integers: exact in any order
        totals = by_psu * weighted.quantum
        top, bottom = whole[:, :-1], whole[:, -1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = top / bottom
            linear = (totals[:, :, :-1] - ratio * totals[:, :, -1:]) / bottom
            if self._margins is not None:
                by_class = [
                    _shaped(sums(regressed.units, groups), levels) * regressed.quantum
                    for groups in self._by_class[place]
                ]
                linear = self._margins.residuals(linear, np.concatenate(by_class), ratio, bottom)
            if self.donated is not None:
                added = self.donated(sample.design, place, quantity, ratio, bottom)
                linear = linear if added is None else linear + added
            factor = contributions(sample.design, linear)
            variance = np.add.reduce(factor * factor, axis=0)
            simple = self._simple_variance(place, squares, ratio, bottom, n[:, -1:])
            deff = variance / np.where(simple > 0, simple, np.nan)
        return Ratios(
            estimate=ratio,
            se=np.sqrt(variance),
            deff=deff,
            n=n[:, -1],
            weighted_n=bottom[:, 0],
            df=sample.design.degrees(totals[:, :, -1] > 0).astype(float),
            count=n[:, :-1],
            factor=factor,
        )

    def _simple_variance(self, place, squares, ratio, bottom, n) -> np.ndarray:
        """Variance of the ratio under simple random sampling with replacement, (L, m)."""
        m = ratio.shape[1]
        total = sums(squares.units, self._by_level[place]) * squares.quantum
        yy, xy, xx = total[:, :m], total[:, m : 2 * m], total[:, 2 * m : -1]
        weight = total[:, -1:]
        element = (yy - 2 * ratio * xy + ratio**2 * xx) / weight * n / (n - 1)
        return element / n / (bottom / weight) ** 2

    @staticmethod
    def _cross(index: np.ndarray, size: int, breakdown: Breakdown) -> Groups:
        levels = len(breakdown.domains)
        code = np.where(breakdown.level < 0, -1, index * levels + breakdown.level)
        return group(code, size * levels)


class _Margins:
    """The regression of linearised variables on margin categories."""

    def __init__(self, sample: Sample) -> None:
        offsets = np.cumsum([0, *sample.sizes])
        columns = [c + start for c, start in zip(sample.classes, offsets, strict=False)]
        size, psus = int(offsets[-1]), len(sample.design.psus)
        regression = sample.residual_weight
        units = regression.units[:, None]
        cross = np.zeros((size * size, 1), dtype=np.int64)
        for first in columns:
            for second in columns:
                cross += sums(units, group(first * size + second, size * size))
        self.inverse = inverse(cross.reshape(size, size) * regression.quantum)
        final = sample.weight
        self._of_psu = []  # per category: PSUs that have it, and its weight there
        for column in columns:
            table = sums(
                final.units[:, None], group(column * psus + sample.design.psu, size * psus)
            )
            table = table.reshape(size, psus) * final.quantum
            for category in np.flatnonzero(table.any(axis=1)):
                where = np.flatnonzero(table[category])
                self._of_psu.append((category, where, table[category][where]))

    def residuals(self, linear, by_class, ratio, bottom) -> np.ndarray:
        """PSU totals of residuals, (P, L, m), from those of linearised variables.

        `by_class` holds the sums of y and x by margin category, (categories, L, m + 1).
        """
        explained = (by_class[:, :, :-1] - ratio * by_class[:, :, -1:]) / bottom
        flat = explained.reshape(len(explained), -1)
        slopes = product(self.inverse, flat).reshape(explained.shape)
        left = linear.copy()
        for category, psus, weight in self._of_psu:
            left[psus] -= weight[:, None, None] * slopes[category]
        return left


def _shaped(totals: np.ndarray, levels: int) -> np.ndarray:
    """(size x levels, m) as (size, levels, m)."""
    return totals.reshape(-1, levels, totals.shape[-1])
