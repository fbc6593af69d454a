"""Weighting a plain file: columns and a table of targets in place of an instrument.

Pure: reading and writing are the command's. A margin is named by its columns joined by ":"; its
levels are their codes joined by ":". Nobody is weighted by guess: an answer without a target and
a target without an answer are errors naming both, unless respondents outside are left out by
declaration.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from survey.design.labels import level_word
from survey.errors import Faults, WeightError, collect, did_you_mean, one_of
from survey.instrument.model import Trim
from survey.weights.calibrate import calibrate, margin_misfit
from survey.weights.diagnose import diagnose
from survey.weights.margins import Margin, reconcile
from survey.weights.record import CalibrationRecord, margin_records
from survey.weights.trim import trim

NEEDED = ("margin", "level", "count")
NO_DATE = dt.date.min


@dataclass(frozen=True)
class Choices:
    """What a person decides of a calibration.

    Attributes
    ----------
    bounds : (low, high) or None
        Limits of calibrated over base weight (logit distance); None is raking.
    trimming : Trim or None
    total_tolerance : float
        Largest relative difference of two margins' totals that is scaled away.
    tolerance : float
        Largest relative margin error.
    most_sweeps : int
    leave_out : bool
        Respondents without a target get no weight.
    """

    bounds: tuple[float, float] | None = None
    trimming: Trim | None = None
    total_tolerance: float = 0.005
    tolerance: float = 1e-10
    most_sweeps: int = 1000
    leave_out: bool = False


@dataclass(frozen=True, eq=False)
class WeighedFile:
    """Weights of the kept rows of a file.

    Attributes
    ----------
    kept : ndarray of bool, shape (n,)
    weights : ndarray of float, shape (n_kept,)
    categories : dict of margin name to ndarray of str, each of shape (n_kept,)
    record : CalibrationRecord
    """

    kept: np.ndarray
    weights: np.ndarray
    categories: dict[str, np.ndarray]
    record: CalibrationRecord


def weigh_frame(
    frame: pd.DataFrame,
    margins: Sequence[Margin],
    choices: Choices,
    *,
    base: np.ndarray | None = None,
    where: str = "",
) -> WeighedFile:
    """Calibrate the rows of a frame to margins.

    Parameters
    ----------
    frame : DataFrame, n rows
    margins : sequence of Margin
        See `margins_of`.
    choices : Choices
    base : ndarray of float, shape (n,), optional
        Base weights; 1 for everybody without.
    where : str
        Place named in messages.

    Raises
    ------
    WeightError
        For base weights that are none, answers without targets and the reverse, margins that
        disagree or cannot be met.
    """
    weights = np.ones(len(frame)) if base is None else np.asarray(base, dtype=float)
    _require_positive(weights, where)
    levels = [text_levels(frame, margin, where) for margin in margins]
    kept, notes = _kept(levels, margins, choices.leave_out, where)
    agreed, scaled = reconcile(margins, tolerance=choices.total_tolerance, where=where)
    classes = [
        pd.Index(margin.levels).get_indexer(pd.Index(level[kept]))
        for margin, level in zip(agreed, levels, strict=True)
    ]
    base_kept = weights[kept]
    done = calibrate(
        base_kept,
        classes,
        agreed,
        bounds=choices.bounds,
        tolerance=choices.tolerance,
        most_sweeps=choices.most_sweeps,
        where=where,
    )
    final, cut = done.weights, 0
    if choices.trimming is not None:
        trimmed = trim(final, choices.trimming, where=where)
        final, cut = trimmed.weights, trimmed.cut
    misfit = margin_misfit(final, classes, agreed)
    record = CalibrationRecord(
        study="",
        wave="",
        method="logit" if choices.bounds else "raking",
        margins=margin_records(
            agreed, classes, base=base_kept, calibrated=done.weights, final=final
        ),
        bounds=list(choices.bounds) if choices.bounds else None,
        tolerance=choices.tolerance,
        sweeps=done.sweeps,
        max_relative_error=done.error,
        max_relative_error_final=max(float(np.abs(off).max()) for off in misfit),
        min_ratio=float(done.ratio.min()),
        max_ratio=float(done.ratio.max()),
        trimmed=cut,
        left_out=int((~kept).sum()),
        notes=[*notes, *scaled],
        **asdict(diagnose(final)),
    )
    categories = {margin.name: level[kept] for margin, level in zip(agreed, levels, strict=True)}
    return WeighedFile(kept, final, categories, record)


def margins_of(targets: pd.DataFrame, *, where: str) -> tuple[Margin, ...]:
    """Margins from a table with the columns margin, level, count.

    `margin` names the columns of the survey file, joined by ":". Optional columns: universe,
    unit, date (ISO), source.

    Raises
    ------
    WeightError
        For a missing column, a repeated level, or a count that is no positive number.
    """
    absent = [name for name in NEEDED if name not in targets.columns]
    if absent:
        raise WeightError(
            f"column '{absent[0]}' is missing", where=where, expected="margin, level, count"
        )
    margins = []
    with collect(WeightError) as faults:
        for name, rows in targets.groupby("margin", sort=False):
            margins.append(_margin(str(name), rows, where, faults))
    if not margins:
        raise WeightError("holds no targets", where=where)
    return tuple(margins)


def _margin(name: str, rows: pd.DataFrame, where: str, faults: Faults) -> Margin:
    counts = []
    for line, text in zip(rows.index, rows["count"], strict=True):
        try:
            count = float(text)
        except ValueError:
            count = math.nan
        if not (math.isfinite(count) and count > 0):
            faults.add(
                f"margin '{name}': target '{text}' is no positive number",
                where=f"{where}:{line + 2}",
            )
        counts.append(count)
    levels = [str(level) for level in rows["level"]]
    for level in sorted({level for level in levels if levels.count(level) > 1}):
        faults.add(f"margin '{name}' has level '{level}' twice", where=where)

    def told(column: str) -> list[str]:
        return sorted({str(x) for x in rows[column] if str(x)}) if column in rows else []

    dates = tuple(dt.date.fromisoformat(x) for x in told("date"))
    return Margin(
        name=name,
        items=tuple(name.split(":")),
        levels=tuple(levels),
        counts=np.array(counts),
        unit=", ".join(told("unit")),
        universe=", ".join(told("universe")),
        source="; ".join(told("source")),
        dates=dates or (NO_DATE,),
    )


def text_levels(frame: pd.DataFrame, margin: Margin, where: str) -> np.ndarray:
    """Level of every row as text; "" where a column is empty."""
    joined: np.ndarray | None = None
    for item in margin.items:
        if item not in frame.columns:
            raise WeightError(
                f"margin '{margin.name}' needs the column '{item}'",
                where=where,
                expected=one_of(frame.columns),
                hint=did_you_mean(item, frame.columns),
            )
        words = frame[item].map(level_word).to_numpy(dtype=object)
        joined = (
            words
            if joined is None
            else np.where((joined == "") | (words == ""), "", joined + ":" + words)
        )
    assert joined is not None
    return joined.astype(object)


def _kept(levels, margins, leave_out: bool, where: str) -> tuple[np.ndarray, list[str]]:
    kept = np.ones(len(levels[0]), dtype=bool)
    notes: list[str] = []
    with collect(WeightError) as faults:
        for margin, level in zip(margins, levels, strict=True):
            known = np.isin(level, margin.levels)
            for word in sorted(set(level[~known])):
                count = int((level == word).sum())
                told = f"'{word}' of margin '{margin.name}'" if word else f"no '{margin.name}'"
                if leave_out:
                    notes.append(f"{count} respondents with {told} left out")
                else:
                    faults.add(
                        f"{count} respondents have {told}, which has no target",
                        where=where,
                        expected=one_of(margin.levels),
                        hint="add the target, or leave these respondents out: --leave-out",
                    )
            kept &= known
        for margin, level in zip(margins, levels, strict=True):
            _unanswered(margin, set(level[kept]), where, faults)
    return kept, notes


def require_targets(levels: Sequence[np.ndarray], margins: Sequence[Margin], where: str) -> None:
    """Every respondent has a target in every margin, every target a respondent."""
    _kept(levels, margins, False, where)


def _unanswered(margin: Margin, seen: set, where: str, faults: Faults) -> None:
    for name, count in zip(margin.levels, margin.counts, strict=True):
        if name not in seen:
            faults.add(
                f"margin '{margin.name}' has a target for '{name}' ({count:,.0f}), "
                "and no respondent is in it",
                where=where,
                hint="join the category with another in the targets",
            )


def _require_positive(weights: np.ndarray, where: str) -> None:
    bad = ~np.isfinite(weights) | (weights <= 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise WeightError(
            f"{bad.sum()} base weights are missing, zero or negative",
            where=where,
            got=f"first: row {row + 1} has {weights[row]:g}",
            expected="a positive number for every respondent",
        )
