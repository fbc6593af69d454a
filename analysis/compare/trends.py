"""The trends a study asks for: every estimate of an indicator, over all waves that have it.

What is estimated of a trend is decided in trend.py. Here: which rows are one series, where
comparability.yml sets a break, and the covariance matrix of waves that share units.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.change import MATCH, matched
from analysis.compare.covariances import pair_covariances
from analysis.compare.pairs import overlap
from analysis.compare.trend import trend_rows
from analysis.results.covariance import Factors
from survey.instrument.load import Instrument

ESTIMATED = ("mean", "share", "total", "ratio")
Shared = dict[tuple[str, str, tuple], tuple[float, float]]  # of two waves and an estimate


def trends(
    rows: pd.DataFrame, indicator: str, factors: Factors, instrument: Instrument
) -> pd.DataFrame:
    """Trend rows of one indicator, for every series of three waves and more with errors.

    Parameters
    ----------
    rows : DataFrame
        Estimates of all waves.
    indicator : str
    factors : Factors
    instrument : Instrument
    """
    waves = list(instrument.waves)
    own = rows[(rows["indicator"] == indicator) & rows["statistic"].isin(ESTIMATED)]
    own = own[own["se"].notna()]
    shared = _shared(own, factors, instrument)
    broken = _breaks(instrument, indicator)
    parts = []
    for key, series in own.groupby(list(MATCH), sort=True):
        series = series.sort_values("wave", key=lambda w: w.map(waves.index), ignore_index=True)
        names = series["wave"].tolist()
        if len(set(names)) < len(names) or len(names) < 3:
            continue
        steps = [k for k in range(1, len(names)) if (names[k - 1], names[k]) in broken]
        if len(steps) > len(names) - 3:  # a slope needs two waves more than levels
            continue
        matrix, df = _joint(series, key, shared)
        made = trend_rows(series, matrix, df, steps=steps)
        words = sorted({overlap(instrument, b, a) for a in names for b in names if a != b})
        parts.append(made.assign(variant=made["variant"] + f", trend, overlap {'/'.join(words)}"))
    return pd.concat(parts, ignore_index=True) if parts else rows.iloc[:0]


def _shared(rows: pd.DataFrame, factors: Factors, instrument: Instrument) -> Shared:
    found: Shared = {}
    waves = list(instrument.waves)
    for place, new in enumerate(waves):
        for old in waves[:place]:
            kind = overlap(instrument, new, old)
            if kind == "none":
                continue
            pair = matched(rows[rows["wave"] == new], rows[rows["wave"] == old])
            both = zip(*pair_covariances(pair, factors, kind), strict=True)
            keys = pair[list(MATCH)].itertuples(index=False, name=None)
            found |= {(new, old, key): numbers for key, numbers in zip(keys, both, strict=True)}
    return found


def _joint(series: pd.DataFrame, key: tuple, shared: Shared) -> tuple[np.ndarray, float]:
    """Covariance matrix of a series' waves, and their degrees of freedom together."""
    names = series["wave"].tolist()
    matrix = np.diag(series["se"].to_numpy(float) ** 2)
    df = series["df"].to_numpy(float)
    total = float(df.sum())
    for i in range(len(names)):
        for j in range(i):
            covariance, degrees = shared.get((names[i], names[j], key), (0.0, 0.0))
            matrix[i, j] = matrix[j, i] = covariance
            if i - j == 1:  # a unit that stays is shared with the wave before
                total -= min(degrees, df[i], df[j])
    return _possible(matrix), total


def _possible(matrix: np.ndarray) -> np.ndarray:
    """The matrix, its covariances shrunk as far as none of its variances is negative."""
    if not np.isfinite(matrix).all():
        return matrix
    errors = np.sqrt(np.diag(matrix))
    if not (errors > 0).all():
        return matrix
    apart = matrix / np.outer(errors, errors) - np.eye(len(matrix))
    lowest = float(np.linalg.eigvalsh(apart)[0])
    shrunk = min(1.0, (1 - 1e-9) / -lowest) if lowest < 0 else 1.0
    return np.outer(errors, errors) * (np.eye(len(matrix)) + shrunk * apart)


def _breaks(instrument: Instrument, indicator: str) -> set[tuple[str, str]]:
    """Waves between which a human called the indicator's item broken, earlier wave first."""
    item = next(i.item for i in instrument.study.indicators if i.id == indicator)
    order = list(instrument.waves)
    told = [
        sorted(entry.waves, key=order.index)
        for entry in instrument.comparability
        if entry.item == item and entry.status == "broken"
    ]
    return {(first, last) for first, last in told}
