"""The twin: an invented study with committed answers, as a small project in a temporary folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from survey.instrument.load import Instrument, load_instrument
from survey.io.tables import write_parquet
from survey.project import Project

DATA = Path(__file__).parent / "data" / "twin"
STUDY = "twin"
WAVES = ("2020H1", "2021H1")
CARD = "kind: simulated\nproducer: a test\nlicence: CC0-1.0\nfiles: {}\n"


def read_responses(name: str) -> pd.DataFrame:
    """Clean responses of a wave (or the altered file), typed as the cleaning stage types them."""
    frame = pd.read_csv(DATA / f"{name}.csv", dtype={"respondent": str, "psu": str})
    for column in frame.columns.drop(["respondent", "psu", "base_weight", "included"]):
        frame[column] = frame[column].astype("Int8" if "__" in column else "Int64")
    return frame


def make_project(root: Path, *, responses: dict[str, str] | None = None) -> Project:
    """A project with the twin's instrument and clean responses.

    `responses` names another file for a wave: ``{"2021H1": "altered_2021H1"}``.
    """
    project = Project(root)
    (root / "pyproject.toml").write_text("")
    shutil.copytree(DATA / "instrument", project.instrument(STUDY))
    for wave in WAVES:
        frame = read_responses((responses or {}).get(wave, wave))
        write_parquet(frame, project.clean(STUDY, wave) / "responses.parquet")
        project.raw(STUDY, wave).mkdir(parents=True)
        (project.raw(STUDY, wave) / "source.yml").write_text(CARD, encoding="utf-8")
    return project


def alter_targets(project: Project) -> None:
    """Put the altered targets in place of the latest wave's."""
    target = project.instrument(STUDY) / "targets" / f"{WAVES[-1]}.csv"
    shutil.copy(DATA / "altered_targets.csv", target)


def instrument(root: Path) -> Instrument:
    return load_instrument(make_project(root), STUDY)
