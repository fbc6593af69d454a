"""Fixtures shared by all rooms: the checkout, and small studies made in a temporary folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from dashboards.cli import main
from survey.project import Project

ROOT = Path(__file__).resolve().parents[1]

# The same examples on every machine, however busy it is.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def checkout() -> Project:
    """The project these tests stand in."""
    return Project(ROOT)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Survey files that may not be shipped; the test is skipped by name where they are absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{folder.name} with survey files is not beside this checkout")
    return folder


SHIPPED = ("instruments", "report_templates", "data/raw")


def copy_project(target: Path) -> Project:
    """A copy of what a build starts from: instruments, raw data and templates."""
    for name in SHIPPED:
        shutil.copytree(ROOT / name, target / name)
    for name in ("pyproject.toml", "requirements.lock", "Makefile"):
        shutil.copy(ROOT / name, target / name)
    if (ROOT / ".browser").exists():  # the browser that set-up found
        (target / ".browser").symlink_to(ROOT / ".browser")
    return Project(target)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the shipped project, built up to its estimates by the stages themselves."""
    project = copy_project(tmp_path_factory.mktemp("built") / "project")
    studies = [part for study in project.studies() for part in ("--study", study)]
    for stage in ("responses", "weights", "estimates"):
        assert main(["--project", str(project.root), stage, *studies]) == 0
    return project


STUDY_FILES = {
    "study.yml": """\
id: tiny
title: {zh: 小调查, en: Tiny survey}
universe: {zh: 全体成人, en: All adults}
report: tiny
indicators:
  - {id: trust, item: trust, statistic: [mean], text: {zh: 信任, en: Trust}}
domains: [sex]
""",
    "items/all.yml": """\
- {id: respondent, kind: key, text: {zh: 编号, en: Respondent}}
- {id: sex, kind: single, scale: sex, text: {zh: 性别, en: Sex}}
- {id: trust, kind: single, scale: trust, text: {zh: 您信任吗？, en: 'Do you trust?'}}
""",
    "scales/sex.yml": """\
points:
  1: {code: male, text: {zh: 男, en: Men}}
  2: {code: female, text: {zh: 女, en: Women}}
""",
    "scales/trust.yml": "range: [0, 10]\nnumeric: true\nmissing: {98: dont_know}\n",
    "questionnaires/v1.yml": "blocks: [{id: main, items: [sex, trust]}]\n",
    "methods.yml": """\
calibration_tolerance: {value: 1.0e-10, unit: relative difference, source: a test}
calibration_sweeps: {value: 1000, unit: sweeps, source: a test}
margin_total_tolerance: {value: 0.005, unit: relative difference, source: a test}
borrowed_days: {value: 31, unit: days, source: a test}
conf_level: {value: 0.95, unit: confidence level, source: a test}
min_base: {value: 30, unit: respondents, source: a test}
min_cell: {value: 5, unit: respondents, source: a test}
caution_cv: {value: 0.166, unit: relative standard error, source: a test}
caution_df: {value: 8, unit: degrees of freedom, source: a test}
""",
    "waves/2020H1.yml": """\
period: {start: 2020-01-01, end: 2020-06-30}
half: 1
questionnaire: v1
mode: web
raw: {file: raw.csv, origin: csv}
columns: {respondent: {column: id}, sex: {column: s}, trust: {column: t}}
design: {kind: nonprobability}
""",
}


@pytest.fixture
def tiny(tmp_path: Path) -> Project:
    """A project with one study 'tiny', one wave, and a raw file."""
    (tmp_path / "pyproject.toml").touch()
    for name, text in STUDY_FILES.items():
        path = tmp_path / "instruments" / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    report = tmp_path / "report_templates" / "tiny" / "report.yml"
    report.parent.mkdir(parents=True)
    report.write_text("id: tiny\n", encoding="utf-8")
    raw = tmp_path / "data" / "raw" / "tiny" / "2020H1" / "raw.csv"
    raw.parent.mkdir(parents=True)
    raw.write_text("id,s,t\n1,1,7\n2,2,98\n", encoding="utf-8")
    return Project(tmp_path)


def edit(project: Project, name: str, old: str, new: str) -> None:
    """Change one file of the tiny study; the old text must be there."""
    path = project.instrument("tiny") / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
