"""The stage that reads raw files and writes clean responses; only reading and writing here.

For every wave of a study: responses.parquet, audit.parquet, and cleaning.json, which says in
counts what was found, left out and not looked for. What cleaning does is decided in pipeline.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from survey.clean.pipeline import Cleaned, clean_wave
from survey.errors import DataError, collect
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import write_text
from survey.io.readers import RawTable, read_raw
from survey.io.source import Source, check_files
from survey.io.tables import write_parquet
from survey.progress import Progress
from survey.project import Project

MONITORING = "monitoring"  # such a study has no respondents, see analysis/monitoring


def run(project: Project, studies: Sequence[str], progress: Progress) -> list[Path]:
    """Clean every wave of the studies; returns the files written.

    Raises
    ------
    DataError
        With the faults of all waves. Waves without a fault are written.
    """
    written: list[Path] = []
    with collect(DataError) as faults:
        for study in studies:
            instrument = load_instrument(project, study)
            if instrument.study.pipeline == MONITORING:
                continue
            for wave in instrument.waves:
                progress.step(f"{study} {wave}: {instrument.waves[wave].raw.file}")
                try:
                    written += clean_to_disk(project, instrument, wave)
                except DataError as error:
                    faults.take(error)
    return written


def clean_to_disk(project: Project, instrument: Instrument, wave: str) -> list[Path]:
    """Read, clean and write one wave."""
    study = instrument.study.id
    file = instrument.waves[wave].raw.file
    source = check_files(project, study, wave, file)
    raw = read_wave(project, instrument, wave)
    cleaned = clean_wave(raw, instrument, wave)
    folder = project.clean(study, wave)
    summary = _summary(instrument, wave, source, raw, cleaned)
    return [
        write_parquet(cleaned.responses, folder / "responses.parquet"),
        write_parquet(cleaned.audit, folder / "audit.parquet"),
        write_text(folder / "cleaning.json", json.dumps(summary, ensure_ascii=False, indent=1)),
    ]


def read_wave(project: Project, instrument: Instrument, wave: str) -> RawTable:
    """A wave's raw file without its declared identifiers; its path as messages show it."""
    raw = instrument.waves[wave].raw
    path = project.raw(instrument.study.id, wave) / raw.file
    shown = project.relative(path)
    drop = [name for name in instrument.study.identifiers if name not in _devices(instrument, wave)]
    try:
        table = read_raw(path, raw.origin, raw.options, drop=drop)
    except DataError as error:
        told = [replace(f, where=f.where.replace(str(path), shown)) for f in error.faults]
        raise DataError(faults=told) from None
    return replace(table, path=shown)


def _devices(instrument: Instrument, wave: str) -> list[str]:
    """The column compared between rows and then forgotten, see identifiers.py."""
    place = instrument.waves[wave].columns.get("device")
    return [place.column] if place is not None and place.column else []


def _summary(
    instrument: Instrument, wave: str, source: Source, raw: RawTable, cleaned: Cleaned
) -> dict:
    file = instrument.waves[wave].raw.file
    head = {
        "study": instrument.study.id,
        "wave": wave,
        "kind": source.kind,
        "file": file,
        "sha256": source.files[file],
        "origin": raw.origin,
        "encoding": raw.encoding,
    }
    return head | cleaned.summary()
