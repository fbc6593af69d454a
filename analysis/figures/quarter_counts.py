"""Published counts per quarter as columns; a quarter nobody reported stays a visible gap.

A gap is neither a zero nor an estimate: it is a pale strip with the words for "not found". If the
counts of shops tested are among the rows, they stand in a line below.
"""

from __future__ import annotations

import re

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import Plot, finish, label_room
from analysis.figures.levels import by
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.select import Row
from analysis.results.wording import Words
from survey.errors import ReportError

QUARTER = re.compile(r"^(\d{4})Q([1-4])$")
HEIGHT = 270
COLUMN, GAP = 0.66, 0.92  # widths, a quarter being 1
QUARTERS, YEARS, LINE = 22, 26, 26  # pixels of the rows below the columns
LABEL_ROOM, TICKS = 110, 40


class Options(Base):
    """columns: the indicator drawn as columns. line: the indicator written below them."""

    columns: str = "problem_apps"
    line: str = "stores_tested"


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Counts per quarter from the first to the last one."""
    options = Options.of(spec)
    counts = by(rows[rows["indicator"] == options.columns], "wave")
    below = by(rows[rows["indicator"] == options.line], "wave")
    quarters = _quarters(list(counts), spec)
    found = {i: counts[q] for i, q in enumerate(quarters) if q in counts and marks.shown(counts[q])}
    ticks = axes.ticks(0, max(row.estimate for row in found.values()))
    gaps = [place for place in range(len(quarters)) if place not in found]
    head = wrap(phrases.phrase(words, "stores"), "tick", LABEL_ROOM) if below else []
    left = max(TICKS, label_room([head], "tick") if head else 0)
    plot = Plot(
        traces=[_columns(found, quarters, words)],
        axes={
            "xaxis": _quarter_axis(quarters, words),
            "yaxis": axes.value_axis(ticks, "count", words, range=[0, ticks[-1] * 1.04]),
        },
        height=HEIGHT,
        left=left,
        below=QUARTERS + YEARS + (LINE + 6 if below else 0) + 6,
        shapes=[_base_line(), *(_gap(place) for place in gaps), *_years(quarters)],
        above=axes.NAME_ROOM,
        annotations=[
            axes.name_above("count", words, room=left),
            *(_gap_words(place, words) for place in gaps),
            *_year_words(quarters, words),
            *(_line_words(head, quarters, below, words) if below else []),
        ],
    )
    return finish(plot, spec, rows, words, bare=bare)


def _quarters(waves: list[str], spec: FigureSpec) -> list[str]:
    """Every quarter from the first to the last of `waves`, the missing ones too."""
    odd = [wave for wave in waves if not QUARTER.match(wave)]
    if odd or not waves:
        raise ReportError(
            f"figure '{spec.name}' needs waves that are quarters",
            expected="a year, the letter Q and the number of the quarter",
            got=odd[0] if odd else "none",
        )
    ends = [int(w[:4]) * 4 + int(w[5]) - 1 for w in (min(waves), max(waves))]
    return [f"{place // 4}Q{place % 4 + 1}" for place in range(ends[0], ends[1] + 1)]


def _columns(found: dict[int, Row], quarters: list[str], words: Words) -> go.Bar:
    look = theme()
    return go.Bar(
        x=list(found),
        y=[row.estimate for row in found.values()],
        width=COLUMN,
        marker={"color": look.colour("published")},
        text=[f"<b>{phrases.value(words, row)}</b>" for row in found.values()],
        textposition="outside",
        textfont=look.text("value"),
        cliponaxis=False,
        hovertext=[
            phrases.hover(words, words.wave(quarters[place]), row) for place, row in found.items()
        ],
        hoverinfo="text",
        showlegend=False,
    )


def _quarter_axis(quarters: list[str], words: Words) -> dict:
    return {
        "range": [-0.5, len(quarters) - 0.5],
        "tickvals": list(range(len(quarters))),
        "ticktext": [phrases.phrase(words, "quarter", part=quarter[5]) for quarter in quarters],
        "tickfont": theme().text("note", "muted"),
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "fixedrange": True,
    }


def _base_line() -> dict:
    line = {"color": theme().colour("axis"), "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}


def _gap(place: int) -> dict:
    """A pale strip as high as the plot: no height could be read from it."""
    sides = {"x0": place - GAP / 2, "x1": place + GAP / 2, "y0": 0, "y1": 1}
    pale = {"fillcolor": theme().colour("grid"), "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", "xref": "x", "yref": "paper", **pale, **sides}


def _gap_words(place: int, words: Words) -> dict:
    text = phrases.phrase(words, "not_found").replace("|", "<br>")
    middle = {"xanchor": "center", "yanchor": "bottom", "xshift": 0, "yshift": 10}
    said = marks.beside(place, 0, text, "muted", **middle)
    return said | {"font": theme().text("note", "muted")}


def _spans(quarters: list[str]) -> dict[str, tuple[int, int]]:
    """First and last place of each year."""
    spans: dict[str, tuple[int, int]] = {}
    for place, quarter in enumerate(quarters):
        first = spans.get(quarter[:4], (place, place))[0]
        spans[quarter[:4]] = (first, place)
    return spans


def _years(quarters: list[str]) -> list[dict]:
    """A rule under the quarters of each year."""
    line = {"color": theme().colour("axis"), "width": 1}
    level = {"yref": "paper", "ysizemode": "pixel", "yanchor": 0, "y0": -QUARTERS, "y1": -QUARTERS}
    return [
        {"type": "line", "xref": "x", "x0": a - 0.4, "x1": b + 0.4, "line": line, **level}
        for a, b in _spans(quarters).values()
    ]


def _year_words(quarters: list[str], words: Words) -> list[dict]:
    return [
        _below((a + b) / 2, phrases.phrase(words, "year", year=year), QUARTERS + 4, "ink")
        for year, (a, b) in _spans(quarters).items()
    ]


def _line_words(head: list[str], quarters: list[str], below: dict[str, Row], words: Words) -> list:
    """The second indicator, a number under each quarter, and its name at the left."""
    depth = QUARTERS + YEARS + 6
    said = [
        _below(place, phrases.value(words, below[quarter]), depth, "muted")
        for place, quarter in enumerate(quarters)
        if quarter in below and marks.shown(below[quarter])
    ]
    missing = [
        _below(place, "–", depth, "muted")
        for place, quarter in enumerate(quarters)
        if quarter not in below or not marks.shown(below[quarter])
    ]
    name = _below(0, "<br>".join(head), depth, "muted")
    return [
        *said,
        *missing,
        name | {"xref": "paper", "xanchor": "right", "xshift": -8, "align": "right"},
    ]


def _below(at: float, text: str, depth: float, colour: str) -> dict:
    place = {"yref": "paper", "yanchor": "top", "xanchor": "center", "xshift": 0, "yshift": -depth}
    return marks.beside(at, 0, text, colour, **place) | {"font": theme().text("tick", colour)}
