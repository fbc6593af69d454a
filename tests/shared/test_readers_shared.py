"""Real returns that may not be shipped: read, written, and read again."""

import shutil
import subprocess

import pandas as pd
import pytest

from survey.errors import DataError
from survey.io import delimited
from survey.io.labelled import differences
from survey.io.labelledfile import read_labelled
from survey.io.readers import read_raw
from survey.io.write import write_labelled

pytestmark = pytest.mark.shared
SAV = (
    "electric",
    "foreign_missing_kinds",
    "foreign_testdata",
    "gss2010",
    "haven_labelled_num_na",
    "haven_labelled_str",
    "haven_umlauts",
    "hebrews",
    "sample_missing",
    "simple_alltypes",
    "tegulu",
)


class TestRoundTrip:
    def test_no_file_is_left_out(self, shared_data):
        assert tuple(sorted(path.stem for path in (shared_data / "spss").glob("*.sav"))) == SAV

    @pytest.mark.parametrize("ending", [".sav", ".dta", ".csv", ".parquet"])
    @pytest.mark.parametrize("name", SAV)
    def test_a_file_read_and_written_is_equal(self, shared_data, tmp_path, name, ending):
        file = read_labelled(shared_data / f"spss/{name}.sav")
        not_kept = write_labelled(file, tmp_path / f"again{ending}")
        assert not_kept == ()
        assert differences(file, read_labelled(tmp_path / f"again{ending}")) == []

    def test_the_sets_of_a_real_file_are_those_its_makers_name(self, shared_data):
        sets = {
            one.name: one for one in read_labelled(shared_data / "spss/simple_alltypes.sav").sets
        }
        assert sets["mymrset"].variables == ("bool1", "bool2", "bool3")
        assert (sets["mymrset"].kind, sets["mymrset"].counted) == ("dichotomy", "1")
        assert sets["mymrset"].label == "My multiple response set"
        assert sets["categorical_array"].kind == "category"

    @pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R with haven")
    @pytest.mark.parametrize("name", ["simple_alltypes", "foreign_testdata", "sample_missing"])
    def test_haven_sees_no_difference(self, shared_data, tmp_path, name):
        original = shared_data / f"spss/{name}.sav"
        write_labelled(read_labelled(original), tmp_path / "again.sav")
        code = (
            "a <- haven::read_sav(commandArgs(TRUE)[1], user_na=TRUE);"
            "b <- haven::read_sav(commandArgs(TRUE)[2], user_na=TRUE);"
            "cat(isTRUE(all.equal(a, b)))"
        )
        done = subprocess.run(
            ["Rscript", "-e", code, original, tmp_path / "again.sav"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "TRUE"


class TestPlatforms:
    def test_qualtrics_with_three_header_rows(self, shared_data):
        name = "questionnaires/qualtrics_data_privacy_survey_testresponses.csv"
        raw = read_raw(shared_data / name, "qualtrics", {})
        assert raw.frame.shape == (100, 252)
        assert raw.import_ids["ResponseId"] == "_recordId"
        assert raw.labels["StartDate"] == "Start Date"
        faculty = next(one for one in raw.sets if one.name == "Faculty")
        assert len(faculty.variables) == 9
        assert faculty.label.startswith("In which UU faculty")

    @pytest.mark.parametrize(
        ("name", "rows"),
        [("qualtrics_better_sample_survey", 11), ("qualtrics_long_exhaustive_sample_survey", 32)],
    )
    def test_older_qualtrics_with_two(self, shared_data, name, rows):
        raw = read_raw(shared_data / f"questionnaires/{name}.csv", "qualtrics", {})
        assert len(raw.frame) == rows
        assert "2 header rows" in raw.report

    def test_surveymonkey_with_two_header_rows_and_options_in_cells(self, shared_data):
        raw = read_raw(shared_data / "multi/starwars_surveymonkey.csv", "surveymonkey", {})
        assert raw.frame.shape == (1186, 38)
        seen = raw.frame["Have you seen any of the 6 films in the Star Wars franchise?"]
        assert seen.value_counts().to_dict() == {"Yes": 936, "No": 250}
        (films,) = raw.sets
        assert len(films.variables) == 6
        assert "not UTF-8" in raw.report[0]

    def test_surveymonkey_with_one(self, shared_data):
        path = shared_data / "multi/thanksgiving_surveymonkey.csv.gz"
        raw = read_raw(path, "surveymonkey", {})
        assert raw.frame["Do you celebrate Thanksgiving?"].value_counts()["Yes"] == 980
        assert [len(one.variables) for one in raw.sets] == [13, 11, 10]

    def test_delimited_sets_come_apart_as_they_were_counted(self, shared_data):
        raw = read_raw(shared_data / "multi/quantipy_example_a.csv.gz", "csv", {})
        assert delimited.set_names(raw.frame) == ["q2", "q3", "q8", "q9"]
        table, one = delimited.expand(raw.frame, "q3")
        assert len(one.variables) == table.shape[1]
        for name in table:  # counted again, without taking cells apart
            code = name.rpartition("_")[2]
            padded = ";" + raw.frame["q3"].dropna()
            assert table[name].sum() == padded.str.contains(f";{code};", regex=False).sum()

    def test_stray_bytes_before_the_workbook_are_no_fault(self, shared_data):
        name = "questionnaires/xlsform_ifrc-distribution-site-assessment-v1.xlsx"
        assert not (shared_data / name).read_bytes().startswith(b"PK")
        assert read_raw(shared_data / name, "excel", {"sheet": "survey"}).frame.shape[1] == 20


class TestTraps:
    def test_a_question_one_wave_did_not_ask_is_blank_there_and_never_zero(self, shared_data):
        path = shared_data / "trend/eurobarometer_trust_9waves.csv.gz"
        frame = read_raw(path, "csv", {}).frame
        asked = frame[~frame["rowid"].str.startswith("ZA7562")]
        absent = frame[frame["rowid"].str.startswith("ZA7562")]
        name = "trust_european_parliament"
        assert len(absent) > 0
        assert absent[name].isna().all()
        assert set(asked[name].dropna()) >= {"0", "1"}

    def test_codes_for_missing_answers_stay_in_the_data(self, shared_data):
        path = shared_data / "trend/afrobarometer_trust_r5_r7.csv.gz"
        frame = read_raw(path, "csv", {}).frame
        cells = pd.concat([frame[n] for n in frame.columns if "trust" in n.lower()])
        assert {"99997", "99998", "99999"} <= set(cells.dropna().str.removesuffix(".0"))

    def test_levels_absent_from_targets_are_still_read(self, shared_data):
        sample = read_raw(shared_data / "weighting/pew_dec13_excerpt.csv", "csv", {}).frame
        target = read_raw(shared_data / "weighting/acs_2017_joint_targets.csv", "csv", {}).frame
        shared = [n for n in target.columns if n in sample.columns]
        beyond = {
            level for n in shared for level in set(sample[n].dropna()) - set(target[n].dropna())
        }
        assert any("DK" in level or "Ref" in level for level in beyond)

    def test_western_text_is_not_taken_for_chinese(self, shared_data):
        with pytest.raises(DataError, match="may be GB18030 or a Western encoding"):
            read_raw(shared_data / "multi/starwars_surveymonkey.csv", "csv", {})
