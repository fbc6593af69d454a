"""Imputation of a wave: who gets an answer, from whom, and what the audit says."""

import numpy as np
import pandas as pd
import pytest

from survey.clean.audit import replay
from survey.clean.pipeline import finish
from survey.errors import DataError
from survey.impute.fill import COLUMNS, impute
from tests.unit.impute.gaps_study import WAVE, answers, gaps, ledger_of, routing_of

SCORE = {"items": ["score"], "classes": ["kind"]}


def filled(instrument, *rows):
    ledger = ledger_of(*rows)
    return ledger, impute(ledger, routing_of(instrument))


def donors(count, **answer):
    return [answer] * count


class TestWhoIsImputed:
    @pytest.mark.parametrize(("code", "given"), [(-2, True), (99, True), (98, False), (-3, False)])
    def test_only_declared_kinds_of_missing_answers(self, code, given):
        ledger, _ = filled(gaps(SCORE), *donors(6, score=7), {"score": code})
        assert (ledger.frame["score"].iloc[-1] == 7) is np.bool_(given)

    def test_a_donor_is_of_the_same_class(self):
        rows = [*donors(6, kind=1, score=1), *donors(6, kind=2, score=9)]
        ledger, _ = filled(gaps(SCORE), *rows, {"kind": 1, "score": -2}, {"kind": 2, "score": -2})
        assert ledger.frame["score"].iloc[-2:].tolist() == [1, 9]

    def test_excluded_respondents_neither_give_nor_get(self):
        ledger = ledger_of(*donors(6, score=7), {"score": 0}, {"score": -2})
        last = ledger.frame.index[-1]
        out = pd.Series(ledger.frame.index.isin([last - 1, last]), index=ledger.frame.index)
        ledger.exclude(out, rule="test", reason="test")
        done = impute(ledger, routing_of(gaps(SCORE)))
        assert ledger.frame["score"].iloc[-1] == -2
        assert not len(done.table)

    def test_a_study_without_the_file_imputes_nothing(self):
        ledger, done = filled(gaps(), *donors(6), {"score": -2})
        assert ledger.frame["score"].iloc[-1] == -2
        assert (len(done.table), done.counts) == (0, {})

    def test_a_step_of_another_wave_is_not_taken(self):
        ledger, _ = filled(gaps({**SCORE, "waves": ["2021H1"]}), *donors(6), {"score": -2})
        assert ledger.frame["score"].iloc[-1] == -2

    def test_too_few_donors_stop_the_wave(self):
        with pytest.raises(DataError, match="2 donors for 1 missing"):
            filled(gaps(SCORE), *donors(2), {"score": -2})


class TestSetsAndJointItems:
    def test_a_set_is_taken_whole_from_one_donor(self):
        blank = {f"issues__{k}": None for k in (1, 2, 9)}
        kinds = [
            {"issues__1": 1, "issues__2": 1, "issues__9": 0},
            {"issues__1": 0, "issues__2": 0, "issues__9": 1},
        ]
        ledger, _ = filled(gaps({"items": ["issues"]}), *(kinds * 10), *([blank] * 20))
        got = ledger.frame.iloc[-20:][["issues__1", "issues__2", "issues__9"]].astype(int)
        assert {tuple(row) for row in got.to_numpy()} == {(1, 1, 0), (0, 0, 1)}

    def test_items_of_one_step_come_from_one_donor(self):
        pairs = [{"sex": 1, "score": 1}, {"sex": 2, "score": 9}]
        step = {"items": ["sex", "score"]}
        ledger, _ = filled(gaps(step), *(pairs * 10), *([{"sex": -2, "score": -2}] * 20))
        got = ledger.frame.iloc[-20:][["sex", "score"]].astype(int)
        assert {tuple(row) for row in got.to_numpy()} == {(1, 1), (2, 9)}

    def test_a_follow_up_goes_with_its_filter(self):
        kinds = [{"incident": 1, "loss": 3}, {"incident": 2, "loss": -3}]
        step = {"items": ["incident", "loss"]}
        ledger, _ = filled(gaps(step), *(kinds * 10), *([{"incident": 99, "loss": -3}] * 30))
        got = ledger.frame.iloc[-30:][["incident", "loss"]].astype(int)
        assert {tuple(row) for row in got.to_numpy()} == {(1, 3), (2, -3)}

    def test_a_missing_follow_up_never_comes_from_somebody_who_was_not_asked(self):
        kinds = [*donors(2, incident=1, loss=3), *donors(30, incident=2, loss=-3)]
        step = {"items": ["incident", "loss"]}
        ledger, _ = filled(gaps(step), *kinds, *([{"incident": 1, "loss": -2}] * 10))
        assert ledger.frame["loss"].iloc[-10:].tolist() == [3] * 10


class TestEdits:
    def test_an_imputed_answer_meets_every_edit(self):
        edit = {"id": "young", "if": "age < 18 and score > 5", "then": "hard"}
        rows = [*donors(30, score=9), *donors(2, score=3)]
        ledger, _ = filled(gaps(SCORE, edits=[edit]), *rows, *([{"age": 15, "score": -2}] * 10))
        assert ledger.frame["score"].iloc[-10:].tolist() == [3] * 10

    def test_flags_bind_nobody(self):
        edit = {"id": "young", "if": "age < 18 and score > 5", "then": "flag"}
        ledger, _ = filled(gaps(SCORE, edits=[edit]), *donors(9, score=9), {"age": 15, "score": -2})
        assert ledger.frame["score"].iloc[-1] == 9

    def test_where_no_answer_would_do_the_gap_stays_and_is_counted(self):
        edit = {"id": "young", "if": "age < 18 and score > 5", "then": "hard"}
        ledger, done = filled(
            gaps(SCORE, edits=[edit]), *donors(9, score=9), {"age": 15, "score": -2}
        )
        assert ledger.frame["score"].iloc[-1] == -2
        assert (done.counts["score"]["missing"], done.counts["score"]["imputed"]) == (1, 0)


class TestRecords:
    ROWS = (*[{"score": k % 11, "kind": 1 + k % 2} for k in range(40)], *([{"score": -2}] * 9))

    def test_the_audit_names_item_and_class_and_no_donor(self):
        ledger, _ = filled(gaps(SCORE), *self.ROWS)
        audit = ledger.audit()
        assert len(audit) == 9
        assert set(audit["rule"]) == {"impute:score"}
        assert set(audit["old"]) == {"-2"}
        told = " ".join(audit["reason"])
        assert not any(f"r{k:03d}" in told for k in range(40))

    def test_replaying_the_audit_gives_the_imputed_answers(self):
        ledger, _ = filled(gaps(SCORE), *self.ROWS)
        again = replay(answers(*self.ROWS), ledger.audit())
        pd.testing.assert_frame_equal(
            finish(again, gaps(SCORE), WAVE), finish(ledger.frame, gaps(SCORE), WAVE)
        )

    def test_the_table_says_who_gave_and_who_got_and_pairs_nobody(self):
        _, done = filled(gaps(SCORE), *self.ROWS)
        assert tuple(done.table.columns) == COLUMNS
        assert (done.table["imputed"].sum(), done.table["donor"].sum()) == (9, 40)
        assert set(done.table["cell"]) == {"kind=1", "kind=2"}

    def test_the_order_of_rows_decides_nothing(self):
        mapped = answers(*self.ROWS)
        shuffled = mapped.sample(frac=1, random_state=3)
        results = []
        for frame in (mapped, shuffled):
            from survey.clean.audit import Ledger

            ledger = Ledger(frame)
            done = impute(ledger, routing_of(gaps(SCORE)))
            results.append((finish(ledger.frame, gaps(SCORE), WAVE), done.table))
        pd.testing.assert_frame_equal(results[0][0], results[1][0])
        pd.testing.assert_frame_equal(results[0][1], results[1][1])

    def test_nearest_gives_the_answer_of_the_nearest(self):
        step = {"items": ["score"], "method": "nearest", "auxiliaries": {"age": 1}}
        rows = [{"age": 10 * k, "score": k} for k in range(1, 9)]
        ledger, _ = filled(gaps(step), *rows, {"age": 43, "score": -2}, {"age": 78, "score": -2})
        assert ledger.frame["score"].iloc[-2:].tolist() == [4, 8]
