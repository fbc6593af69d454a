"""All estimates of one wave: from its clean responses and weights to rows and variance factors.

Pure: files are read and written in run.py. Whose answers they are is decided in wavesample.py, what
is estimated in plan.py, how in variance.py; which rows may be shown in precision.py and
disclosure.py of analysis/results.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.estimate.ballot import with_shifts
from analysis.estimate.breakdown import Breakdown
from analysis.estimate.donated import DonorTerms
from analysis.estimate.imputation import OWN_FAMILIES, WITHOUT_UNITS, marked, with_reason
from analysis.estimate.imputation import Wave as Filled
from analysis.estimate.imputed import imputed_of
from analysis.estimate.mean import t_interval
from analysis.estimate.overlap import Contributions, singletons
from analysis.estimate.plan import breakdowns, quantities
from analysis.estimate.proportion import logit_interval
from analysis.estimate.quantity import Quantity
from analysis.estimate.staged import Staged
from analysis.estimate.unitnames import design_units
from analysis.estimate.variance import Linearised, Ratios, Residuals, Sample
from analysis.estimate.wavesample import said_of_all, wave_sample, weighted_people
from analysis.results.covariance import NO_FAMILY, Units, row_keys
from analysis.results.disclosure import protect
from analysis.results.precision import grade, read_limits
from survey.design.linear import gram, triangular_root
from survey.design.model import Design
from survey.instrument.load import Instrument
from survey.weights.record import CalibrationRecord


@dataclass(frozen=True, eq=False)
class WaveEstimates:
    """Rows of one wave with the factors of those that have one.

    Attributes
    ----------
    rows : DataFrame
        Columns of the schema.
    factors : dict of row key to ndarray of float
    families : dict of row key to str
        See analysis/results/covariance.py; for the rows that have a covariance family.
    units : dict of family to Units
        For families whose PSUs are places.
    linked : Contributions or None
        What respondents add to every row, in the order of `rows`, where another wave shares them.
        Never written.
    """

    rows: pd.DataFrame
    factors: dict[str, np.ndarray]
    families: dict[str, str]
    units: dict[str, Units] = field(default_factory=dict)
    linked: Contributions | None = None


def estimate_wave(
    responses: pd.DataFrame,
    weights: pd.DataFrame,
    record: CalibrationRecord,
    instrument: Instrument,
    wave: str,
    *,
    kind: str,
    run_id: str = "",
    residuals: Residuals = "final",
    linked: bool = False,
    imputed: pd.DataFrame | None = None,
) -> WaveEstimates:
    """Every indicator of the study by every domain, for one wave.

    Parameters
    ----------
    responses, weights : DataFrame
        As in data/clean, rows in any order; respondents without a weight are left aside.
    record : CalibrationRecord
        What made the weights: their variance depends on it.
    instrument : Instrument
    wave : str
    kind : str
        collected, measured or simulated.
    run_id : str
    residuals : {"final", "base", "unweighted", "none"}
        See variance.py.
    linked : bool
        Keep what respondents add to every row, for waves that share respondents.
    imputed : DataFrame, optional
        `imputed.parquet` of the wave, where answers were imputed.

    Raises
    ------
    EstimateError
        If the two tables do not fit together, or the design or plan is at fault.
    """
    people = weighted_people(responses, weights)
    drawn = instrument.waves[wave].design
    sample = wave_sample(people, drawn, record, instrument, residuals)
    plan, asked = breakdowns(people, instrument), quantities(people, instrument)
    gaps = imputed_of(people, imputed, instrument, wave)
    filled = Filled(gaps, people, sample, plan, record, instrument, wave) if gaps else None
    common = said_of_all(sample.design, drawn, record, instrument, wave, residuals)
    if filled:
        common["design"] += f", {filled.told()}"
        ratios = filled.estimate(asked)
    else:
        estimator = (Linearised if sample.design.one_stage else Staged)(sample, plan)
        ratios = [estimator.estimate(quantity) for quantity in asked]
    level = instrument.policy("conf_level")
    rows, vectors = _rows(asked, plan, ratios, filled, level=level)
    rows = rows.assign(**common, kind=kind, run_id=run_id, conf_level=level)
    family = f"{instrument.study.id}/{wave}"
    own = sample.design.person_psu or (filled and filled.method in OWN_FAMILIES)
    rows["cov_family"] = family + "/" + rows["indicator"] if own else family
    limits = read_limits(instrument.policy)
    rows = grade(with_reason(rows) if filled else rows, limits)
    rows = protect(marked(rows, limits) if filled else rows, limits)
    if filled:  # a replicate may have nobody in a base
        rows.loc[rows["se"].isna(), "cov_family"] = NO_FAMILY
    rows, vectors = with_shifts(
        rows,
        vectors,
        people,
        instrument,
        wave,
        sample=sample,
        plan=plan,
        columns=partial(_columns, level=level),
        limits=limits,
        imputed=bool(filled),
    )
    compact = sample.design.by_person or bool(filled and filled.method in OWN_FAMILIES)
    places = not compact and not (filled and filled.method in WITHOUT_UNITS)
    done = _with_factors(rows, vectors, sample.design, compact=compact, places=places)
    if not linked:
        return done
    ids = people["respondent"].to_numpy(str)
    donated = filled.donated() if filled else None
    values = _by_respondent(sample, plan, asked, donated)
    beside = len(rows) - values.shape[1]  # shifts of a split ballot: nothing is known by person
    values = np.pad(values, ((0, 0), (0, beside)), constant_values=np.nan)
    return replace(done, linked=Contributions(ids, sample.design, values))


def _rows(
    asked: Sequence[Quantity],
    plan: Sequence[Breakdown],
    ratios: Sequence[Sequence[Ratios]],
    filled: Filled | None,
    *,
    level: float,
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Rows of every quantity by every breakdown, and the factor of each, (P,)."""
    parts, vectors = [], []
    for quantity, by_place in zip(asked, ratios, strict=True):
        for place, (breakdown, found) in enumerate(zip(plan, by_place, strict=True)):
            part = _columns(quantity, breakdown, found, level=level)
            parts.append(part | filled.columns(quantity, place) if filled else part)
            by_row = found.factor.reshape(len(found.factor), -1).T
            vectors += list(np.ascontiguousarray(by_row * quantity.scale))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return pd.DataFrame(joined), vectors


def _columns(
    quantity: Quantity, breakdown: Breakdown, ratios: Ratios, *, level: float
) -> dict[str, np.ndarray]:
    """Columns of one quantity by one breakdown, level by level and category by category."""
    levels, m = ratios.estimate.shape
    estimate = ((ratios.estimate - quantity.origin) * quantity.scale).ravel()
    se = (ratios.se * quantity.scale).ravel()
    n, weighted_n = (np.repeat(x, m) for x in (ratios.n, ratios.weighted_n))
    df = ratios.df.ravel() if ratios.df.ndim == 2 else np.repeat(ratios.df, m)
    share = quantity.statistic == "share"
    low, high = (logit_interval if share else t_interval)(estimate, se, df, level=level)
    deff = ratios.deff.ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        cv, n_eff = np.abs(se / estimate), n / deff
    words = ("indicator", "statistic", "base_kind", "unit", "wording_id")
    same = {name: np.full(levels * m, getattr(quantity, name), dtype=object) for name in words}
    return same | {
        "category": np.array(quantity.categories * levels, dtype=object),
        "domain": np.repeat(np.array(breakdown.domains, dtype=object), m),
        "estimate": estimate,
        "se": se,
        "ci_low": low,
        "ci_high": high,
        "df": df,
        "n": n,
        "n_eff": np.where(np.isfinite(n_eff), n_eff, np.nan),
        "weighted_n": weighted_n,
        "deff": deff,
        "cv": np.where(np.isfinite(cv), cv, np.nan),
        "count": ratios.count.ravel() if share else np.full(levels * m, np.nan),
    }


def _by_respondent(
    sample: Sample,
    plan: list[Breakdown],
    asked: Sequence[Quantity],
    donated: DonorTerms | None = None,
) -> np.ndarray:
    """What every respondent adds to every row, (n, rows): the factor of a design without PSUs."""
    each = singletons(len(sample.weight.units))
    alone = Linearised(replace(sample, design=each), plan, donated)
    parts = [
        ratios.factor.reshape(len(ratios.factor), -1) * quantity.scale
        for quantity in asked
        for ratios in alone.estimate(quantity)
    ]
    return np.nan_to_num(np.concatenate(parts, axis=1))


def _with_factors(
    rows: pd.DataFrame, vectors: list[np.ndarray], design: Design, *, compact: bool, places: bool
) -> WaveEstimates:
    """The factor of every row that has a family, shape (P,) or, where it is `compact`, shorter.

    A factor by person, in any stage, would be microdata in disguise and as long as the sample:
    those families are carried by the joint triangular factor of their rows, which has the same
    products. `places`: the factor's entries are those of the design's units.
    """
    factors: dict[str, np.ndarray] = {}
    families: dict[str, str] = {}
    units: dict[str, Units] = {}
    keys = row_keys(rows)
    for family, index in rows.groupby("cov_family", sort=True).indices.items():
        if family == NO_FAMILY:
            continue
        members = [vectors[row] for row in index]
        if compact:
            members = list(triangular_root(gram(np.array(members))).T)
        elif places:
            units[str(family)] = design_units(design)
        factors |= {keys[row]: vector for row, vector in zip(index, members, strict=True)}
        families |= {keys[row]: str(family) for row in index}
    return WaveEstimates(rows, factors, families, units)
