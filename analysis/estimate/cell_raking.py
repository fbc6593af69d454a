"""Raking a table of sums by (PSU, cell): margins found among its columns, factors by cell.

The raking itself is that of survey/weights; here the table's rows take the respondents' place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from survey.design.psucells import PsuCells
from survey.design.totals import Fixed
from survey.errors import EstimateError, collect, one_of
from survey.weights.calibrate import require_met
from survey.weights.cells import Cells, make_cells, rake

if TYPE_CHECKING:
    from survey.weights.margins import Margin


@dataclass(frozen=True, eq=False)
class Raking:
    """Raking on the table's cells.

    Attributes
    ----------
    cells : Cells
        Its respondents are the table's rows.
    scale : float
        From base weights to the margins' total.
    factor : ndarray of float, shape (K,)
        Raked over scaled base weight.
    sweeps : int
    error : float
        Largest relative margin error.
    tolerance : float
    most_sweeps : int
    """

    cells: Cells
    scale: float
    factor: np.ndarray
    sweeps: int
    error: float
    tolerance: float
    most_sweeps: int


def rake_table(
    table: PsuCells,
    margins: Sequence[Margin],
    tolerance: float,
    most_sweeps: int,
    where: str = "",
) -> Raking:
    """Rake a table; a WeightError names what cannot be met, an EstimateError what does not fit."""
    classes = _margin_classes(table, margins)
    base = Fixed(table.weight, table.quantum)
    scale = margins[0].total / float(table.weight.sum() * table.quantum)
    cells = make_cells(base, scale, classes, margins)
    totals, sweeps = rake(cells, tolerance=tolerance / 2, most_sweeps=most_sweeps)
    reached = cells.margin_totals(totals)
    misfit = [got / margin.counts - 1 for got, margin in zip(reached, margins, strict=True)]
    error = require_met(misfit, margins, tolerance, sweeps=sweeps, where=where)
    return Raking(cells, scale, totals / cells.base, sweeps, error, tolerance, most_sweeps)


def _margin_classes(table: PsuCells, margins: Sequence[Margin]) -> list[np.ndarray]:
    """Level of every row in every margin; columns and levels that do not fit are named."""
    classes = []
    with collect(EstimateError) as faults:
        for margin in margins:
            absent = [name for name in margin.items if name not in table.level]
            if absent:
                faults.add(
                    f"margin '{margin.name}' needs '{absent[0]}', no cell column of the table",
                    expected=one_of(table.level),
                )
                continue
            sizes = [len(table.levels[name]) for name in margin.items]
            combined = np.ravel_multi_index([table.level[name] for name in margin.items], sizes)
            seen = np.flatnonzero(np.bincount(combined, minlength=int(np.prod(sizes))))
            parts = np.unravel_index(seen, sizes)
            words = [
                ":".join(
                    str(table.levels[name][k]) for name, k in zip(margin.items, at, strict=True)
                )
                for at in zip(*parts, strict=True)
            ]
            place = pd.Index(margin.levels).get_indexer(pd.Index(words))
            for word in [w for w, at in zip(words, place, strict=True) if at < 0]:
                faults.add(f"category '{word}' of margin '{margin.name}' has no target")
            for word in sorted(set(margin.levels) - set(words)):
                faults.add(f"margin '{margin.name}', category '{word}' has no respondents")
            level = np.full(int(np.prod(sizes)), -1, dtype=np.int64)
            level[seen] = place
            classes.append(level[combined])
    return classes
