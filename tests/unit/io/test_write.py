"""Files written with labels, missing values and weights read back equal."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from survey.errors import DataError, UsageError
from survey.io.labelled import Labelled, Variable, differences
from survey.io.labelledfile import read_labelled
from survey.io.write import write_labelled
from tests.fuzz.seeds import small

ENDINGS = (".sav", ".zsav", ".dta", ".csv", ".csv.gz", ".parquet")


class TestRoundTrip:
    @pytest.mark.parametrize("ending", ENDINGS)
    def test_everything_comes_back(self, tmp_path, ending):
        path = tmp_path / f"answers{ending}"
        assert write_labelled(small(), path) == ()
        assert differences(small(), read_labelled(path)) == []

    @pytest.mark.parametrize("ending", ENDINGS)
    def test_open_ended_missing_ranges_and_many_digits_come_back(self, tmp_path, ending):
        numbers = pd.DataFrame({"x": [0.1 + 0.2, -7.0, 97.0, math.pi, np.nan]})
        variable = Variable(missing=((-math.inf, -1.0), (97.0, 97.0)), format="F8.2", width=8)
        file = Labelled(numbers, {"x": variable})
        write_labelled(file, tmp_path / f"a{ending}")
        assert differences(file, read_labelled(tmp_path / f"a{ending}")) == []

    def test_a_difference_is_told(self):
        other = replace(small(), weight="", title="Another")
        assert [told.split(":")[0] for told in differences(small(), other)] == ["weight", "title"]

    def test_an_unknown_ending_is_told(self, tmp_path):
        with pytest.raises(UsageError, match=r"\.parquet"):
            write_labelled(small(), tmp_path / "a.doc")


class TestStata:
    def test_declared_missing_values_are_missing_to_stata_and_keep_their_words(self, tmp_path):
        write_labelled(small(), tmp_path / "a.dta")
        frame, meta = pyreadstat.read_dta(tmp_path / "a.dta", user_missing=True)
        assert frame["sex"].to_list()[:3] == [1.0, 2.0, "a"]
        assert meta.variable_value_labels["sex"]["a"] == "拒答"
        assert pyreadstat.read_dta(tmp_path / "a.dta")[0]["sex"].isna().sum() == 2

    def test_names_stata_does_not_allow_come_back(self, tmp_path):
        frame = pd.DataFrame({"q.1": [1.0], "2nd": [2.0], "q_1": [3.0], "Q_1": [4.0]})
        file = Labelled(frame, {name: Variable() for name in frame})
        write_labelled(file, tmp_path / "a.dta")
        assert differences(file, read_labelled(tmp_path / "a.dta")) == []

    def test_more_missing_values_than_letters_are_told(self, tmp_path):
        frame = pd.DataFrame({"x": [float(-number) for number in range(30)]})
        file = Labelled(frame, {"x": Variable(missing=((-99.0, -1.0),))})
        told = write_labelled(file, tmp_path / "a.dta")
        assert "3 stay numbers" in told[0]
        assert differences(file, read_labelled(tmp_path / "a.dta")) == []


class TestDictionary:
    def test_a_csv_without_its_dictionary_has_values_only(self, tmp_path):
        write_labelled(small(), tmp_path / "a.csv")
        (tmp_path / "a.dictionary.json").unlink()
        bare = read_labelled(tmp_path / "a.csv")
        assert bare.frame["score"].equals(small().frame["score"])
        assert bare.variables["sex"] == Variable()

    def test_a_dictionary_of_another_file_is_refused(self, tmp_path):
        write_labelled(small(), tmp_path / "a.csv")
        (tmp_path / "a.csv").write_text("id,other\n1,2\n")
        with pytest.raises(DataError, match="do not name the same columns"):
            read_labelled(tmp_path / "a.csv")

    @pytest.mark.parametrize("text", ["{", "[]", '{"version": 9}', '{"version": 1}', "null"])
    def test_a_broken_dictionary_is_a_fault(self, tmp_path, text):
        write_labelled(small(), tmp_path / "a.csv")
        (tmp_path / "a.dictionary.json").write_text(text)
        with pytest.raises(DataError, match="no readable dictionary"):
            read_labelled(tmp_path / "a.csv")
