"""The quality report: what it shows, what it hides, in both languages."""

import re

import numpy as np
import pytest

from analysis.quality.interviewerfindings import MISSING
from analysis.quality.page import quality_page
from dashboards.cli import main
from survey.clean.answers import FLAGS
from tests.conftest import copy_project
from tests.unit.quality.conftest import WAVE


def pages(judged, found, kind="simulated"):
    return {
        language: quality_page(
            found, judged.verdict, judged.instrument, WAVE, language=language, kind=kind
        )
        for language in ("zh", "en")
    }


@pytest.fixture(scope="module")
def both(judged):
    return pages(judged, judged.findings())


class TestFindings:
    def test_counts_are_those_of_the_judged_answers(self, judged):
        found, frame = judged.findings(), judged.ready.ledger.frame
        assert found.interviews == len(frame)
        assert found.included == frame["included"].sum()
        for row in found.signs:
            assert row.shown == frame[f"flag_{row.sign}"].sum()
            assert row.excluded == (frame["exclusion"] == row.sign).sum()
        assert sum(found.longest) == sum(found.length.counts) == len(frame)

    def test_combinations_add_up_to_everybody_with_a_sign(self, judged):
        found = judged.findings()
        listed = sum(count for _, count in found.overlap)
        anybody = judged.ready.ledger.frame[list(FLAGS)].any(axis=1).sum()
        assert listed + found.overlap_rest == anybody
        assert min(count for _, count in found.overlap) >= 5

    def test_effects_of_interviewers_are_adjusted_together(self, judged):
        effects = judged.findings().interviewers.effects
        assert {"seconds", MISSING, "safety_score", "issues__1"} <= {name for name, *_ in effects}
        assert all(adjusted >= effect.p for _, effect, adjusted in effects)

    def test_interviewers_with_few_interviews_are_one_row(self, judged):
        who = judged.ready.ledger.frame["interviewer"].to_numpy(str).astype("U20")
        who[:4], who[4:7] = "LONELY1", "LONELY2"
        found = judged.findings(interviewer=who)
        rows = found.interviewers.rows
        assert [(row.name, row.pooled, row.interviews) for row in rows if row.pooled] == [
            ("", 2, 7)
        ]
        assert sum(row.interviews for row in rows) == len(who)
        assert "LONELY" not in "".join(pages(judged, found).values())

    def test_few_interviews_in_all_are_not_even_one_row(self, judged):
        who = judged.ready.ledger.frame["interviewer"].to_numpy(str).astype("U20")
        who[:4] = "LONELY1"
        rows = judged.findings(interviewer=who).interviewers.rows
        assert not any(row.pooled for row in rows)
        assert sum(row.interviews for row in rows) == len(who) - 4

    def test_means_are_shown_from_the_base_of_published_results_on(self, judged):
        who = np.where(np.arange(len(judged.start)) < 29, "SMALL", "LARGE")
        found = judged.findings(interviewer=who).interviewers
        assert {d.interviewer for d in found.deviations} == {"LARGE"}


class TestPage:
    def test_no_respondent_is_on_it(self, judged, both):
        keys = set(judged.ready.ledger.frame["respondent"])
        for page in both.values():
            assert not keys & set(re.findall(r"[A-Za-z0-9#]+", page))

    def test_simulated_data_say_so_beside_every_picture(self, judged, both):
        for page in both.values():
            assert page.count("模拟数据 SIMULATED") >= page.count("<h2>")
        real = pages(judged, judged.findings(), kind="collected")
        assert not any("SIMULATED" in page for page in real.values())

    def test_it_asks_nothing_of_the_net_and_runs_no_script(self, both):
        for page in both.values():
            assert not re.search(r"<script|src=|href=|url\(|@import", page)

    def test_each_language_has_its_own_words_and_the_same_numbers(self, both):
        body = {lang: page.split("<body>")[1] for lang, page in both.items()}
        words = {lang: re.sub(r"<[^>]+>", " ", text) for lang, text in body.items()}
        english = words["en"].replace("模拟数据", "")
        assert not re.search(r"[\u4e00-\u9fff]", english)
        numbers = {
            lang: sorted(re.findall(r"width:([\d.]+)%", text)) for lang, text in body.items()
        }
        assert numbers["zh"] == numbers["en"]
        assert len(numbers["en"]) > 30

    def test_what_nobody_looked_for_is_listed(self, both):
        last = both["en"].rpartition("Signs nobody looked for")[2]
        assert "Pages too fast" in last
        assert "One device" in last
        assert "Straight-lining" not in last

    def test_the_same_wave_gives_the_same_bytes(self, judged, both):
        assert pages(judged, judged.findings()) == both


def test_the_command_writes_pages_and_the_band(tmp_path, capsys):
    project = copy_project(tmp_path / "project")
    command = ["quality", "--study", "security_perception", "--wave", "2013H1", "--langs", "en"]
    assert main(["--project", str(project.root), *command]) == 0
    told = capsys.readouterr().out
    assert "模拟数据 SIMULATED" in told
    assert "score mean: 6.4, under other rules" in told
    folder = project.build("security_perception") / "quality"
    assert sorted(path.name for path in folder.iterdir()) == ["2013H1.band.csv", "2013H1.en.html"]
    head = (folder / "2013H1.band.csv").read_text().splitlines()[0]
    assert {"choice", "signs", "estimate", "kind", "wave"} <= set(head.split(","))
    assert main(["--project", str(project.root), *command[:-1], "fr"]) == 2
    assert "language 'fr' is not known" in capsys.readouterr().err
