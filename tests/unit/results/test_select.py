import pandas as pd
import pytest

from analysis.results.schema import conform
from analysis.results.select import many, one
from analysis.results.store import read_rows, round_significant, write_rows
from survey.errors import EstimateError, ReportError

ROWS = conform(
    pd.DataFrame(
        [
            {"kind": kind, "study": "s", "wave": wave, "indicator": "score", "statistic": "mean",
             "domain": domain, "estimate": value, "period": "2018-06-30"}
            for kind, wave, domain, value in (
                ("simulated", "w1", "all", 6.4),
                ("simulated", "w2", "all", 6.3),
                ("simulated", "w2", "sex=male", 6.2),
                ("published", "w2", "all", 6.3),
            )
        ]
    )
)  # fmt: skip


class TestOne:
    def test_the_computed_row_is_given_unless_the_published_is_asked_for(self):
        assert one(ROWS, wave="w2", indicator="score").kind == "simulated"
        assert one(ROWS, wave="w2", indicator="score", kind="published").kind == "published"

    def test_two_matches_are_an_error_that_says_how_they_differ(self):
        with pytest.raises(ReportError, match="2 estimates match") as caught:
            one(ROWS, indicator="score")
        assert "wave" in str(caught.value)

    def test_no_match_says_which_word_is_wrong(self):
        with pytest.raises(ReportError, match="did you mean 'score'"):
            one(ROWS, wave="w2", indicator="scroe")

    def test_a_number_is_no_key(self):
        with pytest.raises(ReportError, match="cannot be chosen by 'estimate'"):
            many(ROWS, estimate="6.3")


class TestStore:
    def test_rows_are_written_sorted_and_rounded_and_read_back_equal(self, tmp_path):
        shuffled = ROWS.sample(frac=1, random_state=1).copy()
        shuffled["se"] = 1 / 3
        write_rows(shuffled, tmp_path / "a.parquet")
        write_rows(shuffled.iloc[::-1], tmp_path / "b.parquet")
        assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
        back = read_rows(tmp_path / "a.parquet")
        assert (back["se"] == 0.3333333333).all()
        assert back.loc[back["domain"] == "sex=male", "estimate"].item() == 6.2

    def test_a_repeated_key_is_refused(self):
        with pytest.raises(EstimateError, match="one key"):
            conform(pd.concat([ROWS, ROWS.head(1)]))

    def test_rounding_keeps_ten_significant_digits_of_any_size(self):
        assert round_significant([1 / 3, 2e9 / 3, 0.0, float("nan")])[:3].tolist() == [
            0.3333333333,
            666666666.7,
            0.0,
        ]
