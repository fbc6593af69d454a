"""Edits between answers: what fires, what changes, which answers are at fault."""

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.clean.audit import replay
from survey.clean.edits import apply_edits
from survey.clean.localise import Localiser
from survey.clean.pipeline import finish
from survey.errors import DataError
from survey.instrument.expression import holds
from tests.unit.impute.gaps_study import WAVE, answers, gaps, ledger_of, routing_of

YOUNG = "age < 18 and score > 5"


def edited(edits, *rows, trust=None):
    instrument = gaps(edits=edits, trust=trust)
    ledger = ledger_of(*rows)
    counts = apply_edits(ledger, routing_of(instrument), answers(*rows))
    return ledger, counts


class TestActions:
    def test_an_answer_is_taken_away_with_the_edit_that_fired(self):
        edit = {"id": "young", "if": YOUNG, "then": "set_missing", "item": "score"}
        ledger, counts = edited([edit], {"age": 15, "score": 9}, {"age": 30, "score": 9})
        assert ledger.frame["score"].tolist() == [-2, 9]
        row = ledger.audit().iloc[0]
        assert (row["rule"], row["old"], row["new"], row["reason"]) == (
            "edit:young", "9", "-2", "why"
        )  # fmt: skip
        assert (counts.failed, counts.changed) == ({"young": 1}, {"young": 1})

    def test_an_answer_is_put_right(self):
        edit = {"id": "top", "if": YOUNG, "then": "set_value", "item": "score", "value": 5}
        ledger, _ = edited([edit], {"age": 15, "score": 9})
        assert ledger.frame["score"].tolist() == [5]

    def test_a_record_is_left_out_or_marked(self):
        edits = [
            {"id": "out", "if": "age < 10", "then": "exclude"},
            {"id": "odd", "if": "score == 10", "then": "flag"},
        ]
        ledger, _ = edited(edits, {"age": 9}, {"score": 10}, {})
        assert ledger.frame["included"].tolist() == [False, True, True]
        assert ledger.frame["exclusion"].tolist() == ["edit:out", "", ""]
        assert ledger.frame["edit_odd"].tolist() == [False, True, False]

    def test_a_missing_answer_fails_no_comparison(self):
        edit = {"id": "young", "if": YOUNG, "then": "set_missing", "item": "score"}
        ledger, counts = edited([edit], {"age": 15, "score": 98}, {"age": -2, "score": 9})
        assert not len(ledger.audit())
        assert counts.failed == {"young": 0}

    def test_derived_items_and_options_of_sets_may_be_looked_at(self):
        edit = {
            "id": "set", "if": "age_group == 2 and issues__9 == 1",
            "then": "set_missing", "item": "issues",
        }  # fmt: skip
        none = {"issues__1": 0, "issues__9": 1}
        ledger, _ = edited([edit], {"age": 50, **none}, {"age": 20, **none})
        assert ledger.frame["issues__9"].isna().tolist() == [True, False]

    def test_a_follow_up_of_an_answer_taken_away_is_not_asked_any_more(self):
        edit = {"id": "i", "if": "incident == 1 and age < 18", "then": "set_missing",
                "item": "incident"}  # fmt: skip
        ledger, _ = edited([edit], {"age": 15, "incident": 1, "loss": 2})
        assert ledger.frame[["incident", "loss"]].iloc[0].tolist() == [-2, -3]
        assert ledger.audit()["rule"].tolist() == ["edit:i", "routing"]

    def test_an_edit_that_follows_from_another_is_reached_in_whatever_order(self):
        edits = [
            {"id": "b", "if": "kind == 2 and sex == 2", "then": "set_value", "item": "sex",
             "value": 1},
            {"id": "a", "if": YOUNG, "then": "set_value", "item": "kind", "value": 2},
        ]  # fmt: skip
        edits[1]["if"] = f"{YOUNG} and kind != 2"
        ledger, _ = edited(edits, {"age": 15, "score": 9, "sex": 2})
        assert ledger.frame[["kind", "sex"]].iloc[0].tolist() == [2, 1]

    def test_an_edit_of_an_item_the_wave_does_not_have_is_an_error(self):
        instrument = gaps(edits=[{"id": "x", "if": "score > 5", "then": "flag"}])
        ledger = ledger_of({})
        ledger.frame = ledger.frame.drop(columns="score")
        with pytest.raises(DataError, match="edit 'x' looks at 'score'"):
            apply_edits(ledger, routing_of(instrument), answers({}))

    def test_replaying_the_audit_gives_marks_and_answers(self):
        edits = [
            {"id": "odd", "if": "score == 10", "then": "flag"},
            {"id": "young", "if": YOUNG, "then": "hard"},
        ]
        rows = ({"score": 10}, {"age": 15, "score": 9}, {})
        ledger, _ = edited(edits, *rows)
        instrument = gaps(edits=edits)
        again = finish(replay(answers(*rows), ledger.audit()), instrument, WAVE)
        pd.testing.assert_frame_equal(again, finish(ledger.frame, instrument, WAVE))
        assert again["edit_odd"].tolist() == [True, False, False]


HARD = [
    {"id": "a", "if": "age < 18 and score > 5", "then": "hard"},
    {"id": "b", "if": "kind == 1 and score > 8", "then": "hard"},
    {"id": "c", "if": "sex == 2 and kind == 2", "then": "hard"},
    {"id": "d", "if": "sex == 1 and score < 3 and kind == 3", "then": "hard"},
]
NAMES = ("age", "kind", "score", "sex")
DOMAIN = {"age": range(0, 100), "kind": range(1, 5), "score": range(0, 11), "sex": range(1, 3)}


def fewest(record: dict, trust: dict) -> float:
    """The least trust that must be given up, by trying every set of items and all answers."""
    best = float("inf")
    for size in range(len(NAMES) + 1):
        for taken in itertools.combinations(NAMES, size):
            cost = sum(trust.get(name, 1.0) for name in taken)
            tried = {n: list(DOMAIN[n]) if n in taken else [record[n]] for n in NAMES}
            frame = pd.DataFrame(itertools.product(*tried.values()), columns=list(NAMES))
            bad = pd.concat([holds(edit["if"], frame) for edit in HARD], axis=1).any(axis=1)
            if not bad.all():
                best = min(best, cost)
    return best


class TestFewestAnswers:
    def test_one_answer_that_cures_two_edits_is_taken_and_not_two(self):
        ledger, counts = edited(HARD, {"age": 15, "kind": 1, "score": 9})
        assert ledger.frame["score"].tolist() == [-2]
        assert ledger.frame["age"].tolist() == [15]
        assert ledger.audit()["rule"].tolist() == ["edit:a+b"]
        assert counts.failed == {"a": 1, "b": 1, "c": 0, "d": 0}

    def test_the_less_trusted_answer_goes(self):
        row = {"age": 15, "kind": 4, "score": 9}
        for trust, gone in (({"age": 2}, "score"), ({"score": 2}, "age")):
            ledger, _ = edited(HARD, row, trust=trust)
            assert ledger.audit()["item"].tolist() == [gone]

    @given(
        st.fixed_dictionaries({n: st.sampled_from(list(DOMAIN[n])) for n in NAMES}),
        st.fixed_dictionaries({n: st.sampled_from([0.5, 1.0, 2.5]) for n in NAMES}),
    )
    @settings(max_examples=15)
    def test_it_is_as_cheap_as_trying_everything(self, record, trust):
        instrument = gaps(edits=HARD, trust=trust)
        localiser = Localiser(instrument.edits.edits, instrument)
        found = localiser.at_fault({name: float(record[name]) for name in localiser.names})
        assert found is not None
        assert sum(trust[name] for name in found) == pytest.approx(fewest(record, trust))

    def test_a_derived_item_leads_to_its_source(self):
        edit = {"id": "x", "if": "age_group == 2 and sex == 2 and score > 3", "then": "hard"}
        ledger, _ = edited([edit], {"age": 50, "sex": 2, "score": 9}, trust={"sex": 3, "score": 3})
        assert ledger.audit()["item"].tolist() == ["age"]

    def test_a_record_nothing_can_bring_in_order_is_named(self):
        edits = [
            {"id": "x", "if": "region == 1 and score > 5", "then": "hard"},
            {"id": "y", "if": "region == 1 and score <= 5", "then": "hard"},
        ]
        with pytest.raises(DataError, match=r"respondent row 1 \(r000\)"):
            edited(edits, {"score": 9})
