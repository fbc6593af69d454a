"""Shares of the options of a set, or of the points of a scale, as bars with intervals.

Simulated shares are hatched: a filled bar is a number somebody answered for.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import Plot, finish, label_room, plot_room
from analysis.figures.levels import arranged, by, label
from analysis.figures.marks import Entry
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.wording import Words

STEP, BAR = 38, 0.56
LABEL_ROOM = 300


class Options(Base):
    """by: what the bars stand for."""

    by: Literal["category", "domain", "indicator", "wave"] = "category"


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """One bar per word of a column, from zero, in the order of the questionnaire."""
    column = Options.of(spec).by
    found = by(rows, column)
    entries = [
        Entry(place, label(words, found[code], column), found[code])
        for place, code in enumerate(arranged(rows, words, spec, column))
    ]
    entries, notes = marks.starred(entries, words)
    seen = [entry for entry in entries if marks.shown(entry.row)]
    names = [wrap(entry.name, "label", LABEL_ROOM) for entry in entries]
    unit = entries[0].row.unit
    ticks = axes.ticks(0, max(marks.reach(entry.row) for entry in seen))
    left = label_room(names)
    ends = [(marks.reach(entry.row), phrases.value(words, entry.row)) for entry in seen]
    plot = Plot(
        traces=_bars(seen, words),
        axes={"xaxis": axes.value_axis(ticks, unit, words), "yaxis": axes.row_axis(names)},
        height=STEP * len(entries),
        left=left,
        right=marks.overhang(ends, ticks[-1], plot_room(left)),
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[axes.base_line()],
        annotations=[
            axes.name_below(unit, words),
            *(
                marks.beside(at, entry.place, f"<b>{text}</b>")
                for entry, (at, text) in zip(seen, ends, strict=True)
            ),
            *(
                marks.beside(0, entry.place, phrases.phrase(words, "small_base"), "muted")
                for entry in entries
                if not marks.shown(entry.row)
            ),
        ],
        notes=notes,
    )
    return finish(plot, spec, rows, words, bare=bare)


def _bars(entries: list[Entry], words: Words) -> list[go.Bar]:
    if not entries:
        return []
    rows = [entry.row for entry in entries]
    kind = rows[0].kind
    traces = marks.bars(entries, words, name=marks.key(words, rows), colour=kind, thick=BAR)
    if kind == "simulated":
        traces[0].marker = marks.hatching()
    traces[0].error_x = marks.error_bars(rows, theme().colour("ink"))
    return traces
