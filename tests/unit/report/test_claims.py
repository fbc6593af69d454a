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


def slope(model="count", since="2014Q1", until="2018Q2", b=-0.2, half=0.1, **values):
    """A slope with its interval."""
    return row(
        **{
            "kind": "published",
            "statistic": "coefficient",
            "unit": "log_per_year",
            "variant": f"{model}, negative_binomial",
            "reference": since,
            "wave": until,
            "estimate": b,
            "ci_low": b - half,
            "ci_high": b + half,
            **values,
        }
    )


class TestTrend:
    def test_falling_needs_both_models_below_zero(self):
        assert claims.trend([slope("count"), slope("rate")]) == "falling"

    def test_rising_needs_both_above(self):
        assert claims.trend([slope("count", b=0.2), slope("rate", b=0.3)]) == "rising"

    def test_one_model_alone_grants_nothing(self):
        assert claims.trend([slope("count"), slope("rate", half=0.3)]) == "none"

    def test_models_that_disagree_grant_nothing(self):
        assert claims.trend([slope("count"), slope("rate", b=0.2)]) == "none"

    @pytest.mark.parametrize("model", ["count", "rate"])
    def test_a_span_since_a_break_that_moves_the_other_way_takes_the_word_away(self, model):
        whole = [slope("count"), slope("rate")]
        since = slope(model, since="2015Q3", b=0.2)
        assert claims.trend([*whole, since]) == "none"
        assert claims.turned([*whole, since])

    def test_a_span_that_may_stand_still_does_not(self):
        whole = [slope("count"), slope("rate")]
        still = slope("count", since="2015Q3", b=0.2, half=0.3)
        assert claims.trend([*whole, still]) == "falling"
        assert not claims.turned([*whole, still])

    def test_a_span_too_short_for_a_model_is_no_evidence(self):
        nan = float("nan")
        short = slope("rate", since="2017Q2", estimate=nan, ci_low=nan, ci_high=nan)
        assert claims.trend([slope("count"), slope("rate"), short]) == "falling"

    def test_an_unfitted_model_of_the_whole_series_grants_nothing(self):
        nan = float("nan")
        unfitted = slope("rate", estimate=nan, ci_low=nan, ci_high=nan)
        assert claims.trend([slope("count"), unfitted]) == "none"

    @pytest.mark.parametrize(
        ("slopes", "told"),
        [
            ([], "judged from its models"),
            ([slope("count")], "has one model over 2014Q1 to 2018Q2"),
            ([slope("count", kind="simulated"), slope("rate")], "simulated"),
            ([slope("count"), row()], "judged from its models"),
        ],
    )
    def test_what_cannot_be_judged_is_refused(self, slopes, told):
        with pytest.raises(ReportError, match=told):
            claims.trend(slopes)


class TestTrendOfSeries:
    """Made series through the models and the rule, as the build does it."""

    def verdict(self, counts, stores, breaks=()):
        import pandas as pd

        from analysis.monitoring.trend import trend_rows
        from analysis.results.schema import conform
        from analysis.tables.material import rows_of
        from survey.instrument.register import TrendRule

        quarters = [f"{2010 + i // 4}Q{i % 4 + 1}" for i in range(len(counts))]
        rule = TrendRule(
            count="n", exposure="e", family="negative_binomial", level=0.05,
            breaks=list(breaks), least=6, source="a test",
        )  # fmt: skip
        table = pd.DataFrame({"quarter": quarters, "n": counts, "e": stores})
        rows = trend_rows(table, rule).assign(kind="published", study="tiny")
        return claims.trend(rows_of(conform(rows)))

    def test_a_steady_fall_is_falling(self):
        counts = [120, 111, 98, 95, 84, 80, 71, 66, 60, 57, 51, 45]
        assert self.verdict(counts, [40] * 12) == "falling"

    def test_a_fall_that_fewer_stores_explain_is_not(self):
        stores = [60, 55, 50, 46, 42, 38, 35, 32, 29, 26, 24, 22]
        assert self.verdict([2 * value + i % 2 for i, value in enumerate(stores)], stores) == "none"

    def test_a_step_followed_by_a_rise_is_not(self):
        counts = [110, 108, 113, 109, 20, 24, 28, 31, 36, 42, 47, 55]
        assert self.verdict(counts, [40] * 12) == "falling"  # the step alone would carry it
        assert self.verdict(counts, [40] * 12, breaks=["2011Q1"]) == "none"

    def test_noise_about_one_level_is_not(self):
        assert self.verdict([40, 61, 33, 52, 38, 57, 44, 35, 60, 41, 50, 39], [40] * 12) == "none"

    def test_a_steady_rise_is_rising(self):
        counts = [45, 51, 57, 60, 66, 71, 80, 84, 95, 98, 111, 120]
        assert self.verdict(counts, [40] * 12) == "rising"
