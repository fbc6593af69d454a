"""Split ballots: how far the earlier wording lies from the later one, in one wave.

A bridge of kind `split_ballot` (comparability.yml) says that a wave asked both wordings, each of a
random half. The shift (mean or share with the earlier wording minus that with the later one) is a
row of its own, statistic ``shift``, `reference` the wave whose wording the earlier one is. Its
factor is the difference of the two factors, so that its covariance with the wave's estimates is
known. What is done with it is decided in analysis/compare/bridge.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.breakdown import Breakdown
from analysis.estimate.index import EXCLUDES
from analysis.estimate.plan import quantities
from analysis.estimate.quantity import Quantity
from analysis.estimate.staged import Staged
from analysis.estimate.variance import Linearised, Ratios, Sample
from analysis.results.comparable import SHIFT
from analysis.results.covariance import NO_FAMILY
from analysis.results.disclosure import HIDDEN, protect
from analysis.results.precision import Limits, grade
from survey.errors import EstimateError
from survey.instrument.decisions import Bridge, Comparability
from survey.instrument.load import Instrument
from survey.instrument.model import Indicator

AT = ("statistic", "category", "domain")  # what finds a row of one indicator and wave
Columns = Callable[[Quantity, Breakdown, Ratios], dict[str, np.ndarray]]


def ballots(instrument: Instrument, wave: str) -> Iterator[tuple[Comparability, Bridge]]:
    """The decisions whose split ballot was held in a wave."""
    order = list(instrument.waves)
    for decision in instrument.comparability:
        bridge = decision.bridge
        if bridge is not None and bridge.kind == "split_ballot":
            held = bridge.wave or max(decision.waves, key=order.index)
            if held == wave:
                yield decision, bridge


def with_shifts(
    rows: pd.DataFrame,
    vectors: list[np.ndarray],
    people: pd.DataFrame,
    instrument: Instrument,
    wave: str,
    *,
    sample: Sample,
    plan: Sequence[Breakdown],
    columns: Columns,
    limits: Limits,
    imputed: bool = False,
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """The wave's rows and factor vectors with those of its split ballots behind them.

    Parameters
    ----------
    rows : DataFrame
        Protected rows of the wave.
    vectors : list of ndarray of float, shape (P,)
        One per row.
    columns : callable
        Columns of a quantity's estimates by one breakdown, as the wave's own rows have them.
    imputed : bool
        Whether answers were imputed: the shift's error then leaves the imputation out, and has
        no covariance with the wave's rows.

    Raises
    ------
    EstimateError
        If a respondent answered both wordings, or nobody answered one of them.
    """
    parts, more = [rows], list(vectors)
    order = list(instrument.waves)
    for decision, bridge in ballots(instrument, wave):
        reference = min(decision.waves, key=order.index)
        for indicator in instrument.study.indicators:
            if indicator.item != decision.item:
                continue
            halves = _halves(people, instrument, indicator, bridge.old or "", wave)
            made, factors = _shifts(halves, rows, sample, plan, columns, limits)
            made["reference"] = reference
            if imputed:
                told = made["reason"] + np.where(made["reason"] == "", "", "; ") + EXCLUDES
                made = made.assign(cov_family=NO_FAMILY, reason=told)
            parts.append(made)
            more += factors
    if len(parts) == 1:
        return rows, more
    parts[0] = rows.assign(reference="")
    return pd.concat(parts, ignore_index=True), more


def _halves(
    people: pd.DataFrame, instrument: Instrument, indicator: Indicator, old: str, wave: str
) -> list[tuple[Quantity, Quantity]]:
    """Quantities of the earlier and the later wording, statistic by statistic."""

    def asked(item: str) -> list[Quantity]:
        entry = indicator.model_copy(update={"item": item})
        study = instrument.study.model_copy(update={"indicators": [entry]})
        return quantities(people, replace(instrument, study=study))

    pairs = list(zip(asked(old), asked(indicator.item), strict=True))
    then, now = (quantity.x > 0 for quantity in pairs[0])
    where = instrument.where("wave", wave)
    if (then & now).any():
        raise EstimateError(
            f"{int((then & now).sum())} respondents answered both '{old}' and '{indicator.item}'",
            where=where,
            expected="one wording for each half of a split ballot",
            hint="route each half to its own item (ask_if)",
        )
    for item, inside in ((old, then), (indicator.item, now)):
        if not inside.any():
            raise EstimateError(f"nobody answered '{item}' of the split ballot", where=where)
    return pairs


def _shifts(
    halves: list[tuple[Quantity, Quantity]],
    rows: pd.DataFrame,
    sample: Sample,
    plan: Sequence[Breakdown],
    columns: Columns,
    limits: Limits,
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Rows of the shifts of one indicator, and their factor vectors."""
    estimator = (Linearised if sample.design.one_stage else Staged)(sample, list(plan))
    own = rows[rows["indicator"] == halves[0][1].indicator]
    parts, vectors = [], []
    for old, new in halves:
        kept = [c for c in new.categories if c in old.categories]
        sides = [(q, [q.categories.index(c) for c in kept]) for q in (old, new)]
        for breakdown, then, now in zip(
            plan, estimator.estimate(old), estimator.estimate(new), strict=True
        ):
            parts.append(pd.DataFrame(columns(old, breakdown, then)))
            by_side = [
                r.factor[:, :, at].reshape(len(r.factor), -1).T * q.scale
                for (q, at), r in zip(sides, (then, now), strict=True)
            ]
            vectors += list(np.ascontiguousarray(by_side[0] - by_side[1]))
    earlier = pd.concat(parts, ignore_index=True)
    same = [c for c in own.columns if c not in earlier.columns]
    first = own.iloc[0]
    earlier = earlier.assign(**{c: first[c] for c in same if c not in ("quality", "reason")})
    earlier = protect(grade(earlier.assign(reason=""), limits), limits)
    known = set(own["category"]) & set(earlier["category"])
    earlier = earlier[earlier["category"].isin(known)].reset_index(drop=True)
    return _difference(earlier, own, vectors), vectors


def _difference(
    earlier: pd.DataFrame, own: pd.DataFrame, vectors: list[np.ndarray]
) -> pd.DataFrame:
    """Earlier minus later wording, row by row of `earlier`."""
    later = own.set_index(list(AT)).loc[list(map(tuple, earlier[list(AT)].to_numpy()))]
    later = later.reset_index()
    se = np.array([np.sqrt(float(vector @ vector)) for vector in vectors])
    estimate = earlier["estimate"].to_numpy(float) - later["estimate"].to_numpy(float)
    df = np.fmin(earlier["df"].to_numpy(float), later["df"].to_numpy(float))
    level = later["conf_level"].to_numpy(float)
    half = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2) * se
    hidden = ((earlier["quality"] == "suppressed") | (later["quality"] == "suppressed")).to_numpy()
    cautious = ((earlier["quality"] == "caution") | (later["quality"] == "caution")).to_numpy()
    told = [
        "; ".join(dict.fromkeys(part for part in reasons if part))
        for reasons in zip(earlier["reason"], later["reason"], strict=True)
    ]
    made = later.assign(
        statistic=SHIFT,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        df=df,
        n=np.fmin(earlier["n"].to_numpy(float), later["n"].to_numpy(float)),
        quality=np.select([hidden, cautious], ["suppressed", "caution"], "ok"),
        reason=told,
        wording_id=earlier["wording_id"].to_numpy(),
        **dict.fromkeys(("weighted_n", "n_eff", "deff", "cv", "count"), np.nan),
    )
    made.loc[hidden, [column for column in HIDDEN if column in made]] = np.nan
    made.loc[hidden, "cov_family"] = NO_FAMILY
    return made
