"""Multiple-response sets in raw files: a column per option, or several options in one cell.

Decided here: what a cell of an option's column says, and how joined options come apart. How one
option becomes a code is decided in options.py; which columns a set has on disk, in answers.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.clean.answers import set_column
from survey.clean.cells import cell_text, folded
from survey.clean.options import Options, Unknown
from survey.instrument.model import Scale

NOT_CHOSEN = "0"


@dataclass(frozen=True)
class Chosen:
    """What a cell of a one-column-per-option set says: chosen 1, not chosen 0."""

    options: Options
    option: int

    def code(self, cell: float | str) -> float | Unknown | None:
        text, column = cell_text(cell), self.options.column
        text = str(column.codes.get(text, text))
        if text in column.chosen or self.options.words.get(folded(text)) == self.option:
            return 1
        if text == NOT_CHOSEN:
            return 0
        if text in self.options.missing_words or text in self._missing():
            return None
        return Unknown(text, f"cells that mean chosen are {', '.join(column.chosen)}; see 'codes'")

    def _missing(self) -> set[str]:
        return {str(code) for code in self.options.scale.missing} if self.options.scale else set()


def parts_of(cell: str, separator: str | None, options: Options) -> list[str]:
    """The options joined in a cell; an option may itself hold the separator.

    Parts are taken as long as a run of them is a known answer; what fits nothing stays single.
    """
    if separator is None:
        return [cell]
    parts = [part for part in cell.split(separator) if part.strip()]
    found, start = [], 0
    while start < len(parts):
        for end in range(len(parts), start, -1):
            run = separator.join(parts[start:end]).strip()
            if end == start + 1 or not isinstance(options.code(run), Unknown):
                break
        found.append(run)
        start = end
    return found


def option_columns(item: str, scale: Scale, table: pd.DataFrame) -> dict[str, pd.Series]:
    """One column per option of the scale; an option without a raw column stays blank."""
    return {
        set_column(item, option): (
            table[option] if option in table else pd.Series(np.nan, index=table.index)
        ).astype("Int8")
        for option in scale.values()
    }
