"""What speaks for or against an interview and is no answer: devices, times by page, open texts.

It is read from the raw table, looked at once by judge.py, and never kept or written. Which column
holds the time of a page is declared in the wave file (`pages:`); a device is a number that is
equal where rows came from one device (identifiers.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.clean.cells import Distinct, cell_text, distinct, number_in
from survey.errors import DataError, collect
from survey.instrument.load import Instrument
from survey.io.readers import RawTable
from survey.privacy.search import masked

UNITS = {"seconds": 1.0, "milliseconds": 0.001}
MOST_VALUES = 5  # cells that are no time, shown of one column


@dataclass(frozen=True, eq=False)
class Evidence:
    """Per row of the raw file, in its order.

    Attributes
    ----------
    device : Series of Int64, or None where the wave has none
    pages : page -> seconds spent on it, ndarray of float, shape (n,); NaN where not known
    texts : open item -> its answers taken apart (see cells.py)
    """

    device: pd.Series | None = None
    pages: dict[str, np.ndarray] = field(default_factory=dict)
    texts: dict[str, Distinct] = field(default_factory=dict)


def evidence_of(
    raw: RawTable, instrument: Instrument, wave: str, device: pd.Series | None = None
) -> Evidence:
    """Read the evidence of a wave.

    Raises
    ------
    DataError
        With every declared page whose column is missing or holds something other than times.
    """
    plan = instrument.waves[wave]
    pages: dict[str, np.ndarray] = {}
    with collect(DataError) as faults:
        for page, place in plan.pages.items():
            name = raw.find(place.column)
            if name is None:
                faults.add(
                    f"column '{place.column}' of page '{page}' is missing",
                    where=raw.path,
                    hint="see the file's header, or take the page out of 'pages' of the wave",
                )
                continue
            column = distinct(raw.frame[name])
            seconds = [_seconds(cell, UNITS[place.unit]) for cell in column.cells]
            wrong = [
                masked(cell_text(cell))
                for cell, time in zip(column.cells, seconds, strict=True)
                if time is None
            ]
            if wrong:
                shown = ", ".join(f"'{text}'" for text in wrong[:MOST_VALUES])
                faults.add(
                    f"page '{page}' has times that are none: {shown}",
                    where=f"{raw.path}, column '{masked(name)}'",
                    expected=f"a number of {place.unit}",
                )
            pages[page] = column.spread([np.nan if time is None else time for time in seconds])
    texts = {}
    for item, column_place in plan.columns.items():
        found = instrument.items.get(item)
        name = raw.find(column_place.column or "") if found and found.kind == "open" else None
        if name is not None:
            texts[item] = distinct(raw.frame[name])
    return Evidence(device, pages, texts)


def _seconds(cell: object, unit: float) -> float | None:
    """Seconds a cell tells; NaN of a blank or a negative number, None of words."""
    text = cell_text(cell)
    if not text:
        return float("nan")
    number = number_in(text)
    return None if number is None else number * unit if number >= 0 else float("nan")
