"""The look of every figure: font, colours by role, sizes, and how wide a text will be.

The values are data in theme.yml. Widths let a figure be laid out without a browser, so that a
label never runs into its neighbour and building stays a pure function of rows and words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from survey.io.yamlfile import read_yaml

ASCII = range(32, 127)
NOT_FIRST = set("，。、；：！？）】》」』”’％%…～,.;:!?)]")  # never begins a line
NOT_LAST = set("（【《「『“‘([")  # never ends a line
WORD = re.compile(r"[!-~\u00a0–−]+|\s+|.", re.S)


@dataclass(frozen=True)
class Theme:
    """Colours by role, sizes in CSS pixels, widths in thousandths of the text size."""

    font: str
    colours: dict[str, str]
    sizes: dict[str, float]
    widths: dict

    def colour(self, role: str) -> str:
        return self.colours[role]

    def size(self, name: str) -> float:
        return self.sizes[name]

    def text(self, name: str, colour: str = "ink") -> dict:
        """A plotly font of a named size and colour."""
        return {"family": self.font, "size": self.sizes[name], "color": self.colours[colour]}

    def leading(self, name: str) -> float:
        """Height of one line of a text size."""
        return self.sizes[name] * self.sizes["line"]


@lru_cache(maxsize=1)
def theme() -> Theme:
    """The theme of theme.yml beside this file."""
    path = Path(__file__).with_name("theme.yml")
    return Theme(**read_yaml(path, path.name).data)


def width(text: str, size: str, *, bold: bool = False) -> float:
    """Width in pixels of one line of `text` (no markup) in a named size."""
    look = theme()
    narrow, others = look.widths["ascii"], look.widths["others"]
    thousandths = sum(
        narrow[ord(sign) - ASCII.start] if ord(sign) in ASCII else others.get(sign, 1000)
        for sign in text
    )
    return thousandths / 1000 * look.size(size) * (look.widths["bold"] if bold else 1)


def wrap(text: str, size: str, room: float, *, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `room`; Chinese breaks anywhere its punctuation allows.

    A single word wider than the room stays whole on its own line.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and width((line + piece).rstrip(), size, bold=bold) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Smallest runs a line may be broken between."""
    pieces: list[str] = []
    for piece in WORD.findall(text):
        if pieces and (piece[0] in NOT_FIRST or pieces[-1][-1] in NOT_LAST):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def widest(lines: list[str], size: str, *, bold: bool = False) -> float:
    """Width of the widest of several lines; 0 for none."""
    return max((width(line, size, bold=bold) for line in lines), default=0.0)
