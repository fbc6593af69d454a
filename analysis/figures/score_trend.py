"""A score over time, on an axis to scale, with intervals.

The published number is a filled dot, the simulated estimate a ring with its interval around it. The
line between two waves more than a year apart is dashed: nobody knows what lay between. Waves not
comparable with the one before are not joined at all, unless a bridge carried them over; the figure
says either.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import GAP, Plot, finish
from analysis.figures.joined import joined
from analysis.figures.levels import arranged, by
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.comparable import is_carried
from analysis.results.select import Row
from analysis.results.wording import Words

HEIGHT, TICKS = 300, 40  # pixels; of the plot, of the numbers beside its axis
DAYS_OF_A_YEAR = 366


class Options(Base):
    """range: ends of the score axis; chosen from the intervals, at least `span` wide, if absent."""

    range: tuple[float, float] | None = None
    span: float = 1.5


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """One indicator over its waves."""
    options = Options.of(spec)
    published = by(rows, "wave", published=True)
    estimated = by(rows, "wave", published=False)
    waves = arranged(rows, words, spec, "wave")
    rings = [
        estimated[wave] for wave in waves if wave in estimated and marks.shown(estimated[wave])
    ]
    points = [published[wave] for wave in waves if wave in published]
    told = points or rings
    unit = told[0].unit
    ticks = _ticks(rings + points, options)
    days = [date.fromisoformat(row.period).toordinal() for row in told]
    spread = max(days[-1] - days[0], 1)
    ends = [days[0] - 0.1 * spread, days[-1] + 0.1 * spread]
    notes = []
    if any(b - a > DAYS_OF_A_YEAR for a, b in pairwise(days)):
        notes.append(phrases.phrase(words, "long_gap") + phrases.phrase(words, "stop").strip())
    notes += _comparability(told, words)
    if ticks[0] > 0:
        low = phrases.number(words, ticks[0], unit, digits=_digits(ticks))
        notes.append(phrases.phrase(words, "cut_axis", low=low))
    plot = Plot(
        traces=[*_lines(told, words), *_rings(rings, words), *_points(points, words)],
        axes={
            "xaxis": _time_axis(told, ends, words),
            "yaxis": axes.value_axis(ticks, unit, words),
        },
        height=HEIGHT,
        left=TICKS,
        above=axes.NAME_ROOM,
        right=GAP,
        below=2 * theme().leading("tick") + 12,
        annotations=[
            axes.name_above(unit, words, room=TICKS),
            *(_value(row, rings, words) for row in told),
        ],
        notes=notes,
    )
    return finish(plot, spec, rows, words, bare=bare)


def _day(row: Row) -> int:
    return date.fromisoformat(row.period).toordinal()


def _ticks(rows: list[Row], options: Options) -> list[float]:
    if options.range:
        return axes.ticks(*options.range)
    low = min(row.ci_low if marks.has_interval(row) else row.estimate for row in rows)
    high = max(marks.reach(row) for row in rows)
    scale = 0.01 if rows[0].unit == "share" else 1.0
    spare = max(options.span * scale - (high - low), 0) / 2
    return axes.ticks(max(0.0, low - spare), high + spare)


def _digits(ticks: list[float]) -> int:
    return int(any(tick % 1 for tick in ticks))


def _time_axis(rows: list[Row], ends: list[float], words: Words) -> dict:
    look = theme()
    labels = [wrap(phrases.wave_short(words, row.wave), "tick", 110) for row in rows]
    return {
        "range": ends,
        "tickvals": [_day(row) for row in rows],
        "ticktext": ["<br>".join(lines) for lines in labels],
        "tickfont": look.text("tick", "ink"),
        "tickangle": 0,
        "ticks": "outside",
        "ticklen": 5,
        "tickcolor": look.colour("axis"),
        "showline": True,
        "linecolor": look.colour("axis"),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _lines(rows: list[Row], words: Words) -> list[go.Scatter]:
    """One line per pair of neighbouring waves, dashed over long gaps, none over a break."""
    look = theme()
    colour = look.colour(rows[0].kind)
    return [
        go.Scatter(
            mode="lines",
            x=[_day(a), _day(b)],
            y=[a.estimate, b.estimate],
            line={
                "color": colour,
                "width": 2,
                "dash": "dash" if _day(b) - _day(a) > DAYS_OF_A_YEAR else "solid",
            },
            hoverinfo="skip",
            showlegend=False,
        )
        for a, b in pairwise(rows)
        if joined(a, b, words)
    ]


def _comparability(rows: list[Row], words: Words) -> list[str]:
    """What the reader is told of breaks, and of values carried over one."""
    notes = []
    stop = phrases.phrase(words, "stop").strip()
    if not all(joined(a, b, words) for a, b in pairwise(rows)):
        notes.append(phrases.phrase(words, "broken") + stop)
    if carried := [phrases.wave_short(words, row.wave) for row in rows if is_carried(row)]:
        waves = words.phrase("level_join").join(carried)
        notes.append(phrases.phrase(words, "carried", waves=waves) + stop)
    return notes


def _rings(rows: list[Row], words: Words) -> list[go.Scatter]:
    if not rows:
        return []
    look = theme()
    colour = look.colour(rows[0].kind)
    hollow = rows[0].kind == "simulated"
    return [
        go.Scatter(
            name=marks.key(words, rows),
            mode="markers",
            x=[_day(row) for row in rows],
            y=[row.estimate for row in rows],
            error_y=marks.error_bars(rows, colour) | {"width": 6},
            marker={
                "color": look.colour("paper") if hollow else colour,
                "size": 12 if hollow else 10,
                "line": {"color": colour, "width": 1.8},
            },
            hovertext=[phrases.hover(words, words.wave(row.wave), row) for row in rows],
            hoverinfo="text",
            showlegend=True,
        )
    ]


def _points(rows: list[Row], words: Words) -> list[go.Scatter]:
    if not rows:
        return []
    return [
        go.Scatter(
            name=phrases.phrase(words, "published"),
            mode="markers",
            x=[_day(row) for row in rows],
            y=[row.estimate for row in rows],
            marker={"color": theme().colour("published"), "size": 7},
            hovertext=[phrases.hover(words, words.wave(row.wave), row) for row in rows],
            hoverinfo="text",
            showlegend=True,
        )
    ]


def _value(row: Row, rings: list[Row], words: Words) -> dict:
    """The number above a mark, clear of its interval."""
    top = max([marks.reach(row), *(marks.reach(r) for r in rings if r.wave == row.wave)])
    colour = "published" if row.kind == "published" else "ink"
    text = f"<b>{phrases.value(words, row)}</b>"
    above = {"xanchor": "center", "yanchor": "bottom", "xshift": 0, "yshift": 10}
    return marks.beside(_day(row), top, text, colour, **above)
