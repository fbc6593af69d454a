"""Estimates of a wave with imputed answers: errors that hold imputation, or a row that says not.

Decided here: which way the study's `impute_variance` takes, which rows it cannot serve, and what
every row then says. `rao_shao` (the default) serves hot decks under designs of which only PSU
totals matter; `reimputation` and `multiple` serve hot decks and nearest donors. Everywhere else,
with `none`, and where weights rest on imputed margins, rows say "se excludes imputation" and are
for careful use. Whether few real answers hide a row is decided here, too: imputed ones do not
count towards the smallest base and cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.donated import DonorTerms
from analysis.estimate.imputed import Imputed, shares
from analysis.estimate.index import EXCLUDES
from analysis.estimate.quantity import Quantity
from analysis.estimate.reimputed import reimputed, weighting_of
from analysis.estimate.rubin import multiple
from analysis.estimate.staged import Staged
from analysis.estimate.variance import Linearised, Ratios, Sample
from analysis.results.precision import Limits
from survey.instrument.imputation import DRAWS, REPLICATES
from survey.instrument.load import Instrument
from survey.weights.record import CalibrationRecord

TOLD = {
    "rao_shao": "errors include hot-deck imputation (Rao-Shao, linearised)",
    "reimputation": "errors from {count} bootstrap replicates, imputed anew",
    "multiple": "{count} imputations combined by Rubin's rules",
    "none": "errors exclude imputation",
}
LOST = "no standard error: a replicate has nobody in the base"
OWN_FAMILIES = ("multiple",)  # carried by a triangular factor per indicator
WITHOUT_UNITS = ("multiple", "reimputation")  # whose factors are not by PSU


@dataclass(frozen=True, eq=False)
class Wave:
    """What estimation of one wave with imputed answers needs; see estimate_wave."""

    imputed: Imputed
    people: pd.DataFrame
    sample: Sample
    plan: list[Breakdown]
    record: CalibrationRecord
    instrument: Instrument
    wave: str

    @property
    def method(self) -> str:
        return self.imputed.method

    def estimate(self, asked: Sequence[Quantity]) -> list[list[Ratios]]:
        """Ratios by quantity and breakdown, with errors by the study's method."""
        single = [self.estimator(self.plan).estimate(quantity) for quantity in asked]
        if self.method == "multiple":
            draws = int(self.instrument.policy(DRAWS))
            return multiple(self.imputed, asked, single, self.estimator, self.plan, draws)
        if self.method == "reimputation":
            assert self.instrument.imputation is not None
            return reimputed(
                self.imputed,
                asked,
                single,
                weighting_of(self.people, self.record, self.instrument, self.wave),
                self.sample.design,
                replicates=int(self.instrument.policy(REPLICATES)),
                seed=self.instrument.imputation.seed,
            )
        return single

    def estimator(self, plan: list[Breakdown]) -> Linearised | Staged:
        """What estimates one set of answers."""
        if not self.sample.design.one_stage:
            return Staged(self.sample, plan)
        return Linearised(self.sample, plan, self.donated())

    def donated(self) -> DonorTerms | None:
        """Donors' terms, where the errors are made of them."""
        if self.method != "rao_shao":
            return None
        return DonorTerms(self.imputed, self.sample.weight.values())

    def told(self) -> str:
        """How errors came about, for the column `design`."""
        name = {"multiple": DRAWS, "reimputation": REPLICATES}.get(self.method)
        count = int(self.instrument.policy(name)) if name else 0
        return TOLD[self.method].format(count=count)

    def columns(self, quantity: Quantity, place: int) -> dict[str, np.ndarray]:
        """Columns of one quantity by one breakdown: `imputed`, `excludes`, and real answers."""
        breakdown, m = self.plan[place], quantity.y.shape[1]
        weight = self.sample.weight.values()
        share, observed, counted = shares(self.imputed, quantity, breakdown, place, weight)
        filled = np.repeat(np.nan_to_num(share) > 0, m)
        excludes = (filled & self._unserved(quantity, place)) | self._margins_imputed()
        count = counted.ravel() if quantity.statistic == "share" else np.full(counted.size, np.nan)
        return {
            "imputed": np.repeat(share, m),
            "excludes": excludes,
            "observed": np.repeat(observed, m),
            "counted": count,
        }

    def _unserved(self, quantity: Quantity, place: int) -> bool:
        """Whether the method has no error for what a row rests on."""
        if self.method == "none":
            return True
        nearest = "nearest" in self.imputed.methods_of(quantity, place)
        return self.method == "rao_shao" and (nearest or not self.sample.design.one_stage)

    def _margins_imputed(self) -> bool:
        return any(
            self.imputed.of_item(item) is not None
            for margin in self.record.margins
            for item in margin.items
        )


def marked(rows: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Graded rows in which few real answers stand are suppressed, and the columns for it dropped.

    Parameters
    ----------
    rows : DataFrame
        With `observed` and `counted` of `Wave.columns`.
    """
    inside, outside = rows["counted"], rows["observed"] - rows["counted"]
    small = rows["observed"] < limits.min_base
    thin = (inside < limits.min_cell) | (outside < limits.min_cell)
    rows = rows.copy()
    for where, told in (
        (thin, f"fewer than {limits.min_cell:g} respondents gave this answer, or another"),
        (small, f"base under {limits.min_base:g} respondents"),
    ):
        rows.loc[where, "quality"] = "suppressed"
        rows.loc[where, "reason"] = told
    return rows.drop(columns=["observed", "counted"])


def with_reason(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without an error, or whose errors exclude imputation, say so; `excludes` is dropped."""
    lost = rows["se"].isna() & rows["estimate"].notna()
    told = [
        "; ".join(filter(None, [reason, LOST if none else "", EXCLUDES if excludes else ""]))
        for reason, none, excludes in zip(rows["reason"], lost, rows["excludes"], strict=True)
    ]
    return rows.assign(reason=told).drop(columns="excludes")
