"""Reading and writing `estimates`, `comparisons` and their variance factors.

Numbers are rounded here, once, to the digits the schema names, and rows are sorted by key, so that
the bytes on disk depend on the values only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.results.schema import COLUMNS, DIGITS, KEY, NUMBERS, conform
from survey.io.tables import read_parquet, write_parquet
from survey.project import Project


def round_significant(values, digits: int = DIGITS) -> np.ndarray:
    """`values` to so many significant digits; NaN and infinities stay."""
    array = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.floor(np.log10(np.abs(array)))
    magnitude = np.where(np.isfinite(magnitude), magnitude, 0.0)
    # Decimal text is the only rounding whose result is the same on every machine.
    return np.array(
        [float(f"{x:.{digits - 1}e}") if np.isfinite(x) else x for x in array.ravel()]
    ).reshape(magnitude.shape)


def write_rows(rows: pd.DataFrame, path: Path) -> Path:
    """Rows of the schema to Parquet: validated, rounded, sorted by key."""
    rows = conform(rows)
    for column in NUMBERS:
        rows[column] = round_significant(rows[column])
    rows = rows.sort_values(["study", "period", *KEY], kind="stable", ignore_index=True)
    return write_parquet(rows, path)


def read_rows(path: Path) -> pd.DataFrame:
    """Rows of one file, all columns of the schema."""
    return read_parquet(path, COLUMNS)


def read_estimates(project: Project, study: str) -> pd.DataFrame:
    """Estimates and comparisons of a study, together."""
    parts = [read_rows(project.estimates(study))]
    if project.comparisons(study).exists():
        parts.append(read_rows(project.comparisons(study)))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
