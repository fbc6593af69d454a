"""The key above a figure: one sign and its words per named trace, in lines that fit the sheet.

Drawn here, not by plotly: a legend of plotly's asks the browser how wide it is, and a key that
wraps there runs into the heading. Which traces are named is decided by the kind (`showlegend`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from analysis.figures.theme import theme, width

SIGN, AFTER_SIGN, AFTER_WORDS = 15, 8, 24  # pixels
LINE = 22


class Place(NamedTuple):
    """A named trace and where its sign begins, in pixels from the key's upper left corner."""

    trace: Any  # go.Bar or go.Scatter
    x: float
    y: float


def places(traces: list, room: float) -> list[Place]:
    """Where the signs of named traces stand when a line is `room` wide."""
    found: list[Place] = []
    x = y = 0.0
    for trace in traces:
        if not trace.showlegend:
            continue
        wide = SIGN + AFTER_SIGN + width(trace.name, "tick")
        if x and x + wide > room:
            x, y = 0.0, y + LINE
        found.append(Place(trace, x, y))
        x += wide + AFTER_WORDS
    return found


def height(traces: list, room: float) -> float:
    """Height of the key; 0 without named traces."""
    found = places(traces, room)
    return found[-1].y + LINE if found else 0.0


def words(place: Place, *, x: float, y: float) -> dict:
    """The words of one entry; (x, y) is the key's corner, pixels from the plot area's corner."""
    return {
        "text": place.trace.name,
        "font": theme().text("tick"),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "middle",
        "xshift": x + place.x + SIGN + AFTER_SIGN,
        "yshift": y - place.y - LINE / 2,
        "borderpad": 0,
        "showarrow": False,
    }


def signs(place: Place, *, x: float, y: float) -> list[dict]:
    """The sign of one entry as shapes, a small copy of the trace's mark."""
    left, middle = x + place.x, y - place.y - LINE / 2
    if place.trace.type == "bar":
        return _swatch(place.trace.marker, left, middle)
    marker = place.trace.marker
    colour = marker.color if isinstance(marker.color, str) else marker.color[0]
    line = {"color": marker.line.color or colour, "width": marker.line.width or 0}
    radius, centre = min(marker.size, 9) / 2, left + SIGN / 2
    ends = {"x0": centre - radius, "x1": centre + radius}
    ends |= {"y0": middle - radius, "y1": middle + radius}
    dot = _shape("circle", fillcolor=colour, line=line, **ends)
    arms = [trace for trace in (place.trace.error_x, place.trace.error_y) if trace.visible]
    stroke = {"color": line["color"], "width": 1.5}
    across = {"x0": left, "x1": left + SIGN, "y0": middle, "y1": middle}
    upright = {"x0": centre, "x1": centre, "y0": middle - SIGN / 2, "y1": middle + SIGN / 2}
    ends = across if place.trace.error_x.visible else upright
    return [*([_shape("line", line=stroke, **ends)] if arms else []), dot]


def _swatch(marker, left: float, middle: float) -> list[dict]:
    half = 6
    ends = {"x0": left, "x1": left + SIGN, "y0": middle - half, "y1": middle + half}
    line = {"color": marker.line.color or marker.color, "width": marker.line.width or 0}
    hatched = bool(marker.pattern.shape)
    box = _shape("rect", fillcolor="rgba(0,0,0,0)" if hatched else marker.color, line=line, **ends)
    if not hatched:
        return [box]
    strokes = [
        _shape(
            "line",
            line={"color": marker.pattern.fgcolor or marker.color, "width": 1},
            x0=left + shift,
            y0=middle - half,
            x1=left + shift + 8,
            y1=middle + half,
        )
        for shift in (-0.5, 7)
    ]
    return [box, *strokes]


def _shape(kind: str, **rest) -> dict:
    """A shape measured in pixels from the plot area's upper left corner."""
    paper = {"xref": "paper", "yref": "paper", "xanchor": 0, "yanchor": 1}
    return {"type": kind, "xsizemode": "pixel", "ysizemode": "pixel", **paper, **rest}
