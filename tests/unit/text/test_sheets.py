"""Sheets for two coders: drawn, filled in, read back, settled; every fault at once."""

import json
import zipfile

import openpyxl
import pytest

from dashboards.cli import main
from survey.clean.coded import answer_id, coding_path, read_coding
from survey.errors import DataError, UsageError
from survey.text.drawing import draw
from survey.text.run import code_by_rules, read_back, task_of, write_sheets
from tests.unit.text.conftest import ANSWERS, fill, instrument_of, write_raw

CODES = {"张伟": [1], "泄露": [1], "骚扰": [2], "费": [3], "没有": [97], "[name]": [1]}


@pytest.fixture
def task(town):
    write_raw(town, [*(ANSWERS[n % 10] for n in range(200)), *(f"收费太高{n}" for n in range(40))])
    return task_of(town, instrument_of(town), "2020H1", "remarks")


@pytest.fixture
def sheets(task, tmp_path):
    return write_sheets(task, tmp_path / "s" / "out.xlsx", double=0.5, seed=7)[0]


class TestDraw:
    def test_both_see_the_double_sample_and_everything_is_seen(self):
        answers = {f"{n:04d}": 1 for n in range(101)}
        drawn = draw(answers, double=0.2, seed=1)
        a, b = map(set, drawn.sheets.values())
        assert a & b == drawn.double
        assert len(drawn.double) == 20
        assert a | b == set(answers)
        assert abs(len(a) - len(b)) <= 1

    def test_it_follows_from_the_seed_and_not_from_the_order(self):
        answers = {f"{n:04d}": 1 for n in range(50)}
        backwards = dict(reversed(answers.items()))
        assert draw(answers, double=0.3, seed=1) == draw(backwards, double=0.3, seed=1)
        assert draw(answers, double=0.3, seed=1) != draw(answers, double=0.3, seed=2)

    def test_a_share_is_a_share(self):
        with pytest.raises(UsageError, match="no share"):
            draw({"a": 1}, double=20, seed=1)


class TestOut:
    def test_identifiers_are_masked_and_nobody_is_named(self, sheets):
        for path in sheets:
            with zipfile.ZipFile(path) as archive:
                text = "".join(archive.read(name).decode("utf-8") for name in archive.namelist())
            assert "13812345678" not in text
            assert "张伟" not in text
            assert "P0001" not in text

    def test_no_answer_is_a_formula(self, sheets):
        cells = [c for p in sheets for r in openpyxl.load_workbook(p).worksheets[0] for c in r]
        assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
        assert {cell.data_type for cell in cells} <= {"s", "n"}

    def test_codes_are_chosen_from_a_list_in_both_languages(self, sheets):
        book = openpyxl.load_workbook(sheets[0])
        (rule,) = book.worksheets[0].data_validations.dataValidation
        assert rule.type == "list"
        assert "Codes" in rule.formula1
        first = [cell.value for cell in book.worksheets[2]["A"]][1:]
        assert first[0] == "1 信息泄露 / Leaks"
        assert len(first) == 6

    def test_rows_that_two_people_code_have_no_proposal(self, task, tmp_path):
        paths, drawn = write_sheets(task, tmp_path / "x.xlsx", double=0.5, seed=7)
        books = [openpyxl.load_workbook(path).worksheets[0] for path in paths]
        rows = [row for sheet in books for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert {row[3] for row in rows if row[0] in drawn.double} == {""}
        single = [row for row in rows if row[0] not in drawn.double and "收费" in row[1]]
        assert single
        assert {row[3] for row in single} == {"3 乱收费 / Fees (收费)"}

    def test_the_same_answers_give_the_same_bytes(self, task, sheets, tmp_path):
        again, _ = write_sheets(task, tmp_path / "again" / "out.xlsx", double=0.5, seed=7)
        assert [path.read_bytes() for path in again] == [path.read_bytes() for path in sheets]

    @pytest.mark.parametrize("folder", ["build", "data/clean/tiny"])
    def test_sheets_do_not_lie_in_what_is_built(self, task, town, folder):
        with pytest.raises(UsageError, match="people's answers"):
            write_sheets(task, town.root / folder / "x.xlsx", double=0.5, seed=7)


class TestBack:
    def test_two_coders_who_agree_make_a_coding(self, task, sheets):
        for path in sheets:
            fill(path, CODES)
        done = read_back(task, sheets, level=0.95)
        assert done.apart == 0
        assert done.agreed.whole.kappa == pytest.approx(1)
        coding = read_coding(task.path, "x")
        assert coding.codes[answer_id("乱收费")] == {3}
        assert set(coding.by.values()) == {"a", "b", "both"}
        assert len(coding.codes) == len(task.texts)
        assert coding.record["agreement"]["alpha_masi"] == 1

    def test_disagreements_are_decided_by_a_third(self, task, sheets, tmp_path):
        fill(sheets[0], CODES)
        fill(sheets[1], {"收费太高": [96], **CODES})
        with pytest.raises(DataError, match="disagreements are not decided"):
            read_back(task, sheets, level=0.95)
        assert not task.path.exists()
        third = tmp_path / "open.xlsx"
        waiting = read_back(task, sheets, level=0.95, adjudicate=third)
        assert waiting.apart > 3
        assert waiting.written == ()
        assert waiting.agreed.codes[3].kappa < 1
        fill(third, {"收费": [3, 1]}, first=6)
        done = read_back(task, sheets, level=0.95, adjudicated=third)
        assert done.written
        coding = read_coding(task.path, "x")
        decided = [a for a, who in coding.by.items() if who == "adjudicated"]
        assert len(decided) == waiting.apart
        assert all(coding.codes[answer] == {1, 3} for answer in decided)
        assert coding.record["disagreements"] == waiting.apart

    def test_every_fault_is_told_at_once(self, task, sheets):
        fill(sheets[0], {**CODES, "费": [3, 97], "没有": [12]})
        fill(sheets[1], CODES)
        book = openpyxl.load_workbook(sheets[1])
        sheet = book.worksheets[0]
        for row in (2, 3, 4):
            sheet.cell(row, 5).value = None
            sheet.cell(row, 6).value = None
        sheet.delete_rows(6)
        book.save(sheets[1])
        with pytest.raises(DataError) as error:
            read_back(task, sheets, level=0.95)
        told = str(error.value)
        assert "a code that stands alone is beside others" in told
        assert "'12' is no code" in told
        assert "3 answers have no code (rows 2, 3, 4)" in told
        assert "expected the" in told
        assert "out.a.xlsx" in told
        assert "out.b.xlsx" in told

    def test_a_sheet_of_something_else_is_refused(self, task, sheets, tmp_path):
        other = tmp_path / "other.xlsx"
        openpyxl.Workbook().save(other)
        for paths, told in (([sheets[0], sheets[0]], "two sheets are of coder a"),
                            ([sheets[0], other], "is no coding sheet")):  # fmt: skip
            for path in sheets:
                fill(path, CODES)
            with pytest.raises(DataError, match=told):
                read_back(task, paths, level=0.95)

    def test_people_are_not_overruled_by_rules(self, task, sheets):
        for path in sheets:
            fill(path, {"收费": [96], **CODES})
        read_back(task, sheets, level=0.95)
        code_by_rules(task)
        coding = read_coding(task.path, "x")
        assert coding.codes[answer_id("收费太高1")] == {96}


class TestCommand:
    def test_sheets_agreement_and_coding(self, town, tmp_path, capsys):
        given = ["--project", str(town.root), "code-text", "tiny", "2020H1", "--item", "themes"]
        assert main([*given, "--sheet", str(tmp_path / "o.xlsx"), "--double", "1"]) == 0
        paths = [tmp_path / "o.a.xlsx", tmp_path / "o.b.xlsx"]
        for path in paths:
            fill(path, CODES)
        assert main([*given, "--read", *map(str, paths)]) == 0
        told = capsys.readouterr().out
        assert "180 answers, 9 different ones" in told
        assert "Krippendorff's alpha" in told
        assert coding_path(town, "tiny", "2020H1", "themes").exists()

    def test_an_item_without_a_frame_is_a_mistake_of_the_user(self, town, capsys):
        given = ["--project", str(town.root), "code-text", "tiny", "2020H1", "--by-rules"]
        assert main([*given, "--item", "trust"]) == 2
        assert "'trust' has no code frame" in capsys.readouterr().err


def test_the_record_is_readable(task):
    code_by_rules(task)
    told = json.loads(task.path.with_suffix(".json").read_text("utf-8"))
    assert told["version"] == 1
    assert told["codes"]["3"] == "fees"
