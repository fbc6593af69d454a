"""The weights stage: clean responses in, weights and calibration record out, for every wave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from survey.instrument.load import load_instrument
from survey.io.tables import read_parquet, write_parquet
from survey.progress import Progress
from survey.project import Project
from survey.weights.record import write_record
from survey.weights.weigh import weigh


def run(project: Project, studies: Sequence[str], progress: Progress) -> list[Path]:
    """Weight every wave of the studies; the files written.

    Studies that count things in place of asking people (pipeline `monitoring`) have no weights.

    Raises
    ------
    WeightError
        With the first wave's faults.
    DataError
        If a wave has no clean responses yet.
    """
    written: list[Path] = []
    for study in studies:
        instrument = load_instrument(project, study)
        if instrument.study.pipeline != "survey":
            continue
        for wave in instrument.waves:
            folder = project.clean(study, wave)
            done = weigh(read_parquet(folder / "responses.parquet"), instrument, wave)
            written.append(write_parquet(done.weights, folder / "weights.parquet"))
            written.append(write_record(done.record, folder / "calibration.json"))
            record = done.record
            progress.step(
                f"{study} {wave}: n {record.n:,}, design effect {record.deff_kish:.2f}, "
                f"margins met to {record.max_relative_error:.1e}, {record.trimmed} trimmed"
            )
            for note in (*record.notes, *record.flags):
                progress.step(f"{study} {wave}: {note}")
    return written
