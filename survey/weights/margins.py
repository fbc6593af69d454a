"""Margins: population numbers by category that weights must meet, and the totals they share.

From rows of a targets file to margins that describe one universe in one unit with one total.
Which respondent falls in which category, and what happens to one who falls in none, is decided in
classes.py.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survey.errors import Faults, WeightError, collect, did_you_mean, one_of
from survey.instrument.model import Period, Target


@dataclass(frozen=True, eq=False)
class Margin:
    """One set of population counts.

    Attributes
    ----------
    name : str
    items : tuple of str
        Items whose codes, joined by ":", are the levels.
    levels : tuple of str
    counts : ndarray of float, shape (n_levels,)
    unit, universe, source : str
    dates : tuple of date
        Reference dates of the rows, earliest first.
    """

    name: str
    items: tuple[str, ...]
    levels: tuple[str, ...]
    counts: np.ndarray
    unit: str
    universe: str
    source: str
    dates: tuple[dt.date, ...]

    @property
    def total(self) -> float:
        return math.fsum(self.counts)

    def scaled(self, total: float) -> Margin:
        """The same shares of another total."""
        return replace(self, counts=self.counts * (total / self.total))


def read_margins(
    targets: Iterable[Target], names: Sequence[str], *, unit: str, where: str = ""
) -> tuple[Margin, ...]:
    """The named margins, in the order of `names`.

    Parameters
    ----------
    targets : iterable of Target
        Rows of a wave's targets file; margins that are not named are left aside.
    names : sequence of str
        Margins the wave file asks for; the first one's total is the control total.
    unit : str
        What the study counts: rows must count the same (``person`` or ``persons``).
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For a margin without rows, a repeated level, a count below zero, rows of one margin that
        differ in items, unit or universe, or a unit that is not the study's.
    """
    rows: dict[str, list[Target]] = {}
    for row in targets:
        rows.setdefault(row.margin, []).append(row)
    margins = []
    with collect(WeightError) as faults:
        for name in names:
            if name not in rows:
                faults.add(
                    f"margin '{name}' has no targets",
                    where=where,
                    expected=one_of(rows) if rows else "a targets file for this wave",
                    hint=did_you_mean(name, rows),
                )
                continue
            _require_sound(name, rows[name], unit, where, faults)
            margins.append(_margin(name, rows[name]))
    return tuple(margins)


def reconcile(
    margins: Sequence[Margin], *, tolerance: float, where: str = ""
) -> tuple[tuple[Margin, ...], tuple[str, ...]]:
    """Margins of one universe and one total, with notes of what was scaled.

    Parameters
    ----------
    margins : sequence of Margin
    tolerance : float
        Totals that differ by more than this part of the first margin's total are an error;
        smaller differences are scaled away and noted.

    Raises
    ------
    WeightError
        If two margins describe different universes or units, or their totals disagree.
    """
    first = margins[0]
    agreed, notes = [], []
    with collect(WeightError) as faults:
        for margin in margins:
            for word in ("universe", "unit"):
                if getattr(margin, word) != getattr(first, word):
                    faults.add(
                        f"margins '{first.name}' and '{margin.name}' differ in {word}: "
                        f"'{getattr(first, word)}' and '{getattr(margin, word)}'",
                        where=where,
                        hint="use margins of one universe, or convert one and state how",
                    )
            gap = margin.total / first.total - 1
            if abs(gap) > tolerance:
                faults.add(
                    f"margins '{first.name}' and '{margin.name}' differ in total: "
                    f"{first.total:,.0f} and {margin.total:,.0f} ({gap:+.2%})",
                    where=where,
                    expected=f"totals within {tolerance:.2%}",
                    hint="check that both count the same universe at the same date",
                )
            elif margin.total != first.total:
                notes.append(
                    f"margin '{margin.name}' ({margin.total:,.0f}) scaled to the total of "
                    f"'{first.name}' ({first.total:,.0f}), {-gap / (1 + gap):+.4%}"
                )
                margin = margin.scaled(first.total)
            agreed.append(margin)
    return tuple(agreed), tuple(notes)


def borrowed(margins: Iterable[Margin], period: Period, *, days: float) -> tuple[str, ...]:
    """A flag for every margin whose date lies more than `days` outside the wave's period."""
    flags = []
    for margin in margins:
        away = max(
            max((period.start - day).days, (day - period.end).days, 0) for day in margin.dates
        )
        if away > days:
            told = " to ".join(sorted({day.isoformat() for day in margin.dates}))
            flags.append(f"margin '{margin.name}' borrowed from {told}, {away} days off the wave")
    return tuple(flags)


def _margin(name: str, rows: list[Target]) -> Margin:
    return Margin(
        name=name,
        items=tuple(rows[0].items.split(":")),
        levels=tuple(row.level for row in rows),
        counts=np.array([row.count for row in rows], dtype=float),
        unit=rows[0].unit,
        universe=rows[0].universe,
        source="; ".join(sorted({row.source for row in rows})),
        dates=tuple(sorted({row.date for row in rows})),
    )


def _require_sound(name: str, rows: list[Target], unit: str, where: str, faults: Faults) -> None:
    for word in ("items", "unit", "universe"):
        seen = sorted({getattr(row, word) for row in rows})
        if len(seen) > 1:
            faults.add(f"rows of margin '{name}' differ in {word}: {one_of(seen)}", where=where)
    if rows[0].unit not in (unit, f"{unit}s"):
        faults.add(
            f"margin '{name}' counts '{rows[0].unit}', the study counts '{unit}'",
            where=where,
            hint="convert it with a stated source, or leave the margin out",
        )
    levels = [row.level for row in rows]
    for level in sorted({level for level in levels if levels.count(level) > 1}):
        faults.add(f"margin '{name}' has level '{level}' twice", where=where)
    for row in rows:
        if not (math.isfinite(row.count) and row.count > 0):
            faults.add(
                f"margin '{name}', level '{row.level}': target {row.count:g} is not positive",
                where=where,
            )
        if len(row.level.split(":")) != len(row.items.split(":")):
            faults.add(
                f"margin '{name}', level '{row.level}' does not fit its items '{row.items}'",
                where=where,
                expected="one code per item, joined by ':'",
            )
