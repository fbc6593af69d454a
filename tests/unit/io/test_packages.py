"""Files of Stata, SAS and SPSS portable, from the test data of pyreadstat."""

from pathlib import Path

import pytest

from survey.errors import DataError
from survey.io.labelled import differences
from survey.io.labelledfile import read_labelled
from survey.io.readers import read_raw
from survey.io.surveyfile import read_survey_file
from survey.io.write import write_labelled

RETURNS = Path(__file__).parents[2] / "data/returns"
FILES = ("sample.dta", "sample.por", "sample.sas7bdat", "sample.xpt")


class TestReading:
    @pytest.mark.parametrize("name", FILES)
    def test_numbers_texts_and_dates_are_the_same_in_every_format(self, name):
        origin = {".dta": "stata", ".por": "por"}.get(Path(name).suffix, "sas")
        frame = read_raw(RETURNS / name, origin, {}).frame
        frame.columns = [column.lower() for column in frame.columns]
        assert frame["mychar"].to_list() == ["a", "b", "c", "d", "e"]
        assert frame["mynum"].to_list() == [1.1, 1.2, -1000.3, -1.4, 1000.3]
        assert frame["mydate"].to_list()[:2] == ["2018-05-06", "1880-05-06"]

    @pytest.mark.parametrize("name", FILES)
    def test_what_was_read_exactly_is_written_as_sav_and_read_equal(self, name, tmp_path):
        file = read_labelled(RETURNS / name)
        write_labelled(file, tmp_path / "a.sav")
        again = read_labelled(tmp_path / "a.sav")
        odd = [
            d for d in differences(file, again) if not d.startswith(("format", "width", "align"))
        ]
        assert [d for d in odd if not d.startswith("measure")] == []

    @pytest.mark.parametrize("name", FILES)
    def test_commands_for_any_file_take_it(self, name):
        assert len(read_survey_file(RETURNS / name).frame) == 5

    def test_value_labels_of_sas_come_from_the_catalogue_beside_it(self):
        raw = read_raw(RETURNS / "test_data_linux.sas7bdat", "sas", {})
        assert {"Male", "Female"} <= {
            text for words in raw.value_labels.values() for text in words.values()
        }


class TestStataLetters:
    def test_the_kinds_of_missing_stay_apart(self):
        raw = read_raw(RETURNS / "missing_test.dta", "stata", {})
        codes = {name: spans[0][0] for name, spans in raw.user_missing.items()}
        assert codes["var1"] == -1001  # .a
        assert codes["var6"] == -1026  # .z
        assert raw.frame["var1"].to_list() == [-1001]
        assert raw.value_labels["var1"] == {-1001.0: "missing"}
        assert "in 'var1' .a is -1001" in raw.report
        assert raw.frame["var7"].isna().all()  # the plain missing value

    def test_they_are_blank_where_no_instrument_is_asked(self):
        file = read_survey_file(RETURNS / "missing_test.dta")
        assert not (file.frame.select_dtypes("number") <= -1001).any().any()


class TestBroken:
    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("share", [0.1, 0.6])
    def test_a_truncated_file_is_refused(self, name, share, tmp_path):
        data = (RETURNS / name).read_bytes()
        path = tmp_path / name
        path.write_bytes(data[: int(len(data) * share)])
        origin = {".dta": "stata", ".por": "por"}.get(path.suffix, "sas")
        with pytest.raises(DataError, match=name):
            read_raw(path, origin, {})
