"""Which words an interval grants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.report import claims
from analysis.report.sentence import levels_variant
from survey.errors import ReportError
from tests.unit.report.samples import change, row


class TestVerdict:
    def test_a_fall_needs_an_interval_below_zero(self):
        assert claims.verdict(change(ci_low=-0.3, ci_high=-0.1)) == "fell"

    def test_a_rise_needs_an_interval_above_zero(self):
        risen = change(estimate=0.2, ci_low=0.1, ci_high=0.3)
        assert claims.verdict(risen) == "rose"

    def test_an_adjusted_p_value_can_take_the_word_away(self):
        assert claims.verdict(change(p_adjusted=0.08)) == "undetected"

    def test_an_interval_over_zero_is_no_change_found(self):
        assert claims.verdict(change(ci_low=-0.4, ci_high=0.01)) == "undetected"

    def test_unchanged_needs_the_whole_90_percent_interval_within_the_margin(self):
        # half of the 90 % interval with 100 df is 1.66 x 0.05 = 0.083
        near = change(estimate=0.01, se=0.05, ci_low=-0.09, ci_high=0.11)
        assert claims.verdict(near, margin=0.1) == "stable"
        assert claims.verdict(near, margin=0.09) == "undetected"

    def test_without_a_margin_nothing_is_called_unchanged(self):
        near = change(estimate=0.0, se=1e-6, ci_low=-1e-5, ci_high=1e-5)
        assert claims.verdict(near) == "undetected"

    def test_a_published_difference_gets_no_verdict(self):
        told = change(kind="published", ci_low=float("nan"), ci_high=float("nan"))
        assert claims.verdict(told) == "published"

    def test_simulated_rows_are_refused(self):
        with pytest.raises(ReportError, match="simulated"):
            claims.verdict(change(kind="simulated"))

    def test_a_suppressed_change_is_not_told(self):
        assert claims.verdict(change(quality="suppressed")) == "suppressed"

    @given(st.floats(-1, 1), st.floats(0.001, 1), st.floats(0.001, 0.5))
    def test_no_change_is_both_real_and_none(self, estimate, half, margin):
        row_ = change(
            estimate=estimate, se=half / 1.98, ci_low=estimate - half, ci_high=estimate + half
        )
        told = claims.verdict(row_, margin=margin)
        if told == "rose":
            assert row_.ci_low > 0
        if told == "fell":
            assert row_.ci_high < 0
        if told == "stable":
            assert abs(estimate) <= margin
            assert row_.ci_low <= 0 <= row_.ci_high


class TestExceeds:
    def test_more_than_half_needs_the_lower_end_above_half(self):
        share = row(unit="share", statistic="share", estimate=0.55, ci_low=0.49, ci_high=0.61)
        assert not claims.exceeds(share, 0.5)
        assert claims.exceeds(share, 0.48)


class TestDirection:
    def test_it_is_told_only_where_the_interval_excludes_zero(self):
        gap = {"statistic": "gap", "domain": "sex=male", "reference": "female"}
        assert claims.direction(row(**gap, ci_low=0.1, ci_high=0.3)) == "above"
        assert claims.direction(row(**gap, estimate=-0.2, ci_low=-0.3, ci_high=-0.1)) == "below"
        assert claims.direction(row(**gap, ci_low=-0.1, ci_high=0.3)) == "none"


class TestHighest:
    def levels(self):
        return [
            row(domain="sex=male", estimate=6.5),
            row(domain="sex=female", estimate=6.1),
        ]

    def gap(self, **values):
        told = {"statistic": "gap", "domain": "sex=male", "reference": "female"}
        return row(**{**told, "estimate": 0.4, "ci_low": 0.2, "ci_high": 0.6, **values})

    def test_the_top_is_named_when_every_difference_excludes_zero(self):
        top = claims.highest(self.levels(), [self.gap()])
        assert top.domain == "sex=male"

    def test_a_difference_in_the_other_order_serves_as_well(self):
        turned = self.gap(domain="sex=female", reference="male", ci_low=-0.6, ci_high=-0.2)
        assert claims.highest(self.levels(), [turned]).domain == "sex=male"

    def test_overlapping_with_zero_is_refused(self):
        with pytest.raises(ReportError, match="may be 0"):
            claims.highest(self.levels(), [self.gap(ci_low=-0.01)])

    def test_point_estimates_alone_rank_nothing(self):
        with pytest.raises(ReportError, match="unknown"):
            claims.highest(self.levels(), [])


class TestLevelsVariant:
    @pytest.mark.parametrize(
        ("variant", "levels"),
        [
            ("raked, year-on-year", "raked"),
            ("raked, model-based, since the previous wave", "raked, model-based"),
            ("raked", "raked"),
        ],
    )
    def test_the_relation_in_time_is_no_part_of_it(self, variant, levels):
        assert levels_variant(change(variant=variant)) == levels
