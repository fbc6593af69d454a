"""How wide a column of words is: as wide as its longest cell needs, in either language.

Columns of numbers have a width of their own where their table is made; shape.py holds both.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import category, east_asian_width

from analysis.tables.shape import Cell

LEAST = 8  # letters a column of words has room for


def width_of(cells: Iterable[Cell]) -> float:
    """Relative width of a column of words, so that the longest stands on one line."""
    longest = max(
        (sum(map(_sign, cell.value)) for cell in cells if isinstance(cell.value, str)), default=0
    )
    return round(0.095 * (max(longest, LEAST) + 4), 3)


def _sign(sign: str) -> float:
    """Width of a sign in small letters: Chinese marks close up, capitals and digits are wider."""
    if east_asian_width(sign) in "WF":
        return 1.4 if category(sign).startswith("P") else 2.0
    return 1.2 if sign.isupper() else 1.1 if sign.isdigit() else 1.0
