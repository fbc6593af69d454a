"""Signs from evidence that is no answer, from grids, routing and impossible combinations."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from survey.clean.measures import Measures
from survey.clean.quality import crowded, fast_pages, spread_in_grids, uneven
from survey.clean.rules import Routing
from survey.errors import DataError
from survey.instrument.model import Policy
from tests.unit.clean.clinic_answers import WAVE, with_columns


def under(instrument, pages=None, impossible=None, **policies):
    """The clinic with these cut-offs only, pages in the wave, combinations in the questionnaire."""
    methods = {name: Policy(value=v, unit="t", source="t") for name, v in policies.items()}
    waves, questionnaires = instrument.waves, instrument.questionnaires
    if pages:
        entry = type(waves[WAVE]).model_validate({**waves[WAVE].model_dump(), "pages": pages})
        waves = {WAVE: entry}
    if impossible:
        v1 = questionnaires["v1"].model_dump(by_alias=True)
        rules = [{"if": rule, "text": {"zh": "甲", "en": "a"}} for rule in impossible]
        questionnaires = {
            "v1": type(questionnaires["v1"]).model_validate({**v1, "impossible": rules})
        }
    return replace(instrument, methods=methods, waves=waves, questionnaires=questionnaires)


PAGES = {
    "staff": {"column": "t1", "items": ["kind_staff", "good_staff", "slow_staff"]},
    "pregnancy": {"column": "t2", "items": ["pregnant"], "unit": "milliseconds"},
}


class TestPages:
    def test_a_page_is_held_against_the_questions_asked_on_it(self):
        pages = {"a": np.array([3.0, 3.0, np.nan, 0.0])}
        asked = {"a": np.array([2, 1, 5, 0])}
        assert fast_pages(pages, asked, per_item=2).tolist() == [1, 0, 0, 0]

    def test_too_many_fast_pages_are_a_sign(self, cleaned, clinic):
        wave = under(clinic, PAGES, page_min_seconds_per_item=2, page_max_fast=0)
        done = cleaned(
            {"t1": "6", "t2": "100"},  # asked no question on the second page
            {"t1": "5.9", "t2": None},
            {"q1": "2", "q6": "1", "t1": "9", "t2": "1999"},
            {"q1": "2", "q6": "1", "t1": "9", "t2": "2000"},
            instrument=wave,
        )
        assert done.responses["flag_pages"].to_list() == [False, True, True, False]
        assert done.responses["included"].all()
        assert "pages" not in done.summary()["not_looked_for"]

    def test_words_for_a_time_and_a_missing_column_are_told_together(self, cleaned, clinic):
        wave = under(clinic, PAGES, page_min_seconds_per_item=2, page_max_fast=0)
        with pytest.raises(DataError) as error:
            cleaned({"t1": "long"}, instrument=wave)
        told = str(error.value)
        assert "page 'staff' has times that are none: 'long'" in told
        assert "column 't2' of page 'pregnancy' is missing" in told


class TestGrids:
    def test_the_spread_is_the_standard_deviation_of_the_answers_given(self, cleaned, clinic):
        done = cleaned({}, {"q7a": "3"}, {"q7a": "8"})
        spreads = spread_in_grids(done.responses, Routing(clinic, WAVE))[0]
        np.testing.assert_allclose(spreads[:2], [np.std([1, 2, 3]), np.std([3, 2, 3])])
        assert np.isnan(spreads[2])  # two answers only

    def test_too_little_and_too_much_variation(self):
        spreads = pd.DataFrame({0: [0.0, 0.5, np.nan], 1: [0.6, 1.9, np.nan]})
        assert uneven(spreads, least=0.3, most=None).to_list() == [True, False, False]
        assert uneven(spreads, least=None, most=1.5).to_list() == [False, True, False]

    def test_it_flags_where_a_cut_off_is_set(self, cleaned, clinic):
        flat = {"q7a": "2", "q7b": "2", "q7c": "2"}
        done = cleaned({}, flat, instrument=under(clinic, grid_min_sd=0.1))
        assert done.responses["flag_flat"].to_list() == [False, True]


class TestOthers:
    def test_more_interviews_from_one_device_than_allowed(self, cleaned, clinic):
        wave = under(with_columns(clinic, device={"column": "who"}), device_max_interviews=2)
        rows = [
            {"who": w, "q2": str(30 + k)} for k, w in enumerate(["x", "x", "x", "y", "y", None])
        ]
        done = cleaned(*rows, instrument=wave)
        assert done.responses["flag_device"].to_list() == [True] * 3 + [False] * 3
        assert "device" not in done.responses.columns

    def test_a_blank_device_is_nobodys(self):
        device = pd.Series([1, 1, None, None], dtype="Int64")
        assert crowded(device, most=1).to_list() == [True, True, False, False]

    def test_answers_where_nothing_was_asked_are_counted(self, cleaned, clinic):
        wave = under(clinic, routing_max_stray=1)
        one = {"q3": "2", "q4": "7", "q5": None}
        done = cleaned({}, one, one | {"q5": "1"}, one | {"q4": "98", "q5": "1"}, instrument=wave)
        assert done.responses["flag_routing"].to_list() == [False, False, True, False]

    def test_impossible_combinations_are_declared(self, cleaned, clinic):
        wave = under(clinic, impossible=["age < 20 and visits == 1"], impossible_max=0)
        done = cleaned({"q2": "19"}, {"q2": "20"}, {"q2": "999"}, instrument=wave)
        assert done.responses["flag_impossible"].to_list() == [True, False, False]

    def test_near_copies_flag_both_and_exclude_nobody_unless_named(self, cleaned, clinic):
        policies = {"match_min_share": 0.9, "match_min_items": 5}
        rows = [{"q2": "30"}, {"q2": "31"}, {"q1": "2", "q6": "1", "q7a": "3", "q7b": "1"}]
        done = cleaned(*rows, instrument=under(clinic, **policies))
        answered = 10  # sex, age, visits, score, issues, three of the grid, control; not pregnant
        share = (answered - 2) / (answered - 1)
        assert share < 0.9
        assert not done.responses["flag_match"].any()
        policies["match_min_share"] = share
        done = cleaned(*rows, instrument=under(clinic, **policies))
        assert done.responses["flag_match"].to_list() == [True, True, False]
        assert done.responses["included"].all()
        done = cleaned(*rows, instrument=under(clinic, **policies, exclude_flags="match"))
        assert done.responses["exclusion"].to_list() == ["match", "match", ""]

    def test_gibberish_is_flagged_and_its_text_is_nowhere(self, cleaned, clinic):
        wave = under(with_columns(clinic, remarks={"column": "q9"}), gibberish_max_keys=5)
        done = cleaned({"q9": "asdfghjkl"}, {"q9": "都很好"}, {"q9": None}, instrument=wave)
        assert done.responses["flag_gibberish"].to_list() == [True, False, False]
        assert "asdfghjkl" not in done.responses.to_csv() + done.audit.to_csv()


def test_a_value_for_one_wave_goes_before_the_general_one(cleaned, clinic):
    policy = Policy(value=0, unit="t", source="t", waves={WAVE: 5})
    done = cleaned(
        {"q8": "1"}, instrument=replace(clinic, methods={"attention_max_failed": policy})
    )
    assert done.summary()["thresholds"] == {"attention_max_failed": 5}
    assert not done.responses["flag_attention"].any()


def test_measures_count_missing_answers_by_question(clinic, cleaned):
    done = cleaned({}, {"q2": None}, {"q3": "2", "q4": None, "q5": None})
    frame = done.responses
    measures = Measures(frame, Routing(clinic, WAVE), None, pd.Series(0, index=frame.index))
    table = measures.missing_by_item().set_index("item")
    assert table.loc["age"].to_list() == [3, 1]
    assert table.loc["score"].to_list() == [2, 0]  # one was not asked
