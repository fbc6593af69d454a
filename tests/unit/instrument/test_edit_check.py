"""Faults of edits.yml and imputation.yml, all at once."""

import pytest

from survey.errors import Faults
from survey.instrument.editcheck import check_edits
from survey.instrument.imputecheck import check_imputation
from survey.instrument.model import Overlap
from tests.unit.impute.gaps_study import WAVE, gaps


def told(*edits, check=check_edits, instrument=None, **kwargs):
    faults = Faults()
    check(instrument or gaps(edits=list(edits), **kwargs), faults)
    return [fault.what for fault in faults.items]


def value(name, condition, item, to):
    return {"id": name, "if": condition, "then": "set_value", "item": item, "value": to}


def missing(name, condition, item):
    return {"id": name, "if": condition, "then": "set_missing", "item": item}


class TestEdits:
    def test_sound_edits_have_no_fault(self):
        assert not told(
            missing("a", "age < 18 and score > 5", "score"),
            value("b", "kind == 1 and sex == 2", "sex", 1),
            {"id": "c", "if": "age_group == 2 and loss == 4", "then": "hard"},
            {"id": "d", "if": "issues__9 == 1", "then": "flag"},
        )

    def test_unknown_items_waves_and_codes_are_named(self):
        found = told(
            missing("a", "agee < 18", "scor"),
            value("b", "age < 18", "sex", 7),
            {"id": "c", "if": "age < 18", "then": "flag", "waves": ["1999H1"]},
        )
        assert "edit 'a': item 'agee' is not defined" in found
        assert "edit 'b' sets 'sex' to 7, no answer of its scale" in found
        assert "edit 'c': wave '1999H1' is not defined" in found

    @pytest.mark.parametrize(
        ("item", "told_of"),
        [("age_group", "derived"), ("region", "an item of the design"), ("respondent", "key item")],
    )
    def test_what_may_not_be_changed_is_refused(self, item, told_of):
        assert any(told_of in what for what in told(missing("a", "age < 18", item)))

    @pytest.mark.parametrize(
        "condition", ["age < 18 and age > 30", "sex == 7", "age_group == 2 and age < 20"]
    )
    def test_an_edit_that_never_finds_anything_is_told(self, condition):
        assert told({"id": "a", "if": condition, "then": "flag"}) == [
            f"edit 'a' never finds anything: {condition}"
        ]

    def test_an_edit_that_does_not_cure_what_it_finds(self):
        found = told(value("a", "age < 18 and score > 5", "score", 8))
        assert found == [
            "edit 'a' does not cure what it finds: age < 18 and score > 5 can still hold after "
            "'score' is 8"
        ]

    def test_edits_that_want_different_answers_of_one_record(self):
        found = told(
            value("a", "age < 18 and sex == 2", "sex", 1),
            missing("b", "kind == 1 and sex == 2", "sex"),
        )
        assert len(found) == 1
        assert "edits 'a' and 'b' contradict each other" in found[0]

    def test_edits_whose_records_never_meet_may_want_different_answers(self):
        assert not told(
            value("a", "age < 18 and sex == 2", "sex", 1),
            missing("b", "age > 40 and sex == 2", "sex"),
        )

    def test_edits_that_undo_each_other(self):
        found = told(
            value("a", "age < 18 and sex == 2", "sex", 1),
            value("b", "kind == 1 and sex == 1", "sex", 2),
        )
        assert found == ["edits 'a' and 'b' undo each other"]

    def test_a_circle_over_three_items(self):
        found = told(
            value("a", "sex == 1 and kind == 1", "kind", 2),
            value("b", "kind == 2 and score == 1", "score", 2),
            value("c", "kind == 2 and score == 2", "score", 3),
            value("d", "kind == 2 and score == 3", "score", 1),
        )
        assert found == ["edits go round in a circle: b, c, d"]

    def test_a_chain_that_comes_to_rest_is_no_circle(self):
        assert not told(
            value("a", "score == 1", "score", 2),
            value("b", "score == 2", "score", 3),
            value("c", "score == 3 and sex == 1", "sex", 2),
        )

    def test_hard_edits_no_record_can_meet(self):
        found = told(
            {"id": "a", "if": "score > 5", "then": "hard"},
            {"id": "b", "if": "score <= 5", "then": "hard"},
        )
        assert found == ["no record at all can meet hard edits a, b"]

    def test_edits_of_different_waves_do_not_meet(self):
        first = {**value("a", "age < 18 and sex == 2", "sex", 1), "waves": [WAVE]}
        second = {**value("b", "kind == 1 and sex == 1", "sex", 2), "waves": ["1999H1"]}
        assert "edits 'a' and 'b' undo each other" not in told(first, second)


def steps(*given, **policies):
    return told(check=check_imputation, instrument=gaps(*given, **policies))


class TestImputation:
    def test_sound_steps_have_no_fault(self):
        assert not steps(
            {"items": ["kind"], "classes": ["sex"]},
            {"items": ["score"], "classes": ["kind", "age_group"]},
            {"items": ["incident", "loss"], "method": "nearest", "auxiliaries": {"age": 1}},
        )

    @pytest.mark.parametrize(
        ("step", "what"),
        [
            ({"items": ["nothing"]}, "item 'nothing' is not defined"),
            ({"items": ["age_group"]}, "'age_group' is derived and not imputed itself"),
            ({"items": ["region"]}, "'region' says how respondents were drawn and is not imputed"),
            ({"items": ["psu"]}, "'psu' is key, which is not imputed"),
            ({"items": ["score"], "classes": ["age"]}, "'age' is number"),
            ({"items": ["age"], "classes": ["age_group"]},
             "donors of 'age' are chosen by 'age_group' itself"),
            ({"items": ["incident"]},
             "'loss' is asked because of 'incident', which is imputed without it"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_with_a_step_is_told(self, step, what):
        assert what in steps(step)

    def test_a_variable_imputed_after_it_chose_donors(self):
        found = steps({"items": ["score"], "classes": ["kind"]}, {"items": ["kind"]})
        assert found == ["donors of 'score' are chosen by 'kind', which is imputed later"]

    def test_an_item_imputed_twice(self):
        assert steps({"items": ["score"]}, {"items": ["score"]}) == [
            f"'score' is imputed twice in {WAVE}"
        ]

    def test_policies_must_be_whole_numbers(self):
        found = steps({"items": ["score"]}, impute_min_donors=2.5)
        assert found == ["policy 'impute_min_donors' is 2.5"]
        found = steps({"items": ["score"]}, impute_draws=1, impute_variance="multiple")
        assert found == ["policy 'impute_draws' is 1"]

    @pytest.mark.parametrize("method", ["multiple", "reimputation"])
    def test_methods_that_keep_no_covariance_are_refused_where_waves_overlap(self, method):
        instrument = gaps({"items": ["score"]}, impute_variance=method)
        wave = instrument.waves[WAVE].model_copy(update={"overlap": {"x": Overlap(unit="psu")}})
        instrument.waves[WAVE] = wave
        found = told(check=check_imputation, instrument=instrument)
        assert len(found) == 1
        assert "keeps no covariance" in found[0]
