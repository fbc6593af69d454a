"""Rules between answers: range, routing, exclusive options."""

from dataclasses import replace

import pandas as pd
import pytest

from survey.errors import DataError

COLUMNS = ["respondent", "item", "rule", "old", "new"]


def changes(done, rule):
    rows = done.audit[done.audit["rule"] == rule]
    return rows[COLUMNS].to_records(index=False).tolist()


class TestRange:
    def test_a_number_outside_its_scale_is_no_answer(self, cleaned):
        done = cleaned({"q2": "17"}, {"q2": "91"}, {"q2": "999"}, {"q2": "90"})
        assert done.responses["age"].to_list() == [998, 998, 999, 90]
        assert changes(done, "range") == [
            ("A1", "age", "range", "17", "998"),
            ("A2", "age", "range", "91", "998"),
        ]


class TestRouting:
    def test_an_answer_nobody_asked_for_becomes_not_asked(self, cleaned):
        done = cleaned({"q3": "2", "q4": "7", "q5": "1,2"}, {"q3": "2", "q4": None, "q5": None})
        assert done.responses["score"].to_list() == [-1, -1]
        assert done.responses.filter(like="issues__").isna().all(axis=None)
        assert changes(done, "routing") == [
            ("A1", "score", "routing", "7", "-1"),
            ("A1", "issues", "routing", "1;2", ""),
        ]  # the second respondent's blanks were no change

    def test_the_universe_of_an_item_is_routing_too(self, cleaned):
        done = cleaned({"q1": "1", "q6": "1"}, {"q1": "2", "q6": "1"})
        assert done.responses["pregnant"].to_list() == [-1, 1]

    def test_a_missing_answer_makes_no_condition_true(self, cleaned):
        done = cleaned({"q3": None, "q4": "7"})
        assert done.responses["visits"].to_list() == [8]
        assert changes(done, "routing")[0] == ("A1", "score", "routing", "7", "-1")

    def test_the_reason_names_the_condition(self, cleaned):
        reasons = cleaned({"q3": "2"}).audit["reason"]
        assert set(reasons) == {"asked only if visits == 1"}


class TestExclusive:
    def test_none_of_these_gives_way_to_what_was_named(self, cleaned):
        done = cleaned({"q5": "2,9"}, {"q5": "9"}, {"q5": "1,2"})
        assert done.responses["issues__9"].to_list() == [0, 1, 0]
        assert changes(done, "exclusive") == [("A1", "issues", "exclusive", "2;9", "2")]


class TestDerived:
    def test_classes_and_missing_answers_are_carried_over(self, cleaned):
        done = cleaned({"q2": "18"}, {"q2": "40"}, {"q2": "999"}, {"q2": None}, {"q2": "120"})
        assert done.responses["age_group"].to_list() == [1, 2, 9, 8, 8]
        assert "age_group" not in set(done.audit["item"])

    def test_an_answer_in_no_class_is_a_fault_unless_the_respondent_is_out(self, cleaned, clinic):
        narrow = clinic.items["age_group"].derive.model_copy(update={"classes": [(18, 39, 1)]})
        item = clinic.items["age_group"].model_copy(update={"derive": narrow})
        instrument = replace(clinic, items=clinic.items | {"age_group": item})
        with pytest.raises(
            DataError, match=r"age 44 is in no class of 'age_group' \(respondents: 1\)"
        ):
            cleaned({}, {"q2": "44"}, instrument=instrument)
        done = cleaned({}, {"q2": "44", "q8": "1"}, instrument=instrument)  # inattentive
        assert done.responses["age_group"].isna().to_list() == [False, True]


def test_integers_keep_their_kind(cleaned):
    types = cleaned({}, {"q2": None}).responses.dtypes.astype(str)
    assert types["sex"] == types["age"] == types["age_group"] == "Int64"
    assert types["issues__1"] == "Int8"
    assert types["base_weight"] == "float64"
    assert types["psu"] == "str"
    assert pd.api.types.is_bool_dtype(types["included"])
