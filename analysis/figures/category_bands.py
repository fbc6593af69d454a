"""A band per category around a published overall level.

No value by category was ever published for these figures, so none is drawn: a category has a
simulated band and no point in it. The overall level is the published number, said as published.
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
from survey.errors import ReportError

STEP, BAND = 30, 0.5
LABEL_ROOM = 240
COARSE = 0.3  # an axis reaching further than this shows whole percents


class Options(Base):
    """band: variant of the rows that are bands; other rows by category become rings in them."""

    band: str = "band"


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Simulated bands of a share by category, with the published overall level."""
    overall = _overall(rows, spec)
    single = rows[rows["domain"].ne("all") & rows["kind"].ne("published")]
    banded = single["variant"].eq(Options.of(spec).band)
    order = arranged(single, words, spec, "domain")
    bands, rings = (
        _entries(by(part, "domain"), order, words) for part in (single[banded], single[~banded])
    )
    names = [
        wrap(label(words, row, "domain"), "label", LABEL_ROOM) for row in _first(order, single)
    ]
    highest = max(marks.reach(row) for row in [overall, *(e.row for e in bands + rings)])
    ticks = axes.ticks(0, min(highest, 1.0))

    def say(row: Row) -> str:
        digits = 0 if ticks[-1] > COARSE else 1
        return phrases.span(words, row.ci_low, row.ci_high, row.unit, digits=digits)

    ranges = [say(entry.row) for entry in bands]
    room = widest(ranges, "tick") + GAP
    band_name = phrases.phrase(words, "category_band")
    plot = Plot(
        traces=[
            *marks.bands(bands, words, name=band_name, thick=BAND, say=say),
            *marks.dots(rings, words, size=7, intervals=False),
        ],
        axes={
            "xaxis": axes.value_axis(ticks, "share", words),
            "yaxis": axes.row_axis(names),
        },
        height=STEP * len(order),
        left=label_room(names),
        right=room,
        above=26,
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[axes.base_line(), *_line(overall)],
        annotations=[
            axes.name_below("share", words),
            _line_words(overall, ticks[-1], words),
            *(
                marks.column(entry.place, text, room)
                for entry, text in zip(bands, ranges, strict=True)
            ),
        ],
    )
    drawn = pd.concat([single, rows[rows["kind"] == "published"]])
    return finish(plot, spec, drawn, words, bare=bare)


def _entries(found: dict[str, Row], order: list[str], words: Words) -> list[Entry]:
    return [
        Entry(place, label(words, found[code], "domain"), found[code])
        for place, code in enumerate(order)
        if code in found
    ]


def _first(order: list[str], rows: pd.DataFrame) -> list[Row]:
    """One row for each domain, for its words."""
    rows = rows.drop_duplicates("domain").set_index("domain", drop=False)
    return phrases.records(rows.loc[order])


def _overall(rows: pd.DataFrame, spec: FigureSpec) -> Row:
    found = by(rows[rows["domain"] == "all"], "domain", published=True)
    if "all" not in found:
        raise ReportError(
            f"figure '{spec.name}' has no published overall level",
            expected="one row of kind published in the domain all",
        )
    return found["all"]


def _line(overall: Row) -> list[dict]:
    look = theme()
    across = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    line = {"color": look.colour("published"), "width": 2}
    ends = {"x0": overall.estimate, "x1": overall.estimate}
    shapes = [{"type": "line", "line": line, **ends, **across}]
    if marks.has_interval(overall):
        strip = {"x0": overall.ci_low, "x1": overall.ci_high, "line": {"width": 0}}
        fill = {"fillcolor": look.colour("published"), "opacity": 0.1, "layer": "below"}
        shapes.insert(0, {"type": "rect", **strip, **fill, **across})
    return shapes


def _line_words(overall: Row, top: float, words: Words) -> dict:
    place = overall.estimate / top
    side = "left" if place < 0.25 else "right" if place > 0.75 else "center"
    text = phrases.phrase(words, "overall", value=phrases.value(words, overall))
    flush = {"yref": "paper", "yanchor": "bottom", "xanchor": side, "xshift": 0, "yshift": 4}
    return marks.beside(overall.estimate, 1, f"<b>{text}</b>", "published", **flush)
