"""Bars of a published breakdown in its published order, the simulated estimate beside each bar.

What was never published is not a bar: it is a pale hatched band over the simulated interval, and
says so; the simulated value inside it is told nowhere, in no label and no text. Nothing is sorted
by size here; the order is the publication's.
"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import Plot, finish, label_room, plot_room
from analysis.figures.levels import arranged, by, label
from analysis.figures.marks import Entry
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Options  # it has none of its own
from analysis.figures.theme import wrap
from analysis.results.select import Row
from analysis.results.wording import Words

STEP = 52  # pixels from row to row
BAR, LANE = 0.46, 0.34  # thickness of a bar; how far below its middle the simulated mark runs
LABEL_ROOM = 250


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Published and simulated shares of one breakdown, by category."""
    known = set(rows.loc[rows["kind"] == "published", "category"])
    rows = rows.assign(estimate=rows["estimate"].where(rows["category"].isin(known)))
    rows = _without_unpublished(rows, words, spec)
    published = by(rows, "category", published=True)
    estimated = by(rows, "category", published=False)
    bars, bands, dots = [], [], []
    names = []
    for place, code in enumerate(arranged(rows, words, spec, "category")):
        name = label(words, published.get(code) or estimated[code], "category")
        names.append(wrap(name, "label", LABEL_ROOM))
        if code not in published:
            bands.append(Entry(place, name, estimated[code]))
            continue
        bars.append(Entry(place, name, published[code]))
        if code in estimated and marks.shown(estimated[code]):
            dots.append(Entry(place + LANE, name, estimated[code]))

    def band_words(row: Row) -> str:
        return phrases.phrase(words, "band_row", most=phrases.number(words, row.ci_high, row.unit))

    ticks = axes.ticks(0, max(marks.reach(entry.row) for entry in bars + bands + dots))
    left = label_room(names)
    ends = [(entry.row.ci_high, band_words(entry.row)) for entry in bands]
    ends += [(entry.row.estimate, phrases.value(words, entry.row)) for entry in bars]
    plot = Plot(
        traces=[
            *marks.bars(
                bars, words, name=phrases.phrase(words, "published"), colour="published", thick=BAR
            ),
            *marks.dots(dots, words, size=7),
            *marks.bands(
                bands, words, name=phrases.phrase(words, "band"), thick=BAR, say=band_words
            ),
        ],
        axes={
            "xaxis": axes.value_axis(ticks, "share", words),
            "yaxis": axes.row_axis(names),
        },
        height=STEP * len(names),
        left=left,
        right=marks.overhang(ends, ticks[-1], plot_room(left)),
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[axes.base_line()],
        notes=[phrases.phrase(words, "possible_range")] if bands else [],
        annotations=[
            axes.name_below("share", words),
            *(
                marks.beside(
                    entry.row.estimate,
                    entry.place,
                    f"<b>{phrases.value(words, entry.row)}</b>",
                    "published",
                )
                for entry in bars
            ),
            *(
                marks.beside(
                    entry.row.ci_high, entry.place, band_words(entry.row), "simulated_text"
                )
                for entry in bands
            ),
        ],
    )
    return finish(plot, spec, rows, words, bare=bare)


def _without_unpublished(rows: pd.DataFrame, words: Words, spec: FigureSpec) -> pd.DataFrame:
    """Rows in which a share never published is no number but a range, up to the last published."""
    rows = rows.copy()
    published = by(rows, "category", published=True)
    ceiling = float("nan")
    for code in arranged(rows, words, spec, "category"):
        if code in published:
            ceiling = published[code].estimate
        else:
            row = rows["category"] == code
            rows.loc[row, ["estimate", "ci_low", "ci_high"]] = [float("nan"), 0.0, ceiling]
    return rows
