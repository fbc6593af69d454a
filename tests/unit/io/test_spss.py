"""SPSS files: codes stay codes, broken files are refused."""

import datetime as dt

import pandas as pd
import pyreadstat
import pytest

from survey.errors import DataError
from survey.io.readers import read_raw


@pytest.fixture
def sav(tmp_path):
    """A small file with labels, user-missing values, a date and Chinese text."""
    frame = pd.DataFrame(
        {
            "id": ["A1", "A2", "A3"],
            "q1": [1.0, 2.0, 99.0],
            "q2": [5.0, -8.0, None],
            "day": [dt.date(2017, 5, 8), None, dt.date(2017, 6, 1)],
            "ip": ["203.0.113.5", "", ""],
            "place": ["北京", "上海", ""],
        }
    )
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"q1": "性别 Sex"},
        variable_value_labels={"q1": {1: "男", 2: "女", 99: "拒答"}},
        missing_ranges={"q1": [99], "q2": [{"lo": -9, "hi": -1}]},
    )
    return path


class TestReading:
    def test_user_missing_values_stay_and_are_declared(self, sav):
        raw = read_raw(sav, "spss", {})
        assert raw.frame["q1"].to_list() == [1, 2, 99]
        assert raw.frame["q2"].to_list()[:2] == [5, -8]
        assert raw.frame["q2"].isna().to_list() == [False, False, True]
        assert raw.user_missing == {"q1": ((99.0, 99.0),), "q2": ((-9.0, -1.0),)}

    def test_labels_value_labels_dates_and_text(self, sav):
        raw = read_raw(sav, "spss", {})
        assert raw.labels["q1"] == "性别 Sex"
        assert raw.value_labels["q1"] == {1.0: "男", 2.0: "女", 99.0: "拒答"}
        assert raw.frame["day"].to_list() == ["2017-05-08", None, "2017-06-01"]
        assert raw.frame["place"].to_list() == ["北京", "上海", None]
        assert raw.encoding == "UTF-8"

    def test_a_dropped_column_never_leaves_the_reader(self, sav):
        raw = read_raw(sav, "spss", {}, drop=["ip", "not there"])
        assert "ip" not in raw.frame.columns
        assert raw.dropped == ("ip",)

    def test_a_column_is_found_by_name_or_by_wording(self, sav):
        raw = read_raw(sav, "spss", {})
        assert raw.find("q1") == raw.find("性别  Sex") == "q1"
        assert raw.find("q9") is None
        assert "q1" in raw.near("q11")


class TestBrokenFiles:
    @pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.999])
    def test_a_truncated_file_is_refused_wherever_it_breaks_off(self, sav, share):
        data = sav.read_bytes()
        sav.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(DataError, match=r"answers.sav") as error:
            read_raw(sav, "spss", {})
        assert error.value.exit_code == 4

    def test_another_kind_of_file_is_named_so(self, sav):
        sav.write_bytes(b"PK\x03\x04 a workbook")
        with pytest.raises(DataError, match="is not an SPSS file"):
            read_raw(sav, "spss", {})
