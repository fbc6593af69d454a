"""The sheet a weighting picture is drawn on: sizes, axes, marks, words.

Colours and words are data in words.yml. Which numbers are drawn is decided in pictures.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from survey.errors import UsageError, one_of
from survey.io.yamlfile import read_yaml

LANGUAGES = ("zh", "en")
KINDS = ("collected", "measured", "published", "simulated")
DIGITS = 10  # significant digits of every number drawn
LABEL = 18.0  # widest line of a label, in full squares of its size
TOP, BOTTOM, SIDE = 112, 56, 28  # pixels around the plotting area
LINE = 0.65  # room of one more line of a label, in rows
WIDE = 0x2E7F  # later signs fill a square
NOT_FIRST, NOT_LAST = set("，。、；：！？）】》」』”’％%)…～"), set("（【《「『“‘(")
STEPS = (1, 2, 5)  # first digits of the ticks of a log axis
Figure = dict[str, Any]
Row = dict[str, Any]
Ticks = Mapping[float, str]


def sheet(
    data: Sequence[Figure], name: str, language: str, kind: str, ticks: Ticks, **values: str
) -> Figure:
    """A figure with its title, note, axes and key.

    Parameters
    ----------
    data : sequence of dict
        Traces.
    name : str
        Of the title in words.yml; its note is ``<name>_note``.
    language : str
    kind : str
        Simulated data get a badge inside the picture.
    ticks : mapping of float to str
        Labels of the vertical axis by place.
    **values : str
        Filled into the note.

    Raises
    ------
    UsageError
        If the language or the kind is not known.
    """
    require_language(language)
    if kind not in KINDS:
        raise UsageError(f"kind of data '{kind}' is not known", expected=one_of(KINDS))
    style = look()
    places = list(ticks)
    rows = max(places) - min(places) + 1
    height = round(rows * style["row"])
    layout: Figure = {
        "width": style["width"],
        "height": height + TOP + BOTTOM,
        "margin": {"l": SIDE, "r": SIDE, "t": TOP, "b": BOTTOM},
        "font": {"family": style["font"], "size": style["text"], "color": style["ink"]},
        "paper_bgcolor": style["paper"],
        "plot_bgcolor": style["paper"],
        "title": _title(name, language, style, values),
        "xaxis": {
            "gridcolor": style["grid"],
            "zeroline": False,
            "ticks": "outside",
            "fixedrange": True,
        },
        "yaxis": {
            "tickvals": places,
            "ticktext": list(ticks.values()),
            "range": [min(places) - 0.6, max(places) + 0.6],
            "automargin": True,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        "legend": {
            "orientation": "h", "x": 0, "xanchor": "left", "y": 1 + 6 / height,
            "yanchor": "bottom", "font": {"size": style["note"]},
            "itemclick": False, "itemdoubleclick": False,
        },
        "annotations": [_badge(language, style)] if kind == "simulated" else [],
        "meta": {"kind": kind},
    }  # fmt: skip
    return {"data": list(data), "layout": layout}


def marks(
    x: Sequence[float], rows: Sequence[Row], name: str, language: str, symbol: str, digits: str
) -> Figure:
    """Points of one stage of the weights (``before``, ``after``, ``target``), a row each."""
    style = look()
    thin = symbol.startswith("line")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": [row["place"] for row in rows],
        "name": word(name, language),
        "text": [f"{row['margin']} · {row['level']}" for row in rows],
        "hovertemplate": f"%{{text}}<br>%{{x:{digits}}}<extra>{word(name, language)}</extra>",
        "marker": {
            "symbol": symbol,
            "size": 17 if thin else 10 if symbol.endswith("open") else 8,
            "color": style[name],
            "line": {"width": 2, "color": style[name]},
        },
    }


def level_ticks(rows: Sequence[Row]) -> dict[float, str]:
    """Margins as headings, their levels below; gives every row its ``place``."""
    labels: list[tuple[Row | None, str]] = []
    seen = None
    for row in rows:
        if row["margin"] != seen:
            labels.append((None, f"<b>{wrapped(row['margin'])}</b>"))
            seen = row["margin"]
        labels.append((row, wrapped(row["level"])))
    places = spaced([label for _, label in labels])
    for (level, _), place in zip(labels, places, strict=True):
        if level is not None:
            level["place"] = place
    return {place: label for place, (_, label) in zip(places, labels, strict=True)}


def spaced(labels: Sequence[str]) -> list[float]:
    """Places from 0 downwards; a label of more lines gets more room."""
    half = [0.5 + LINE / 2 * label.count("<br>") for label in labels]
    places, place = [], 0.0
    for k, own in enumerate(half):
        place -= half[k - 1] + own if k else 0.0
        places.append(round(place, 6))
    return places


def log_ticks(low: float, high: float) -> Figure:
    """Ticks at 1, 2 and 5 times powers of ten, from one below `low` to one above `high`."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [first * 10.0**power for power in powers for first in STEPS]
    return {"tickvals": values, "ticktext": [f"{value:g}" for value in values]}


def upright(x: float, dash: str) -> Figure:
    """A vertical line across the plotting area."""
    line = {"color": look()["ink"], "width": 1, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line,
            "layer": "below"}  # fmt: skip


def step_name(step: str, language: str) -> str:
    """What a step is called: a word where there is one, else its own name."""
    known = f"step_{step}" in _words()
    return wrapped(word(f"step_{step}", language) if known else step)


def word(name: str, language: str, **values: str) -> str:
    """A word of words.yml, filled in."""
    require_language(language)
    return _words()[name][language].format(**values)


def look() -> dict[str, Any]:
    """Colours by role, sizes in pixels."""
    return _words()["look"]


def require_language(language: str) -> None:
    if language not in LANGUAGES:
        raise UsageError(f"language '{language}' is not known", expected=one_of(LANGUAGES))


def wrapped(text: str) -> str:
    """A label in even lines of at most `LABEL` squares; a single long word stays whole."""
    least = len(_lines(text, LABEL))
    room = LABEL
    while room > 1 and len(_lines(text, room - 0.5)) == least:
        room -= 0.5
    return "<br>".join(_lines(text, room))


def _lines(text: str, room: float) -> list[str]:
    lines, line = [], ""
    for piece in _pieces(text):
        if line and _squares(line + piece.rstrip()) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def plain(value: Any) -> Any:
    """JSON types only, numbers rounded once; what is not a number becomes null."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS - 1}e}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def _pieces(text: str) -> list[str]:
    """Words with blanks, and single signs of scripts without; punctuation stays with its sign."""
    pieces: list[str] = []
    for sign in text:
        before = pieces[-1][-1] if pieces else " "
        joined = sign in NOT_FIRST or before in NOT_LAST
        ends = before.isspace() or ord(before) > WIDE or ord(sign) > WIDE
        if pieces and (joined or not ends or (sign.isspace() and not before.isspace())):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _squares(text: str) -> float:
    return sum(1.0 if ord(sign) > WIDE else 0.56 for sign in text)


def _title(name: str, language: str, style: Figure, values: Mapping[str, str]) -> Figure:
    return {
        "text": f"<b>{word(name, language)}</b>",
        "font": {"size": style["title"]},
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "pad": {"l": SIDE, "t": 14},
        "subtitle": {
            "text": word(f"{name}_note", language, **values),
            "font": {"size": style["note"], "color": style["muted"]},
        },
    }


def _badge(language: str, style: Figure) -> Figure:
    return {
        "text": f"<b>{word('simulated', language)}</b>",
        "font": {"size": style["note"], "color": style["warn"]},
        "bordercolor": style["warn"],
        "borderwidth": 1,
        "borderpad": 4,
        "bgcolor": style["paper"],
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": 1,
        "yanchor": "bottom",
        "yshift": TOP - 42,
    }


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    path = Path(__file__).with_name("words.yml")
    return read_yaml(path, path.name).data
