"""A published split beside a count of single cases, by kind.

What was published without a split is one hatched remainder and stays one; the kinds that could be
counted case by case stand below it, with simultaneous intervals where the counted shares have
them. A published bar and a counted bar are never joined into one. The note states what was
published, what was counted, and how many cases nobody split.
"""

from __future__ import annotations

import re
from math import isnan, nan
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import axes, marks, phrases
from analysis.figures.frame import Plot, finish, label_room, plot_room
from analysis.figures.levels import arranged, by, label
from analysis.figures.spec import FigureSpec
from analysis.figures.spec import Options as Base
from analysis.figures.theme import theme, wrap
from analysis.results.select import Row
from analysis.results.wording import Words
from survey.errors import ReportError

STEP, BAR, LANE = 50, 0.3, 0.19
LABEL_ROOM = 250


class Options(Base):
    """rest: category of the published remainder. unassigned: of cases without a known kind.

    counted: variant of the rows that were counted case by case. unsplit: category of the total of
    cases in quarters without a split.
    """

    counted: str = "counted"
    unsplit: str = "unsplit"
    rest: str = "rest"
    unassigned: str = "unassigned"


class Bar(NamedTuple):
    """One bar: its place, its length as a share, what is written after it, its interval's ends."""

    place: float
    share: float
    text: str
    low: float = nan
    high: float = nan

    @property
    def reach(self) -> float:
        """Where its mark ends."""
        return self.share if isnan(self.high) else max(self.share, self.high)


def draw(rows: pd.DataFrame, words: Words, spec: FigureSpec, *, bare: bool = False) -> go.Figure:
    """Published shares beside counted cases (statistic total), by category."""
    options = Options.of(spec)
    rows = rows[rows["category"].ne("")]
    open_cases = by(rows[rows["category"].eq(options.unsplit)], "category")
    rows = rows[rows["category"].ne(options.unsplit)]
    within = by(
        rows[rows["statistic"].eq("share") & rows["variant"].eq(options.counted)], "category"
    )
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

    def counted(place: float, number: float, code: str = "") -> Bar:
        text = _of_total(number, total, words)
        row = within.get(code)
        ends = (row.ci_low, row.ci_high) if row else (nan, nan)
        return Bar(place, number / total, text, *ends)

    rest = sum(cases[code].estimate for code in others)
    beside = [counted(i + LANE, cases[code].estimate, code) for i, code in enumerate(heads)]
    beside.append(_together(counted(len(heads) + LANE, rest), beside))
    below = [
        counted(len(heads) + 1 + i, cases[code].estimate, code) for i, code in enumerate(others)
    ]
    names = [label(words, published[code], "category") for code in heads]
    names.append(phrases.phrase(words, "rest"))
    names += [label(words, cases[code], "category") for code in others]
    lines = [wrap(name, "label", LABEL_ROOM) for name in names]
    groups = {
        "published": [as_published(code) for code in heads],
        "unsplit": [as_published(options.rest)],
        "counted": beside + below,
    }
    notes = [
        *(_known(published[heads[0]], cases[heads[0]], total, within, words) if within else []),
        *(_unknown(row, words) for row in open_cases.values()),
    ]
    plot = _plot(groups, lines, len(heads), words, notes)
    return finish(plot, spec, rows, words, bare=bare)


def _together(bar: Bar, heads: list[Bar]) -> Bar:
    """All others: of what one kind leaves over, the interval is that kind's, turned round."""
    if len(heads) != 1 or isnan(heads[0].high):
        return bar
    return bar._replace(low=1 - heads[0].high, high=1 - heads[0].low)


def _of_total(number: float, total: float, words: Words) -> str:
    blanks = {"part": words.thousands(number), "total": words.thousands(total)}
    return phrases.phrase(words, "of_total", value=words.percent(number / total), **blanks)


def _known(told: Row, cases: Row, total: float, within: dict[str, Row], words: Words) -> list[str]:
    """What was published and what could be counted of the first kind, and what the bars mean."""
    level = phrases.level_of_confidence(words, list(within.values()))
    name = label(words, told, "category")
    join = "" if words.lang == "zh" else " "
    return [
        phrases.phrase(
            words,
            "kinds_known",
            published=f"{name}{join}{phrases.value(words, told)}",
            counted=f"{name}{join}{_of_total(cases.estimate, total, words)}",
            level=level,
        )
    ]


def _unknown(row: Row, words: Words) -> str:
    """How many cases stand in quarters nobody split, and which quarters were not found."""
    found = re.findall(r"\d{4}Q[1-4]", row.reason)
    named = words.phrase("level_join").join(words.wave(quarter) for quarter in found)
    lost = phrases.phrase(words, "kinds_lost", quarters=named) if found else ""
    return phrases.phrase(words, "kinds_unknown", count=words.thousands(row.estimate), lost=lost)


def _plot(
    groups: dict[str, list[Bar]], lines: list[list[str]], heads: int, words: Words, notes: list[str]
) -> Plot:
    every = [bar for bars in groups.values() for bar in bars]
    ticks = axes.ticks(0, min(1.0, max(bar.reach for bar in every) * 1.05))
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
                error_x=_arms(bars),
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
        right=marks.overhang([(bar.reach, bar.text) for bar in every], ticks[-1], plot_room(left)),
        notes=notes,
        below=axes.TICK_ROOM + axes.NAME_ROOM,
        shapes=[axes.base_line(), _rule(heads + 0.5)],
        annotations=[
            axes.name_below("share", words),
            *(
                marks.beside(bar.reach, bar.place, f"<b>{bar.text}</b>", inks[name])
                for name, bars in groups.items()
                for bar in bars
            ),
        ],
    )


def _arms(bars: list[Bar]) -> dict | None:
    """Intervals of bars as plotly takes them; none where no bar has one."""
    if all(isnan(bar.high) for bar in bars):
        return None
    ends = [(0.0, 0.0) if isnan(b.high) else (b.high - b.share, b.share - b.low) for b in bars]
    return {
        "type": "data",
        "symmetric": False,
        "array": [up for up, _ in ends],
        "arrayminus": [down for _, down in ends],
        "color": theme().colour("second_text"),
        "thickness": 1.5,
        "width": 3,
        "visible": True,
    }


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
