"""`make synth`: the simulated raw files again, from the seeds and assumptions of each study.

Which study is simulated by what: persons by generate.py (settings in synthetic.yml), apps by
apps.py (simulation.yml). A wave of persons gets its raw file and its card, source.yml with
`kind: simulated`; what was published is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from survey.errors import UsageError
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import sha256, write_text
from survey.io.source import CARD, read_source
from survey.progress import Progress
from survey.project import Project
from survey.synthetic import apps
from survey.synthetic.export import cells, write_raw
from survey.synthetic.generate import generate
from survey.synthetic.plan import PUBLISHED, SETTINGS, Plan, load_plan

OF_APPS = "simulation.yml"


def run(project: Project, studies: Sequence[str], progress: Progress) -> list[Path]:
    """Make the raw files of every study that says how; returns what was written.

    Raises
    ------
    UsageError
        If none of the studies is simulated.
    """
    written: list[Path] = []
    for study in studies:
        if (project.instrument(study) / SETTINGS).exists():
            instrument, plan = load_instrument(project, study), load_plan(project, study)
            for wave in plan.waves:
                progress.step(f"{study} {wave}")
                written += _persons(project, instrument, plan, wave)
        elif (project.instrument(study) / OF_APPS).exists():
            for wave in project.waves(study):
                if read_source(project, study, wave).kind == "simulated":
                    progress.step(f"{study} {wave}")
                    written.append(apps.write_wave(project, study, wave))
    if not written:
        raise UsageError(
            f"nothing to simulate in {', '.join(studies)}",
            expected=f"a study with {SETTINGS} or {OF_APPS}",
        )
    return written


def _persons(project: Project, instrument: Instrument, plan: Plan, wave: str) -> list[Path]:
    folder = project.raw(instrument.study.id, wave)
    raw = folder / instrument.waves[wave].raw.file
    table = cells(instrument, plan, wave, generate(project, instrument, plan, wave))
    write_raw(instrument, wave, table, raw)
    text = card(plan, wave, [raw, folder / PUBLISHED])
    return [raw, write_text(folder / CARD, text)]


def card(plan: Plan, wave: str, files: Sequence[Path]) -> str:
    """The source.yml of a simulated wave."""
    said, fielded = plan.card, plan.waves[wave].fielded
    content = {
        "kind": "simulated",
        "title": {lang: text.format(wave=wave) for lang, text in said.title.items()},
        "producer": said.producer,
        "licence": said.licence,
        "citation": said.citation,
        "fielded": {"start": str(fielded.start), "end": str(fielded.end)},
        "files": {path.name: sha256(path) for path in files if path.exists()},
        "note": dict(said.note),
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
