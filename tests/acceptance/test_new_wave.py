"""A new wave is files only: template, raw file, targets; then trend and text hold it."""

import csv
import shutil

import pytest

from analysis.results.select import many, one
from analysis.results.store import read_estimates
from dashboards.cli import main
from survey.io.atomic import sha256
from tests.conftest import copy_project

STUDY, LAST, NEW = "security_perception", "2018H1", "2018H2"
FILLED = {
    "period: {start: '???', end: '???'}": "period: {start: 2018-07-01, end: 2018-12-31}",
    "half: '???'": "half: 2",
}


def perception(project, *arguments: str) -> int:
    return main(["--project", str(project.root), *arguments])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("new-wave") / "project")


def fill(project) -> None:
    """What a researcher does: the raw file, its card, the period and the population numbers."""
    raw = next(project.raw(STUDY, LAST).glob("*.xlsx"))
    shutil.copy(raw, project.raw(STUDY, NEW) / "second_half.xlsx")
    card = project.raw(STUDY, NEW) / "source.yml"
    card.write_text(
        "producer: a test\nkind: simulated\nlicence: CC0-1.0\nreceived: 2019-01-10\n"
        f"files:\n  second_half.xlsx: {sha256(raw)}\n",
        encoding="utf-8",
    )
    wave = project.instrument(STUDY) / "waves" / f"{NEW}.yml"
    text = wave.read_text(encoding="utf-8").replace("file: '???'", "file: second_half.xlsx")
    for blank, filled in FILLED.items():
        assert blank in text
        text = text.replace(blank, filled)
    wave.write_text(text, encoding="utf-8")
    targets = project.instrument(STUDY) / "targets"
    with (targets / f"{LAST}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["date"] = "2018-12-31"
    with (targets / f"{NEW}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class TestNewWave:
    def test_the_template_names_everything_still_missing_at_once(self, project, capsys):
        assert perception(project, "wave-template", "--study", STUDY, "--wave", NEW) == 0
        told = capsys.readouterr().out
        for part in ("period.start", "half", "raw.file", "count, date, source", "licence"):
            assert part in told, part

    def test_until_it_is_filled_no_stage_runs(self, project, capsys):
        assert perception(project, "responses", "--study", STUDY) == 3
        told = capsys.readouterr().err
        assert f"waves/{NEW}.yml:" in told
        assert f"targets/{NEW}.csv:" in told
        assert not project.clean(STUDY, NEW).exists()

    def test_filled_it_is_in_the_estimates_and_never_year_on_year(self, project):
        fill(project)
        studies = ["--study", STUDY, "--study", "app_monitoring"]
        for stage in ("responses", "weights", "estimates"):
            assert perception(project, stage, *studies) == 0
        rows = read_estimates(project, STUDY)
        assert one(rows, indicator="score", statistic="mean", wave=NEW).se > 0
        changes = many(rows, statistic="change", wave=NEW, indicator="score", domain="all")
        assert set(changes["reference"]) >= {LAST}
        assert not changes["variant"].str.contains("year-on-year").any()

    def test_it_is_in_the_trend_and_in_the_text(self, project):
        studies = ["--study", STUDY, "--study", "app_monitoring"]
        assert perception(project, "figures", *studies) == 0
        trend = (project.figures(STUDY, "en") / "figure-a-1.json").read_text("utf-8")
        assert "2018 H2" in trend
        assert perception(project, "report", "--report", "whitepaper") == 0
        text = (project.build("whitepaper") / "whitepaper.zh.md").read_text("utf-8")
        assert "2018年下半年" in text
        told = [line for line in text.splitlines() if "同比" in line]
        assert told  # the words are explained, but never said of a wave without a year before
        assert not [line for line in told if "2018年下半年" in line]
        for lang in ("zh", "en"):
            for kind in ("html", "pdf", "docx", "xlsx"):
                assert (project.build("whitepaper") / f"whitepaper.{lang}.{kind}").stat().st_size
