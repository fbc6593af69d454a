"""Two groups compared: their values with intervals at the left, the differences at the right.

The difference has its own interval (it was estimated with its covariance); two overlapping
intervals at the left do not decide whether the groups differ, the right-hand panel does.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import GAP, Plot, finish, label_room, plot_room
from analysis.figures.levels import arranged, by, label
from analysis.figures.marks import Entry
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.select import Row
from analysis.results.wording import Words
from survey.errors import ReportError

STEP, BAR, LANE = 66, 0.3, 0.19
LEFT, RIGHT = (0.0, 0.58), (0.66, 1.0)  # panels as shares of the plot area
LABEL_ROOM = 240


class Options(Base):
    """by: what is compared row by row."""

    by: Literal["category", "indicator", "wave"] = "category"


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Values of two levels of a domain, and the rows of statistic `gap` between them."""
    column = Options.of(spec).by
    gaps = by(rows[rows["statistic"] == "gap"], column)
    values = rows[rows["statistic"] != "gap"]
    first, second = _groups(values, gaps, words, spec)
    pairs = [by(values[values["domain"] == level], column) for level in (first, second)]
    order = [code for code in arranged(values, words, spec, column) if code in gaps]
    names = [label(words, gaps[code], column) for code in order]
    lines = [wrap(name, "label", LABEL_ROOM) for name in names]
    sides = [
        [Entry(i + lane, names[i], pair[code]) for i, code in enumerate(order)]
        for lane, pair in zip((-LANE, LANE), pairs, strict=True)
    ]
    changes = [Entry(i, names[i], gaps[code]) for i, code in enumerate(order)]
    seen = [entry for side in sides for entry in side if marks.shown(entry.row)]
    ticks = axes.ticks(0, 1.12 * max(marks.reach(entry.row) for entry in seen), most=5)
    look, unit = theme(), changes[0].row.unit
    levels = [words.level(level, values["study"].iloc[0]) for level in (first, second)]
    left = label_room(lines)
    head = wrap(
        phrases.phrase(words, "difference", first=levels[0], second=levels[1]),
        "tick",
        plot_room(left) * (RIGHT[1] - RIGHT[0]),
    )
    plot = Plot(
        traces=[
            *_bars(sides[0], words, levels[0], "collected"),
            *_bars(sides[1], words, levels[1], "second"),
            *_differences(changes, words),
        ],
        axes={
            "xaxis": axes.value_axis(ticks, unit, words, domain=list(LEFT)),
            "xaxis2": _gap_axis(changes, unit, words),
            "yaxis": axes.row_axis(lines),
        },
        height=STEP * len(order),
        left=left,
        right=GAP,
        above=len(head) * look.leading("tick") + 4,
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[axes.base_line(), {**axes.base_line(), "xref": "x2"}],
        annotations=[
            axes.name_below(unit, words, end=LEFT[1]),
            axes.name_below("pp" if unit == "share" else unit, words, end=RIGHT[1]),
            *_value_words(sides[0], words, "collected"),
            *_value_words(sides[1], words, "second_text"),
            *(_gap_words(entry, words) for entry in changes if marks.shown(entry.row)),
            _head(head),
        ],
    )
    return finish(plot, spec, rows, words, bare=bare)


def _groups(values, gaps: dict[str, Row], words: Words, spec: FigureSpec) -> tuple[str, str]:
    """The level and the reference the gaps are between, as domains."""
    ends = {(row.domain, row.reference) for row in gaps.values()}
    if len(ends) != 1:
        raise ReportError(
            f"figure '{spec.name}' needs the gaps between one pair of levels",
            expected="rows of statistic gap with one domain and one reference",
            got=f"{len(ends)} pairs",
        )
    level, reference = ends.pop()
    if "=" not in reference:
        reference = f"{level.partition('=')[0]}={reference}"
    missing = {level, reference} - set(values["domain"])
    if missing:
        raise ReportError(f"figure '{spec.name}' has a gap but no values of {sorted(missing)[0]}")
    return level, reference


def _bars(entries: list[Entry], words: Words, name: str, colour: str) -> list[go.Bar]:
    traces = marks.bars(entries, words, name=name, colour=colour, thick=BAR)
    for trace in traces:
        trace.error_x = marks.error_bars([e.row for e in entries], theme().colour("ink"))
        if entries[0].row.kind == "simulated":
            trace.marker.pattern = marks.hatching()["pattern"]
    return traces


def _differences(entries: list[Entry], words: Words) -> list[go.Scatter]:
    traces = marks.dots(entries, words, size=9, xaxis="x2", showlegend=False)
    for trace in traces:
        trace.marker.line.color = trace.error_x.color = theme().colour("ink")
        if entries[0].row.kind != "simulated":
            trace.marker.color = theme().colour("ink")
    return traces


def _gap_axis(entries: list[Entry], unit: str, words: Words) -> dict:
    ends = [0.0] + [v for e in entries for v in (e.row.ci_low, e.row.ci_high, e.row.estimate)]
    ends = [end for end in ends if not pd.isna(end)]
    ticks = axes.ticks(min(ends), max(ends), most=4)
    axis = axes.value_axis(ticks, unit, words, domain=list(RIGHT), anchor="y")
    scale = 100 if unit == "share" else 1
    digits = int(any(abs(tick * scale % 1) > 1e-6 for tick in ticks))
    axis["ticktext"] = [words.signed(tick * scale, digits) for tick in ticks]
    return axis


def _value_words(entries: list[Entry], words: Words, colour: str) -> list[dict]:
    return [
        marks.beside(marks.reach(e.row), e.place, f"<b>{phrases.value(words, e.row)}</b>", colour)
        if marks.shown(e.row)
        else marks.beside(0, e.place, phrases.phrase(words, "small_base"), "muted")
        for e in entries
    ]


def _gap_words(entry: Entry, words: Words) -> dict:
    scale = 100 if entry.row.unit == "share" else 1
    text = f"<b>{words.signed(entry.row.estimate * scale)}</b>"
    above = {"xref": "x2", "xanchor": "center", "yanchor": "bottom", "xshift": 0, "yshift": 9}
    return marks.beside(entry.row.estimate, entry.place, text, "ink", **above)


def _head(lines: list[str]) -> dict:
    place = {"xref": "paper", "yref": "paper", "yanchor": "bottom", "xshift": 0, "yshift": 4}
    said = marks.beside(RIGHT[0], 1, "<br>".join(lines), "muted", align="left", **place)
    return said | {"font": theme().text("tick", "muted")}
