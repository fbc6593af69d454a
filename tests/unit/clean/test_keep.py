"""Exclusions are taken back through a file of the study, and the audit tells both."""

from dataclasses import replace

import pandas as pd
import pytest

from survey.clean.audit import replay
from survey.clean.pipeline import finish
from survey.errors import DataError
from survey.instrument.cutoffs import Keep
from tests.unit.clean.clinic_answers import WAVE

ROWS = [
    {"q2": "31"},
    {"q2": "32", "q8": "1"},  # inattentive
    {"q2": "33", "q8": "1", "time": "1"},  # inattentive and fast
    {"q2": "34", "time": "1"},  # fast
    {"q2": "35"},
    {"q2": "36"},
]
SIGNS = "attention speed"


@pytest.fixture
def kept(clinic, cleaned):
    policy = clinic.methods["exclude_flags"].model_copy(update={"value": SIGNS})

    def clean(*rows: dict):
        keep = {WAVE: tuple(Keep(**({"reason": "heard the recording"} | row)) for row in rows)}
        methods = clinic.methods | {"exclude_flags": policy}
        return cleaned(*ROWS, instrument=replace(clinic, methods=methods, keep=keep))

    return clean


def exclusions(done):
    return done.responses["exclusion"].to_list()


def test_without_a_file_the_rules_hold(kept):
    assert exclusions(kept()) == ["", "attention", "attention", "speed", "", ""]


def test_undoing_a_rule_leaves_later_rules_in_force(kept):
    done = kept({"rule": "attention"})
    assert exclusions(done) == ["", "", "speed", "speed", "", ""]
    assert done.summary()["taken_back"] == 2


def test_undoing_one_respondent_by_one_rule_or_by_all(kept):
    assert exclusions(kept({"respondent": "A3", "rule": "attention"}))[2] == "speed"
    assert exclusions(kept({"respondent": "A3"})) == ["", "attention", "", "speed", "", ""]


def test_undoing_every_rule_is_as_if_nobody_had_been_excluded(kept):
    done = kept({"rule": "attention"}, {"rule": "speed"})
    assert done.responses["included"].all()


def test_flags_stay_and_the_audit_holds_exclusion_and_return(kept):
    done = kept({"respondent": "A2"})
    mine = done.audit[(done.audit["respondent"] == "A2") & (done.audit["item"] == "included")]
    assert mine[["rule", "old", "new"]].values.tolist() == [
        ["attention", "True", "False"],
        ["keep", "False", "True"],
    ]
    assert mine["reason"].iloc[1] == "heard the recording"
    assert done.responses["flag_attention"].to_list()[1]


def test_the_audit_replays_to_the_same_data(kept, clinic):
    done = kept({"respondent": "A3"}, {"rule": "speed"})
    again = finish(replay(done.mapped, done.audit), clinic, WAVE)
    pd.testing.assert_frame_equal(again, done.responses)


def test_a_key_met_again_can_be_kept(clinic, cleaned):
    keep = {WAVE: (Keep(rule="duplicate_key", reason="two people of one household"),)}
    rows = [{"id": "B"}, {"id": "B", "q2": "44"}]
    done = cleaned(*rows, instrument=replace(clinic, keep=keep))
    assert done.responses["included"].all()
    assert done.responses["respondent"].to_list() == ["B", "B#2"]


def test_every_row_that_keeps_nobody_is_a_fault(kept):
    with pytest.raises(DataError) as error:
        kept({"respondent": "A9"}, {"rule": "sped"}, {"respondent": "A1"}, {"rule": "straight"})
    places = [fault.where.rpartition(":")[2] for fault in error.value.faults]
    assert places == ["2", "3", "4", "5"]
    told = str(error.value)
    assert "there is no respondent 'A9'" in told
    assert "did you mean 'speed'" in told
    assert "respondent 'A1' was not left out" in told
