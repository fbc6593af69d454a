"""The sheet every figure is drawn on: heading above, plot, footnote below, all inside the margins.

A kind hands over its traces and axes as a `Plot`; the frame measures the words around it, sets the
height from them, and returns the finished figure. Nothing is left to the browser's automatic
margins, so the same rows give the same picture everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import plotly.graph_objects as go

from analysis.figures import footnote, key
from analysis.figures.alttext import alt_text
from analysis.figures.spec import FigureSpec
from analysis.figures.theme import theme, widest, wrap
from analysis.results.wording import Words

GAP = 12  # between blocks, in pixels


@dataclass(frozen=True)
class Plot:
    """What a kind draws.

    Attributes
    ----------
    traces, shapes, annotations : list
        As plotly takes them; positions in data or paper coordinates of the plot area.
    axes : dict
        xaxis, yaxis and further axes by layout name.
    height : float
        Of the plot area, in pixels.
    left, right, above, below : float
        Room around the plot area for labels, in pixels, page margins not counted.
    notes : list of str
        Sentences the footnote needs because of how the kind draws.
    """

    traces: list
    axes: dict
    height: float
    left: float = 0
    right: float = 0
    above: float = 0
    below: float = 0
    shapes: list = field(default_factory=list)
    annotations: list = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    layout: dict = field(default_factory=dict)


def finish(
    plot: Plot, spec: FigureSpec, rows: pd.DataFrame, words: Words, *, bare: bool = False
) -> go.Figure:
    """The figure on its sheet; `bare` leaves heading and footnote to the page around it.

    The simulated mark stays in a bare figure: it belongs to the image.
    """
    look = theme()
    pad = look.size("pad")
    left, right = pad + plot.left, pad + plot.right
    blocks, room_above = _above(plot, spec, rows, words, bare)
    notes = [] if bare else _wrapped(footnote.paragraphs(spec, rows, words, plot.notes))
    bottom = plot.below + (GAP + len(notes) * look.leading("note") if notes else 0) + pad / 2
    top = room_above + plot.above
    height = round(top + plot.height + bottom)
    annotations = [
        _note(text, name, colour, x=pad - left, y=top - offset)
        for text, name, colour, offset in blocks
    ]
    if notes:
        text = "<br>".join(notes)
        low = -(plot.height + plot.below + GAP)
        annotations.append(_note(text, "note", "muted", x=pad - left, y=low))
    signs = []
    corner = {"x": pad - left, "y": plot.above + GAP + key.height(plot.traces, _room())}
    for place in key.places(plot.traces, _room()):
        annotations.append(key.words(place, **corner))
        signs += key.signs(place, **corner)
    mark = footnote.badge(rows, words)
    if mark:
        annotations.append(_badge(mark, x=right - pad, y=top - pad / 2 + 3))
    layout = {
        "width": look.size("width"),
        "height": height,
        "margin": {
            "l": left,
            "r": right,
            "t": top,
            "b": height - top - plot.height,
            "autoexpand": False,
        },
        "template": go.layout.Template(),
        "paper_bgcolor": look.colour("paper"),
        "plot_bgcolor": look.colour("paper"),
        "font": look.text("label"),
        "showlegend": False,
        "hoverlabel": {"font": look.text("tick"), "bgcolor": look.colour("paper")},
        "annotations": annotations + plot.annotations,
        "shapes": plot.shapes + signs,
        "meta": {
            "name": spec.name,
            "simulated": bool(mark),
            "alt": alt_text(spec, rows, words),
        },
        **plot.axes,
        **plot.layout,
    }
    return go.Figure(plot.traces, layout)


def _above(plot: Plot, spec: FigureSpec, rows, words: Words, bare: bool) -> tuple[list, float]:
    """Blocks of the heading as (text, size, colour, offset from the top), and its height."""
    look = theme()
    pad, room = look.size("pad"), _room()
    keyed = key.height(plot.traces, room)
    blocks: list[tuple] = []
    cursor = pad / 2
    if not bare:
        eyebrow = footnote.figure_number(spec, words)
        blocks.append((f"<b>{eyebrow}</b>", "note", "muted", cursor))
        cursor += look.leading("note") + 11
        title = wrap(spec.said("title", words.lang), "title", room, bold=True)
        blocks.append(("<br>".join(f"<b>{line}</b>" for line in title), "title", "ink", cursor))
        cursor += look.leading("title") * len(title) + 5
        below = footnote.subtitle(spec, rows, words)
        if below:
            lines = wrap(below, "subtitle", room)
            blocks.append(("<br>".join(lines), "subtitle", "muted", cursor))
            cursor += look.leading("subtitle") * len(lines) + 5
    elif footnote.badge(rows, words):
        cursor += look.leading("note") + GAP
    return blocks, cursor + GAP + (GAP + keyed if keyed else 0)


def _wrapped(paragraphs: list[str]) -> list[str]:
    return [line for text in paragraphs for line in wrap(text, "note", _room())]


def _note(text: str, size: str, colour: str, *, x: float, y: float) -> dict:
    """Text at a distance in pixels from the plot area's upper left corner."""
    return {
        "text": text,
        "font": theme().text(size, colour),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "xshift": x,
        "yshift": y,
        "align": "left",
        "showarrow": False,
        "borderpad": 0,
    }


def _badge(text: str, *, x: float, y: float) -> dict:
    mark = _note(f"<b>{text}</b>", "note", "simulated_text", x=x, y=y)
    look = theme()
    return {
        **mark,
        "x": 1,
        "xanchor": "right",
        "bordercolor": look.colour("simulated"),
        "borderwidth": 1,
        "borderpad": 4,
        "name": "simulated-mark",
    }


def label_room(lines: list[list[str]], size: str = "label") -> float:
    """Room a column of row labels needs beside the plot area."""
    return max((widest(label, size) for label in lines), default=0) + GAP


def plot_room(left: float) -> float:
    """Room right of a column of row labels, page margins not counted."""
    return _room() - left


def _room() -> float:
    """Width between the page margins."""
    look = theme()
    return look.size("width") - 2 * look.size("pad")
