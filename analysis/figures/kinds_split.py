"""A published split beside a count of single cases, by kind.

What was published without a split is one hatched remainder and stays one; the kinds that could be
counted case by case stand below it. A published bar and a counted bar are never joined into one.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import Plot, finish, label_room, plot_room
from analysis.figures.levels import arranged, by, label
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.wording import Words
from survey.errors import ReportError

STEP, BAR, LANE = 50, 0.3, 0.19
LABEL_ROOM = 250


class Options(Base):
    """rest: category of the published remainder. unassigned: of cases without a known kind.

    counted: variant of the rows that were counted case by case.
    """

    counted: str = "counted"
    rest: str = "rest"
    unassigned: str = "unassigned"


class Bar(NamedTuple):
    """One bar: its place, its length as a share, what is written after it."""

    place: float
    share: float
    text: str


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Published shares beside counted cases (statistic total), by category."""
    options = Options.of(spec)
    rows = rows[rows["category"].ne("")]
    rows = rows[rows["statistic"].eq("total") == rows["variant"].eq(options.counted)]
    published = by(rows[rows["statistic"].eq("share")], "category")
    cases = by(rows[rows["statistic"].eq("total")], "category")
    order = [code for code in arranged(rows, words, spec, "category") if code != options.rest]
    heads = [code for code in order if code in published and code in cases]
    others = [code for code in order if code in cases and code not in heads]
    others.sort(key=lambda code: code == options.unassigned)
    if not heads or options.rest not in published:
        raise ReportError(
            f"figure '{spec.name}' needs published shares and counted cases of one kind",
            expected=f"shares with the category '{options.rest}' among them, and totals",
        )
    total = sum(row.estimate for row in cases.values())

    def as_published(code: str) -> Bar:
        row = published[code]
        place = len(heads) if code == options.rest else heads.index(code)
        return Bar(place - LANE, row.estimate, phrases.value(words, row))

    def counted(place: float, number: float) -> Bar:
        blanks = {"part": words.thousands(number), "total": words.thousands(total)}
        text = phrases.phrase(words, "of_total", value=words.percent(number / total), **blanks)
        return Bar(place, number / total, text)

    rest = sum(cases[code].estimate for code in others)
    beside = [counted(i + LANE, cases[code].estimate) for i, code in enumerate(heads)]
    beside.append(counted(len(heads) + LANE, rest))
    below = [counted(len(heads) + 1 + i, cases[code].estimate) for i, code in enumerate(others)]
    names = [label(words, published[code], "category") for code in heads]
    names.append(phrases.phrase(words, "rest"))
    names += [label(words, cases[code], "category") for code in others]
    lines = [wrap(name, "label", LABEL_ROOM) for name in names]
    groups = {
        "published": [as_published(code) for code in heads],
        "unsplit": [as_published(options.rest)],
        "counted": beside + below,
    }
    return finish(_plot(groups, lines, len(heads), words), spec, rows, words, bare=bare)


def _plot(groups: dict[str, list[Bar]], lines: list[list[str]], heads: int, words: Words) -> Plot:
    every = [bar for bars in groups.values() for bar in bars]
    ticks = axes.ticks(0, min(1.0, max(bar.share for bar in every) * 1.05))
    left = label_room(lines)
    look = theme()
    styles = {
        "published": {"color": look.colour("published")},
        "unsplit": marks.hatching("rest", "published"),
        "counted": {"color": look.colour("second")},
    }
    inks = {"published": "published", "unsplit": "published", "counted": "second_text"}
    return Plot(
        traces=[
            go.Bar(
                name=phrases.phrase(words, name),
                orientation="h",
                y=[bar.place for bar in bars],
                x=[bar.share for bar in bars],
                width=BAR,
                marker=styles[name],
                hovertext=[bar.text for bar in bars],
                hoverinfo="text",
                showlegend=True,
            )
            for name, bars in groups.items()
        ],
        axes={
            "xaxis": axes.value_axis(ticks, "share", words),
            "yaxis": axes.row_axis(lines),
        },
        height=STEP * len(lines),
        left=left,
        right=marks.overhang([(bar.share, bar.text) for bar in every], ticks[-1], plot_room(left)),
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[axes.base_line(), _rule(heads + 0.5)],
        annotations=[
            axes.name_below("share", words),
            *(
                marks.beside(bar.share, bar.place, f"<b>{bar.text}</b>", inks[name])
                for name, bars in groups.items()
                for bar in bars
            ),
        ],
    )


def _rule(place: float) -> dict:
    """A line between what was published and what could only be counted."""
    line = {"color": theme().colour("axis"), "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": place,
        "y1": place,
        "line": line,
    }
