"""An axis of quarters with its years below, and the pale strips of quarters without a value.

Shared by the kinds that show a series of quarters. A strip is as high as the plot: no height can
be read from it.
"""

from __future__ import annotations

import re

from analysis.figures import marks, phrases
from analysis.figures.spec import FigureSpec
from analysis.figures.theme import theme
from analysis.results.wording import Words
from survey.errors import ReportError

QUARTER = re.compile(r"^(\d{4})Q([1-4])$")
ROOM, YEARS = 22, 26  # pixels of the rows of quarters and of years below the plot
_STRIP = 0.92  # width, a quarter being 1


def all_quarters(waves: list[str], spec: FigureSpec) -> list[str]:
    """Every quarter from the first to the last of `waves`, the missing ones too.

    Raises
    ------
    ReportError
        If a wave is no quarter, or there is none.
    """
    odd = [wave for wave in waves if not QUARTER.match(wave)]
    if odd or not waves:
        raise ReportError(
            f"figure '{spec.name}' needs waves that are quarters",
            expected="a year, the letter Q and the number of the quarter",
            got=odd[0] if odd else "none",
        )
    ends = [int(w[:4]) * 4 + int(w[5]) - 1 for w in (min(waves), max(waves))]
    return [f"{place // 4}Q{place % 4 + 1}" for place in range(ends[0], ends[1] + 1)]


def axis(quarters: list[str], words: Words) -> dict:
    """A quarter's number below each place."""
    return {
        "range": [-0.5, len(quarters) - 0.5],
        "tickvals": list(range(len(quarters))),
        "ticktext": [phrases.phrase(words, "quarter", part=quarter[5]) for quarter in quarters],
        "tickfont": theme().text("note", "muted"),
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "fixedrange": True,
    }


def base_line() -> dict:
    line = {"color": theme().colour("axis"), "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}


def strip(place: int) -> dict:
    """A pale strip where a quarter has no value."""
    sides = {"x0": place - _STRIP / 2, "x1": place + _STRIP / 2, "y0": 0, "y1": 1}
    pale = {"fillcolor": theme().colour("grid"), "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", "xref": "x", "yref": "paper", **pale, **sides}


def strip_words(place: int, name: str, words: Words, *, top: bool = False) -> dict:
    """Why there is no value, in a strip; a bar in the phrase begins a new line."""
    text = phrases.phrase(words, name).replace("|", "<br>")
    middle = {"xanchor": "center", "yanchor": "bottom", "xshift": 0, "yshift": 10}
    if top:
        middle |= {"yref": "paper", "yanchor": "top", "yshift": -4}
    said = marks.beside(place, 1 if top else 0, text, "muted", **middle)
    return said | {"font": theme().text("note", "muted")}


def year_rules(quarters: list[str]) -> list[dict]:
    """A rule under the quarters of each year."""
    line = {"color": theme().colour("axis"), "width": 1}
    level = {"yref": "paper", "ysizemode": "pixel", "yanchor": 0, "y0": -ROOM, "y1": -ROOM}
    return [
        {"type": "line", "xref": "x", "x0": a - 0.4, "x1": b + 0.4, "line": line, **level}
        for a, b in _spans(quarters).values()
    ]


def year_words(quarters: list[str], words: Words) -> list[dict]:
    return [
        below((a + b) / 2, phrases.phrase(words, "year", year=year), ROOM + 4, "ink")
        for year, (a, b) in _spans(quarters).items()
    ]


def below(at: float, text: str, depth: float, colour: str) -> dict:
    """Words `depth` pixels below the plot, centred on a quarter's place."""
    place = {"yref": "paper", "yanchor": "top", "xanchor": "center", "xshift": 0, "yshift": -depth}
    return marks.beside(at, 0, text, colour, **place) | {"font": theme().text("tick", colour)}


def _spans(quarters: list[str]) -> dict[str, tuple[int, int]]:
    """First and last place of each year."""
    spans: dict[str, tuple[int, int]] = {}
    for place, quarter in enumerate(quarters):
        first = spans.get(quarter[:4], (place, place))[0]
        spans[quarter[:4]] = (first, place)
    return spans
