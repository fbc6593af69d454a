"""A survey file of any common kind as a plain table, for questions asked without an instrument.

By its ending: .sav, .zsav and .por (SPSS), .dta (Stata), .sas7bdat and .xpt (SAS), .csv and
.csv.gz, .parquet. Values the file
declares missing are blanks here; codes stay codes, with their words beside them. Waves of a study
are read through readers.py, which keeps the kinds of missing apart.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from survey.errors import DataError, one_of
from survey.io.compressed import bytes_of
from survey.io.csvfile import decode
from survey.io.isolated import read_isolated
from survey.io.labelledfile import LIMITS, READERS

ENDINGS = (*READERS, ".csv", ".csv.gz", ".parquet")
BLANKS = ("", "NA", "NaN", "nan", ".")


@dataclass(frozen=True)
class SurveyFile:
    """A file as it was read.

    Attributes
    ----------
    frame : DataFrame, one row per respondent; numbers are float, texts object
    labels : column -> its wording
    value_labels : column -> value -> its words
    path : Path
    """

    frame: pd.DataFrame
    path: Path
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[float | str, str]] = field(default_factory=dict)


def read_survey_file(path: Path | str) -> SurveyFile:
    """Read one file.

    Raises
    ------
    DataError
        If it is missing, of no known kind, broken, empty, or has a column twice.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("file is missing", where=str(path))
    ending = next(
        (e for e in sorted(ENDINGS, key=len, reverse=True) if path.name.lower().endswith(e)), None
    )
    if ending is None:
        raise DataError(
            "is of no known kind",
            where=str(path),
            expected=f"a name that ends in {one_of(ENDINGS)}",
        )
    if ending == ".parquet":
        read = SurveyFile(_parquet(path), path)
    elif ending in (".csv", ".csv.gz"):
        read = SurveyFile(_csv(path), path)
    else:
        read = _labelled(path, READERS[ending])
    if not len(read.frame):
        raise DataError("holds no respondents", where=str(path))
    return read


def matching(names: Sequence[str], pattern: str, where: str) -> list[str]:
    """Columns a pattern such as ``q4_*`` means, in the order of the file.

    Raises
    ------
    DataError
        If there are none.
    """
    from fnmatch import fnmatchcase

    found = [name for name in names if fnmatchcase(name, pattern)]
    if not found:
        raise DataError(f"no column is called '{pattern}'", where=where, expected=one_of(names))
    return found


def _labelled(path: Path, reader: str) -> SurveyFile:
    answer = read_isolated(reader, path, {}, limits=LIMITS)
    spans = answer.get("user_missing", {})
    columns = {name: _series(cells, spans.get(name, ())) for name, cells in answer["columns"]}
    words = {name: dict(pairs) for name, pairs in answer.get("value_labels", {}).items()}
    return SurveyFile(pd.DataFrame(columns), path, answer.get("labels", {}), words)


def _series(cells: list, spans: Sequence) -> pd.Series:
    numbers = all(cell is None or isinstance(cell, float) for cell in cells)
    series = pd.Series(cells, dtype="float64" if numbers else object)
    for low, high in spans:
        if numbers and not isinstance(low, str):
            series = series.mask(series.between(low, high))
        elif not numbers:
            series = series.mask(series == low)
    return series


def _csv(path: Path) -> pd.DataFrame:
    text, _ = decode(bytes_of(path), path)
    try:
        frame = pd.read_csv(
            io.StringIO(text), keep_default_na=False, na_values=list(BLANKS), low_memory=False
        )
    except pd.errors.EmptyDataError:
        raise DataError("is empty", where=str(path), expected="a header and rows") from None
    except pd.errors.ParserError as fault:
        raise DataError(f"is not well-formed CSV: {fault}", where=str(path)) from None
    return _plain(frame)


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _plain(pq.read_table(path).to_pandas())
    except pa.ArrowException as fault:
        raise DataError(f"is not a readable Parquet file: {fault}", where=str(path)) from None


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers and truths as float, everything else as text or None."""
    columns = {}
    for name in frame.columns:
        series = frame[name]
        if pd.api.types.is_numeric_dtype(series.dtype):
            columns[str(name)] = series.to_numpy(float, na_value=np.nan)
        else:
            texts = series.astype(object)
            columns[str(name)] = texts.where(texts.notna(), None).to_numpy()
    return pd.DataFrame(columns)
