"""Real SPSS and platform files that may not be shipped."""

import pytest

from survey.errors import DataError
from survey.io.readers import read_raw

pytestmark = pytest.mark.shared


class TestUserMissing:
    def test_every_kind_of_declaration_is_kept_with_its_values(self, shared_data):
        raw = read_raw(shared_data / "spss/foreign_missing_kinds.sav", "spss", {})
        spans = {name.removeprefix("Q1_MISSING_"): span for name, span in raw.user_missing.items()}
        infinite = float("inf")
        assert spans["3"] == ((-1, -1), (-2, -2), (-3, -3))
        assert spans["RANGE"] == ((-3, -1),)
        assert spans["LOW"] == ((-infinite, -1),)
        assert spans["HIGH_1"] == ((97, infinite), (-1, -1))
        assert "NONE" not in spans
        values = raw.frame["Q1_MISSING_RANGE"]
        assert (values == 99).any()
        assert not values.isna().any()

    def test_ranges_texts_and_dates(self, shared_data):
        raw = read_raw(shared_data / "spss/sample_missing.sav", "spss", {})
        assert raw.user_missing["mynum"] == ((2000, 3000), (-1, -1))
        assert raw.frame["mydate"].to_list()[:2] == ["2018-05-06", "1880-05-06"]
        raw = read_raw(shared_data / "spss/foreign_testdata.sav", "spss", {})
        assert raw.user_missing["string_miss"] == (("a", "a"), ("b", "b"))

    @pytest.mark.parametrize(
        ("file", "rows"),
        [
            ("gss2010.sav", 2044),
            ("simple_alltypes.sav", 6),
            ("hebrews.sav", 99),
            ("tegulu.sav", 1),
            ("haven_umlauts.sav", 4),
            ("haven_labelled_str.sav", 2),
            ("electric.sav", 240),
        ],
    )
    def test_every_file_is_read(self, shared_data, file, rows):
        assert len(read_raw(shared_data / "spss" / file, "spss", {}).frame) == rows

    def test_text_in_other_scripts_survives(self, shared_data):
        raw = read_raw(shared_data / "spss/haven_umlauts.sav", "spss", {})
        words = [*raw.labels.values(), *next(iter(raw.value_labels.values())).values()]
        assert any(char in "".join(words) for char in "äöüß")

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_a_truncated_file_is_refused(self, shared_data, tmp_path, share):
        data = (shared_data / "spss/gss2010.sav").read_bytes()
        path = tmp_path / "cut.sav"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(DataError, match="truncated"):
            read_raw(path, "spss", {})


class TestPlatforms:
    def test_surveymonkey_in_latin_1_with_a_second_header_row(self, shared_data):
        options = {"encoding": "latin-1", "skip_rows": 1}
        raw = read_raw(shared_data / "multi/starwars_surveymonkey.csv", "csv", options)
        seen = raw.frame[raw.frame.columns[1]].value_counts().to_dict()
        assert seen == {"Yes": 936, "No": 250}

    def test_a_gzipped_export_is_read(self, shared_data):
        path = shared_data / "privacy/browser_privacy_survey_2023.csv.gz"
        assert len(read_raw(path, "csv", {}).frame) == 12461
