"""Means by domain, with their errors, from one table of sums by (PSU, cell).

Respondents were added up once (survey/design/engines.py); raking, linearised errors and replicates
need the table alone, whose size does not grow with the sample's. Raking is that of
survey/weights: its factors belong to cells. Errors are linearised over strata and PSUs as in
variance.py, to which tests hold this path; weights calibrated here have calibration-aware errors
unless told otherwise. Replicates are in cell_replicates.py.

Cells must hold the margins and every domain asked for. Variances for designs with stages and
fractions, continuous calibration and quantiles need respondents: survey.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import crossed, everybody
from analysis.estimate.cell_raking import Raking, rake_table
from survey.design.build import make_design
from survey.design.kernels import ordered_product, ordered_sums, weighted_rows
from survey.design.linear import inverse
from survey.design.model import Design, Lonely
from survey.design.psucells import PsuCells
from survey.design.stages import contributions
from survey.errors import EstimateError, collect, one_of

if TYPE_CHECKING:
    from analysis.estimate.variance import Residuals
    from survey.weights.margins import Margin


@dataclass(frozen=True, eq=False)
class CellEstimates:
    """Means of m items in the L domains of one breakdown; arrays are (L, m) unless said.

    Attributes
    ----------
    domains : tuple of str, length L
    items : tuple of str, length m
    estimate, se, df, weighted_n : ndarray of float
    n : ndarray of int64
        Respondents in the base.
    factor : ndarray of float, shape (P, L, m)
        Contributions by PSU: se is the root of their sum of squares.
    """

    domains: tuple[str, ...]
    items: tuple[str, ...]
    estimate: np.ndarray
    se: np.ndarray
    df: np.ndarray
    weighted_n: np.ndarray
    n: np.ndarray
    factor: np.ndarray

    def rows(self, *, level: float, **same) -> pd.DataFrame:
        """Rows of analysis/results/schema.py, domain by domain; `same` holds constant columns."""
        from analysis.estimate.mean import t_interval  # loads scipy

        low, high = t_interval(self.estimate, self.se, self.df, level=level)
        with np.errstate(divide="ignore", invalid="ignore"):
            cv = np.abs(self.se / self.estimate)
        frame = pd.DataFrame(
            {
                "domain": np.repeat(np.array(self.domains, dtype=object), len(self.items)),
                "indicator": np.tile(np.array(self.items, dtype=object), len(self.domains)),
                "statistic": "mean",
                "estimate": self.estimate.ravel(),
                "se": self.se.ravel(),
                "ci_low": low.ravel(),
                "ci_high": high.ravel(),
                "conf_level": level,
                "df": self.df.ravel(),
                "n": self.n.ravel().astype(float),
                "weighted_n": self.weighted_n.ravel(),
                "cv": np.where(np.isfinite(cv), cv, np.nan).ravel(),
            }
        )
        return frame.assign(**same)


class CellSample:
    """A table with its design and, where margins are given, its raking.

    Parameters
    ----------
    table : PsuCells
        With strata, where the sample has any.
    margins : sequence of Margin, optional
        Of one total; their items are cell columns of the table.
    tolerance, most_sweeps
        Of raking, see survey/weights/calibrate.py.
    lonely : {"fail", "certainty", "adjust", "average"}
    where : str
        Place named in messages.

    Raises
    ------
    EstimateError
        For a stratum with one PSU under ``fail``, or margins whose columns or levels do not fit.
    WeightError
        If the margins cannot be met, naming the margin and category furthest off.
    """

    def __init__(
        self,
        table: PsuCells,
        *,
        margins: Sequence[Margin] = (),
        tolerance: float = 1e-10,
        most_sweeps: int = 500,
        lonely: Lonely = "fail",
        where: str = "",
    ) -> None:
        self.table = table
        labels = np.array([str(label) for label in table.psus], dtype=object)
        self.design: Design = make_design(labels, strata=table.strata, psu=labels, lonely=lonely)
        self.psu = self.design.psu[table.psu]
        self.raking: Raking | None = None
        if margins:
            self.raking = rake_table(table, margins, tolerance, most_sweeps, where)

    @cached_property
    def weight(self) -> np.ndarray:
        """Base weight of every row, shape (S,)."""
        return self.table.weight * self.table.quantum

    @cached_property
    def base_values(self) -> np.ndarray:
        """Base-weighted values of the items, then their bases, shape (S, m + 1) or (S, 2 m)."""
        return self._values(np.ones(len(self.psu)))

    @cached_property
    def values(self) -> np.ndarray:
        """As `base_values`, with final weights."""
        return self.base_values if self.raking is None else self._values(self._row)

    def _values(self, factor: np.ndarray) -> np.ndarray:
        table = self.table
        bases = table.weight[:, None] if table.complete else table.base
        return weighted_rows(table.sums, bases, table.item_quantum, table.quantum, factor)

    @cached_property
    def _row(self) -> np.ndarray:
        """Final over base weight of every row, shape (S,)."""
        assert self.raking is not None
        return (self.raking.factor * self.raking.scale)[self.raking.cells.cell]

    def breakdown(self, by: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
        """Domain keys, and the domain of every row, -1 for none."""
        if not by:
            found = everybody(len(self.psu))
            return found.domains, found.level
        with collect(EstimateError) as faults:
            for name in by:
                if name not in self.table.level:
                    faults.add(
                        f"domain '{name}' is no cell column of the table",
                        expected=one_of(self.table.level),
                    )
        columns = [self.table.levels[name] for name in by]
        codes = [self.table.level[name] for name in by]
        sizes = [len(labels) for labels in columns]
        code = np.ravel_multi_index(codes, sizes) if codes else codes
        seen = np.bincount(code, minlength=int(np.prod(sizes))) > 0
        parts = np.unravel_index(np.flatnonzero(seen), sizes)
        occurring = [labels[part] for labels, part in zip(columns, parts, strict=True)]
        found = crossed(by, occurring)
        place = np.full(len(seen), -1, dtype=np.int64)
        place[np.flatnonzero(seen)] = found.level
        return found.domains, place[code]

    def means(self, by: Sequence[str] = (), *, residuals: Residuals = "final") -> CellEstimates:
        """Means of all items by domain, with linearised errors.

        Parameters
        ----------
        by : sequence of str
            Cell columns whose combinations are the domains; none: everybody.
        residuals : {"final", "base", "none"}
            Weights of the regression on the margins, or none: weights as if fixed. (R's
            unweighted regression needs respondents: variance.py.)
        """
        if residuals not in ("final", "base", "none"):
            raise EstimateError(f"residuals '{residuals}' cannot be had from a table of cells")
        domains, domain = self.breakdown(by)
        psus, levels, m = len(self.design.psus), len(domains), len(self.table.items)
        pair = np.where(domain < 0, -1, self.psu * levels + domain)
        totals = ordered_sums(pair, self.values, psus * levels).reshape(psus, levels, -1)
        whole = np.add.reduce(totals, axis=0)
        top, bottom = whole[:, :m], np.broadcast_to(whole[:, m:], (levels, m))
        counts = self._counts(domain, levels)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = top / bottom
            linear = (totals[:, :, :m] - ratio * totals[:, :, m:]) / bottom
            linear = np.where(np.isfinite(bottom) & (bottom != 0), linear, np.nan)
            if self.raking is not None and residuals != "none":
                linear -= self._explained(domain, levels, ratio, bottom, base=residuals == "base")
        factor = contributions(self.design, linear)
        degrees = self.design.degrees(totals[:, :, m:] > 0)
        return CellEstimates(
            domains=domains,
            items=self.table.items,
            estimate=ratio,
            se=np.sqrt(np.add.reduce(factor * factor, axis=0)),
            df=np.broadcast_to(degrees, (levels, m)).astype(float),
            weighted_n=np.array(bottom),
            n=counts,
            factor=factor,
        )

    def _counts(self, domain: np.ndarray, levels: int) -> np.ndarray:
        """Respondents in the base of every item by domain, (L, m)."""
        table = self.table
        code = np.where(domain < 0, levels, domain)
        columns = [table.n] if table.complete else list(table.counts.T)
        sums = [np.bincount(code, column, levels + 1)[:levels] for column in columns]
        counts = np.stack(sums, axis=1).astype(np.int64)
        return np.array(np.broadcast_to(counts, (levels, len(table.items))))

    def _explained(self, domain, levels: int, ratio, bottom, *, base: bool) -> np.ndarray:
        """PSU totals of what the margins explain of the linearised values, (P, L, m)."""
        m = ratio.shape[1]
        regression = self.base_values if base else self.values
        by_class = np.concatenate(
            [
                ordered_sums(
                    np.where(domain < 0, -1, level * levels + domain), regression, size * levels
                ).reshape(size, levels, -1)
                for level, size in self._classes
            ]
        )
        explained = (by_class[:, :, :m] - ratio * by_class[:, :, m:]) / bottom
        flat = np.nan_to_num(explained.reshape(len(explained), -1))
        slopes = ordered_product(self._inverse(base), flat)
        return ordered_product(self._psu_classes, slopes).reshape(-1, levels, m)

    @cached_property
    def _classes(self) -> list[tuple[np.ndarray, int]]:
        """Level of every row in every margin, and the margin's size."""
        assert self.raking is not None
        cells = self.raking.cells
        return [
            (level[cells.cell], len(margin.counts))
            for level, margin in zip(cells.levels, cells.margins, strict=True)
        ]

    def _inverse(self, base: bool) -> np.ndarray:
        """Inverse of the regression's normal equations."""
        assert self.raking is not None
        cells = self.raking.cells
        weight = cells.base if base else cells.base * self.raking.factor
        starts = np.cumsum([0, *(len(margin.counts) for margin in cells.margins)])
        size = int(starts[-1])
        cross = np.zeros(size * size)
        columns = [level + at for level, at in zip(cells.levels, starts, strict=False)]
        for first in columns:
            for second in columns:
                cross += np.bincount(first * size + second, weight, size * size)
        if base:
            cross /= self.raking.scale
        return inverse(cross.reshape(size, size))

    @cached_property
    def _psu_classes(self) -> np.ndarray:
        """Final weight of every PSU in every margin category, (P, categories)."""
        psus = len(self.design.psus)
        weight = self.weight * self._row
        return np.concatenate(
            [
                np.bincount(self.psu * size + level, weight, psus * size).reshape(psus, size)
                for level, size in self._classes
            ],
            axis=1,
        )
