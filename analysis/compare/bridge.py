"""Bridges: values of a later wave carried over a break to the wording of an earlier one.

A split ballot adds the shift that was estimated in one wave (analysis/estimate/ballot.py); a
formula gives intercept + slope x value and has no error of its own. A carried value is a linear
combination of rows, so its variance, and that of every change made from it, follows from the
covariances of those rows: within a wave from the variance factors, between waves from what they
are declared to share. In the ballot's own wave the carried value is the mean with the earlier
wording, and its error that mean's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.compare.covariances import pair_covariances
from analysis.compare.pairs import overlap
from analysis.results import comparable
from analysis.results.comparable import BRIDGED, SHIFT
from analysis.results.covariance import Factors, row_key
from analysis.results.schema import KEY
from survey.instrument.comparability.standing import Standing
from survey.instrument.load import Instrument

Record = Mapping[Any, Any]  # a row, column by column
CARRIED = ("mean", "share")  # statistics a bridge may carry; a formula carries means alone
SAME = ("kind", "study", "indicator", "category", "domain", "base_kind", "unit", "vintage")


@dataclass(frozen=True)
class Part:
    """A row as a part of a combination."""

    key: str
    wave: str
    se: float
    df: float
    row: Record


@dataclass(frozen=True)
class Carried:
    """A value as a combination of rows.

    Attributes
    ----------
    terms : pairs of a part and its weight
    reasons : how it came over, for the reader
    qualities : of the shifts it needed
    n : the smallest base among its rows
    """

    estimate: float
    terms: tuple[tuple[Part, float], ...]
    reasons: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    n: float = float("nan")

    def plus(self, part: Part, estimate: float, **told) -> Carried:
        return replace(
            self, estimate=self.estimate + estimate, terms=(*self.terms, (part, 1.0)), **told
        )

    def times(self, slope: float) -> Carried:
        terms = tuple((part, weight * slope) for part, weight in self.terms)
        return replace(self, estimate=self.estimate * slope, terms=terms)


@dataclass
class Bridges:
    """All rows of a study with what is needed to carry them and to know the errors."""

    rows: pd.DataFrame
    factors: Factors
    instrument: Instrument
    _shifts: dict[tuple, Record] = field(default_factory=dict)
    _met: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = self.rows[self.rows["statistic"] == SHIFT]
        for row in found.to_dict("records"):
            key = (row["wave"], row["reference"], *(row[c] for c in SAME))
            self._shifts[key] = row

    def carry(self, row: Record, standing: Standing) -> Carried | None:
        """A row's value with the wording before the breaks; None where no bridge carries it."""
        bridges = standing.bridges
        if not bridges or row["statistic"] not in CARRIED:
            return None
        value = Carried(float(row["estimate"]), ((part_of(row), 1.0),), n=float(row["n"]))
        for step, bridge in reversed(bridges):  # from the latest form back to the earliest
            if bridge.kind == "linear":
                if row["statistic"] != "mean":
                    return None
                value = value.times(bridge.slope)
                value = replace(
                    value,
                    estimate=value.estimate + bridge.intercept,
                    reasons=(*value.reasons, comparable.FORMULA),
                )
                continue
            held = bridge.wave or step.waves[1]
            shift = self._shifts.get((held, step.waves[0], *(row[c] for c in SAME)))
            if shift is None or shift["quality"] == "suppressed":
                return None
            own = [part for part in str(shift["reason"]).split("; ") if part]
            value = value.plus(
                part_of(shift),
                float(shift["estimate"]),
                reasons=(*value.reasons, comparable.BALLOT.format(wave=held), *own),
                qualities=(*value.qualities, str(shift["quality"])),
                n=float(np.fmin(value.n, shift["n"])),
            )
        return value

    def covariance(self, one: Part, other: Part) -> tuple[float, float]:
        """cov of two rows, and the degrees of freedom that both count."""
        if one.key == other.key:
            return one.se**2, one.df
        if one.wave == other.wave:
            return self._within(one, other), np.fmin(one.df, other.df)
        kind = overlap(self.instrument, one.wave, other.wave)
        if kind == "none":
            return 0.0, 0.0
        key = (one.key, other.key)
        if key not in self._met:
            pair = pd.DataFrame(
                [{c: one.row[c] for c in KEY} | {f"{c}_old": other.row[c] for c in KEY}]
            )
            covariance, degrees = pair_covariances(pair, self.factors, kind)
            self._met[key] = float(covariance[0]), float(degrees[0])
        return self._met[key]

    def _within(self, one: Part, other: Part) -> float:
        vectors, families = self.factors.vectors, self.factors.families
        if one.key not in vectors or other.key not in vectors:
            return float("nan")
        if families[one.key] != families[other.key]:
            return float("nan")
        return float(np.add.reduce(vectors[one.key] * vectors[other.key]))

    def between(self, one: Carried, other: Carried) -> float:
        """cov of two combinations."""
        return sum(a * b * self.covariance(p, q)[0] for p, a in one.terms for q, b in other.terms)

    def df(self, *values: Carried) -> float:
        """Degrees of freedom: those of every wave once, shared units once."""
        parts = [part for value in values for part, _ in value.terms]
        waves: dict[str, float] = {}
        for part in parts:
            waves[part.wave] = min(part.df, waves.get(part.wave, part.df))
        shared = 0.0
        for a, b in combinations(waves, 2):
            met = [
                self.covariance(p, q)[1] for p in parts for q in parts if (p.wave, q.wave) == (a, b)
            ]
            shared += min(max(met), waves[a], waves[b])
        return sum(waves.values()) - shared


def part_of(row: Record) -> Part:
    key = row_key(row)
    return Part(key, str(row["wave"]), float(row["se"]), float(row["df"]), row)


def plain(row: Record) -> Carried:
    """A row as it is."""
    return Carried(float(row["estimate"]), ((part_of(row), 1.0),), n=float(row["n"]))


def carried_level(bridges: Bridges, row: Record, value: Carried, old: str) -> dict[Any, Any]:
    """A carried value as a row, `reference` the wave whose wording it has."""
    variance = bridges.between(value, value)
    told = _columns(value, value.estimate, variance, bridges.df(value), row)
    empty = dict.fromkeys(("n_eff", "weighted_n", "deff", "cv", "count"), np.nan)
    return {**row, **told, **empty, "statistic": BRIDGED, "reference": old}


def carried_change(bridges: Bridges, new: Record, old: Record, value: Carried) -> dict[str, object]:
    """The columns of the change from one row to another whose value was carried.

    Parameters
    ----------
    new, old : mapping
        Rows of the two waves.
    value : Carried
        `new` with the wording of `old`.
    """
    then = plain(old)
    variance = bridges.between(value, value) + float(old["se"]) ** 2
    variance -= 2 * bridges.between(value, then)
    both = replace(value, n=float(np.fmin(value.n, then.n)))
    change = _columns(
        both, value.estimate - then.estimate, variance, bridges.df(value, then), new, old
    )
    error = float(change["se"])  # type: ignore[arg-type]
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = -abs(np.float64(change["estimate"]) / error)  # type: ignore[arg-type]
        change["p_value"] = 2 * float(stdtr(change["df"], statistic))
    return change


def _columns(
    value: Carried, estimate: float, variance: float, df: float, *rows: Record
) -> dict[str, object]:
    """What a carried number has for its own: value, error, base, reasons."""
    df = df if df > 0 else float("nan")
    se = float(np.sqrt(np.maximum(variance, 0)))
    half = float(stdtrit(df, (1 + float(rows[0]["conf_level"])) / 2)) * se
    own = [part for row in rows for part in str(row["reason"]).split("; ") if part]
    qualities = {*(str(row["quality"]) for row in rows), *value.qualities}
    hidden = "suppressed" in qualities
    numbers = (estimate, se, estimate - half, estimate + half, df, value.n)
    names = ("estimate", "se", "ci_low", "ci_high", "df", "n")
    return {
        **dict(zip(names, (float("nan"),) * 6 if hidden else numbers, strict=True)),
        "quality": "suppressed" if hidden else "caution" if "caution" in qualities else "ok",
        "reason": "; ".join(dict.fromkeys([*own, *value.reasons])),
        "comparable": "minor",
        "cov_family": "none",
    }
