"""What an estimation gives back: rows of the schema, and the factor that joins them.

The factor stays beside its rows, so that any contrast of them has its covariance. Rows are put
together in rows.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.errors import EstimateError


@dataclass(frozen=True, eq=False)
class Result:
    """Estimates with their joint variance.

    Attributes
    ----------
    rows : DataFrame
        Columns of analysis/results/schema.py, one row per estimate.
    factor : ndarray of float, shape (C, k), or None
        ``factor.T @ factor`` is the covariance matrix of the rows; None: no linear form.
    units : tuple of str, length C
        What every row of the factor belongs to: sampling units or replicates.
    """

    rows: pd.DataFrame
    factor: np.ndarray | None
    units: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def estimate(self) -> np.ndarray:
        return self.rows["estimate"].to_numpy(float)

    @property
    def se(self) -> np.ndarray:
        return self.rows["se"].to_numpy(float)

    def covariance(self) -> np.ndarray:
        """Covariance matrix of the rows, shape (k, k)."""
        factor = self.require_factor()
        return factor.T @ factor

    def contrast(
        self, weights: Mapping[int, float] | Sequence[float], *, name: str = "contrast"
    ) -> Result:
        """A linear combination of the rows, with its t test against 0.

        Parameters
        ----------
        weights : mapping of row number to coefficient, or one coefficient per row
        name : str
            Category of the new row.

        Raises
        ------
        EstimateError
            If a row does not exist, or the rows have no joint variance.
        """
        coefficients = np.zeros(len(self))
        if isinstance(weights, Mapping):
            outside = [row for row in weights if not -len(self) <= row < len(self)]
            if outside:
                raise EstimateError(
                    f"there is no row {outside[0]}", expected=f"0 to {len(self) - 1}"
                )
            for row, value in weights.items():
                coefficients[row] += value
        elif len(weights) == len(self):
            coefficients[:] = weights
        else:
            raise EstimateError(f"{len(weights)} coefficients for {len(self)} rows")
        used = coefficients != 0
        df = float(self.rows["df"].to_numpy(float)[used].min()) if used.any() else np.nan
        factor = self.require_factor()[:, used] @ coefficients[used]
        value = float(self.estimate[used] @ coefficients[used])
        return self._derived(value, factor, df, name)

    def smooth(self, function, *, name: str) -> Result:
        """A smooth function of all rows by the delta method, with numeric slopes.

        Parameters
        ----------
        function : callable
            From the estimates, shape (k,), to a number.
        name : str
        """
        at = self.estimate
        slopes = np.empty(len(at))
        for k in range(len(at)):
            step = 1e-4 * max(abs(at[k]), self.se[k], 1e-8)
            rise = []
            for size in (step, step / 2):
                up, down = at.copy(), at.copy()
                up[k] += size
                down[k] -= size
                rise.append((function(up) - function(down)) / (2 * size))
            slopes[k] = (4 * rise[1] - rise[0]) / 3
        df = float(self.rows["df"].min())
        return self._derived(float(function(at)), self.require_factor() @ slopes, df, name)

    def _derived(self, value: float, factor: np.ndarray, df: float, name: str) -> Result:
        from scipy.special import stdtr, stdtrit

        se = float(np.sqrt(np.add.reduce(factor * factor)))
        row = self.rows.iloc[[0]].copy()
        level = float(row["conf_level"].iloc[0])
        df = df if df > 0 else np.nan
        half = float(stdtrit(df, (1 + level) / 2)) * se
        blank = ("n", "n_eff", "weighted_n", "deff", "count", "cv", "p_adjusted")
        row = row.assign(
            statistic="contrast",
            category=name,
            domain="all",
            estimate=value,
            se=se,
            ci_low=value - half,
            ci_high=value + half,
            df=df,
            p_value=2 * float(stdtr(df, -abs(value / se))) if se > 0 else np.nan,
            **dict.fromkeys(blank, np.nan),
        )
        return Result(row.reset_index(drop=True), factor[:, None], self.units)

    def require_factor(self) -> np.ndarray:
        if self.factor is None:
            raise EstimateError(
                "these estimates have no joint variance",
                hint="quantiles have no linear form: compare shares below a value, or take "
                "replicates and the replicate interval",
            )
        return self.factor


def joined(results: Sequence[Result]) -> Result:
    """Results of one survey side by side, their covariances kept."""
    if not results:
        raise EstimateError("nothing was asked for")
    rows = pd.concat([result.rows for result in results], ignore_index=True)
    factors = [result.factor for result in results]
    known = [factor for factor in factors if factor is not None]
    whole = len(known) == len(results)
    return Result(rows, np.concatenate(known, axis=1) if whole else None, results[0].units)
