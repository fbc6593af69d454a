"""Columns of any data frame as arrays: labels, numbers, weights, and conditions on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey.errors import EstimateError, did_you_mean, one_of
from survey.instrument.expression import holds, names


class Columns:
    """Named columns of n respondents.

    Parameters
    ----------
    data : DataFrame of pandas, Polars, or any library narwhals knows; a mapping of arrays
    """

    def __init__(self, data) -> None:
        if isinstance(data, pd.DataFrame):
            self.frame = data.reset_index(drop=True)
        elif isinstance(data, dict):
            self.frame = pd.DataFrame(data)
        else:
            import narwhals as nw

            frame = nw.from_native(data)
            if isinstance(frame, nw.LazyFrame):
                frame = frame.collect()
            self.frame = frame.to_pandas().reset_index(drop=True)
        if not len(self.frame):
            raise EstimateError("there are no respondents")

    @property
    def n(self) -> int:
        return len(self.frame)

    @property
    def known(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    def labels(self, name: str) -> np.ndarray:
        """A column as it is, shape (n,); missing stays missing."""
        series = self._column(name)
        if isinstance(series.dtype, pd.CategoricalDtype):
            series = series.astype(series.cat.categories.dtype)
        if pd.api.types.is_numeric_dtype(series.dtype):
            return series.to_numpy(float, na_value=np.nan)
        texts = series.astype(object)
        return texts.where(texts.notna(), None).to_numpy()

    def numbers(self, name: str) -> np.ndarray:
        """A column as float, shape (n,); missing is NaN.

        Raises
        ------
        EstimateError
            If it holds anything but numbers.
        """
        series = self._column(name)
        numbers = pd.to_numeric(series, errors="coerce")
        odd = numbers.isna() & series.notna()
        if odd.any():
            raise EstimateError(
                f"column '{name}' holds {odd.sum()} values that are no numbers",
                got=f"first: row {int(np.argmax(odd)) + 1} has '{series[odd].iloc[0]}'",
                hint="for a categorical item ask for its shares",
            )
        values = numbers.to_numpy(float, na_value=np.nan)
        if np.isinf(values).any():
            raise EstimateError(f"column '{name}' holds infinite numbers")
        return values

    def weights(self, name: str) -> np.ndarray:
        """A column of weights: numbers of at least 0, none missing, not all 0."""
        values = self.numbers(name)
        bad = np.isnan(values) | (values < 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise EstimateError(
                f"{bad.sum()} weights in '{name}' are missing or negative",
                got=f"first: row {row + 1} has {values[row]:g}",
                expected="a number of at least 0 for every respondent",
            )
        if not values.any():
            raise EstimateError(f"every weight in '{name}' is 0")
        return values

    def holds(self, condition: str | None) -> np.ndarray:
        """Where a condition holds, shape (n,), bool; None: everywhere."""
        if not condition:
            return np.ones(self.n, dtype=bool)
        for name in sorted(names(condition)):
            self._column(name)
        return holds(condition, self.frame).to_numpy(bool)

    def _column(self, name: str) -> pd.Series:
        if name not in self.frame.columns:
            raise EstimateError(
                f"there is no column '{name}'",
                expected=one_of(self.known),
                hint=did_you_mean(name, self.known),
            )
        return self.frame[name]
