"""The trends a study asks for: every estimate of an indicator, over all waves that have it.

What is estimated of a trend is decided in trend.py. Here: which rows are one series, where
comparability.yml sets a break and which bridge carries values over it, and the covariance matrix of
waves that share units.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.compare.bridge import Bridges, Carried, plain
from analysis.compare.change import MATCH, matched
from analysis.compare.covariances import pair_covariances
from analysis.compare.pairs import overlap
from analysis.compare.standing import RowStandings
from analysis.compare.trend import trend_rows
from analysis.results.covariance import Factors
from survey.instrument.load import Instrument

ESTIMATED = ("mean", "share", "total", "ratio")
Shared = dict[tuple[str, str, tuple], tuple[float, float]]  # of two waves and an estimate


def trends(
    rows: pd.DataFrame,
    indicator: str,
    factors: Factors,
    instrument: Instrument,
    standings: RowStandings | None = None,
    bridges: Bridges | None = None,
) -> pd.DataFrame:
    """Trend rows of one indicator, for every series of three waves and more with errors.

    Parameters
    ----------
    rows : DataFrame
        Estimates of all waves.
    indicator : str
    factors : Factors
    instrument : Instrument
    standings, bridges : optional
        As `compare` has them already.
    """
    standings = standings or RowStandings.of(instrument)
    bridges = bridges or Bridges(rows, factors, instrument)
    waves = list(instrument.waves)
    own = rows[(rows["indicator"] == indicator) & rows["statistic"].isin(ESTIMATED)]
    own = own[own["se"].notna()]
    shared = _shared(own, factors, instrument)
    parts = []
    for key, series in own.groupby(list(MATCH), sort=True):
        series = series.sort_values("wave", key=lambda w: w.map(waves.index), ignore_index=True)
        names = series["wave"].tolist()
        if len(set(names)) < len(names) or len(names) < 3:
            continue
        steps, carried = _over_breaks(series, standings, bridges)
        if len(steps) > len(names) - 3:  # a slope needs two waves more than levels
            continue
        matrix, df = _joint(series, key, shared)
        if any(value is not None for value in carried):
            series, matrix, df = _carried(series, carried, matrix, bridges)
        made = trend_rows(series, matrix, df, steps=steps)
        if steps or any(value is not None for value in carried):
            made = made.assign(comparable="minor", reason=made["reason"].map(_once))
        words = sorted({overlap(instrument, b, a) for a in names for b in names if a != b})
        parts.append(made.assign(variant=made["variant"] + f", trend, overlap {'/'.join(words)}"))
    return pd.concat(parts, ignore_index=True) if parts else rows.iloc[:0]


def _over_breaks(
    series: pd.DataFrame, standings: RowStandings, bridges: Bridges
) -> tuple[list[int], list[Carried | None]]:
    """Waves at which the level may step, and the values a bridge carries to the wave before.

    A wave is carried to the first wave of its stretch; where no bridge does that, a new stretch
    begins with a step.
    """
    records = series.to_dict("records")
    start = 0
    steps: list[int] = []
    carried: list[Carried | None] = [None]
    for place, row in enumerate(records[1:], start=1):
        judged = standings.judged(
            row["indicator"], row["domain"], row["wave"], records[start]["wave"]
        )
        value = bridges.carry(row, judged.standing) if judged.status == "broken" else None
        if judged.status == "broken" and value is None:
            steps.append(place)
            start = place
        carried.append(value)
    return steps, carried


def _carried(
    series: pd.DataFrame, carried: list[Carried | None], matrix: np.ndarray, bridges: Bridges
) -> tuple[pd.DataFrame, np.ndarray, float]:
    """A series with its carried values, and the covariance matrix of the waves then."""
    records = series.to_dict("records")
    values = [
        plain(row) if value is None else value for row, value in zip(records, carried, strict=True)
    ]
    reasons = [
        "; ".join(dict.fromkeys([*(p for p in row["reason"].split("; ") if p), *value.reasons]))
        for row, value in zip(records, values, strict=True)
    ]
    matrix = matrix.copy()
    for i, one in enumerate(values):
        for j, other in enumerate(values[: i + 1]):
            if carried[i] is not None or carried[j] is not None:
                matrix[i, j] = matrix[j, i] = bridges.between(one, other)
    series = series.assign(estimate=[v.estimate for v in values], reason=reasons)
    return series.assign(se=np.sqrt(np.diag(matrix))), _possible(matrix), bridges.df(*values)


def _once(reason: str) -> str:
    return "; ".join(dict.fromkeys(reason.split("; ")))


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
