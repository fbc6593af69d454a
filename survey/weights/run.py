"""The weights stage: clean responses in, weights and calibration record out, for every wave.

The pages of diagnostics are made on request (`perception weights --pages`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from survey.instrument.load import Instrument, load_instrument
from survey.io.source import read_source
from survey.io.tables import read_parquet, write_parquet
from survey.progress import Progress
from survey.project import Project
from survey.weights.diagnostics import write_weighting_page
from survey.weights.record import read_record, write_record
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
            done = weigh(read_parquet(folder / "responses.parquet"), instrument.at(wave), wave)
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


def run_pages(project: Project, studies: Sequence[str], progress: Progress) -> list[Path]:
    """Pages of diagnostics of every wave that has weights, in the study's languages.

    Raises
    ------
    DataError
        If a wave has not been weighted yet.
    """
    written: list[Path] = []
    for study in studies:
        instrument = load_instrument(project, study)
        if instrument.study.pipeline != "survey":
            continue
        for wave in instrument.waves:
            folder = project.clean(study, wave)
            weights = read_parquet(folder / "weights.parquet")
            stages = {
                "base": weights["base_weight"].to_numpy(float),
                "calibration": weights["weight"].to_numpy(float),
            }
            for language in instrument.study.title:
                path = project.build(study) / "weighting" / f"{wave}.{language}.html"
                written.append(
                    write_weighting_page(
                        read_record(folder / "calibration.json"),
                        stages,
                        path,
                        language=language,
                        kind=read_source(project, study, wave).kind,
                        title=f"{instrument.study.title[language]} {wave}",
                        labels=_labels(instrument, language),
                    )
                )
                progress.step(project.relative(path))
    return written


def _labels(instrument: Instrument, language: str) -> dict[str, str]:
    """Words of the margins and their levels."""
    labels: dict[str, str] = {}
    for name, item in instrument.items.items():
        labels[name] = item.text.get(language, name)
        if item.scale is not None:
            scale = instrument.scales[item.scale]
            for value, point in scale.points.items():
                labels[f"{name}:{scale.code(value)}"] = point.text.get(language, "")
    return labels
