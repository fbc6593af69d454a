"""The marks all kinds share, so that one sign means one thing in every figure.

A filled bar or dot is a number somebody published or collected; a hollow orange dot is a simulated
estimate; a pale hatched band is what was never published. An `Entry` is one row of estimates with
its place on the row axis and its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import phrases
from analysis.figures.theme import theme, width
from analysis.results.select import Row
from analysis.results.wording import Words

BESIDE = 7  # pixels between a mark and the words beside it


class Entry(NamedTuple):
    """One row in a figure: where it stands, what it is called, and its numbers."""

    place: float
    name: str
    row: Row


def shown(row: Row) -> bool:
    """Whether a row has a value that may be drawn."""
    return not row.suppressed and not pd.isna(row.estimate)


def has_interval(row: Row) -> bool:
    return not (pd.isna(row.ci_low) or pd.isna(row.ci_high))


def reach(row: Row) -> float:
    """The largest value a row draws."""
    return max(value for value in (row.estimate, row.ci_high) if not pd.isna(value))


def starred(entries: Sequence[Entry], words: Words) -> tuple[list[Entry], list[str]]:
    """Entries with a star after the names of those to be used with caution, and the note on it.

    Where every entry is, no star would tell anything: then what holds for all is said by the method
    in the footnote.
    """
    doubtful = [entry.row.quality == "caution" for entry in entries]
    if all(doubtful) or not any(doubtful):
        return list(entries), []
    named = [
        entry._replace(name=f"{entry.name} *") if doubt else entry
        for entry, doubt in zip(entries, doubtful, strict=True)
    ]
    return named, [phrases.phrase(words, "caution")]


def bars(
    entries: Sequence[Entry], words: Words, *, name: str, colour: str, thick: float, **extra
) -> list[go.Bar]:
    """Horizontal bars from zero; a list with one trace, or none without entries."""
    if not entries:
        return []
    return [
        go.Bar(
            name=name,
            orientation="h",
            y=[entry.place for entry in entries],
            x=[entry.row.estimate for entry in entries],
            width=thick,
            marker={"color": theme().colour(colour)},
            hovertext=[phrases.hover(words, entry.name, entry.row) for entry in entries],
            hoverinfo="text",
            **{"showlegend": True, **extra},
        )
    ]


def hatching(colour: str = "simulated_band", line: str = "simulated") -> dict:
    """Pale fill with a light hatch: a range, or something not split, rather than a value."""
    look = theme()
    return {
        "color": look.colour(colour),
        "line": {"color": look.colour(line), "width": 1},
        "pattern": {"shape": "/", "size": 7, "solidity": 0.12, "fgcolor": look.colour(line)},
    }


def bands(
    entries: Sequence[Entry], words: Words, *, name: str, thick: float, say: Callable[[Row], str]
) -> list[go.Bar]:
    """Hatched bands from ci_low to ci_high; a list with one trace, or none without entries."""
    if not entries:
        return []
    return [
        go.Bar(
            name=name,
            orientation="h",
            y=[entry.place for entry in entries],
            base=[entry.row.ci_low for entry in entries],
            x=[entry.row.ci_high - entry.row.ci_low for entry in entries],
            width=thick,
            marker=hatching(),
            hovertext=[f"<b>{entry.name}</b><br>{say(entry.row)}" for entry in entries],
            hoverinfo="text",
            showlegend=True,
        )
    ]


def dots(
    entries: Sequence[Entry], words: Words, *, size: float = 8, intervals: bool = True, **extra
) -> list[go.Scatter]:
    """Estimates, with their intervals along the row axis unless these are not wanted; hollow if
    simulated. A list with one trace, or none without entries.
    """
    if not entries:
        return []
    look, rows = theme(), [entry.row for entry in entries]
    colour = look.colour(rows[0].kind)
    return [
        go.Scatter(
            name=key(words, rows) if intervals else phrases.mark(words, rows[0]),
            mode="markers",
            x=[row.estimate for row in rows],
            y=[entry.place for entry in entries],
            error_x=error_bars(rows, colour) if intervals else None,
            marker={
                "color": look.colour("paper") if rows[0].kind == "simulated" else colour,
                "size": size,
                "line": {"color": colour, "width": 1.6},
            },
            hovertext=[phrases.hover(words, entry.name, entry.row) for entry in entries],
            hoverinfo="text",
            **{"showlegend": True, **extra},
        )
    ]


def error_bars(rows: Sequence[Row], colour: str) -> dict:
    """Intervals of rows as plotly error bars; rows without an interval have none."""
    arms = [
        (row.ci_high - row.estimate, row.estimate - row.ci_low) if has_interval(row) else (0, 0)
        for row in rows
    ]
    return {
        "type": "data",
        "symmetric": False,
        "array": [up for up, _ in arms],
        "arrayminus": [down for _, down in arms],
        "color": colour,
        "thickness": 1.5,
        "width": 3,
        "visible": any(has_interval(row) for row in rows),
    }


def key(words: Words, rows: Sequence[Row]) -> str:
    """What the key says of estimates: their kind, and the level of their intervals."""
    kind = phrases.mark(words, rows[0])
    level = phrases.level_of_confidence(words, list(rows))
    return phrases.phrase(words, "with_interval", mark=kind, level=level) if level else kind


def beside(at: float, place: float, text: str, colour: str = "ink", **extra) -> dict:
    """Words to the right of a mark, in data coordinates."""
    said = {
        "x": at,
        "y": place,
        "text": text,
        "xanchor": "left",
        "xshift": BESIDE,
        "yshift": 1,
        "borderpad": 0,
        "showarrow": False,
        "font": theme().text("value", colour),
    }
    return said | extra


def column(place: float, text: str, room: float, colour: str = "muted") -> dict:
    """Words in a column right of the plot area, flush right."""
    extra = {"xref": "paper", "xanchor": "right", "xshift": room}
    return beside(1, place, text, colour, **extra) | {"font": theme().text("tick", colour)}


def overhang(ends: Sequence[tuple[float, str]], top: float, room: float) -> float:
    """Room right of the plot area needed by words that stand beside marks.

    Parameters
    ----------
    ends : sequence of (value, words)
        Where each mark ends on an axis from 0 to `top`, and what is written after it.
    room : float
        Pixels for the plot area and the overhang together.
    """
    spare = 0.0
    for at, text in ends:
        share = at / top
        if share < 1:
            needed = width(text, "value", bold=True) + BESIDE + 4
            spare = max(spare, (needed - room * (1 - share)) / max(share, 1e-9))
        else:
            spare = max(spare, width(text, "value", bold=True) + BESIDE + 4)
    return spare
