"""`perception quality`: the quality report of each wave, and its robustness band as CSV.

Only reading and writing here. The wave is read and judged anew from its raw file, so that a report
never speaks of another state than the study's files; nothing under data/clean is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.quality.band import Band, robustness
from analysis.quality.findings import findings
from analysis.quality.grid import choices
from analysis.quality.page import quality_page
from survey.clean.judge import excluding, judge
from survey.clean.run import prepare_wave
from survey.instrument.load import Instrument
from survey.io.atomic import write_text
from survey.io.source import read_source
from survey.io.tables import write_csv
from survey.progress import Progress
from survey.project import Project


@dataclass(frozen=True, eq=False)
class Reported:
    """What was written of a wave."""

    wave: str
    kind: str
    written: tuple[Path, ...]
    band: Band | None


def run_quality(
    project: Project,
    instrument: Instrument,
    waves: Sequence[str],
    languages: Sequence[str],
    progress: Progress,
) -> list[Reported]:
    """Write build/<study>/quality/<wave>.<lang>.html, and <wave>.band.csv where a grid is declared.

    Raises
    ------
    DataError, InstrumentError, WeightError, EstimateError
        As cleaning, weighting and estimating the wave do.
    """
    return [report_wave(project, instrument, wave, languages, progress) for wave in waves]


def report_wave(
    project: Project,
    instrument: Instrument,
    wave: str,
    languages: Sequence[str],
    progress: Progress,
) -> Reported:
    """The report of one wave, in each language."""
    study = instrument.study.id
    kind = read_source(project, study, wave).kind
    instrument = instrument.at(wave)
    ready = prepare_wave(project, instrument, wave)
    start = ready.ledger.frame.copy(deep=False)
    verdict = judge(ready.ledger, ready.measures, instrument, wave)
    band = None
    if instrument.study.indicators and len(choices(instrument, wave)) > 1:
        with progress.waiting(f"{study} {wave}: other rules"):
            band = robustness(ready.measures, start, instrument, wave, kind=kind)
    found = findings(
        ready.ledger.frame,
        ready.ledger.audit(),
        ready.measures,
        verdict,
        excluding(instrument, wave),
        instrument,
        band,
    )
    folder = project.build(study) / "quality"
    written = []
    if band is not None:
        rows = band.rows.assign(kind=kind, wave=wave)
        written.append(write_csv(rows, folder / f"{wave}.band.csv"))
    for language in languages:
        page = quality_page(found, verdict, instrument, wave, language=language, kind=kind)
        written.append(write_text(folder / f"{wave}.{language}.html", page))
    for path in written:
        progress.step(project.relative(path))
    return Reported(wave, kind, tuple(written), band)
