"""The audit replayed on the mapped table is the clean table."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.clean.answers import as_text, put_text
from survey.clean.audit import COLUMNS, Ledger, replay
from survey.clean.pipeline import clean_wave, finish
from tests.unit.clean.clinic_answers import WAVE, raw_table

CELLS = {
    "id": st.sampled_from(["A", "B", "C", "D", "E", "F"]),
    "time": st.sampled_from(["100", "20", "110秒", None]),
    "q1": st.sampled_from(["1", "2", None]),
    "q2": st.sampled_from(["17", "30", "55", "999", "120", None]),
    "q3": st.sampled_from(["1", "2", None]),
    "q4": st.sampled_from(["0", "10", "98", None]),
    "q5": st.sampled_from(["1", "1,2", "2,9", "9", "98", None]),
    "q6": st.sampled_from(["1", "2", None]),
    "q7a": st.sampled_from(["1", "2"]),
    "q7b": st.sampled_from(["1", "2"]),
    "q8": st.sampled_from(["3", "1"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12)


class TestReplay:
    @given(ROWS)
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    def test_it_gives_the_responses_for_any_answers(self, clinic, rows):
        done = clean_wave(raw_table(*rows), clinic, WAVE)
        again = finish(replay(done.mapped, done.audit), clinic, WAVE)
        pd.testing.assert_frame_equal(again, done.responses)

    @given(ROWS)
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    def test_nobody_is_lost_and_every_exclusion_has_one_row(self, clinic, rows):
        done = clean_wave(raw_table(*rows), clinic, WAVE)
        assert len(done.responses) == len(rows)
        assert done.responses["respondent"].is_unique
        excluded = done.audit[done.audit["item"] == "included"]
        assert len(excluded) == (~done.responses["included"]).sum()
        assert (done.responses["exclusion"].ne("") == ~done.responses["included"]).all()

    def test_an_empty_audit_changes_nothing(self, clinic):
        done = clean_wave(raw_table({}), clinic, WAVE)
        assert list(done.audit.columns) == list(COLUMNS)
        assert finish(replay(done.mapped, done.audit), clinic, WAVE).equals(done.responses)


class TestLedger:
    def test_what_is_so_already_is_no_change(self):
        mapped = pd.DataFrame({"respondent": ["a", "b"], "x": [1, 2]}, index=[1, 2])
        ledger = Ledger(mapped)
        assert ledger.change("x", pd.Series(True, index=[1, 2]), "2", rule="r", reason="t") == 1
        assert ledger.audit()["source_row"].to_list() == [1]
        assert mapped["x"].to_list() == [1, 2]  # the mapped table stays as it was


class TestText:
    def test_text_goes_there_and_back(self):
        frame = pd.DataFrame(
            {
                "n": pd.array([1, None], dtype="Int64"),
                "w": [0.1, 2.5],
                "k": pd.array(["a", "b"], dtype="str"),
                "s__1": pd.array([1, None], dtype="Int8"),
                "s__2": pd.array([0, None], dtype="Int8"),
            }
        )
        other = frame.iloc[::-1].set_axis(frame.index)
        for item in ("n", "w", "k", "s"):
            put_text(other, item, as_text(frame, item))
        pd.testing.assert_frame_equal(other, frame)
