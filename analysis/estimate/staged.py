"""A wave's ratios under stages drawn without replacement: the second path, in the first's shape.

Variances of later stages are no sums over (PSU, cell), so every ratio is a functional
(functional.py). Where only PSU totals matter, variance.py gives the same numbers faster.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.estimate import variance
from analysis.estimate.breakdown import Breakdown
from analysis.estimate.functional import WeightedSample, estimate
from analysis.estimate.quantity import Quantity
from analysis.estimate.ratios import Ratios
from analysis.estimate.residual import Regression, on_classes
from survey.design.stages import exact_totals


class Staged:
    """Estimates ratios over breakdowns of one sample; stands in for `variance.Linearised`."""

    def __init__(self, sample: variance.Sample, breakdowns: Sequence[Breakdown]) -> None:
        self.breakdowns = breakdowns
        self.weight = sample.weight.values()
        regressions: tuple[Regression, ...] = ()
        if sample.classes:
            regressions = (on_classes(sample.classes, sample.residual_weight.values()),)
        self.sample = WeightedSample(self.weight, sample.design, None, regressions)

    def estimate(self, quantity: Quantity) -> list[variance.Ratios]:
        """Ratios of one quantity, breakdown by breakdown."""
        m = quantity.y.shape[1]
        x = np.repeat(quantity.x.astype(float)[:, None], m, axis=1)
        y = quantity.y.astype(float)
        return [self._ratios(Ratios(y, x, breakdown)) for breakdown in self.breakdowns]

    def _ratios(self, functional: Ratios) -> variance.Ratios:
        done = estimate(functional, self.sample)
        levels, m = len(functional.breakdown.domains), functional.y.shape[1]
        shape = (levels, m)
        base = functional.x[:, :1] != 0
        columns = np.concatenate(
            [base, functional.y > 0, self.weight[:, None] * functional.x[:, :1]], axis=1
        )
        sums = exact_totals(columns.astype(float), functional.breakdown.groups())
        n = np.repeat(sums[:, :1], m, axis=1)
        simple = functional.simple_variance(self.weight, n.ravel(), finite=False)
        with np.errstate(divide="ignore", invalid="ignore"):
            deff = done.se**2 / np.where(simple > 0, simple, np.nan)
        return variance.Ratios(
            estimate=done.values.reshape(shape),
            se=done.se.reshape(shape),
            deff=deff.reshape(shape),
            n=sums[:, 0],
            weighted_n=sums[:, -1],
            df=done.df.reshape(shape)[:, 0],
            count=sums[:, 1:-1],
            factor=done.factor.reshape(-1, *shape),
        )
