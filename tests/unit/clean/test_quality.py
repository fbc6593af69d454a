"""Signs of a bad interview, and what the study does about them."""

from dataclasses import replace

import pandas as pd
import pytest

from survey.clean.quality import longest_run, too_fast
from survey.clean.signs import SIGNS
from survey.errors import InstrumentError
from survey.instrument.model import Policy

OTHERS = [{"q2": str(30 + n), "q7a": str(1 + n % 3)} for n in range(4)]


class TestSpeed:
    def test_under_a_share_of_the_median_or_seconds_an_item(self):
        seconds = pd.Series([100, 120, 49, 60, None], dtype="Int64")
        questions = pd.Series([10, 10, 10, 40, 10])
        assert too_fast(seconds, questions, share_of_median=0.5).to_list() == [0, 0, 0, 0, 0]
        assert too_fast(seconds, questions, share_of_median=0.7).to_list() == [0, 0, 1, 0, 0]
        assert too_fast(seconds, questions, per_item=2).to_list() == [0, 0, 0, 1, 0]

    def test_flagged_but_kept_where_the_policy_says_so(self, cleaned):
        done = cleaned(*OTHERS, {"time": "20", "q2": "60"})
        assert done.responses["flag_speed"].to_list() == [False] * 4 + [True]
        assert done.responses["included"].all()


class TestStraightLining:
    def test_the_longest_run_ends_at_a_blank(self):
        answers = pd.DataFrame(
            {"a": [1, 1, None], "b": [1, None, 2], "c": [1, 1, 2], "d": [2, 1, 2]}
        )
        assert longest_run(answers.astype("Int64")).to_list() == [3, 2, 3]

    def test_a_missing_code_is_no_answer_to_run_on(self, cleaned):
        same, blank = {"q7a": "2", "q7b": "2", "q7c": "2"}, {"q7a": "8", "q7b": "8", "q7c": "8"}
        done = cleaned({}, same | {"q2": "50"}, blank | {"q2": "51"})
        assert done.responses["flag_straight"].to_list() == [False, True, False]


class TestDuplicates:
    def test_the_same_answers_again_are_excluded_and_stay(self, cleaned):
        done = cleaned({}, {"q2": "31"}, {})
        assert done.responses["included"].to_list() == [True, True, False]
        assert done.responses["exclusion"].to_list() == ["", "", "duplicate"]
        row = done.audit[done.audit["item"] == "included"].iloc[0]
        assert (row["respondent"], row["rule"], row["new"]) == ("A3", "duplicate", "False")
        assert row["reason"] == "all answers of an earlier row"

    def test_few_answers_may_be_alike_by_chance(self, cleaned):
        blank = dict.fromkeys(["q1", "q2", "q4", "q5", "q7a", "q7b", "q7c"])
        done = cleaned({}, blank, blank)
        assert not done.responses["flag_duplicate"].any()

    def test_a_key_met_again_is_left_out_under_a_name_of_its_own(self, cleaned):
        done = cleaned({"id": "B"}, {"id": "B", "q2": "44"}, {"id": "C", "q2": "45"})
        assert done.responses["respondent"].to_list() == ["B", "B#2", "C"]
        assert done.responses["exclusion"].to_list() == ["", "duplicate_key", ""]


class TestAttention:
    def test_a_missed_instruction_excludes(self, cleaned):
        done = cleaned({}, {"q2": "41", "q8": "1"}, {"q2": "42", "q8": None})
        assert done.responses["exclusion"].to_list() == ["", "attention", "attention"]


class TestPolicies:
    def test_without_a_policy_nobody_looks_and_the_summary_says_so(self, cleaned, clinic):
        done = cleaned({}, {}, instrument=replace(clinic, methods={}))
        assert not done.responses[["flag_duplicate", "flag_speed"]].any(axis=None)
        told = done.summary()["not_looked_for"]
        assert told["duplicate"] == "methods.yml sets no duplicate_min_items"
        assert set(told) == set(SIGNS)

    def test_an_unknown_sign_in_the_policy_is_a_fault(self, cleaned, clinic):
        wrong = {"exclude_flags": Policy(value="sped", unit="signs", source="t")}
        with pytest.raises(InstrumentError, match="did you mean 'speed'"):
            cleaned({}, instrument=replace(clinic, methods=wrong))

    def test_too_many_blanks_exclude_where_asked_for(self, cleaned, clinic):
        methods = clinic.methods | {
            "exclude_flags": Policy(value="missing", unit="signs", source="t")
        }
        blank = dict.fromkeys(["q1", "q2", "q4", "q5", "q7a", "q7b", "q7c", "q8"])
        done = cleaned({}, blank, instrument=replace(clinic, methods=methods))
        assert done.responses["exclusion"].to_list() == ["", "missing"]

    def test_the_summary_counts_without_naming_anybody(self, cleaned):
        summary = cleaned({}, {}, {"q2": "12"}).summary()
        assert summary["respondents"] == 3
        assert summary["excluded"] == {"duplicate": 1}
        assert summary["changed_answers"] == {"range": 1}
        assert "A1" not in str(summary)
