"""Editing and imputation through the stages, from a raw file to estimates on disk."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from analysis.results.store import read_rows
from dashboards.cli import main
from survey.io.atomic import sha256
from survey.io.tables import read_parquet
from survey.project import Project
from tests.simulation.imputation import sample
from tests.unit.impute.gaps_study import DATA, WAVE

EDITS = """\
edits:
  - id: young
    if: age < 35 and score > 7
    then: set_missing
    item: score
    reason: {zh: 因, en: too high for the young}
"""
STAGES = ("responses", "weights", "estimates")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """The study of the tests with a raw file, imputed and edited, built up to its estimates."""
    root = tmp_path_factory.mktemp("gaps")
    (root / "pyproject.toml").touch()
    shutil.copytree(DATA / "instruments", root / "instruments")
    (root / "instruments" / "gaps" / "edits.yml").write_text(EDITS, encoding="utf-8")
    report = root / "report_templates" / "gaps" / "report.yml"
    report.parent.mkdir(parents=True)
    report.write_text("id: gaps\n")
    raw = root / "data" / "raw" / "gaps" / WAVE / "raw.csv"
    raw.parent.mkdir(parents=True)
    names = {"respondent": "id", "base_weight": "w"}
    names |= {f"issues__{k}": f"i{k}" for k in (1, 2, 9)}
    frame = sample(1).rename(columns=names).assign(incident=2, loss=-3)
    frame.sample(frac=1, random_state=2).to_csv(raw, index=False)
    card = f"producer: t\nlicence: t\nkind: simulated\nfiles: {{raw.csv: {sha256(raw)}}}\n"
    raw.with_name("source.yml").write_text(card)
    made = Project(root)
    build(made)
    return made


def build(project: Project) -> None:
    for stage in STAGES:
        assert main(["--project", str(project.root), stage, "--study", "gaps"]) == 0


class TestStages:
    def test_the_study_passes_its_check(self, project):
        assert main(["--project", str(project.root), "check"]) == 0

    def test_counts_of_edits_and_imputation_are_written(self, project):
        told = json.loads((project.clean("gaps", WAVE) / "cleaning.json").read_text("utf-8"))
        assert told["edits"]["young"]["failed"] == told["edits"]["young"]["changed_answers"] > 0
        score = told["imputed"]["score"]
        assert score["missing"] == score["imputed"] == told["changed_answers"]["impute:score"]

    def test_imputed_answers_meet_the_edit(self, project):
        responses = read_parquet(project.clean("gaps", WAVE) / "responses.parquet")
        assert responses["score"].between(0, 10).all()
        assert not ((responses["age"] < 35) & (responses["score"] > 7)).any()

    def test_every_imputed_answer_has_its_row_of_the_audit(self, project):
        folder = project.clean("gaps", WAVE)
        audit = read_parquet(folder / "audit.parquet")
        table = read_parquet(folder / "imputed.parquet")
        audited = set(audit.loc[audit["rule"] == "impute:score", "respondent"])
        assert audited == set(table.loc[table["imputed"], "respondent"])

    def test_estimates_carry_share_method_and_error(self, project):
        rows = read_rows(project.estimates("gaps"))
        score = rows[(rows["indicator"] == "score") & (rows["quality"] != "suppressed")]
        assert score["imputed"].between(0.1, 0.7).all()
        assert score["design"].str.contains("Rao-Shao").all()
        assert rows.loc[rows["indicator"] == "issues", "imputed"].isna().all()

    def test_the_same_files_come_out_again_and_none_is_left_without_the_declaration(self, project):
        names = ("responses.parquet", "audit.parquet", "imputed.parquet")
        folder = project.clean("gaps", WAVE)
        first = [(folder / name).read_bytes() for name in names]
        before = read_rows(project.estimates("gaps"))
        build(project)
        assert [(folder / name).read_bytes() for name in names] == first
        (project.instrument("gaps") / "imputation.yml").unlink()
        build(project)
        assert not (folder / "imputed.parquet").exists()
        after = read_rows(project.estimates("gaps"))
        assert after["imputed"].isna().all()
        mean = (after["statistic"] == "mean") & (after["domain"] == "all")
        assert after.loc[mean, "n"].iloc[0] < before.loc[mean.to_numpy(), "n"].iloc[0]
        assert not np.isclose(after.loc[mean, "se"], before.loc[mean.to_numpy(), "se"])
