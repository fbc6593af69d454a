"""Counts per unit of effort, quarter by quarter: a point where both numbers are known.

A quarter without a count and one whose effort is not known have no point; each is a pale strip with
its own words, so that what fell out of the comparison can be seen. Points are not joined: nothing
is known about the quarters between them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases, quarter_axis
from analysis.figures.frame import Plot, finish
from analysis.figures.levels import by
from analysis.figures.quarter_axis import ROOM, YEARS
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme
from analysis.results.select import Row
from analysis.results.wording import Words
from survey.errors import ReportError

HEIGHT = 210
TICKS = 40
SIZE = 9


class Options(Base):
    """no_exposure: the reason of rows whose count is known and whose effort is not."""

    no_exposure: str = "stores tested not found"


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Rates per quarter from the first to the last one."""
    options = Options.of(spec)
    rates = by(rows, "wave")
    quarters = quarter_axis.all_quarters(list(rates), spec)
    found = {i: rates[q] for i, q in enumerate(quarters) if q in rates and marks.shown(rates[q])}
    if not found:
        raise ReportError(f"figure '{spec.name}' has no quarter with a rate")
    gaps = [place for place in range(len(quarters)) if place not in found]
    ticks = axes.ticks(0, max(row.estimate for row in found.values()))

    def why(place: int) -> str:
        row = rates.get(quarters[place])
        return "no_exposure" if row and row.reason == options.no_exposure else "not_found"

    plot = Plot(
        traces=[_points(found, quarters, words)],
        axes={
            "xaxis": quarter_axis.axis(quarters, words),
            "yaxis": axes.value_axis(ticks, "ratio", words, range=[0, ticks[-1] * 1.08]),
        },
        height=HEIGHT,
        left=TICKS,
        below=ROOM + YEARS + 6,
        above=axes.NAME_ROOM,
        shapes=[
            quarter_axis.base_line(),
            *map(quarter_axis.strip, gaps),
            *quarter_axis.year_rules(quarters),
            *(_stem(place, row) for place, row in found.items()),
        ],
        annotations=[
            axes.name_above("ratio", words, room=TICKS),
            *(quarter_axis.strip_words(place, why(place), words) for place in gaps),
            *quarter_axis.year_words(quarters, words),
            *(_value(place, row, words) for place, row in found.items()),
        ],
    )
    return finish(plot, spec, rows, words, bare=bare)


def _points(found: dict[int, Row], quarters: list[str], words: Words) -> go.Scatter:
    return go.Scatter(
        mode="markers",
        x=list(found),
        y=[row.estimate for row in found.values()],
        marker={"color": theme().colour("published"), "size": SIZE},
        cliponaxis=False,
        hovertext=[
            phrases.hover(words, words.wave(quarters[place]), row) for place, row in found.items()
        ],
        hoverinfo="text",
        showlegend=False,
    )


def _stem(place: int, row: Row) -> dict:
    line = {"color": theme().colour("published"), "width": 2}
    ends = {"x0": place, "x1": place, "y0": 0, "y1": row.estimate}
    return {"type": "line", "xref": "x", "yref": "y", "line": line, "layer": "between", **ends}


def _value(place: int, row: Row, words: Words) -> dict:
    above: dict[str, Any] = {"xanchor": "center", "yanchor": "bottom", "xshift": 0}
    above["yshift"] = SIZE / 2 + 2
    text = f"<b>{phrases.value(words, row)}</b>"
    return marks.beside(place, row.estimate, text, **above)
