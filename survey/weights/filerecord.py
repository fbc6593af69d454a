"""The calibration record of a file weighted without a study: what stands beside it, and of what.

``F.calibration.json`` beside ``F`` names the weight column, the file's sha256 and everything a
calibration record says (record.py). Variances of the file's weights are computed with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from survey.errors import DataError
from survey.io.atomic import write_text
from survey.weights.record import CalibrationRecord, parse_record, rounded

SUFFIX = ".calibration.json"


@dataclass(frozen=True)
class FileRecord:
    """A file's record.

    Attributes
    ----------
    weight, base_weight : str
        Columns; `base_weight` is empty where everybody began with 1.
    sha256 : str
        Of the weighted file.
    calibration : CalibrationRecord
    """

    weight: str
    base_weight: str
    sha256: str
    calibration: CalibrationRecord


def record_beside(path: Path) -> Path:
    """Where the record of a file stands."""
    return path.with_name(path.name + SUFFIX)


def write_file_record(record: FileRecord, path: Path) -> Path:
    """Write the record of the file at `path` beside it."""
    text = json.dumps(rounded(asdict(record)), ensure_ascii=False, indent=1)
    return write_text(record_beside(path), text + "\n")


def read_file_record(path: Path) -> FileRecord:
    """A record as `record_beside` names it.

    Raises
    ------
    DataError
        If it is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        calibration = parse_record(data.pop("calibration"))
        return FileRecord(calibration=calibration, **data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise DataError(
            f"not the calibration record of a file: {fault}",
            where=str(path),
            hint="weigh the file again",
        ) from None
