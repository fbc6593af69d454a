"""Where the words of a figure stand on its sheet, worked out without a browser."""

from __future__ import annotations

import re
from typing import NamedTuple

import plotly.graph_objects as go

from analysis.figures.theme import theme, widest

MARKUP = re.compile(r"</?b>")


class Box(NamedTuple):
    """Left, right, top, bottom in pixels from the sheet's upper left corner."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 1 and down > 3  # line boxes are taller than their letters


def words_of(figure: go.Figure) -> list[Box]:
    """Every annotation and every tick label."""
    return [_annotation(note, figure.layout) for note in figure.layout.annotations] + [
        box for axis in ("xaxis", "xaxis2", "yaxis") for box in _ticks(axis, figure.layout)
    ]


def _size(text: str, font) -> tuple[float, float]:
    lines = MARKUP.sub("", text).split("<br>")
    name = next(n for n, size in theme().sizes.items() if size == font.size and n != "line")
    wide = widest(lines, name, bold="<b>" in text)
    return wide, len(lines) * font.size * theme().size("line")


def _annotation(note, layout) -> Box:
    wide, high = _size(note.text, note.font)
    pad = 2 * (note.borderpad or 0)
    wide, high = wide + pad, high + pad
    x = _across(note.x, note.xref or "x", layout) + (note.xshift or 0)
    y = _down(note.y, note.yref or "y", layout) - (note.yshift or 0)
    left = x - wide * {"left": 0, "center": 0.5, "right": 1}[note.xanchor or "center"]
    top = y - high * {"top": 0, "middle": 0.5, "bottom": 1}[note.yanchor or "middle"]
    return Box(note.text, left, left + wide, top, top + high)


def _ticks(name: str, layout) -> list[Box]:
    axis = getattr(layout, name, None)
    if axis is None or axis.tickvals is None:
        return []
    found = []
    for value, text in zip(axis.tickvals, axis.ticktext, strict=True):
        wide, high = _size(text, axis.tickfont)
        if name.startswith("x"):
            x = _across(value, name.replace("axis", ""), layout)
            top = layout.height - layout.margin.b + 6
            found.append(Box(text, x - wide / 2, x + wide / 2, top, top + high))
        else:
            y, right = _down(value, "y", layout), layout.margin.l - 6
            found.append(Box(text, right - wide, right, y - high / 2, y + high / 2))
    return found


def _across(value, ref: str, layout) -> float:
    room = layout.width - layout.margin.l - layout.margin.r
    if ref == "paper":
        return layout.margin.l + value * room
    axis = layout[ref.replace("x", "xaxis")]
    first, last = axis.domain or (0, 1)
    share = (value - axis.range[0]) / (axis.range[1] - axis.range[0])
    return layout.margin.l + room * (first + share * (last - first))


def _down(value, ref: str, layout) -> float:
    room = layout.height - layout.margin.t - layout.margin.b
    if ref == "paper":
        return layout.margin.t + (1 - value) * room
    low, high = layout.yaxis.range
    return layout.margin.t + room * (1 - (value - low) / (high - low))
