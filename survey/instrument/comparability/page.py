"""The comparison of waves as one self-contained page: overview, then every difference marked.

What stands on it is decided in view.py, how it looks in page.j2; nothing is asked of the net.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from survey.instrument.comparability.view import (
    STATES,
    PairView,
    Shown,
    aspect_word,
    summary,
    word,
)
from survey.instrument.load import Instrument


@dataclass(frozen=True)
class Cell:
    """An item in the overview: whether it has a card, and where."""

    entry: Shown
    anchor: str
    linked: bool


@dataclass(frozen=True)
class Line:
    item: str
    label: str
    cells: tuple[Cell | None, ...]


def page(
    instrument: Instrument, pairs: Sequence[PairView], lang: str, *, simulated: bool = False
) -> str:
    """The HTML of one or more pairs of waves, in one language.

    Parameters
    ----------
    simulated : bool
        Whether a wave's microdata are simulated; the page then says so.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    environment.filters["aspect"] = partial(aspect_word, lang=lang)
    undecided, disagreeing = summary(pairs)
    met = {item.state for pair in pairs for item in pair.items}
    met |= {item.proposal for pair in pairs for item in pair.changed}
    return environment.get_template("page.j2").render(
        lang=lang,
        title=word("title", lang, study=instrument.study.title[lang]),
        say=lambda name, **values: word(name, lang, **values),
        aspect=partial(aspect_word, lang=lang),
        anchor=_anchor,
        pairs=pairs,
        rows=_lines(pairs),
        open=undecided,
        disagreeing=disagreeing,
        states=[state for state in STATES if state in met],
        simulated=simulated,
    )


def _lines(pairs: Sequence[PairView]) -> list[Line]:
    """Items in the order of the latest pair that has them; one cell per pair."""
    labels = {item.item: item.label for pair in reversed(pairs) for item in pair.items}
    cards = {(pair.new, item.item) for pair in pairs for item in pair.changed}
    lines = []
    for name, label in labels.items():
        cells: list[Cell | None] = []
        for pair in pairs:
            entry = next((item for item in pair.items if item.item == name), None)
            linked = (pair.new, name) in cards
            cells.append(Cell(entry, _anchor(pair, name), linked) if entry else None)
        lines.append(Line(name, label, tuple(cells)))
    return lines


def _anchor(pair: PairView, item: str) -> str:
    return f"{item}-{pair.old}-{pair.new}"
