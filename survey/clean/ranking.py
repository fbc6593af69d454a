"""Rankings in raw files: the rank of every option, whichever way a tool writes them down.

Three ways are read: a column per option that holds its rank (问卷星, Qualtrics, `by: option`); a
column per rank that holds an option (LimeSurvey, `by: rank`); one column with the options joined in
their order (ODK, the text download of 问卷星, `split`). All become `item__<option>` with ranks from
1; an option that was not ranked stays blank. Ranks are not estimated as they are: an item derived
from one column is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from survey.clean.cells import cell_text, number_in
from survey.clean.options import Options, Unknown

UNRANKED = "0"  # as some tools write an option nobody ranked


@dataclass(frozen=True)
class Rank:
    """What a cell of an option's column says: its rank, from 1."""

    options: Options
    most: int

    def code(self, cell: float | str) -> float | Unknown | None:
        text = cell_text(cell)
        text = str(self.options.column.codes.get(text, text))
        if text == UNRANKED or text in self.options.missing_words or text in self._missing():
            return None
        rank = number_in(text)
        if rank is not None and rank % 1 == 0 and 1 <= rank <= self.most:
            return rank
        return Unknown(text, f"a rank from 1 to {self.most} is expected")

    def _missing(self) -> set[str]:
        return {str(code) for code in self.options.scale.missing} if self.options.scale else set()


def ranks_of_places(places: Mapping[int, pd.Series], options: list[int]) -> pd.DataFrame:
    """Ranks by option, from the option at every rank.

    Parameters
    ----------
    places : rank -> codes of the options, blanks as NaN
    """
    rows = next(iter(places.values())).index
    table = pd.DataFrame(np.nan, index=rows, columns=options)
    for rank in sorted(places, reverse=True):  # an option met twice keeps its best rank
        for option in options:
            table.loc[places[rank].eq(option).to_numpy(), option] = float(rank)
    return table


def ranks_in_order(codes: list[int], options: list[int]) -> list[float]:
    """Rank of every option in an order, NaN for those that are not in it.

    >>> ranks_in_order([3, 1], [1, 2, 3])
    [2.0, nan, 1.0]
    """
    ranks = {code: float(rank) for rank, code in enumerate(dict.fromkeys(codes), start=1)}
    return [ranks.get(option, float("nan")) for option in options]
