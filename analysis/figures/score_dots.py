"""An indicator over the levels of one domain: a dot and its interval per level.

Levels stand in the order of their codes and are never ranked. Zero is not on the axis: a dot says
where, not how much of something.
"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import GAP, Plot, finish, label_room
from analysis.figures.levels import arranged, by, label
from analysis.figures.marks import Entry
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, widest, wrap
from analysis.results.select import Row
from analysis.results.wording import Words

FEW = 14  # up to so many levels, rows are wide and numbers stand beside them
WIDE, NARROW = 38, 21  # pixels from row to row
LABEL_ROOM = 230


class Options(Base):
    """values: write the numbers beside the dots; by default only where there are few rows."""

    values: bool | None = None


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Estimates by domain; a row of the domain `all` becomes a line across."""
    single = rows[rows["domain"].ne("all")]
    overall = by(rows[rows["domain"] == "all"], "domain").get("all")
    found = by(single, "domain")
    order = arranged(single, words, spec, "domain")
    entries = [
        Entry(place, label(words, found[code], "domain"), found[code])
        for place, code in enumerate(order)
    ]
    entries, notes = marks.starred(entries, words)
    seen = [entry for entry in entries if marks.shown(entry.row)]
    few = len(entries) <= FEW
    values = few if Options.of(spec).values is None else Options.of(spec).values
    texts = [phrases.with_interval(words, entry.row) for entry in seen] if values else []
    room = widest(texts, "tick") + GAP if texts else 0
    names = [wrap(entry.name, "label" if few else "tick", LABEL_ROOM) for entry in entries]
    unit = entries[0].row.unit
    ticks = _ticks([entry.row for entry in seen] + ([overall] if overall else []))
    plot = Plot(
        traces=marks.dots(seen, words, size=9 if few else 7.5),
        axes={
            "xaxis": axes.value_axis(ticks, unit, words),
            "yaxis": axes.row_axis(names, "label" if few else "tick"),
        },
        height=(WIDE if few else NARROW) * len(entries),
        left=label_room(names, "label" if few else "tick"),
        right=room or GAP,
        above=24 if overall else 0,
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[*(_guide(entry.place) for entry in entries), *(_line(overall) if overall else [])],
        annotations=[
            axes.name_below(unit, words),
            *(_line_words(overall, ticks, words) if overall else []),
            *(_hidden(e, ticks[0], words) for e in entries if not marks.shown(e.row)),
            *(marks.column(e.place, t, room) for e, t in zip(seen, texts, strict=False)),
        ],
        notes=notes,
    )
    return finish(plot, spec, rows, words, bare=bare)


def _ticks(rows: list[Row]) -> list[float]:
    low = min(row.ci_low if marks.has_interval(row) else row.estimate for row in rows)
    return axes.ticks(low, max(marks.reach(row) for row in rows), most=7)


def _guide(place: float) -> dict:
    """A faint line that leads the eye from a label to its dot."""
    line = {"color": theme().colour("grid"), "width": 1}
    across = {"xref": "paper", "x0": 0, "x1": 1, "y0": place, "y1": place}
    return {"type": "line", "layer": "below", "line": line, **across}


def _line(overall: Row) -> list[dict]:
    line = {"color": theme().colour("muted"), "width": 1.3, "dash": "dash"}
    x = {"x0": overall.estimate, "x1": overall.estimate}
    return [
        {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": line, **x}
    ]


def _line_words(overall: Row, ticks: list[float], words: Words) -> list[dict]:
    text = phrases.phrase(words, "overall_row", value=phrases.value(words, overall))
    flush = {"yref": "paper", "yanchor": "bottom", "xanchor": "center", "xshift": 0, "yshift": 3}
    return [marks.beside(overall.estimate, 1, text, "muted", **flush)]


def _hidden(entry: Entry, at: float, words: Words) -> dict:
    said = marks.beside(at, entry.place, phrases.phrase(words, "small_base"), "muted")
    return said | {"font": theme().text("note", "muted")}
