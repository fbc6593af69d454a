"""The same questions asked of several waves, with what their samples share.

Decided here: how answers of waves are put side by side, and which covariance lies between them.
Which units are shared is found in overlap.py, and only where an overlap is declared; what is made
of the rows (changes, trends, parts) is decided in analysis/compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.compare.change import MATCH, changes, matched
from analysis.compare.overlap import OVER, link
from analysis.compare.pairs import SAMPLES
from analysis.estimate.overlap import (
    Between,
    between_respondents,
    contributions,
)
from analysis.estimate.result import Result
from analysis.estimate.survey import Survey
from analysis.estimate.unitnames import design_units, named_psus
from survey.errors import EstimateError, one_of

Ask = Callable[[Survey], Result]


@dataclass(frozen=True, eq=False)
class Waves:
    """Answers of W waves, in order of time.

    Attributes
    ----------
    names : tuple of str, length W
    results : tuple of Result, length W
    between : mapping of (int, int) to Between
        Covariance of a later wave's rows with an earlier one's; none for independent samples.
    overlap : {"none", "psu", "respondent", "replicates"}
    """

    names: tuple[str, ...]
    results: tuple[Result, ...]
    between: Mapping[tuple[int, int], Between]
    overlap: str = "none"

    def changes(self, new: int = -1, old: int = -2, *, relation: str = "") -> pd.DataFrame:
        """Rows of the change between two of the waves, for what both have."""
        new, old = (range(len(self.names))[place] for place in (new, old))
        sides = [self._rows(place) for place in (new, old)]
        pair = matched(*(side.assign(place=np.arange(len(side))) for side in sides))
        shared = self.between.get((new, old))
        covariance, degrees = np.zeros(len(pair)), 0.0
        if shared is not None:
            places = pair[["place", "place_old"]].to_numpy()
            covariance = np.array([self._between(new, i, old, j) for i, j in places])
            degrees = shared.degrees
        return changes(
            *sides,
            relation=relation,
            samples=SAMPLES[self.overlap],
            covariance=covariance,
            degrees=degrees,
        )

    def combination(self, coefficients: Mapping[int, np.ndarray]) -> tuple[float, float]:
        """Value and variance of a linear combination of rows of several waves.

        Parameters
        ----------
        coefficients : mapping of wave to ndarray of float, shape (rows of that wave,)
        """
        value, variance = 0.0, 0.0
        vectors: dict[int, np.ndarray] = {}
        for wave in sorted(coefficients):
            weights = coefficients[wave]
            used = np.flatnonzero(weights)
            result = self.results[wave]
            vectors[wave] = _factor(result, used) @ weights[used]
            value += float(result.estimate[used] @ weights[used])
            variance += _square(vectors[wave])
            for before in vectors:
                shared = self.between.get((wave, before))
                if shared is not None:
                    most = np.sqrt(_square(vectors[wave]) * _square(vectors[before]))
                    variance += 2 * shared.bilinear(weights, coefficients[before], most=most)
        return value, max(variance, 0.0)

    def covariance(self, rows: Sequence[int]) -> np.ndarray:
        """Covariance matrix of one row of every wave, shape (W, W), never negative definite."""
        size = len(self.names)
        for kind in ("unbiased", "plain"):
            matrix = np.diag(
                [float(r.se[row]) ** 2 for r, row in zip(self.results, rows, strict=True)]
            )
            for (new, old), shared in self.between.items():
                found = getattr(shared, kind)[rows[new], rows[old]]
                matrix[new, old] = matrix[old, new] = found
            if size < 2 or np.linalg.eigvalsh(matrix)[0] >= 0:
                return matrix
        return matrix

    def degrees(self, rows: Sequence[int]) -> float:
        """Degrees of freedom of one row of every wave together: shared ones count once."""
        each = [float(r.rows["df"].iloc[row]) for r, row in zip(self.results, rows, strict=True)]
        total = sum(each)
        for wave in range(1, len(each)):  # a unit that stays is shared with the wave before
            shared = self.between.get((wave, wave - 1))
            if shared is not None:
                total -= min(shared.degrees, each[wave], each[wave - 1])
        return total

    def alike(self) -> list[list[int]]:
        """Rows that all waves have: for each, its number in every wave."""
        keys = [_keys(self._rows(place)) for place in range(len(self.names))]
        places = [{key: row for row, key in enumerate(wave)} for wave in keys]
        return [[p[key] for p in places] for key in keys[0] if all(key in p for p in places)]

    def _rows(self, place: int) -> pd.DataFrame:
        return self.results[place].rows.assign(wave=self.names[place])

    def _between(self, new: int, i: int, old: int, j: int) -> float:
        one, other = self.results[new], self.results[old]
        most = float(one.se[i] * other.se[j])
        if not np.isfinite(most):
            return float("nan")
        shared = self.between[new, old]
        found = float(shared.unbiased[i, j])
        return (
            found if abs(found) <= most * OVER else float(np.clip(shared.plain[i, j], -most, most))
        )


def ask_waves(
    surveys: Mapping[str, Survey], ask: Ask, *, overlap: str = "none", unit: str = ""
) -> Waves:
    """The answers of `ask` in every wave, and the covariance that shared units give them.

    Parameters
    ----------
    surveys : mapping of wave to Survey, in order of time
    ask : callable
        The questions, such as ``lambda s: s.mean("y", by="region")``.
    overlap : {"none", "psu", "respondent", "replicates"}
        What the samples share; none: they are independent. replicates: the r-th replicates of all
        waves were drawn together, as where a producer says so, or where they were made here with
        one seed for PSUs that keep their labels and strata.
    unit : str
        Column that names the shared PSUs or respondents in all waves.

    Raises
    ------
    EstimateError
        If an overlap is declared and no unit is shared, a wave has replicates instead of units (or
        units instead of replicates), or a question has no linear form.
    """
    if overlap not in SAMPLES:
        raise EstimateError(f"unknown overlap '{overlap}'", expected=one_of(SAMPLES))
    names, each = tuple(surveys), tuple(surveys.values())
    results = tuple(ask(survey) for survey in each)
    if overlap == "none":
        return Waves(names, results, {})
    for result in results:
        _factor(result)
    if overlap == "replicates":
        return Waves(names, results, _by_replicate(each, results), overlap)
    made = _by_psu if overlap == "psu" else _by_respondent
    return Waves(names, results, made(each, results, ask, unit), overlap)


def _by_replicate(surveys: Sequence[Survey], results) -> dict[tuple[int, int], Between]:
    """Products of deviations of replicates that were drawn together."""
    sets = [survey.sample.replicates for survey in surveys]
    if any(one is None for one in sets):
        raise EstimateError(
            "the waves are declared to share replicates, and one of them has none",
            hint="name the columns of replicate weights of every wave",
        )
    kinds = {
        (r.count, r.mse, r.method, tuple(np.round(r.scale * r.rscales, 12))) for r in sets if r
    }
    if len(kinds) > 1:
        raise EstimateError(
            "replicates of two waves cannot be shared: their number, method or scale differs",
            got=" and ".join(f"{r.count} {r.method}" for r in sets if r),
        )
    found = {}
    for new in range(len(surveys)):
        for old in range(new):
            both = _factor(results[new]).T @ _factor(results[old])
            found[new, old] = Between(both, both, float("inf"))
    return found


def _by_psu(surveys: Sequence[Survey], results, ask: Ask, unit: str):
    units = []
    for survey in surveys:
        names = named_psus(survey, unit)
        assert survey.sample.design is not None  # named_psus has looked
        units.append(design_units(survey.sample.design, names))
    found = {}
    for new in range(len(surveys)):
        for old in range(new):
            shared = link(units[new], units[old])
            if not len(shared.new):
                continue
            one, other = (np.nan_to_num(results[wave].factor) for wave in (new, old))
            found[new, old] = Between(
                shared.covariance(one, other), shared.bounded(one, other), float(shared.degrees)
            )
    if not found:
        raise EstimateError(
            f"the waves are declared to share PSUs, and no '{unit}' is in two of them",
            got=" and ".join(f"{min(wave.labels)} ..." for wave in units),
            hint="declare no overlap if the samples are independent",
        )
    return found


def _by_respondent(surveys: Sequence[Survey], results, ask: Ask, unit: str):
    added = [contributions(survey, ask, unit) for survey in surveys]
    found = {}
    for new in range(len(surveys)):
        for old in range(new):
            one, other = added[new], added[old]
            assert one is not None
            assert other is not None
            if len(surveys) > 2 and not np.isin(one.respondent, other.respondent).any():
                continue
            found[new, old] = between_respondents(one, other)
    return found


def _factor(result: Result, columns=slice(None)) -> np.ndarray:
    if result.factor is None:
        raise EstimateError(
            "a question without a linear form has no covariance between waves",
            expected="means, shares, totals, ratios, variances or correlations",
            hint="ask for quantiles apart, of waves that are independent samples, or with the "
            "replicate interval of waves that share replicates",
        )
    return np.nan_to_num(result.factor[:, columns])


def _square(vector: np.ndarray) -> float:
    return float(np.add.reduce(vector * vector))


def _keys(rows: pd.DataFrame) -> list[tuple]:
    columns = [c for c in MATCH if c != "study"]
    return list(rows[columns].itertuples(index=False, name=None))
