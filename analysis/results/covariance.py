"""The variance factor F: covariance of any two estimates of one covariance family.

F holds, for each row, centred and scaled contributions by PSU (or replicate values), so that
cov(a, b) = F_a . F_b and se(a) = sqrt(F_a . F_a). How F is made is decided in analysis/estimate;
here it is stored, read and multiplied. A family whose PSUs are places also carries what its
contributions belong to, by which waves find the units they share (analysis/compare/overlap.py);
labels of persons are never written, and the covariance of such waves comes ready from
analysis/estimate/overlap.py. Where a PSU is a person, F is microdata in disguise: the files stay
inside `build/` and never enter a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.results.schema import KEY
from analysis.results.select import Row
from survey.errors import EstimateError
from survey.io.tables import read_parquet, write_parquet

NO_FAMILY = "none"
BETWEEN = "covariances.parquet"  # beside factors.parquet
_SPARE_BITS = 8  # of a float's 52: values keep 13 digits, and small files


@dataclass(frozen=True, eq=False)
class Units:
    """What the C contributions of a family belong to.

    Attributes
    ----------
    labels : tuple of str, length C
        Sampling units; a label met in two waves that are declared to overlap is one unit.
    strata : tuple of str, length C
        The stratum each unit was drawn in, in that wave.
    fraction : ndarray of float, shape (C,)
        Sampling fraction; 0 where units count as drawn with replacement.
    psus : int, optional
        How many of them, the first, are PSUs, from which degrees of freedom are counted; all, if
        there are no later stages.
    """

    labels: tuple[str, ...]
    strata: tuple[str, ...]
    fraction: np.ndarray
    psus: int | None = None


class Shared(NamedTuple):
    """What two rows of overlapping waves share: covariance, and degrees of freedom both count."""

    covariance: float
    degrees: float


@dataclass(frozen=True)
class Factors:
    """Variance factors by row key.

    Attributes
    ----------
    vectors : mapping of str to ndarray of float, shape (n_contributions of the family,)
    families : mapping of str to str
        Covariance family of each row key.
    units : mapping of str to Units
        By family; families whose PSUs are persons have none.
    between : mapping of (str, str) to Shared
        For two rows of different families, by their row keys (new wave, old wave), where it was
        estimated from linked respondents.
    """

    vectors: Mapping[str, np.ndarray]
    families: Mapping[str, str]
    units: Mapping[str, Units] = field(default_factory=dict)
    between: Mapping[tuple[str, str], Shared] = field(default_factory=dict)

    def variance(self, row: Row) -> float:
        vector = self._vector(row)
        return float(vector @ vector)

    def covariance(self, a: Row, b: Row, *, independent: bool = False) -> float:
        """cov(a, b); rows of two families are an error unless declared independent (then 0).

        Raises
        ------
        EstimateError
            If a row has no linear form, or the families differ and are not declared independent.
        """
        first, second = self._vector(a), self._vector(b)
        if a.cov_family == b.cov_family:
            return float(first @ second)
        if independent:
            return 0.0
        raise EstimateError(
            f"covariance of {a.cov_family} and {b.cov_family} is unknown",
            expected="two rows of one covariance family",
            hint="declare the samples independent if they are",
        )

    def _vector(self, row: Row) -> np.ndarray:
        key = row_key(row.key())
        if key not in self.vectors:
            raise EstimateError(
                f"{row.study} {row.wave} {row.indicator} {row.category} {row.domain} has no "
                "variance factor",
                hint="only rows with a linear form have one (cov_family is not 'none')",
            )
        return self.vectors[key]


def row_key(key: Mapping[str, str]) -> str:
    """One line of text for a row's key."""
    return "|".join(key[column] for column in KEY)


def row_keys(rows: pd.DataFrame) -> list[str]:
    """`row_key` of every row; columns that are not there are empty."""
    full = rows.reindex(columns=list(KEY), fill_value="")
    return ["|".join(key) for key in full.itertuples(index=False)]


def write_factors(factors: Factors, path: Path) -> Path:
    """One row per row key; the first row of a family carries its units."""
    keys = sorted(factors.vectors)
    table: dict[str, list] = {
        "row": keys,
        "cov_family": [factors.families[key] for key in keys],
        "values": [_rounded(factors.vectors[key]) for key in keys],
    }
    if factors.units:
        first: dict[str, str] = {}
        for key in keys:
            first.setdefault(factors.families[key], key)
        carried = [
            factors.units.get(factors.families[key])
            if first[factors.families[key]] == key
            else None
            for key in keys
        ]
        table["unit"] = [None if units is None else list(units.labels) for units in carried]
        table["stratum"] = [None if units is None else list(units.strata) for units in carried]
        table["fraction"] = [None if units is None else units.fraction for units in carried]
    return write_parquet(pd.DataFrame(table), path)


def write_between(factors: Factors, path: Path) -> Path:
    """Covariances of rows of two waves, beside the factors."""
    pairs = sorted(factors.between)
    frame = pd.DataFrame(
        {
            "row": [one for one, _ in pairs],
            "other": [other for _, other in pairs],
            "covariance": _rounded(np.array([factors.between[p].covariance for p in pairs])),
            "degrees": [float(factors.between[p].degrees) for p in pairs],
        }
    )
    return write_parquet(frame, path)


def read_between(path: Path) -> dict[tuple[str, str], Shared]:
    frame = read_parquet(path)
    numbers = zip(frame["covariance"], frame["degrees"], strict=True)
    shared = [Shared(float(covariance), float(degrees)) for covariance, degrees in numbers]
    return dict(zip(zip(frame["row"], frame["other"], strict=True), shared, strict=True))


def _rounded(values: np.ndarray) -> np.ndarray:
    """Values without their last bits, which differ from machine to machine."""
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.int64)
    half = np.int64(1 << (_SPARE_BITS - 1))
    return ((bits + half) & ~np.int64((1 << _SPARE_BITS) - 1)).view(np.float64)


def read_factors(path: Path) -> Factors:
    """Factors as written, with the covariances beside them where there are any."""
    frame = read_parquet(path)
    units: dict[str, Units] = {}
    if "unit" in frame:
        known = frame[frame["unit"].notna()]
        columns = [known[c] for c in ("cov_family", "unit", "stratum", "fraction")]
        for family, labels, strata, fraction in zip(*columns, strict=True):
            units[family] = Units(tuple(labels), tuple(strata), np.asarray(fraction, dtype=float))
    beside = path.with_name(BETWEEN)
    return Factors(
        vectors={
            key: np.asarray(values, dtype=float)
            for key, values in zip(frame["row"], frame["values"], strict=True)
        },
        families=dict(zip(frame["row"], frame["cov_family"], strict=True)),
        units=units,
        between=read_between(beside) if beside.exists() else {},
    )
