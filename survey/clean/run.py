"""The stage that reads raw files and writes clean responses; only reading and writing here.

For every wave of a study: responses.parquet, audit.parquet, and cleaning.json, which says in
counts what was found, left out and not looked for; imputed.parquet where answers were imputed.
What cleaning does is decided in pipeline.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from survey.clean.coded import read_codings
from survey.clean.intake import Intake, key_for, refuse_telling_names
from survey.clean.pipeline import Cleaned, Prepared, clean_wave, prepare
from survey.errors import DataError, collect
from survey.instrument.identifying import dropped_names
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import write_text
from survey.io.readers import RawTable, read_raw
from survey.io.source import Source, check_files
from survey.io.tables import write_parquet
from survey.privacy.search import masked
from survey.progress import Progress
from survey.project import Project

TEXTS = "texts.parquet"
IMPUTED = "imputed.parquet"
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
            key_for(instrument)  # before anything of the study is read or written
            for wave in instrument.waves:
                progress.step(masked(f"{study} {wave}: {instrument.waves[wave].raw.file}"))
                try:
                    written += clean_to_disk(project, instrument, wave)
                except DataError as error:
                    faults.take(error)
    return written


def clean_to_disk(project: Project, instrument: Instrument, wave: str) -> list[Path]:
    """Read, clean and write one wave."""
    refuse_telling_names(project, instrument.study.id, wave)
    instrument = instrument.at(wave)
    study = instrument.study.id
    file = instrument.waves[wave].raw.file
    source = check_files(project, study, wave, file)
    raw = read_wave(project, instrument, wave)
    intake = Intake(key_for(instrument), read_codings(project, instrument, wave))
    cleaned = clean_wave(raw, instrument, wave, intake)
    folder = project.clean(study, wave)
    summary = _summary(instrument, wave, source, raw, cleaned)
    written = [
        write_parquet(cleaned.responses, folder / "responses.parquet"),
        write_parquet(cleaned.audit, folder / "audit.parquet"),
        write_text(folder / "cleaning.json", json.dumps(summary, ensure_ascii=False, indent=1)),
    ]
    imputed = cleaned.texts.iloc[:0] if cleaned.filled is None else cleaned.filled.table
    for table, name in ((cleaned.texts, TEXTS), (imputed, IMPUTED)):
        if len(table):
            written.append(write_parquet(table, folder / name))
        else:
            (folder / name).unlink(missing_ok=True)
    return written


def prepare_wave(project: Project, instrument: Instrument, wave: str) -> Prepared:
    """A wave read and ruled but not judged, for looking at its quality; nothing is written.

    Raises
    ------
    DataError
        As the stage itself.
    """
    instrument = instrument.at(wave)
    check_files(project, instrument.study.id, wave, instrument.waves[wave].raw.file)
    intake = Intake(key_for(instrument), read_codings(project, instrument, wave))
    return prepare(read_wave(project, instrument, wave), instrument, wave, intake)


def read_wave(project: Project, instrument: Instrument, wave: str) -> RawTable:
    """A wave's raw file without its declared identifiers; its path as messages show it."""
    raw = instrument.waves[wave].raw
    path = project.raw(instrument.study.id, wave) / raw.file
    shown = project.relative(path)
    declared = dropped_names(instrument.study.identifiers)
    drop = [name for name in declared if name not in _devices(instrument, wave)]
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
    frozen = [
        {"date": record.date.isoformat(), "reason": record.reason}
        for record in instrument.frozen.get(wave, ())
    ]
    return head | {"cutoffs_frozen": frozen} | cleaned.summary()
