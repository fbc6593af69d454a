"""The calibration of a weighted file: its record beside it, as a regression for variances.

A file written by ``perception weigh`` carries the category of every respondent in every margin
and a record of what was done. Weights that were calibrated are never taken as fixed by accident:
where the record is lost, or does not belong to the file, this is an error until somebody says
``--weights-fixed``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.estimate.residual import Regression
from survey.errors import DataError
from survey.io.atomic import sha256
from survey.io.surveyfile import SurveyFile
from survey.weights.filerecord import read_file_record, record_beside
from survey.weights.weigh import CLASS

FIXED = "or take the weights as fixed with --weights-fixed"


def read_calibration(
    file: SurveyFile, weight: str | None, *, fixed: bool
) -> tuple[Regression, ...]:
    """What variances of the file's weights must respect; () for weights nobody calibrated.

    Raises
    ------
    DataError
        If the file was calibrated here and its record is missing, is of another file, or is of
        another weight column.
    """
    margins = [name for name in file.frame.columns if name.startswith(CLASS)]
    beside = record_beside(file.path)
    if fixed or weight is None or not (margins or beside.exists()):
        return ()
    if not beside.exists():
        raise DataError(
            "holds calibrated weights, and their calibration record is missing",
            where=str(file.path),
            expected=beside.name,
            hint=f"put the record beside the file, {FIXED}",
        )
    record = read_file_record(beside)
    if record.weight != weight:
        if record.base_weight == weight:
            return ()
        raise DataError(
            f"the calibration record is of the weight '{record.weight}', not of '{weight}'",
            where=str(beside),
            hint=f"use --weight {record.weight}, {FIXED}",
        )
    if record.sha256 != sha256(file.path):
        raise DataError(
            "the file was changed after it was weighted",
            where=str(file.path),
            expected=f"the file that {beside.name} describes",
            hint=f"weigh it again, {FIXED}",
        )
    weights = file.frame[weight].to_numpy(float)
    classes = [
        pd.factorize(file.frame[CLASS + margin.name], sort=True)[0]
        for margin in record.calibration.margins
    ]
    totals = [file.frame[name].to_numpy(float) for name in record.calibration.totals]
    numbers = np.column_stack(totals) if totals else np.empty((len(weights), 0))
    return (Regression(tuple(classes), numbers, weights),) if classes or totals else ()
