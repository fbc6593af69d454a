"""A raw cell as text: the form in which column maps, scales and messages speak of it."""

from __future__ import annotations

import re
import unicodedata

LARGEST = 2.0**53  # beyond it floats skip integers
_NUMBER = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")


def cell_text(cell: object) -> str:
    """A cell as a person would type it: no blanks around it, no `.0` after a whole number.

    >>> cell_text(3.0), cell_text(" 男 "), cell_text(2.5)
    ('3', '男', '2.5')
    """
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return str(cell).strip()


def number_in(text: str) -> float | None:
    """The number a text is, or None; a number too large to be counted with is none."""
    number = float(text) if _NUMBER.match(text) else None
    return None if number is None or abs(number) > LARGEST else number


def folded(text: str) -> str:
    """Words for comparison: width, case and runs of blanks do not matter.

    >>> folded("Ｙes，  please") == folded("yes, please")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
