"""A trend in words: what its models say, and whether a fall or rise may be written.

The verdict is decided in claims.py, the models in analysis/monitoring/trend.py, the words are in
words.yml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, isnan

import pandas as pd

from analysis.report import claims
from analysis.report.bound import Bindings, Bound
from analysis.results.select import Row, many
from analysis.results.wording import Words
from analysis.tables.material import rows_of
from survey.errors import ReportError


@dataclass(frozen=True)
class Trend:
    """The slopes of one series, the whole of it first, counts before rates."""

    slopes: tuple[Row, ...]

    @property
    def verdict(self) -> claims.Trend:
        """falling, rising or none."""
        return claims.trend(self.slopes)

    @property
    def turned(self) -> bool:
        """Whether a span since a break moves against the whole series."""
        return claims.turned(self.slopes)

    def __iter__(self) -> Iterator[Bound]:
        return (Bound(row) for row in self.slopes)

    def __str__(self) -> str:
        raise TypeError("a trend is printed by 'sentence'")


def trend_of(rows: pd.DataFrame, **key: str) -> Trend:
    """The trend of the series that `key` names.

    Raises
    ------
    ReportError
        If it has no models.
    """
    found = many(rows, **{"kind": "published", "statistic": "coefficient", **key})
    slopes = sorted(rows_of(found), key=lambda row: (row.reference, row.wave, row.variant))
    if not slopes:
        raise ReportError(
            f"no trend was estimated for {key.get('indicator', 'the series')}",
            expected="rows of statistic coefficient",
            hint="declare 'trend' in notices.yml and run make estimates",
        )
    return Trend(tuple(slopes))


def told_trend(trend: Trend, words: Words, bindings: Bindings) -> str:
    """The verdict with the slopes it rests on, each linked to its row; no full stop."""
    first = trend.slopes[0]
    told = [_model(row, words, bindings) for row in trend.slopes]
    return words.phrase(
        f"trend_{trend.verdict}",
        what=words.indicator(first.indicator, first.study),
        models=words.phrase("trend_join").join(told),
    )


def yearly(slope: float, words: Words, digits: int = 1) -> str:
    """A slope on the log scale as change per year: -0.1 is −9.5%."""
    return f"{words.signed((exp(slope) - 1) * 100, digits)}%"


def _model(row: Row, words: Words, bindings: Bindings) -> str:
    model = words.phrase(f"trend_{claims.model_of(row)}")
    since = words.wave(row.reference, row.study)
    if isnan(row.estimate):
        return bindings.link(row, words.phrase("trend_unfitted", model=model, since=since))
    ends = [yearly(end, words) for end in (row.ci_low, row.ci_high)]
    told = words.phrase(
        "trend_model",
        model=model,
        since=since,
        change=yearly(row.estimate, words),
        level=words.percent(row.conf_level, 0),
        range=words.phrase("range", low=ends[0], high=ends[1]),
    )
    return bindings.link(row, told)
