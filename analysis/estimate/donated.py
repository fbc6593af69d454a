"""The part of donors in the error of estimates from hot-deck imputation (Rao and Shao).

A recipient's answer is a random one of its class, so an estimate moves with the class's donors. In
a replicate, Rao and Shao shift every imputed answer by the change of the weighted donor mean of
its class; with this shift the spread of replicates holds sampling, nonresponse and the draw. The
same shift, linearised, is a further term of every donor,

    v_k = d_k / D_c * sum over recipients i of class c of w_i (u_i(k) - mean over donors of u_i),

with d the weights donors are drawn with, D_c their sum, and u_i(k) the linearised variable of
recipient i with the answers of donor k in the gaps. PSU totals of v are added to those of the
calibrated residuals, so that rows keep their variance factor and their covariance family. Donor
weights are design weights: their term is not regressed on margins. A cap on the use of donors is
not in the formula.

References
----------
.. [1] Rao and Shao (1992), Jackknife variance estimation with survey data under hot deck
   imputation, Biometrika 79, 811-822.
.. [2] Kim and Rao (2009), A unified approach to linearization variance estimation from survey data
   after imputation for item nonresponse, Biometrika 96, 917-932.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.estimate.imputed import Gaps, Imputed
from analysis.estimate.quantity import Quantity
from survey.design.model import Design
from survey.impute.frozen import FrozenStep


@dataclass(frozen=True, eq=False)
class DonorTerms:
    """PSU totals of donors' terms; stands in for `variance.Donated`.

    Attributes
    ----------
    imputed : Imputed
    weight : ndarray of float, shape (n,)
        Final weights.
    """

    imputed: Imputed
    weight: np.ndarray

    def __call__(
        self, design: Design, place: int, quantity: Quantity, ratio: np.ndarray, bottom: np.ndarray
    ) -> np.ndarray | None:
        """Totals (P, L, m), or None where no donor has a part."""
        own = self.imputed.of_quantity(quantity)
        domains = [self.imputed.of_item(name) for name in self.imputed.names[place]]
        steps = sorted({gaps.step for gaps in (own, *domains) if gaps is not None})
        if not steps:
            return None
        total = np.zeros((len(design.psus), *ratio.shape))
        for number in steps:
            here = [g if g is not None and g.step == number else None for g in (own, *domains)]
            self._add(total, design, place, quantity, ratio, bottom, here)
        return total

    def _add(self, total, design, place, quantity, ratio, bottom, here: list[Gaps | None]) -> None:
        """Add one step: recipients that lack the same of answer and domains together."""
        step = self.imputed.steps[next(gaps.step for gaps in here if gaps is not None)]
        lacking = np.column_stack(
            [
                np.zeros(len(step.recipients), dtype=bool) if g is None else step.gaps[:, g.column]
                for g in here
            ]
        )
        codes = [self.imputed.codes[name] for name in self.imputed.names[place]]
        for pattern in np.unique(lacking, axis=0):
            if not pattern.any():
                continue
            who = (lacking == pattern).all(axis=1)
            group = _Group(step, who, pattern[0], pattern[1:], codes)
            for level in range(len(ratio)):
                if np.isfinite(bottom[level, 0]) and bottom[level, 0] > 0:
                    added = group.terms(level, quantity, self.weight, ratio[level])
                    np.add.at(total[:, level], design.psu[step.donors], added / bottom[level, 0])


class _Group:
    """Recipients of a step with the same gaps in the answer and in the domain's variables."""

    def __init__(self, step: FrozenStep, who: np.ndarray, answer: bool, lacks, codes) -> None:
        self.step, self.answer = step, answer
        self.rows = step.recipients[who]
        self.cell = step.recipient_cell[who]
        self.cells = int(max(step.donor_cell.max(), step.recipient_cell.max())) + 1
        self.lacks, self.codes = lacks, codes
        self.sums = np.bincount(step.donor_cell, weights=step.weight, minlength=self.cells)

    def terms(self, level: int, quantity: Quantity, weight, ratio: np.ndarray) -> np.ndarray:
        """Donors' terms before division by the base, shape (d, m)."""
        donors = self.step.donors
        given, own = self._in_level(level)
        if self.answer:
            value = quantity.y[donors] - ratio * quantity.x[donors][:, None]
            value = value * given[donors][:, None]
            pull = np.bincount(
                self.cell, weights=weight[self.rows] * own[self.rows], minlength=self.cells
            )[:, None]
        else:
            value = np.repeat(given[donors].astype(float)[:, None], len(ratio), axis=1)
            left = quantity.y[self.rows] - ratio * quantity.x[self.rows][:, None]
            left = left * (weight[self.rows] * own[self.rows])[:, None]
            pull = self._sums(left, self.cell)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = self._sums(value * self.step.weight[:, None], self.step.donor_cell)
            mean = np.nan_to_num(mean / self.sums[:, None])
            part = np.nan_to_num(pull / self.sums[:, None])
        cell = self.step.donor_cell
        return self.step.weight[:, None] * part[cell] * (value - mean[cell])

    def _in_level(self, level: int) -> tuple[np.ndarray, np.ndarray]:
        """Who is in the level by the variables donors give, and by those recipients keep; (n,)."""
        n = len(self.codes[0].code) if self.codes else None
        size = n if n is not None else int(max(self.step.donors.max(), self.rows.max())) + 1
        given, own = np.ones(size, dtype=bool), np.ones(size, dtype=bool)
        for part, lacks in zip(reversed(self.codes), reversed(self.lacks), strict=True):
            level, code = divmod(level, len(part.levels))
            side = given if lacks else own
            side &= part.code == code
        return given, own

    def _sums(self, values: np.ndarray, cell: np.ndarray) -> np.ndarray:
        return np.column_stack(
            [np.bincount(cell, weights=column, minlength=self.cells) for column in values.T]
        )
