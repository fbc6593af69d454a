"""Outcome rates: against rOpenSci's outcomerate, and by hand."""

import math
from pathlib import Path

import numpy as np
import pytest

from survey.errors import WeightError
from survey.io.yamlfile import read_yaml
from survey.weights import dispositions
from survey.weights.dispositions import case_status, disposition_groups, outcome_rates, rates_of
from survey.weights.nonresponse import fit_classes

# The worked example of rOpenSci's outcomerate 1.0.1 (README), rounded there to 3 digits.
EXAMPLE = ["I"] * 4 + ["P"] * 2 + ["R", "NC", "O", "UH", "UO", "NE"]
PUBLISHED = {
    "RR1": 0.364, "RR2": 0.545, "RR3": 0.370, "RR4": 0.556, "RR5": 0.444, "RR6": 0.667,
    "COOP1": 0.500, "COOP2": 0.750, "COOP3": 0.571, "COOP4": 0.857,
    "REF1": 0.091, "REF2": 0.093, "REF3": 0.111, "CON1": 0.727, "CON2": 0.741, "CON3": 0.889,
}  # fmt: skip

# Computed by hand from the definitions: I 400, P 50, R 300, NC 200, O 50 (1,000 eligible),
# UH 600, UO 400 (1,000 unknown), NE 1,000, so e = 1000 / 2000 = 1/2.
COUNTS = {"I": 400, "P": 50, "R": 300, "NC": 200, "O": 50, "UH": 600, "UO": 400, "NE": 1000}
BY_HAND = {
    "RR1": 400 / 2000, "RR2": 450 / 2000, "RR3": 400 / 1500, "RR4": 450 / 1500,
    "RR5": 400 / 1000, "RR6": 450 / 1000,
    "COOP1": 400 / 800, "COOP2": 450 / 800, "COOP3": 400 / 750, "COOP4": 450 / 750,
    "REF1": 300 / 2000, "REF2": 300 / 1500, "REF3": 300 / 1000,
    "CON1": 800 / 2000, "CON2": 800 / 1500, "CON3": 800 / 1000,
}  # fmt: skip


class TestRates:
    @pytest.mark.parametrize("rate", PUBLISHED)
    def test_equal_those_of_outcomerate(self, rate):
        got = outcome_rates(EXAMPLE, e="proportional")
        assert got.rates[rate] == pytest.approx(PUBLISHED[rate], abs=5e-4)

    @pytest.mark.parametrize("rate", BY_HAND)
    def test_equal_those_computed_by_hand(self, rate):
        codes = [group for group, count in COUNTS.items() for _ in range(count)]
        assert outcome_rates(codes, e="proportional").rates[rate] == pytest.approx(BY_HAND[rate])

    def test_no_rate_is_left_out(self):
        assert set(rates_of(COUNTS, 0.5)) == set(BY_HAND)

    def test_weighted_rates_equal_those_of_outcomerate(self):
        codes = ["I", "P", "I", "UO", "R", "I", "NC", "I", "O", "P", "UH"]
        got = outcome_rates(codes, e="all", weights=[1.3] * 6 + [2.5] * 5)
        assert got.rates["RR2"] == pytest.approx(0.50, abs=5e-3)
        assert got.rates["CON1"] == pytest.approx(0.69, abs=5e-3)
        assert got.weighted

    def test_nobody_in_the_denominator_is_not_a_number(self):
        assert math.isnan(rates_of({"NE": 3}, 1.0)["RR1"])


class TestEligibility:
    def test_all_and_none_bound_the_rate(self):
        rate = {rule: outcome_rates(EXAMPLE, e=rule).rates for rule in ("all", "none")}
        assert rate["all"]["RR3"] == rate["all"]["RR1"]
        assert rate["none"]["RR3"] == rate["none"]["RR5"]

    def test_within_groups_follows_each_group_by_hand(self):
        # landline: 1 of 2 known eligible, 3 unknown; mobile: 3 of 4, 1 unknown -> (3/2 + 3/4) / 4
        codes = ["I", "NE", "UH", "UH", "UO", "I", "R", "I", "NE", "UH"]
        frame = ["landline"] * 5 + ["mobile"] * 5
        got = outcome_rates(codes, e="within_groups", within=frame)
        assert got.eligibility.by_group == {"landline": 0.5, "mobile": 0.75}
        assert got.eligibility.value == pytest.approx((1.5 + 0.75) / 4)

    def test_a_given_e_is_kept_with_its_rule(self):
        got = outcome_rates(EXAMPLE, e=0.3)
        assert (got.eligibility.value, got.eligibility.rule) == (0.3, "given")

    def test_a_group_of_which_nothing_is_known_is_named(self):
        with pytest.raises(WeightError, match="nobody in group 'mobile' is known"):
            outcome_rates(["I", "UH"], e="within_groups", within=["landline", "mobile"])

    def test_e_outside_zero_to_one_is_refused(self):
        with pytest.raises(WeightError, match=r"e is given as 1\.2"):
            outcome_rates(EXAMPLE, e=1.2)

    def test_an_unknown_rule_is_named_with_the_nearest(self):
        with pytest.raises(WeightError, match="did you mean 'proportional'"):
            outcome_rates(EXAMPLE, e="proportionl")


class TestTable:
    TABLE = read_yaml(Path(dispositions.__file__).with_name("dispositions.yml")).data["codes"]

    @pytest.mark.parametrize("code", TABLE)
    def test_every_code_has_a_group_and_words_and_nothing_else(self, code):
        entry = self.TABLE[code]
        assert set(entry) == {"group", "en", "zh"}
        assert entry["group"] in dispositions.GROUPS

    @pytest.mark.parametrize(
        ("first", "groups"),
        [("1", {"I", "P"}), ("2", {"R", "NC", "O"}), ("3", {"UH", "UO"}), ("4", {"NE"})],
    )
    def test_codes_of_a_chapter_count_in_the_groups_of_that_chapter(self, first, groups):
        here = {e["group"] for code, e in self.TABLE.items() if code.startswith(first)}
        assert here == groups


class TestCaseStatus:
    GROUPS = np.array(["I", "P", "R", "NC", "O", "UH", "UO", "NE"], dtype=object)

    def test_puts_every_case_into_exactly_one(self):
        status = case_status(self.GROUPS, partials_respond=True)
        masks = [status.responded, status.lost, status.unknown, status.ineligible]
        assert np.sum(masks, axis=0).tolist() == [1] * 8
        assert np.flatnonzero(status.responded).tolist() == [0, 1]

    def test_partials_are_lost_where_only_complete_interviews_respond(self):
        status = case_status(self.GROUPS, partials_respond=False)
        assert status.lost.tolist() == [False, True, True, True, True, False, False, False]

    def test_unknown_then_lost_weight_ends_with_respondents_and_ineligible_by_hand(self):
        # 8 cases of 1: 2 unknown over 6 known -> 4/3 each; I and P share 5 x 4/3
        status, one = case_status(self.GROUPS, partials_respond=True), ["all"] * 8
        limits = {"smallest": 1, "most_factor": 9}
        first = fit_classes(np.ones(8), ~status.unknown, one, **limits)
        known = first.apply(np.ones(8))
        aside = status.ineligible | status.unknown
        final = fit_classes(known, status.responded, one, aside=aside, **limits).apply(known)
        assert final == pytest.approx([10 / 3, 10 / 3, 0, 0, 0, 0, 0, 4 / 3])


class TestCodes:
    @pytest.mark.parametrize(
        ("code", "group"),
        [("1.1", "I"), ("1.2", "P"), ("2.10", "R"), ("2.112", "R"), ("2.12", "R"), ("2.21", "NC"),
         ("2.33", "O"), ("3.13", "UH"), ("3.21", "UO"), ("3.90", "UO"), ("4.70", "NE"),
         ("2.1121", "R"), (2.111, "R")],
    )  # fmt: skip
    def test_are_put_into_their_group(self, code, group):
        assert disposition_groups([code]).tolist() == [group]

    def test_of_the_study_come_first(self):
        got = disposition_groups(["HANGUP", "1.1"], own={"HANGUP": "R"})
        assert got.tolist() == ["R", "I"]

    def test_unknown_ones_are_all_named_with_their_cases(self):
        with pytest.raises(WeightError) as caught:
            disposition_groups(["1.1", "9.9", "9.9", "CALLBCK", "5"])
        told = str(caught.value)
        assert "disposition '9.9' of 2 cases is not known" in told
        assert "'CALLBCK' of 1 cases" in told
        assert "'5' of 1 cases" in told

    def test_a_missing_one_is_named(self):
        with pytest.raises(WeightError, match=r"'disposition' is missing in 1 rows.*row 2"):
            disposition_groups(np.array(["1.1", None], dtype=object))

    def test_an_own_code_into_no_group_is_refused(self):
        with pytest.raises(WeightError, match="own code 'X' counts as 'REF'"):
            disposition_groups(["X"], own={"X": "REF"})
