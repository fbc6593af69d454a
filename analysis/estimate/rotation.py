"""Composite estimates of rotating samples: the full sample, and what its overlapping part adds.

In a rotating sample part of every wave was there the wave before. The change in that part is known
better than the difference of two levels, so a composite carries the last level forward by it:
``c[t] = (1 - K) y[t] + K (c[t-1] + m[t] - p[t]) + A (u[t] - m[t])``, where y is the full sample, m
the part that was there before, p the same part a wave earlier, and u the part that is new. A = 0 is
the simple composite. K and A are declared, never fitted to the data at hand: a fitted K would make
the standard errors too small. All of it is linear in estimates of single waves, so its variance
comes from their factors and the covariance of overlapping samples (waves.py).

References
----------
.. [1] Gurney and Daly (1965), A multivariate approach to estimation in periodic sample surveys,
   Proceedings of the Social Statistics Section, ASA, 242-257.
.. [2] Cantwell (1990), Variance formulae for composite estimators in rotation designs, Survey
   Methodology 16, 153-163.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.compare.pairs import SAMPLES
from analysis.estimate.columns import Columns
from analysis.estimate.result import Result, joined
from analysis.estimate.survey import Survey
from analysis.estimate.unitnames import unit_labels
from analysis.estimate.waves import Waves, ask_waves
from analysis.results.covariance import NO_FAMILY
from analysis.results.schema import conform
from survey.errors import EstimateError, collect

BEFORE, AFTER = "was_there_before", "is_there_after"  # columns: 1 in both waves, 0 not
BLOCKS = (None, f"{BEFORE} == 1", f"{BEFORE} == 0", f"{AFTER} == 1")  # y, m, u, p of a wave
P = 3  # the last of them

Coefficients = dict[int, np.ndarray]  # of the rows of every wave


def composite(
    surveys: Mapping[str, Survey],
    item: str,
    *,
    K: float,
    A: float = 0.0,
    statistic: str = "mean",
    by: Sequence[str] = (),
    where: str | None = None,
    overlap: str = "respondent",
    unit: str,
) -> pd.DataFrame:
    """Composite levels of every wave, and their changes from the wave before.

    Parameters
    ----------
    surveys : mapping of wave to Survey, in order of time
    item : str
    K : float
        Weight of the level carried forward, 0 (the full sample alone) to below 1.
    A : float
        Weight of the difference between the new part and the part that was there before.
    statistic : {"mean", "share"}
    by, where
        Domains and a condition, as in `Survey`.
    overlap : {"respondent", "psu"}
    unit : str
        Column that names respondents, or PSUs, in all waves.

    Returns
    -------
    DataFrame
        Rows of the schema: the statistic with a variant such as ``simple composite K=0.5``, and
        statistic ``change`` against the wave before. A first wave is its full sample.

    Raises
    ------
    EstimateError
        If K or A is out of range, or waves that follow each other share nobody.
    """
    with collect(EstimateError) as faults:
        if not 0 <= K < 1:
            faults.add(f"K is {K:g}", expected="0 to below 1")
        if not abs(A) < 1:
            faults.add(f"A is {A:g}", expected="between -1 and 1")
        if statistic not in ("mean", "share"):
            faults.add(f"there is no composite of a {statistic}", expected="mean or share")
        if overlap not in ("psu", "respondent"):
            faults.add(
                f"a composite needs an overlap, not '{overlap}'", expected=", ".join(SAMPLES)
            )
        if len(surveys) < 2:
            faults.add(f"{len(surveys)} waves have no composite", expected="two or more")
    marked = _marked(surveys, unit)
    waves = ask_waves(marked, _questions(statistic, item, by, where), overlap=overlap, unit=unit)
    kind = f"simple composite K={K:g}" if A == 0 else f"AK composite K={K:g} A={A:g}"
    books = [_book(result) for result in waves.results]
    made = []
    for key in [k[1:] for k in books[0] if not k[0] and all(k in book for book in books)]:
        levels = _levels(waves, books, key, K, A)
        for wave, level in enumerate(levels):
            row = waves.results[wave].rows.iloc[books[wave]["", *key]].to_dict()
            made.append(_row(waves, wave, row, level, kind))
            if wave:
                moved = _sum(level, 1.0, levels[wave - 1], -1.0)
                made.append(_row(waves, wave, row, moved, kind, change=True))
    return conform(pd.DataFrame(made))


def _marked(surveys: Mapping[str, Survey], unit: str) -> dict[str, Survey]:
    """Surveys with the columns that say who is in the wave before and in the wave after."""
    names = list(surveys)
    labels = [unit_labels(survey, unit) for survey in surveys.values()]
    marked = {}
    for wave, survey in enumerate(surveys.values()):
        data = {name: survey.columns.labels(name) for name in survey.columns.known}
        for column, other in ((BEFORE, wave - 1), (AFTER, wave + 1)):
            inside = 0 <= other < len(names)
            found = np.isin(labels[wave], labels[other]) if inside else np.zeros(len(labels[wave]))
            if inside and not found.any():
                raise EstimateError(
                    f"{names[wave]} and {names[other]} share no '{unit}'",
                    expected="waves that follow each other to overlap",
                )
            data[column] = found.astype(float)
        marked[names[wave]] = copy(survey)
        marked[names[wave]].columns = Columns(data)
    return marked


def _questions(statistic: str, item: str, by: Sequence[str], where: str | None):
    """All four parts of a wave, those that exist; a part is told by its variant."""

    def ask(survey: Survey) -> Result:
        parts = []
        for part in BLOCKS:
            told = " and ".join(f"({text})" for text in (where, part) if text) or None
            if not (survey.columns.holds(told) & (survey.sample.weight > 0)).any():
                continue
            found = getattr(survey, statistic)(item, by=by, where=told)
            rows = found.rows.assign(vintage=part or "")
            parts.append(Result(rows, found.factor, found.units))
        return joined(parts)

    return ask


def _book(result: Result) -> dict[tuple[str, str, str], int]:
    """Number of every row that has a value, by part of the sample, domain and category."""
    words = zip(*(result.rows[c] for c in ("vintage", "domain", "category")), strict=True)
    known = np.isfinite(result.estimate)
    return {key: place for place, key in enumerate(words) if known[place]}


def _levels(
    waves: Waves, books: list[dict], key: tuple[str, str], K: float, A: float
) -> list[Coefficients]:
    """Coefficients of the composite of every wave, for one estimate."""
    levels: list[Coefficients] = []
    for wave, result in enumerate(waves.results):
        full, stayed, fresh, _ = (books[wave].get((part or "", *key)) for part in BLOCKS)
        level: Coefficients = {wave: np.zeros(len(result))}
        if not wave:
            level[0][full] = 1.0
            levels.append(level)
            continue
        earlier = books[wave - 1].get((BLOCKS[P] or "", *key))
        if stayed is None or earlier is None:
            raise EstimateError(
                f"nobody of {key[0]} in {waves.names[wave]} was there the wave before",
                hint="ask for coarser domains",
            )
        level[wave][full] += 1 - K
        level[wave][stayed] += K
        if fresh is not None:  # without a new part there is no difference to it
            level[wave][fresh] += A
            level[wave][stayed] -= A
        before = np.zeros(len(waves.results[wave - 1]))
        before[earlier] = -K
        level = _sum(level, 1.0, {wave - 1: before}, 1.0)
        levels.append(_sum(level, 1.0, levels[-1], K))
    return levels


def _sum(one: Coefficients, a: float, other: Coefficients, b: float) -> Coefficients:
    total = {wave: a * values for wave, values in one.items()}
    for wave, values in other.items():
        total[wave] = total.get(wave, 0.0) + b * values
    return total


def _row(
    waves: Waves,
    wave: int,
    row: dict,
    coefficients: Coefficients,
    kind: str,
    *,
    change: bool = False,
) -> dict:
    value, variance = waves.combination(coefficients)
    se, df = float(np.sqrt(variance)), float(row["df"])
    half = float(stdtrit(df if df > 0 else np.nan, (1 + row["conf_level"]) / 2)) * se
    tested = change and se > 0 and df > 0
    return {
        **row,
        **dict.fromkeys(("n_eff", "weighted_n", "deff", "count", "p_adjusted"), np.nan),
        "statistic": "change" if change else row["statistic"],
        "wave": waves.names[wave],
        "reference": waves.names[wave - 1] if change else "",
        "variant": f"{row['variant']}, {kind}, {SAMPLES[waves.overlap]}",
        "vintage": "",
        "estimate": value,
        "se": se,
        "ci_low": value - half,
        "ci_high": value + half,
        "cv": np.nan if change or value == 0 else abs(se / value),
        "p_value": 2 * float(stdtr(df, -abs(value / se))) if tested else np.nan,
        "cov_family": NO_FAMILY,
    }
