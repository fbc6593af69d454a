"""Weighting one wave in order: base weights, margins, classes, calibration, trimming, record.

Pure: from clean responses and an instrument to weights and their record. Files are read and
written in run.py; every number that is a choice is in the study's methods.yml or wave file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from survey.errors import WeightError
from survey.instrument.load import Instrument
from survey.instrument.model import Calibration
from survey.weights.base import base_weights
from survey.weights.calibrate import calibrate, margin_misfit
from survey.weights.classes import Classified, classify
from survey.weights.diagnose import diagnose
from survey.weights.margins import borrowed, read_margins, reconcile
from survey.weights.record import CalibrationRecord, margin_records
from survey.weights.trim import trim

CLASS = "class_"  # prefix of the columns of weights.parquet that hold margin categories


@dataclass(frozen=True, eq=False)
class Weighted:
    """A wave's weights and how they came about.

    Attributes
    ----------
    weights : DataFrame
        Sorted by `respondent`: respondent, base_weight, weight, and one column
        ``class_<margin>`` per margin with the category the respondent was weighted in.
    record : CalibrationRecord
    """

    weights: pd.DataFrame
    record: CalibrationRecord


def weigh(responses: pd.DataFrame, instrument: Instrument, wave: str) -> Weighted:
    """Weights of a wave's included respondents.

    Parameters
    ----------
    responses : DataFrame
        Clean responses in any row order; rows whose `included` is false are left aside.
    instrument : Instrument
    wave : str

    Raises
    ------
    WeightError
        For any fault of base weights, margins or calibration.
    """
    where = instrument.where("wave", wave)
    plan = instrument.waves[wave].calibrate
    people = responses[responses["included"]].sort_values("respondent", ignore_index=True)
    if not len(people):
        raise WeightError("no respondent is left to weight", where=where)
    base = base_weights(people, instrument.waves[wave].design, where=where)
    if plan is None:
        return _unweighted(people, base, instrument, wave)
    policy = instrument.policy
    targets = f"instruments/{instrument.study.id}/targets/{wave}.csv"
    margins = read_margins(
        instrument.targets[wave], plan.margins, unit=instrument.study.unit, where=targets
    )
    flags = borrowed(margins, instrument.waves[wave].period, days=policy("borrowed_days"))
    classed = classify(people, base, margins, plan.outside_margin, instrument, where=where)
    margins, scaled = reconcile(
        classed.margins, tolerance=policy("margin_total_tolerance"), where=targets
    )
    people, base = people[classed.kept], base[classed.kept]
    found = calibrate(
        base,
        classed.classes,
        margins,
        bounds=plan.bounds,
        tolerance=policy("calibration_tolerance"),
        most_sweeps=int(policy("calibration_sweeps")),
        where=where,
    )
    final, cut = _trimmed(found.weights, plan, where)
    misfit = margin_misfit(final, classed.classes, margins)
    records = margin_records(
        margins, classed.classes, base=base, calibrated=found.weights, final=final
    )
    record = CalibrationRecord(
        study=instrument.study.id,
        wave=wave,
        method="logit" if plan.bounds else "raking",
        margins=records,
        bounds=list(plan.bounds) if plan.bounds else None,
        tolerance=policy("calibration_tolerance"),
        sweeps=found.sweeps,
        max_relative_error=found.error,
        max_relative_error_final=max(float(np.abs(off).max()) for off in misfit),
        left_out=int((~classed.kept).sum()),
        min_ratio=float(found.ratio.min()),
        max_ratio=float(found.ratio.max()),
        trimmed=cut,
        notes=[*classed.notes, *scaled],
        flags=list(flags),
        **asdict(diagnose(final)),
    )
    return Weighted(_frame(people, base, final, classed), record)


def _trimmed(weights: np.ndarray, plan: Calibration, where: str) -> tuple[np.ndarray, int]:
    if plan.trim is None:
        return weights, 0
    done = trim(weights, plan.trim, where=where)
    return done.weights, done.cut


def _frame(people, base, final, classed: Classified | None) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"respondent": people["respondent"].to_numpy(), "base_weight": base, "weight": final}
    )
    if classed is not None:
        for margin, level in zip(classed.margins, classed.classes, strict=True):
            frame[CLASS + margin.name] = np.array(margin.levels, dtype=object)[level]
    return frame


def _unweighted(people, base, instrument: Instrument, wave: str) -> Weighted:
    """No calibration asked for: the base weights are final."""
    record = CalibrationRecord(study=instrument.study.id, wave=wave, **asdict(diagnose(base)))
    return Weighted(_frame(people, base, base, None), record)
