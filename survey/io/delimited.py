"""Multiple-response answers written as one text of codes: `1;3;`.

Decided here: which columns are such sets (every answer is a list of codes that ends in the
separator, at least one has two), and how they come apart into one column per option. A column map
does the same with `split: ";"`; this is for files that have no map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from survey.io.mrsets import MultipleSet

SEPARATOR = ";"
_SET = re.compile(r"^(?:-?\d{1,9};)+$")


def is_set(cells: Iterable) -> bool:
    """Whether a column's answers are written `1;3;`.

    >>> is_set(["1;3;", None, "2;"]), is_set(["1;", "2;"]), is_set(["1;3", "2"])
    (True, False, False)
    """
    given = {cell for cell in cells if cell is not None and cell == cell}
    written = all(isinstance(cell, str) and _SET.match(cell) for cell in given)
    return written and any(cell.count(SEPARATOR) > 1 for cell in given)


def codes_of(cell: str) -> list[int]:
    """The codes of one answer, in its order: `1;3;` is 1 and 3."""
    return [int(part) for part in cell.split(SEPARATOR) if part]


def set_names(frame: pd.DataFrame) -> list[str]:
    """Columns that are such sets."""
    return [name for name in frame.columns if is_set(_different(frame[name]))]


def _different(cells: pd.Series) -> Iterable:
    """Texts of a column, each once where the file is long; none of a column of numbers."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells.cat.categories
    return cells if cells.dtype == object else ()


def expand(
    frame: pd.DataFrame, name: str, options: Sequence[int] | None = None
) -> tuple[pd.DataFrame, MultipleSet]:
    """A set as one column per option, called `q2_1`: 1 chosen, 0 not, NaN no answer at all.

    Parameters
    ----------
    options : codes in the order of the questionnaire
        Default: those met, in order. An option nobody chose is known only if it is given.
    """
    answers = [codes_of(cell) if isinstance(cell, str) else None for cell in frame[name]]
    met = sorted({code for answer in answers if answer for code in answer})
    options = list(options) if options is not None else met
    columns = {
        f"{name}_{option}": [
            float("nan") if answer is None else float(option in answer) for answer in answers
        ]
        for option in options
    }
    table = pd.DataFrame(columns, index=frame.index, dtype="float64")
    return table, MultipleSet(name, "dichotomy", tuple(columns), counted="1")
