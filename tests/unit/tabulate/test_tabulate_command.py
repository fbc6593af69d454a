"""perception tabulate and weigh: from a file to rows, through the command line."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.results.schema import COLUMNS
from dashboards.cli import main


@pytest.fixture
def frame() -> pd.DataFrame:
    draw = np.random.Generator(np.random.Philox(3))
    n = 200
    psu = np.repeat(np.arange(10), 20)
    frame = pd.DataFrame(
        {
            "w": np.round(draw.uniform(1, 5, n), 3),
            "s": psu // 5 + 1,
            "p": psu % 5 + 1,
            "sex": draw.integers(1, 3, n),
            "age": draw.integers(18, 80, n),
            "score": draw.integers(0, 11, n),
            "q4_1": draw.integers(0, 2, n),
            "q4_2": draw.integers(0, 2, n),
        }
    )
    frame["age_group"] = np.where(frame["age"] < 40, "young", "old")
    return frame


@pytest.fixture
def survey_file(tmp_path, frame):
    path = tmp_path / "wave.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def targets(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text(
        "margin,level,count,source\nsex,1,520,census\nsex,2,480,census\n"
        "age_group,young,400,census\nage_group,old,600,census\n"
    )
    return path


DESIGN = ["--weight", "w", "--strata", "s", "--psu", "p", "--nested"]


def rows_of(capsys, *arguments) -> list[dict]:
    assert main(["tabulate", *map(str, arguments), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


class TestFormats:
    def test_json_is_a_list_of_rows_with_the_columns_of_estimates(self, capsys, survey_file):
        rows = rows_of(capsys, survey_file, *DESIGN, "--mean", "score", "--by", "sex")
        assert [row["domain"] for row in rows] == ["sex=1", "sex=2"]
        assert tuple(rows[0]) == COLUMNS

    @pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet", "dta", "sav"])
    def test_every_kind_of_file_gives_the_same_numbers(self, capsys, tmp_path, frame, ending):
        import pyreadstat

        path = tmp_path / f"wave.{ending}"
        if ending.startswith("csv"):
            frame.to_csv(path, index=False)
        elif ending == "parquet":
            frame.to_parquet(path)
        elif ending == "dta":
            pyreadstat.write_dta(frame, str(path))
        else:
            pyreadstat.write_sav(frame, str(path))
        row = rows_of(capsys, path, *DESIGN, "--mean", "score")[0]
        expected = np.average(frame["score"], weights=frame["w"])
        assert row["estimate"] == pytest.approx(expected, rel=1e-9)
        assert row["n"] == 200

    def test_spss_user_missing_values_are_no_answers(self, capsys, tmp_path, frame):
        import pyreadstat

        frame.loc[:9, "score"] = 98
        path = tmp_path / "wave.sav"
        ranges = {"score": [{"lo": 97, "hi": 99}]}
        pyreadstat.write_sav(frame, str(path), missing_ranges=ranges)
        row = rows_of(capsys, path, "--mean", "score")[0]
        assert row["n"] == 190
        assert row["estimate"] == pytest.approx(frame["score"][10:].mean())

    def test_workbook_holds_texts_that_are_never_formulas(self, tmp_path, frame):
        import openpyxl

        frame["answer"] = np.where(frame["sex"] == 1, "=1+1", "b")
        path, out = tmp_path / "wave.csv", tmp_path / "out.xlsx"
        frame.to_csv(path, index=False)
        asked = ["--share", "answer", "--format", "xlsx", "--out", str(out)]
        assert main(["tabulate", str(path), *asked]) == 0
        sheet = openpyxl.load_workbook(out)["estimates"]
        place = [cell.value for cell in sheet[1]].index("category")
        assert (sheet[2][place].value, sheet[2][place].data_type) == ("=1+1", "s")

    def test_table_shows_the_words_of_codes_and_json_the_codes(self, capsys, tmp_path, frame):
        import pyreadstat

        path = tmp_path / "wave.sav"
        labels = {"sex": {1.0: "Men", 2.0: "Women"}}
        pyreadstat.write_sav(frame, str(path), variable_value_labels=labels)
        assert (
            main(["tabulate", str(path), "--share", "sex", "--mean", "score", "--by", "sex"]) == 0
        )
        told = capsys.readouterr().out
        assert "sex=1 Men" in told
        assert "2 Women" in told
        assert {row["category"] for row in rows_of(capsys, path, "--share", "sex")} == {"1", "2"}

    def test_table_shows_labels_with_brackets_as_they_are(self, capsys, tmp_path, frame):
        frame["answer"] = np.where(frame["sex"] == 1, "[b]bold", "c")
        path = tmp_path / "wave.csv"
        frame.to_csv(path, index=False)
        assert main(["tabulate", str(path), "--share", "answer"]) == 0
        assert "[b]bold" in capsys.readouterr().out


class TestQuestions:
    def test_each_question_is_a_statistic(self, capsys, survey_file):
        rows = rows_of(
            capsys, survey_file, *DESIGN, "--mean", "score", "--share", "sex", "--total", "age",
            "--ratio", "score/age", "--quantile", "age:0.25,0.5", "--multi", "q4_*",
            "--variance", "age", "--correlation", "score,age",
        )  # fmt: skip
        seen = [(row["statistic"], row["category"]) for row in rows]
        assert seen == [
            ("mean", ""), ("total", ""), ("variance", ""), ("share", "1"), ("share", "2"),
            ("ratio", ""), ("correlation", ""), ("quantile", "0.25"), ("quantile", "0.5"),
            ("share", "q4_1"), ("share", "q4_2"),
        ]  # fmt: skip

    def test_where_keeps_the_whole_design(self, capsys, survey_file):
        among = rows_of(capsys, survey_file, *DESIGN, "--mean", "score", "--where", "age >= 50")[0]
        assert among["df"] == 8
        assert among["n"] < 200


class TestFaults:
    @pytest.mark.parametrize(
        ("arguments", "code", "told"),
        [
            (["--mean", "skore"], 6, "did you mean 'score'?"),
            ([], 2, "nothing is asked"),
            (["--ratio", "score"], 2, "--ratio a/b"),
            (["--mean", "score", "--rho", ".5"], 2, "--rho needs --replicates"),
            (["--mean", "score", "--where", "age >"], 3, "is not a condition"),
            (["--multi", "zz*"], 4, "no column is called 'zz*'"),
            (["--mean", "score", "--strata", "s", "--psu", "p"], 6, "(nested)"),
        ],
    )
    def test_is_told_without_a_traceback(self, capsys, survey_file, arguments, code, told):
        assert main(["tabulate", str(survey_file), *arguments]) == code
        assert told in capsys.readouterr().err

    def test_unknown_kind_of_file_names_the_known_ones(self, capsys, tmp_path):
        path = tmp_path / "wave.doc"
        path.write_text("x")
        assert main(["tabulate", str(path), "--mean", "x"]) == 4
        assert ".parquet" in capsys.readouterr().err


class TestWeigh:
    @pytest.fixture(params=["parquet", "csv"])
    def weighted(self, request, tmp_path, survey_file, targets):
        out = tmp_path / f"weighted.{request.param}"
        asked = ["--targets", str(targets), "--base", "w", "--out", str(out)]
        assert main(["weigh", str(survey_file), *asked]) == 0
        return out

    def test_shares_of_the_margins_are_met_and_certain(self, capsys, weighted):
        capsys.readouterr()
        rows = rows_of(
            capsys, weighted, "--weight", "weight", "--strata", "s", "--psu", "p", "--nested",
            "--share", "sex",
        )  # fmt: skip
        assert rows[0]["estimate"] == pytest.approx(0.52, abs=1e-9)
        assert rows[0]["se"] < 1e-9

    def test_lost_record_is_refused_until_weights_are_said_to_be_fixed(self, capsys, weighted):
        weighted.with_name(weighted.name + ".calibration.json").unlink()
        asked = ["tabulate", str(weighted), "--weight", "weight", "--mean", "score"]
        assert main(asked) == 4
        assert "--weights-fixed" in capsys.readouterr().err
        assert main([*asked, "--weights-fixed"]) == 0

    def test_changed_file_is_refused(self, capsys, weighted):
        if weighted.suffix == ".csv":
            weighted.write_text(weighted.read_text().replace("young", "Young", 1))
        else:
            pd.read_parquet(weighted).iloc[1:].to_parquet(weighted)
        assert main(["tabulate", str(weighted), "--weight", "weight", "--mean", "score"]) == 4
        assert "changed after it was weighted" in capsys.readouterr().err

    def test_target_nobody_answers_is_named_and_nothing_is_written(
        self, capsys, tmp_path, survey_file, targets
    ):
        targets.write_text(targets.read_text() + "sex,3,10,census\n")
        out = tmp_path / "out.parquet"
        assert main(["weigh", str(survey_file), "--targets", str(targets), "--out", str(out)]) == 5
        assert "target for '3'" in capsys.readouterr().err
        assert not out.exists()

    def test_total_of_a_number_is_met_and_certain(self, capsys, tmp_path, survey_file, targets):
        targets.write_text(targets.read_text() + "age,,52000,census\n")
        out = tmp_path / "out.parquet"
        asked = ["--targets", str(targets), "--base", "w", "--out", str(out)]
        assert main(["weigh", str(survey_file), *asked, "--method", "raking"]) == 0
        capsys.readouterr()
        row = rows_of(capsys, out, "--weight", "weight", "--total", "age")[0]
        assert row["estimate"] == pytest.approx(52000, rel=1e-9)
        assert row["se"] < 1e-6

    def test_linear_weights_below_zero_are_refused(self, capsys, tmp_path, survey_file, targets):
        targets.write_text(targets.read_text() + "age,,76000,census\n")
        out = tmp_path / "out.parquet"
        asked = ["--targets", str(targets), "--base", "w", "--out", str(out)]
        assert main(["weigh", str(survey_file), *asked, "--method", "linear"]) == 5
        assert "weights negative" in capsys.readouterr().err
        assert not out.exists()

    def test_page_shows_every_step_of_the_weights(self, tmp_path, survey_file, targets):
        page = tmp_path / "page.html"
        asked = ["--targets", str(targets), "--base", "w", "--out", str(tmp_path / "w.csv")]
        asked += ["--trim", "0.3,2", "--page", str(page), "--lang", "zh"]
        assert main(["weigh", str(survey_file), *asked]) == 0
        text = page.read_text(encoding="utf-8")
        assert all(f'id="{name}"' in text for name in ("love", "margins", "weights", "effects"))
        assert "截尾" in text
