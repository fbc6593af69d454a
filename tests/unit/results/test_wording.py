import pytest

from analysis.results.wording import MINUS, Words
from survey.errors import ReportError
from survey.instrument.load import load_instrument


@pytest.fixture
def words(tiny):
    return Words.of({"tiny": load_instrument(tiny, "tiny")}, "zh")


class TestNumbers:
    @pytest.mark.parametrize(
        ("share", "shown"), [(0.399, "39.9%"), (0.39949, "39.9%"), (0.3995, "40.0%"), (0, "0.0%")]
    )
    def test_shares_are_shown_in_percent_rounded_half_up(self, words, share, shown):
        assert words.percent(share) == shown

    def test_a_change_has_a_sign_and_a_true_minus(self, words):
        assert words.signed(0.2) == "+0.2"
        assert words.signed(-0.15) == f"{MINUS}0.2"

    def test_a_change_that_rounds_to_nothing_has_no_sign(self, words):
        assert words.signed(-0.04) == "0.0"
        assert words.signed(0.04) == "0.0"

    def test_an_absent_number_is_a_dash_not_nan(self, words):
        assert words.percent(float("nan")) == "–"
        assert words.thousands(float("nan")) == "–"


class TestWords:
    def test_levels_and_categories_come_from_the_scales(self, words):
        assert words.level("sex=female") == "女"
        assert words.level("all") == "全体"
        assert words.indicator("trust") == "信任"

    def test_half_years_and_quarters_are_spelt_out_and_other_names_kept(self, words):
        assert words.wave("2018H1") == "2018年上半年"
        assert words.wave("2018Q4") == "2018年四季度"
        assert words.wave("pilot") == "pilot"

    def test_an_unknown_study_is_named(self, words):
        with pytest.raises(ReportError, match="tiny"):
            words.study("other")
