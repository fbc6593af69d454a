"""What tests refuse, and what their answers do not depend on."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, chi2_contingency

from analysis.estimate.survey import Survey
from analysis.models import by_domain, chisq, gofchisq, ranktest, ttest
from analysis.models.rank import middle_ranks
from survey.errors import EstimateError
from tests.unit.models.frames import frame, survey


def few(**columns) -> Survey:
    """Eight respondents in four PSUs."""
    data = {
        "psu": [1, 1, 2, 2, 3, 3, 4, 4],
        "w": [1.0, 2.0, 1.0, 3.0, 2.0, 1.0, 1.0, 2.0],
        "y": [3.0, 5.0, 4.0, 4.0, 9.0, 1.0, 2.0, 6.0],
        "g": ["a", "b"] * 4,
        "h": ["p", "p", "q", "q"] * 2,
    }
    return Survey(pd.DataFrame({**data, **columns}), weight="w", psu="psu")


class TestT:
    def test_one_group_is_named(self):
        with pytest.raises(EstimateError, match="everybody who answered has 'g' a"):
            ttest(few(), "y", "g", where="g == 'a'")

    def test_a_group_without_answers_is_no_group(self):
        one = few(y=[3.0, np.nan] * 4)
        with pytest.raises(EstimateError, match="everybody who answered has 'g' a"):
            ttest(one, "y", "g")

    def test_three_groups_are_named(self):
        with pytest.raises(EstimateError, match=r"'who' has 3 levels .*: one of man, other, woman"):
            ttest(survey("plain"), "y", "who")

    def test_an_item_missing_throughout_is_named_with_its_domain(self):
        one = few(y=[3.0, np.nan] * 4)
        with pytest.raises(EstimateError, match="'y' is missing for every respondent where g=b"):
            by_domain(ttest, one, "y", by="g")

    def test_a_null_moves_the_statistic_and_not_the_interval(self):
        zero, six = (ttest(survey("plain"), "y", null=null) for null in (0, 6))
        assert (six.ci_low, six.ci_high) == (zero.ci_low, zero.ci_high)
        assert six.statistic == pytest.approx((zero.estimate - 6) / zero.se, rel=1e-14)

    def test_p_and_interval_agree(self):
        wide = ttest(survey("plain"), "y", "home")
        edge = ttest(survey("plain"), "y", "home", null=wide.ci_low)
        assert edge.p_value == pytest.approx(0.05, rel=1e-9)


class TestTables:
    def test_a_column_with_one_level_is_named(self):
        with pytest.raises(EstimateError) as caught:
            chisq(few(h=["p"] * 8), "g", "h")
        assert "everybody who answered both has 'h' p" in str(caught.value)

    def test_an_unknown_statistic_names_the_known_ones(self):
        with pytest.raises(EstimateError, match="expected one of F, Chisq, Wald, adjWald"):
            chisq(few(), "g", "h", statistic="LR")

    def test_both_orders_of_the_columns_are_one_test(self):
        for statistic in ("F", "Chisq"):
            one = chisq(survey("plain"), "who", "age", statistic=statistic)
            other = chisq(survey("plain"), "age", "who", statistic=statistic)
            assert one.statistic == pytest.approx(other.statistic, rel=1e-11)
            assert one.p_value == pytest.approx(other.p_value, rel=1e-11)

    def test_without_a_design_it_is_pearsons_test(self):
        d = frame()[["home", "age"]]
        table = pd.crosstab(d["home"], d["age"])
        statistic, _, df, _ = chi2_contingency(table, correction=False)
        got = chisq(Survey(d), "home", "age", statistic="Chisq")
        assert got.statistic == pytest.approx(statistic, rel=1e-12)
        shrunk = statistic * (len(d) - 1) / len(d)  # variances are estimated with n - 1
        assert got.p_value == pytest.approx(chi2.sf(shrunk, df), rel=1e-10)

    def test_shares_must_fit_the_levels(self):
        with pytest.raises(EstimateError) as caught:
            gofchisq(few(), "g", {"a": 0.0, "c": 1.0})
        told = [fault.what for fault in caught.value.faults]
        assert told == [
            "level 'b' of 'g' has no share",
            "the share of 'a' is 0",
            "'g' has no level 'c' in the base",
        ]


class TestRanks:
    def test_ranks_are_the_share_below_and_half_of_the_equal(self):
        got = middle_ranks(np.array([5.0, 2.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0]))
        assert got.tolist() == [0.4, 0.1, 0.4, 0.8]

    @pytest.mark.parametrize("test", ["wilcoxon", "vanderWaerden", "median", "kruskal-wallis"])
    def test_the_order_of_rows_does_not_matter(self, test):
        d = frame()
        first, second = (
            ranktest(
                Survey(data, weight="base_weight", strata="stratum", psu="psu"), "y", "who",
                test=test,
            )
            for data in (d, d.sample(frac=1, random_state=11))
        )  # fmt: skip
        assert second.statistic == pytest.approx(first.statistic, rel=1e-12)

    def test_a_growing_function_of_the_answers_changes_nothing(self):
        d = frame()
        first, second = (
            ranktest(Survey(data, weight="base_weight", psu="psu"), "y", "home")
            for data in (d, d.assign(y=np.exp(d["y"])))
        )
        assert second == first

    def test_one_group_is_named(self):
        with pytest.raises(EstimateError, match="everybody who answered has 'g' b"):
            ranktest(few(), "y", "g", where="g == 'b'")

    def test_an_unknown_test_names_the_known_ones(self):
        with pytest.raises(EstimateError, match="wilcoxon, kruskal-wallis, vanderwaerden, median"):
            ranktest(few(), "y", "g", test="mood")

    def test_more_groups_than_psus_are_refused(self):
        answers = np.arange(24.0) ** 1.5 % 7
        data = {"psu": np.repeat([1, 2, 3, 4], 6), "y": answers, "g": list("abcdef") * 4}
        one = Survey(pd.DataFrame(data), psu="psu")
        with pytest.raises(EstimateError, match="cannot be inverted"):
            ranktest(one, "y", "g")
