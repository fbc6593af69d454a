"""A raw cell as text: the form in which column maps, scales and messages speak of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

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


@dataclass(frozen=True, eq=False)
class Distinct:
    """A column taken apart, so that each different cell is looked at once.

    Attributes
    ----------
    cells : the different cells, in the order they are met; a blank is none
    codes : ndarray of int, shape (n,)
        Which of them a row holds; -1 is a blank.
    """

    cells: list
    codes: np.ndarray

    def spread(self, values: Sequence[float] | np.ndarray) -> np.ndarray:
        """A number per row from one per different cell; blanks are NaN."""
        return np.append(np.asarray(values, dtype=np.float64), np.nan)[self.codes]

    def spread_texts(self, values: Sequence[str | None]) -> np.ndarray:
        """A text per row from one per different cell; blanks are None."""
        table = np.empty(len(values) + 1, dtype=object)
        table[:-1] = values
        return table[self.codes]


def distinct(column: pd.Series) -> Distinct:
    """Take a column of a raw table apart: text, numbers, or the categories of a long file."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        codes, cells = pd.factorize(column if column.dtype == "float64" else column.astype(object))
        return Distinct(cells.tolist(), codes)
    codes = np.asarray(column.cat.codes)
    words = column.cat.categories
    used = np.zeros(len(words) + 1, dtype=bool)
    used[codes] = True
    used[-1] = True  # a blank needs no word
    if not used.all():
        codes = np.where(codes < 0, -1, np.cumsum(used)[codes] - 1)
        words = words[used[:-1]]
    return Distinct(words.to_list(), codes)
