"""perception new-wave: what it writes, what it leaves to a person, what it refuses."""

import hashlib

import pandas as pd
import pytest
import yaml

from dashboards.cli import main
from survey.instrument.blanks import blanks
from survey.instrument.load import load_instrument
from survey.newwave.alike import alike, bare
from survey.newwave.match import confidence
from survey.newwave.origin import origin_of
from survey.newwave.rules import rules

WORDS = "编号,性别,您信任吗？,手机号,备注\n1,男,8,13800138000,好\n2,女,不知道,13900139000,好\n"


@pytest.fixture
def arrived(tiny, tmp_path_factory):
    """A file of the next wave, in words, with a column of telephone numbers."""
    file = tmp_path_factory.mktemp("inbox") / "next.csv"
    file.write_text(WORDS, encoding="utf-8")
    return file


def run(project, *words):
    return main(["--project", str(project.root), "new-wave", *map(str, words)])


def wave_text(project):
    return (project.instrument("tiny") / "waves" / "2020H2.yml").read_text(encoding="utf-8")


class TestCommand:
    def test_writes_the_map_with_confidence_and_copies_the_file(self, tiny, arrived, capsys):
        assert run(tiny, "tiny", "2020H2", "--from", arrived) == 0
        columns = yaml.safe_load(wave_text(tiny))["columns"]
        assert columns["sex"] == {"column": "性别"}
        assert columns["trust"] == {"column": "您信任吗？", "codes": {"不知道": 98}}
        assert "sex: {column: 性别}  # confidence 0." in wave_text(tiny)
        copy = tiny.raw("tiny", "2020H2") / "next.csv"
        assert copy.read_bytes() == arrived.read_bytes()
        card = (tiny.raw("tiny", "2020H2") / "source.yml").read_text(encoding="utf-8")
        assert f"next.csv: {hashlib.sha256(arrived.read_bytes()).hexdigest()}" in card

    def test_identifiers_are_listed_and_never_mapped(self, tiny, arrived, capsys):
        run(tiny, "tiny", "2020H2", "--from", arrived)
        told = capsys.readouterr().out
        assert "never mapped, for they identify people: 1\n  手机号 (" in told
        assert "columns left over: 1\n  备注" in told
        assert "138" not in wave_text(tiny) + told

    def test_no_stage_runs_before_a_person_has_filled_the_blanks(self, tiny, arrived, capsys):
        run(tiny, "tiny", "2020H2", "--from", arrived)
        assert len(blanks(tiny, "tiny")) >= 7
        project = ["--project", str(tiny.root)]
        assert main([*project, "check", "tiny"]) == 3
        assert main([*project, "responses", "--study", "tiny"]) == 3

    def test_filled_in_the_wave_is_read(self, tiny, arrived, capsys):
        run(tiny, "tiny", "2020H2", "--from", arrived)
        path = tiny.instrument("tiny") / "waves" / "2020H2.yml"
        filled = {
            "{start: '???', end: '???'}": "{start: 2020-07-01, end: 2020-12-31}",
            "half: '???'": "half: 2",
            "column: '???'": "column: 编号",
        }
        text = path.read_text(encoding="utf-8")
        for blank, told in filled.items():
            text = text.replace(blank, told)
        path.write_text(text, encoding="utf-8")
        card = tiny.raw("tiny", "2020H2") / "source.yml"
        told = card.read_text(encoding="utf-8").replace("received: '???'\n", "")
        told = told.replace("kind: '???'", "kind: simulated").replace("'???'", "a test")
        card.write_text(told, encoding="utf-8")
        old = tiny.raw("tiny", "2020H1")
        digest = hashlib.sha256((old / "raw.csv").read_bytes()).hexdigest()
        (old / "source.yml").write_text(
            f"kind: simulated\nproducer: a test\nlicence: CC0\nfiles: {{raw.csv: {digest}}}\n"
        )
        project = ["--project", str(tiny.root)]
        assert main([*project, "check", "tiny"]) == 0
        assert main([*project, "--quiet", "responses", "--study", "tiny"]) == 0
        answers = pd.read_parquet(tiny.clean("tiny", "2020H2") / "responses.parquet")
        assert answers["trust"].tolist() == [8, 98]
        assert answers["sex"].tolist() == [1, 2]

    def test_an_item_that_is_not_there_is_a_blank(self, tiny, arrived, capsys):
        arrived.write_text("编号,性别\n1,男\n2,女\n", encoding="utf-8")
        assert run(tiny, "tiny", "2020H2", "--from", arrived) == 0
        assert "not found in the file: 1\n  trust" in capsys.readouterr().out
        assert "trust: {column: '???'}  # not found" in wave_text(tiny)

    def test_cells_that_no_answer_reads_are_asked_about_one_by_one(self, tiny, arrived, capsys):
        arrived.write_text("编号,性别,您信任吗？\n1,男,8\n2,女性,9\n3,女,七\n", encoding="utf-8")
        run(tiny, "tiny", "2020H2", "--from", arrived)
        columns = yaml.safe_load(wave_text(tiny))["columns"]
        assert columns["trust"]["codes"] == {"七": "???"}
        assert columns["sex"]["codes"] == {"女性": "???"}

    @pytest.mark.parametrize(
        ("words", "code", "fault"),
        [
            (("tiny", "2020H1"), 2, "exists already"),
            (("tiny", "2020H2", "--previous", "2019H1"), 2, "there is no wave '2019H1'"),
            (("tiny", "2020H2", "--origin", "spss_x"), 2, "unknown origin"),
            (("town", "2020H2"), 2, "there is no study 'town'"),
        ],
    )
    def test_a_slip_is_told_and_nothing_written(self, tiny, arrived, capsys, words, code, fault):
        assert run(tiny, *words, "--from", arrived) == code
        assert fault in capsys.readouterr().err
        assert not (tiny.instrument("tiny") / "waves" / "2020H2.yml").exists()
        assert not tiny.raw("tiny", "2020H2").exists()

    def test_a_missing_file_is_a_fault_of_the_data(self, tiny, tmp_path, capsys):
        assert run(tiny, "tiny", "2020H2", "--from", tmp_path / "none.csv") == 4

    def test_another_file_of_that_name_is_never_replaced(self, tiny, arrived, capsys):
        raw = tiny.raw("tiny", "2020H2")
        raw.mkdir(parents=True)
        (raw / "next.csv").write_text("something else", encoding="utf-8")
        assert run(tiny, "tiny", "2020H2", "--from", arrived) == 2
        assert (raw / "next.csv").read_text(encoding="utf-8") == "something else"


class TestOrigin:
    @pytest.mark.parametrize(
        ("wave", "origin"), [("2013H1", "csv"), ("2017H1", "spss"), ("2018H1", "wjx")]
    )
    def test_is_seen_from_the_file(self, checkout, wave, origin):
        file = load_instrument(checkout, "security_perception").waves[wave].raw.file
        assert origin_of(checkout.raw("security_perception", wave) / file) == origin

    @pytest.mark.parametrize(
        ("head", "origin"),
        [
            ('Q1,Q2\nAge,Sex\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n', "qualtrics"),
            ("Respondent ID,Q1\n,Response\n1,2\n", "surveymonkey"),
            ("SubmissionDate,age,KEY\n1,2,uuid:3\n", "odk"),
            ("序号,提交答卷时间,所用时间,1、性别\n1,2018/1/1,12秒,男\n", "wjx"),
            ("a;b\n1;2\n", "csv"),
        ],
    )
    def test_of_a_csv_is_seen_from_its_first_lines(self, tmp_path, head, origin):
        path = tmp_path / "file.csv"
        path.write_bytes(head.encode("gb18030"))
        assert origin_of(path) == origin


class TestEvidence:
    def test_cells_and_place_alone_prove_nothing(self):
        found = confidence({"readable": 1.0, "distribution": 1.0, "position": 1.0, "wording": 0.3})
        assert found == rules().unproven_at_most < rules().sure

    def test_a_column_that_cannot_be_read_is_hardly_the_item(self):
        assert confidence({"name": 1.0, "readable": 0.1}) < rules().least

    def test_is_the_weighted_mean_of_what_there_is(self):
        weights = rules().weights
        found = confidence({"wording": 0.8, "readable": 1.0})
        want = (0.8 * weights["wording"] + weights["readable"]) / (
            weights["wording"] + weights["readable"]
        )
        assert found == pytest.approx(want)

    def test_likeness_is_the_same_both_ways_and_one_for_equals(self):
        assert alike("您的性别", "您的年龄") == alike("您的年龄", "您的性别")
        assert alike("Your sex?", "your sex") == 1
        assert alike("", "your sex") == 0

    @pytest.mark.parametrize(
        ("header", "told"),
        [
            ("10、请打分 (单选题 *必答)", "请打分"),
            ("第3题", "第3题"),
            ("Q2_1", "Q2_1"),
            ("性别", "性别"),
        ],
    )
    def test_numbers_and_kinds_of_questions_are_no_words(self, header, told):
        assert bare(header) == told
