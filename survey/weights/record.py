"""The calibration record: what was done to a wave's weights, kept beside them.

A weight without its record looks fixed; its variance would then be wrong by accident. Estimation
reads the record, and refuses weights without one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from survey.errors import DataError
from survey.io.atomic import write_text
from survey.weights.calibrate import weighted_margins
from survey.weights.margins import Margin

DIGITS = 10  # significant digits of every number written


@dataclass(frozen=True)
class MarginRecord:
    """One margin: its targets and what the sample gave before, and gives after, weighting."""

    name: str
    items: list[str]
    levels: list[str]
    target: list[float]
    base_weighted: list[float]
    calibrated: list[float]
    final: list[float]
    unit: str
    universe: str
    dates: list[str]
    source: str


@dataclass(frozen=True)
class CalibrationRecord:
    """Everything a later stage or reader needs to know about a wave's weights.

    Attributes
    ----------
    method : str
        ``raking``, ``logit`` (raking within bounds), ``linear`` or ``none``.
    totals : dict of column to total
        Continuous auxiliaries the weights were calibrated to, beside the margins.
    max_relative_error, max_relative_error_final : float
        Of any margin, after calibration and after trimming.
    n, total, deff_kish, n_eff, smallest, largest
        Of the final weights; see diagnose.py.
    min_ratio, max_ratio : float
        Of calibrated over scaled base weight.
    flags : list of str
        Reasons for caution that every estimate of the wave carries.
    """

    study: str
    wave: str
    n: int
    total: float
    deff_kish: float
    n_eff: float
    smallest: float
    largest: float
    method: str = "none"
    margins: list[MarginRecord] = field(default_factory=list)
    totals: dict[str, float] = field(default_factory=dict)
    bounds: list[float] | None = None
    tolerance: float = 0.0
    sweeps: int = 0
    max_relative_error: float = 0.0
    max_relative_error_final: float = 0.0
    min_ratio: float = 1.0
    max_ratio: float = 1.0
    trimmed: int = 0
    left_out: int = 0
    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def calibrated(self) -> bool:
        return self.method != "none"


def margin_records(
    margins: Sequence[Margin],
    classes: Sequence[np.ndarray],
    *,
    base: np.ndarray,
    calibrated: np.ndarray,
    final: np.ndarray,
) -> list[MarginRecord]:
    """One record per margin from the three stages of the weights, each of shape (n,)."""
    if not margins:
        return []
    stages = [weighted_margins(weights, classes, margins) for weights in (base, calibrated, final)]
    return [
        MarginRecord(
            name=margin.name,
            items=list(margin.items),
            levels=list(margin.levels),
            target=margin.counts.tolist(),
            base_weighted=before.tolist(),
            calibrated=after.tolist(),
            final=end.tolist(),
            unit=margin.unit,
            universe=margin.universe,
            dates=[day.isoformat() for day in margin.dates],
            source=margin.source,
        )
        for margin, before, after, end in zip(margins, *stages, strict=True)
    ]


def write_record(record: CalibrationRecord, path: Path) -> Path:
    text = json.dumps(rounded(asdict(record)), ensure_ascii=False, indent=1)
    return write_text(path, text + "\n")


def read_record(path: Path) -> CalibrationRecord:
    """The record beside a weights file.

    Raises
    ------
    DataError
        If there is none, or it is not a calibration record.
    """
    try:
        return parse_record(json.loads(Path(path).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(
            "weights have no calibration record", where=str(path), hint="run the weights stage"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise DataError(
            f"not a calibration record: {fault}", where=str(path), hint="run the weights stage"
        ) from None


def parse_record(data: dict) -> CalibrationRecord:
    """A record from its JSON object."""
    margins = [MarginRecord(**margin) for margin in data.pop("margins")]
    return CalibrationRecord(margins=margins, **data)


def rounded(value):
    """A JSON value with DIGITS significant digits in every number."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS - 1}e}")
    if isinstance(value, Mapping):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return value
