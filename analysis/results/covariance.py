"""The variance factor F: covariance of any two estimates of one covariance family.

F holds, for each row, centred and scaled contributions by PSU (or replicate values), so that
cov(a, b) = F_a . F_b and se(a) = sqrt(F_a . F_a). How F is made is decided in analysis/estimate;
here it is stored, read and multiplied. Where a PSU is a person, F is microdata in disguise: the
file stays inside `build/` and never enters a release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.results.schema import KEY
from analysis.results.select import Row
from survey.errors import EstimateError
from survey.io.tables import read_parquet, write_parquet

NO_FAMILY = "none"
_SPARE_BITS = 8  # of a float's 52: values keep 13 digits, and small files


@dataclass(frozen=True)
class Factors:
    """Variance factors by row key.

    Attributes
    ----------
    vectors : mapping of str to ndarray of float, shape (n_contributions of the family,)
    families : mapping of str to str
        Covariance family of each row key.
    """

    vectors: Mapping[str, np.ndarray]
    families: Mapping[str, str]

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


def write_factors(factors: Factors, path: Path) -> Path:
    keys = sorted(factors.vectors)
    frame = pd.DataFrame(
        {
            "row": keys,
            "cov_family": [factors.families[key] for key in keys],
            "values": [_rounded(factors.vectors[key]) for key in keys],
        }
    )
    return write_parquet(frame, path)


def _rounded(values: np.ndarray) -> np.ndarray:
    """Values without their last bits, which differ from machine to machine."""
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.int64)
    half = np.int64(1 << (_SPARE_BITS - 1))
    return ((bits + half) & ~np.int64((1 << _SPARE_BITS) - 1)).view(np.float64)


def read_factors(path: Path) -> Factors:
    frame = read_parquet(path)
    return Factors(
        vectors={
            key: np.asarray(values, dtype=float)
            for key, values in zip(frame["row"], frame["values"], strict=True)
        },
        families=dict(zip(frame["row"], frame["cov_family"], strict=True)),
    )
