"""A survey in one object: any data frame, its design, and the statistics asked of it.

The Python side of ``perception tabulate``, with the same words. Decided here: which columns a
question needs and what its base is. How it is estimated: functional.py and its neighbours; how
weights and design come from columns: columnsample.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown, crossed, everybody
from analysis.estimate.columns import Columns
from analysis.estimate.columnsample import columned_sample, multiplied
from analysis.estimate.functional import WeightedSample
from analysis.estimate.index import EXCLUDES, Gaps, Part, index_scores
from analysis.estimate.moments import Covariances, Smooth, correlation
from analysis.estimate.quantiles import quantiles
from analysis.estimate.ranks import rank_rows
from analysis.estimate.ratios import Ratios
from analysis.estimate.reliability import alpha, omega
from analysis.estimate.residual import Regression
from analysis.estimate.result import Result, joined
from analysis.estimate.rows import Labels, moment_rows, quantile_rows, ratio_rows
from analysis.estimate.sets import chosen_and_base, stem
from survey.design.labels import level_word
from survey.errors import EstimateError
from survey.weights.replicated import Weighting

Names = str | Sequence[str]


class Survey:
    """Respondents, their weights and their design.

    Parameters
    ----------
    data : DataFrame of pandas, Polars, or any library narwhals knows
    weight : str, optional
        Column of final weights; without one everybody counts 1.
    strata : str or sequence of str
        Columns whose combinations are the strata.
    psu : str or sequence of str
        Unit columns, one per stage.
    fpc : str or sequence of str
        Population sizes or fractions, one per stage; see `make_design`.
    nested, pps, lonely, pairs
        See `make_design`.
    replicates : sequence of str, ndarray of shape (n, R), or Replicates, optional
        Replicate weights given with the data; strata and PSUs are then not used.
    method, rho, scale, rscales, mse, df, combined
        See `given_replicates`; ``combined=False``: the columns are multipliers of the weight.
    calibration : sequence of Regression
        What the weights were calibrated to; () takes them as fixed.
    deff : {"replace", "without"}
        Simple random sampling that design effects are measured against.
    conf_level : float
    kind : str
        collected, measured or simulated.

    Raises
    ------
    EstimateError
        If a column is missing, a weight is missing or negative, or the design is at fault.
    """

    def __init__(
        self,
        data,
        *,
        weight: str | None = None,
        strata: Names = (),
        psu: Names = (),
        fpc: Names = (),
        nested: bool = False,
        pps: str | None = None,
        lonely="fail",
        pairs: Mapping[str, str] | None = None,
        replicates=None,
        method: str = "other",
        rho: float | None = None,
        scale: float | None = None,
        rscales=None,
        mse: bool = True,
        df: float | None = None,
        combined: bool = True,
        calibration: Sequence[Regression] = (),
        deff: str = "replace",
        conf_level: float = 0.95,
        kind: str = "collected",
    ) -> None:
        self.columns = Columns(data)
        self.sample = columned_sample(
            self.columns,
            weight=weight,
            strata=_names(strata),
            psu=_names(psu),
            fpc=_names(fpc),
            nested=nested,
            pps=pps,
            lonely=lonely,
            pairs=pairs,
            replicates=replicates,
            given={
                "method": method,
                "rho": rho,
                "scale": scale,
                "rscales": rscales,
                "mse": mse,
                "df": df,
                "combined": combined,
            },
            calibration=calibration,
        )
        self.weighting: Weighting | None = None
        self.deff = deff
        self.conf_level = conf_level
        self._kind = kind
        self._variant = _variant(weight, self.sample)

    def with_sample(self, sample: WeightedSample, *, weighting: Weighting | None = None) -> Survey:
        """The same answers under other weights or another variance."""
        other = object.__new__(Survey)
        changed = {"sample": sample, "weighting": weighting, "_variant": _variant("", sample)}
        other.__dict__ = {**self.__dict__, **changed}
        return other

    def with_multipliers(self, multipliers) -> Survey:
        """Variances from replicates made here (survey/design/multipliers.py).

        Where the weights were calibrated, every replicate is calibrated anew.
        """
        made = multiplied(self.sample, multipliers, self.weighting)
        return self.with_sample(made, weighting=self.weighting)

    def mean(self, y: Names, *, by: Names = (), where: str | None = None) -> Result:
        """Means of numeric items; an item's missing answers leave its base."""
        return self._each(y, by, where, "mean")

    def total(self, y: Names, *, by: Names = (), where: str | None = None) -> Result:
        """Population totals; a missing answer adds nothing."""
        return self._each(y, by, where, "total")

    def share(
        self, x: str, *, by: Names = (), where: str | None = None, interval: str = "logit"
    ) -> Result:
        """Shares of every answer of a categorical item among those who gave one.

        `interval`: logit, beta (Korn and Graubard), wilson, mean or asin.
        """
        breakdown = self._breakdown(by, where)
        codes, words = pd.factorize(self.columns.labels(x), sort=True)
        _require_some(x, codes >= 0)
        y = (codes[:, None] == np.arange(len(words))).astype(float)
        base = np.repeat((codes >= 0).astype(float)[:, None], len(words), axis=1)
        labels = Labels(x, "share", "share", "eligible", interval, self.deff)
        categories = tuple(level_word(word) for word in words)
        return self._ratios(y, base, breakdown, categories, labels, where)

    def ratio(
        self, numerator: str, denominator: str, *, by: Names = (), where: str | None = None
    ) -> Result:
        """The ratio of two totals, over those who have both numbers."""
        a, b = self.columns.numbers(numerator), self.columns.numbers(denominator)
        known = ~(np.isnan(a) | np.isnan(b))
        _require_some(f"{numerator}/{denominator}", known)
        labels = Labels(f"{numerator}/{denominator}", "ratio", deff=self.deff)
        y, x = (np.where(known, side, 0.0)[:, None] for side in (a, b))
        return self._ratios(y, x, self._breakdown(by, where, known), ("",), labels, where)

    def multi(
        self,
        columns: Sequence[str],
        *,
        base: str = "all",
        exclusive: Sequence[str] = (),
        name: str = "",
        by: Names = (),
        where: str | None = None,
        interval: str = "logit",
    ) -> Result:
        """Shares of the options of a multiple-response set held in 0/1 columns.

        A respondent with a missing cell was not asked. `base`: ``all`` who were asked,
        ``eligible`` those who named an option, ``mentions`` the options named; an `exclusive`
        option ("none of these") is no mention and has a share of the first base only.
        """
        table = np.column_stack([self.columns.numbers(column) for column in columns])
        options, chosen, size = chosen_and_base(table, columns, base, exclusive)
        x = np.repeat(size[:, None], len(options), axis=1)
        labels = Labels(name or stem(columns), "share", "share", base, interval, self.deff)
        return self._ratios(chosen, x, self._breakdown(by, where), options, labels, where)

    def quantile(
        self,
        y: str,
        order: float | Sequence[float] = 0.5,
        *,
        by: Names = (),
        where: str | None = None,
        rule: str = "math",
        interval: str = "score",
    ) -> Result:
        """Quantiles; see quantiles.py for rules and intervals."""
        values = self.columns.numbers(y)
        _require_some(y, ~np.isnan(values))
        breakdown = self._breakdown(by, where)
        orders = np.atleast_1d(np.asarray(order, dtype=float))
        done = quantiles(
            values,
            breakdown,
            orders,
            self.sample,
            rule=rule,
            interval=interval,
            level=self.conf_level,
        )
        return quantile_rows(done, values, breakdown, orders, self.sample, y, self.told(where))

    def variance(self, y: str, *, by: Names = (), where: str | None = None) -> Result:
        """Variance of an item in the population, with n / (n - 1)."""
        moments = self._moments([y], by, where)
        return moment_rows(moments, self.sample, ("",), Labels(y, "variance"), self.told(where))

    def correlation(self, a: str, b: str, *, by: Names = (), where: str | None = None) -> Result:
        """Pearson's correlation of two items, over those who have both."""
        functional = Smooth(self._moments([a, b], by, where), correlation)
        labels = Labels(f"{a}*{b}", "correlation")
        return moment_rows(functional, self.sample, ("",), labels, self.told(where))

    def ranks(self, columns: Sequence[str], **asked) -> Result:
        """Ranks of the options of a multiple-response set, with joint confidence (ranks.py)."""
        return rank_rows(self.multi(columns, **asked))

    def index(
        self,
        parts: Sequence[Part],
        *,
        name: str,
        gaps: Gaps = "complete",
        least: int | None = None,
        by: Names = (),
        where: str | None = None,
    ) -> Result:
        """The mean of a composite 10-point index; see index.py for the rules for gaps."""
        answers = np.column_stack([self.columns.numbers(part.item) for part in parts])
        scores = index_scores(answers, parts, gaps=gaps, least=least, weight=self.sample.weight)
        known = ~np.isnan(scores.values)
        _require_some(name, known)
        done = self._ratios(
            np.where(known, scores.values, 0.0)[:, None],
            known.astype(float)[:, None],
            self._breakdown(by, where),
            ("",),
            Labels(name, "index", "points10", "eligible", deff=self.deff),
            where,
        )
        if scores.imputed.any():
            share = scores.imputed[known].mean()
            note = f"{share:.1%} of respondents with imputed items, {EXCLUDES}"
            done.rows["reason"] = [f"{r}; {note}".lstrip("; ") for r in done.rows["reason"]]
            done.rows["quality"] = "caution"
        return done

    def alpha(self, items: Sequence[str], *, by: Names = (), where: str | None = None) -> Result:
        """Cronbach's alpha over those who answered every item."""
        return self._reliability(items, alpha, "alpha", by, where)

    def omega(self, items: Sequence[str], *, by: Names = (), where: str | None = None) -> Result:
        """McDonald's omega of one factor over those who answered every item."""
        return self._reliability(items, omega, "omega", by, where)

    def _reliability(self, items: Sequence[str], function, name: str, by, where) -> Result:
        functional = Smooth(self._moments(items, by, where), function)
        labels = Labels("+".join(items), "reliability")
        return moment_rows(functional, self.sample, (name,), labels, self.told(where))

    def _moments(self, items: Sequence[str], by: Names, where: str | None) -> Covariances:
        table = np.column_stack([self.columns.numbers(name) for name in items])
        complete = ~np.isnan(table).any(axis=1) & (self.sample.weight > 0)
        _require_some("*".join(items), complete)
        return Covariances(
            np.where(complete[:, None], table, 0.0), complete, self._breakdown(by, where, complete)
        )

    def _each(self, items: Names, by: Names, where: str | None, statistic: str) -> Result:
        results = []
        breakdown = self._breakdown(by, where)
        for name in _names(items):
            values = self.columns.numbers(name)
            known = ~np.isnan(values)
            _require_some(name, known)
            results.append(
                self._ratios(
                    np.where(known, values, 0.0)[:, None],
                    known.astype(float)[:, None],
                    breakdown,
                    ("",),
                    Labels(name, statistic, deff=self.deff),
                    where,
                )
            )
        return joined(results)

    def _ratios(self, y, x, breakdown, categories, labels: Labels, where) -> Result:
        used = np.where((self.sample.weight > 0) & (breakdown.level >= 0), breakdown.level, -1)
        functional = Ratios(
            y, x, Breakdown(breakdown.domains, used), total=labels.statistic == "total"
        )
        return ratio_rows(functional, self.sample, categories, labels, self.told(where))

    def _breakdown(self, by: Names, where: str | None, inside=None) -> Breakdown:
        kept = self.columns.holds(where)
        if inside is not None:
            kept = kept & inside
        if not kept.any():
            raise EstimateError(f"nobody is left where {where}" if where else "nobody is left")
        names = _names(by)
        if not names:
            level = np.where(kept, 0, -1)
            return Breakdown(everybody(self.columns.n).domains, level)
        return crossed(names, [self.columns.labels(name) for name in names], inside=kept)

    def told(self, where: str | None) -> dict:
        variant = f"{self._variant}, where {where}" if where else self._variant
        return {"conf_level": self.conf_level, "kind": self._kind, "variant": variant}


def _names(given: Names) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _variant(weight: str | None, sample: WeightedSample) -> str:
    weighting = "unweighted" if weight is None else "weighted"
    if sample.replicates is not None:
        return f"{weighting}, {sample.replicates.count} {sample.replicates.method} replicates"
    return f"{'calibrated' if sample.calibration else weighting}, Taylor linearisation"


def _require_some(name: str, known: np.ndarray) -> None:
    if not known.any():
        raise EstimateError(f"'{name}' is missing for every respondent")
