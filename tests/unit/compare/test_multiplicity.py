"""Holm's adjustment, Benjamini and Hochberg's, and what makes a family."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.compare.multiplicity import adjust, benjamini_hochberg, families, holm, joined
from survey.errors import EstimateError

P = arrays(float, st.integers(1, 20), elements=st.floats(0, 1))


def rows(p, domain, family="f"):
    return pd.DataFrame({"p_value": p, "domain": domain, "family_id": family, "p_adjusted": np.nan})


class TestHolm:
    def test_agrees_with_r_p_adjust(self):
        p = np.array([0.012, 0.2, 0.001, 0.04, 0.04, 0.9, 0.03, 0.0005])
        r = [0.072, 0.4, 0.007, 0.16, 0.16, 0.9, 0.15, 0.004]  # p.adjust(p, "holm"), R 4.2.2
        assert holm(p) == pytest.approx(r)

    @given(P)
    def test_never_makes_a_p_value_smaller(self, p):
        assert (holm(p) >= p - 1e-15).all()


class TestBenjaminiHochberg:
    def test_agrees_with_r_p_adjust(self):
        p = np.array([0.012, 0.2, 0.001, 0.04, 0.04, 0.9, 0.03, 0.0005])
        r = [0.032, 8 / 35, 0.004, 4 / 75, 4 / 75, 0.9, 4 / 75, 0.004]  # p.adjust(p, "BH"), R 4.2.2
        assert benjamini_hochberg(p) == pytest.approx(r)

    @given(P)
    def test_lies_between_the_p_value_and_holms(self, p):
        made = benjamini_hochberg(p)
        assert (made >= p - 1e-15).all()
        assert (made <= holm(p) + 1e-15).all()


class TestAdjust:
    def test_the_method_is_chosen_by_its_name(self):
        told = rows([0.01, 0.04, 0.03], list("abc"))
        assert adjust(told, method="benjamini-hochberg")["p_adjusted"].tolist() == pytest.approx(
            [0.03, 0.04, 0.04]
        )
        with pytest.raises(EstimateError, match="unknown adjustment for many tests 'bonferroni'"):
            adjust(told, method="bonferroni")

    def test_works_within_families(self):
        made = adjust(rows([0.01, 0.04, 0.04], list("abc"), ["f", "f", "g"]))
        assert made["p_adjusted"].tolist() == [0.02, 0.04, 0.04]

    def test_rows_without_a_test_are_in_no_family(self):
        made = adjust(rows([0.01, np.nan], list("ab")))
        assert made["family_id"].tolist() == ["f", ""]
        assert made["p_adjusted"].iloc[0] == 0.01

    def test_the_two_answers_of_a_yes_no_item_are_one_test(self):
        made = adjust(rows([0.03, 0.03], ["all", "all"]))
        assert made["p_adjusted"].tolist() == [0.03, 0.03]

    def test_two_very_small_p_values_of_one_domain_are_two_tests(self):
        made = adjust(rows([1e-15, 1e-20, 0.03], ["all"] * 3))
        assert made["p_adjusted"].tolist() == pytest.approx([2e-15, 3e-20, 0.03], rel=1e-12)

    def test_equal_p_values_of_two_domains_are_two_tests(self):
        assert adjust(rows([0.03, 0.03], ["x=1", "x=2"]))["p_adjusted"].tolist() == [0.06, 0.06]


class TestFamilies:
    def test_the_headline_does_not_pay_for_the_provinces(self):
        told = pd.DataFrame(
            {
                "study": "s",
                "wave": "w",
                "indicator": "score",
                "statistic": "mean",
                "domain": ["all", "province=11", "province=12", "residence=1&sex=2"],
            }
        )
        made = families(told, "change", pd.Series(["v"] * 4))
        assert made[0] != made[1] == made[2]
        assert made[3].endswith("residence&sex")


class TestJoined:
    IDS = pd.Series(
        [
            "change/s/w2/w1/score/mean/all",
            "change/s/w2/w1/score/mean/sex",
            "change/s/w2/w1/issues/share/all",
            "trend: a/b/s/w2/w1/score/mean/all",
        ]
    )

    def test_all_keys_leave_families_as_they_are(self):
        keys = ["wave", "reference", "indicator", "statistic", "domain"]
        assert joined(self.IDS, keys).equals(self.IDS)

    def test_headlines_of_all_indicators_can_be_one_family(self):
        made = joined(self.IDS, ["wave", "reference", "domain"])
        assert made[0] == made[2] != made[1]

    def test_changes_and_trends_stay_apart(self):
        assert joined(self.IDS, []).tolist() == ["change/s/*/*/*/*/*"] * 3 + [
            "trend: a/b/s/*/*/*/*/*"
        ]

    def test_equal_p_values_of_two_indicators_in_one_family_are_two_tests(self):
        told = rows([0.03, 0.03], ["all", "all"]).assign(indicator=["score", "issues"])
        assert adjust(told)["p_adjusted"].tolist() == [0.06, 0.06]
