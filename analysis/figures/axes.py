"""Axes: round steps, numbers written as the rest of the suite writes them, units said."""

from __future__ import annotations

import math

from analysis.figures.phrases import number, phrase
from analysis.figures.theme import theme
from analysis.results.wording import Words

STEPS = (1, 2, 5, 10)
TICK_ROOM = 28  # of tick labels below a plot
NAME_ROOM = 28  # of an axis name below or above them


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from at or below `low` to at or above `high`, at most `most` + 1 of them."""
    spread = (high - low) or 1.0
    size = 10 ** math.floor(math.log10(spread / most))
    step = next(size * factor for factor in STEPS if size * factor * most >= spread * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * place, 10) for place in range(first, last + 1)]


def value_axis(marks: list[float], unit: str, words: Words, **extra) -> dict:
    """An axis of values with light grid lines; its name is an annotation, see `name_below`."""
    look = theme()
    step = marks[1] - marks[0]
    coarse = step >= (0.01 - 1e-12 if unit == "share" else 1 - 1e-12)
    fine = not coarse or any(abs(mark * _scale(unit) % 1) > 1e-6 for mark in marks)
    axis = {
        "range": [marks[0], marks[-1]],
        "tickvals": marks,
        "ticktext": [number(words, mark, unit, digits=int(fine)) for mark in marks],
        "tickfont": look.text("tick", "muted"),
        "gridcolor": look.colour("grid"),
        "showgrid": True,
        "zeroline": False,
        "ticks": "",
        "fixedrange": True,
    }
    return axis | extra


def _scale(unit: str) -> float:
    return 100 if unit == "share" else 1


def name_below(unit: str, words: Words, *, end: float = 1) -> dict:
    """Name of a horizontal axis, flush with its right end (`end` in paper coordinates)."""
    low = {"x": end, "y": 0, "xanchor": "right", "yanchor": "top", "yshift": -TICK_ROOM}
    return _name(unit, words) | low


def name_above(unit: str, words: Words, *, room: float) -> dict:
    """Name of a vertical axis, written level above it; `room` lies left of the plot area."""
    high = {"x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "xshift": -room, "yshift": 10}
    return _name(unit, words) | high


def _name(unit: str, words: Words) -> dict:
    return {
        "text": phrase(words, f"axis_{unit}"),
        "xref": "paper",
        "yref": "paper",
        "font": theme().text("tick", "muted"),
        "borderpad": 0,
        "showarrow": False,
    }


def row_axis(labels: list[list[str]], size: str = "label", **extra) -> dict:
    """An axis of rows from top to bottom, one label (in lines) each."""
    look = theme()
    axis = {
        "range": [len(labels) - 0.5, -0.5],
        "tickvals": list(range(len(labels))),
        "ticktext": ["<br>".join(lines) for lines in labels],
        "tickfont": look.text(size),
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "ticklabelstandoff": 6,
        "fixedrange": True,
    }
    return axis | extra


def base_line(at: float = 0) -> dict:
    """The line bars stand on, drawn as a shape of the vertical axis."""
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"color": theme().colour("axis"), "width": 1},
    }
