"""Weighting a plain file: a frame and targets in place of an instrument.

Pure: reading and writing are the command's. Which row has which target is decided in
plaintargets.py; how weights are found, in calibrate.py and generalised.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from survey.errors import WeightError, did_you_mean, one_of
from survey.instrument.model import Trim
from survey.weights.calibrate import calibrate, margin_misfit
from survey.weights.diagnose import diagnose
from survey.weights.generalised import Calibration, calibrate_totals, indicators
from survey.weights.margins import Margin, reconcile
from survey.weights.plaintargets import Targets, kept_rows, text_levels
from survey.weights.record import CalibrationRecord, margin_records
from survey.weights.trim import trim


@dataclass(frozen=True)
class Choices:
    """What a person decides of a calibration.

    Attributes
    ----------
    method : {"raking", "linear", "logit"}
    bounds : (low, high) or None
        Limits of calibrated over base weight; ``logit`` needs them.
    trimming : Trim or None
    total_tolerance : float
        Largest relative difference of two margins' totals that is scaled away.
    tolerance : float
        Largest relative margin error.
    most_sweeps : int
    leave_out : bool
        Respondents without a target get no weight.
    """

    method: str = "raking"
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
    stages : dict of step to ndarray of float, each of shape (n_kept,)
        Weights after every step.
    """

    kept: np.ndarray
    weights: np.ndarray
    categories: dict[str, np.ndarray]
    record: CalibrationRecord
    stages: dict[str, np.ndarray]


def weigh_frame(
    frame: pd.DataFrame,
    targets: Targets,
    choices: Choices,
    *,
    base: np.ndarray | None = None,
    where: str = "",
) -> WeighedFile:
    """Calibrate the rows of a frame to margins and totals.

    Parameters
    ----------
    frame : DataFrame, n rows
    targets : Targets
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
    margins, totals = targets.margins, targets.totals
    weights = np.ones(len(frame)) if base is None else np.asarray(base, dtype=float)
    _require_positive(weights, where)
    levels = [text_levels(frame, margin, where) for margin in margins]
    kept, notes = kept_rows(len(frame), levels, margins, choices.leave_out, where)
    agreed: tuple[Margin, ...] = ()
    scaled: tuple[str, ...] = ()
    if margins:
        agreed, scaled = reconcile(margins, tolerance=choices.total_tolerance, where=where)
    classes = [
        pd.Index(margin.levels).get_indexer(pd.Index(level[kept]))
        for margin, level in zip(agreed, levels, strict=True)
    ]
    base_kept = weights[kept]
    done = _calibrated(base_kept, classes, agreed, frame[kept], totals, choices, where)
    final, cut = done.weights, 0
    if choices.trimming is not None:
        trimmed = trim(final, choices.trimming, where=where)
        final, cut = trimmed.weights, trimmed.cut
    misfit = margin_misfit(final, classes, agreed)
    record = CalibrationRecord(
        study="",
        wave="",
        method=choices.method,
        margins=margin_records(
            agreed, classes, base=base_kept, calibrated=done.weights, final=final
        ),
        totals=dict(totals),
        bounds=list(choices.bounds) if choices.bounds else None,
        tolerance=choices.tolerance,
        sweeps=done.steps,
        max_relative_error=done.error,
        max_relative_error_final=max([0.0, *(float(np.abs(off).max()) for off in misfit)]),
        min_ratio=float(done.ratio.min()),
        max_ratio=float(done.ratio.max()),
        trimmed=cut,
        left_out=int((~kept).sum()),
        notes=[*notes, *scaled],
        **asdict(diagnose(final)),
    )
    categories = {margin.name: level[kept] for margin, level in zip(agreed, levels, strict=True)}
    stages = {"base": base_kept, "calibration": done.weights}
    if choices.trimming is not None:
        stages["trimming"] = final
    return WeighedFile(kept, final, categories, record, stages)


def _calibrated(
    base: np.ndarray,
    classes: Sequence[np.ndarray],
    margins: Sequence[Margin],
    frame: pd.DataFrame,
    totals: Mapping[str, float],
    choices: Choices,
    where: str,
) -> Calibration:
    """Weights by the chosen method: margins alone on their cells, anything else by Newton."""
    cells = not totals and choices.method in ("raking", "logit")
    if cells and (choices.bounds is None) == (choices.method == "raking"):
        found = calibrate(
            base,
            classes,
            margins,
            bounds=choices.bounds,
            tolerance=choices.tolerance,
            most_sweeps=choices.most_sweeps,
            where=where,
        )
        none = np.empty(0)
        return Calibration(
            found.weights, found.ratio, found.sweeps, found.error, none, found.weights
        )
    table, counts = np.empty((len(base), 0)), np.empty(0)
    names: tuple[str, ...] = ()
    if margins:
        table, counts, names = indicators(classes, margins)
        base = base * (margins[0].total / math.fsum(base))
    numbers = np.column_stack([table, *(_numbers(frame, name, where) for name in totals)])
    done = calibrate_totals(
        base,
        numbers,
        np.concatenate([counts, list(totals.values())]),
        method=choices.method,
        bounds=choices.bounds,
        tolerance=choices.tolerance,
        most_steps=choices.most_sweeps,
        names=[*names, *totals],
        where=where,
    )
    if (done.weights < 0).any():
        raise WeightError(
            f"linear calibration made {(done.weights < 0).sum()} weights negative",
            where=where,
            hint="give bounds, such as --bounds 0.2,5, or rake",
        )
    return done


def _numbers(frame: pd.DataFrame, name: str, where: str) -> np.ndarray:
    if name not in frame.columns:
        raise WeightError(
            f"the total of '{name}' needs that column",
            where=where,
            expected=one_of(frame.columns),
            hint=did_you_mean(name, frame.columns),
        )
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(float)


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
