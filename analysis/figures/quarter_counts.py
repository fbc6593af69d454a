"""Published counts per quarter as columns; a quarter nobody reported stays a visible gap.

A gap is neither a zero nor an estimate: it is a pale strip with the words for "not found". If the
counts of shops tested are among the rows, they stand in a line below. A model's range for a gap is
left out unless the figure asks for it; then it is a hatched band inside the strip, named in the key
and in the note, and the figure bears the simulated mark.
"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases, quarter_axis
from analysis.figures.frame import Plot, finish, label_room
from analysis.figures.levels import by
from analysis.figures.quarter_axis import ROOM, YEARS, below
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.select import Row
from analysis.results.wording import Words

HEIGHT = 270
COLUMN = 0.66  # width, a quarter being 1
LINE = 26  # pixels of the line below the years
LABEL_ROOM, TICKS = 110, 40


class Options(Base):
    """columns: the indicator drawn as columns. line: the indicator written below them.

    fill: draw the model's range where no number was found; model: variant of the rows that hold it.
    """

    columns: str = "problem_apps"
    line: str = "stores_tested"
    fill: bool = False
    model: str = "model_fill"


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Counts per quarter from the first to the last one."""
    options = Options.of(spec)
    modelled = rows["variant"].eq(options.model)
    filled = by(rows[modelled & (rows["indicator"] == options.columns)], "wave")
    rows = rows if options.fill else rows[~modelled]
    own = rows[rows["variant"].ne(options.model)]
    counts = by(own[own["indicator"] == options.columns], "wave")
    line = by(own[own["indicator"] == options.line], "wave")
    quarters = quarter_axis.all_quarters(list(counts), spec)
    found = {i: counts[q] for i, q in enumerate(quarters) if q in counts and marks.shown(counts[q])}
    gaps = [place for place in range(len(quarters)) if place not in found]
    ranges = {i: filled[quarters[i]] for i in gaps if options.fill and quarters[i] in filled}
    ticks = axes.ticks(0, max(marks.reach(row) for row in [*found.values(), *ranges.values()]))
    head = wrap(phrases.phrase(words, "stores"), "tick", LABEL_ROOM) if line else []
    left = max(TICKS, label_room([head], "tick") if head else 0)
    plot = Plot(
        traces=[_columns(found, quarters, words), *_ranges(ranges, quarters, words)],
        axes={
            "xaxis": quarter_axis.axis(quarters, words),
            "yaxis": axes.value_axis(ticks, "count", words, range=[0, ticks[-1] * 1.04]),
        },
        height=HEIGHT,
        left=left,
        below=ROOM + YEARS + (LINE + 6 if line else 0) + 6,
        shapes=[
            quarter_axis.base_line(),
            *map(quarter_axis.strip, gaps),
            *quarter_axis.year_rules(quarters),
        ],
        above=axes.NAME_ROOM,
        annotations=[
            axes.name_above("count", words, room=left),
            *(
                quarter_axis.strip_words(place, "not_found", words, top=place in ranges)
                for place in gaps
            ),
            *quarter_axis.year_words(quarters, words),
            *(_line_words(head, quarters, line, words) if line else []),
        ],
        notes=[phrases.phrase(words, "filled" if ranges else "unfilled")] if gaps else [],
    )
    return finish(plot, spec, rows, words, bare=bare)


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


def _ranges(ranges: dict[int, Row], quarters: list[str], words: Words) -> list[go.Bar]:
    """A model's range per gap; a list with one trace, or none."""
    if not ranges:
        return []
    level = phrases.level_of_confidence(words, list(ranges.values()))
    return [
        go.Bar(
            name=phrases.phrase(words, "model_range", level=level),
            x=list(ranges),
            y=[row.ci_high - row.ci_low for row in ranges.values()],
            base=[row.ci_low for row in ranges.values()],
            width=COLUMN,
            marker=marks.hatching(),
            hovertext=[
                phrases.hover(words, words.wave(quarters[place]), row)
                for place, row in ranges.items()
            ],
            hoverinfo="text",
            showlegend=True,
        )
    ]


def _line_words(head: list[str], quarters: list[str], line: dict[str, Row], words: Words) -> list:
    """The second indicator, a number under each quarter, and its name at the left."""
    depth = ROOM + YEARS + 6
    said = [
        below(place, phrases.value(words, line[quarter]), depth, "muted")
        for place, quarter in enumerate(quarters)
        if quarter in line and marks.shown(line[quarter])
    ]
    missing = [
        below(place, "–", depth, "muted")
        for place, quarter in enumerate(quarters)
        if quarter not in line or not marks.shown(line[quarter])
    ]
    name = below(0, "<br>".join(head), depth, "muted")
    return [
        *said,
        *missing,
        name | {"xref": "paper", "xanchor": "right", "xshift": -8, "align": "right"},
    ]
