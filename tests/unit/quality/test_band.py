"""The headline under other rules of quality."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.quality.band import _Judged, included
from analysis.quality.grid import choices
from survey.clean.pipeline import finish
from survey.errors import InstrumentError
from survey.instrument.cutoffs import Keep
from survey.instrument.model import Policy
from survey.weights.weigh import weigh
from tests.unit.quality.conftest import WAVE


def with_policy(instrument, **values):
    made = {name: Policy(value=v, unit="t", source="t") for name, v in values.items()}
    return replace(instrument, methods=instrument.methods | made)


class TestGrid:
    def test_every_set_of_signs_with_every_cut_off_that_matters_to_it(self, judged):
        found = choices(judged.instrument, WAVE)
        assert found[0].own
        told = [(choice.signs, dict(choice.cut).get("straight_line_max_run")) for choice in found]
        assert told[1:] == [
            ((), None),
            (("attention",), None),
            (("duplicate", "attention", "straight"), 3),
            (("duplicate", "attention", "straight"), 4),
        ]

    def test_the_studys_own_rules_stand_in_it_once(self, judged):
        own = choices(judged.instrument, WAVE)[0]
        again = with_policy(judged.instrument, band_exclude_flags=" ".join(own.signs))
        cut = {(c.signs, c.cut) for c in choices(again, WAVE)}
        assert len(choices(again, WAVE)) == len(cut) == 2  # straight-lining from 3 or from 4

    @pytest.mark.parametrize(
        ("policy", "value", "told"),
        [
            ("band_exclude_flags", "none / sped", "names 'sped'"),
            ("band_speed", "0.3", "'speed', which is no cut-off"),
            ("band_straight_line_max_run", "3, four", "expected numbers"),
        ],
    )
    def test_a_wrong_grid_is_told(self, judged, policy, value, told):
        with pytest.raises(InstrumentError, match=told):
            choices(with_policy(judged.instrument, **{policy: value}), WAVE)


class TestBand:
    def test_the_own_rules_keep_whom_cleaning_keeps(self, judged):
        own = choices(judged.instrument, WAVE)[0]
        stays = included(_Judged(judged.ready.measures), judged.start, own, ())
        np.testing.assert_array_equal(stays, judged.ready.ledger.frame["included"])

    def test_kept_respondents_stay_under_every_choice_that_the_file_names(self, judged):
        frame = judged.ready.ledger.frame
        out = frame[frame["exclusion"] == "attention"]["respondent"].iloc[0]
        keep = (Keep(respondent=out, reason="t"),)
        for choice in choices(judged.instrument, WAVE):
            stays = included(_Judged(judged.ready.measures), judged.start, choice, keep)
            assert stays[frame["respondent"].eq(out)].all()

    def test_an_estimate_is_the_weighted_mean_after_calibrating_anew(self, judged):
        rows = judged.band.rows[judged.band.rows["statistic"] == "mean"].set_index("signs")
        responses = finish(judged.start, judged.instrument, WAVE)
        weights = weigh(responses, judged.instrument, WAVE).weights.set_index("respondent")
        people = responses[responses["included"]].set_index("respondent")
        scores = people["safety_score"].astype(float)
        scores = scores[scores.between(0, 10)]
        mean = np.average(scores, weights=weights["weight"].reindex(scores.index))
        assert rows.loc["", "estimate"] == pytest.approx(mean, abs=0.005)
        assert rows.loc["", "included"] == len(people)

    def test_the_summary_is_that_of_the_rows_each_sample_once(self, judged):
        rows = judged.band.rows
        once = rows[rows["choice"] == rows["sample"]]
        for told in judged.band.summary.itertuples():
            same = once[
                (once["indicator"] == told.indicator)
                & (once["statistic"] == told.statistic)
                & (once["category"] == told.category)
            ]
            own = same[same["choice"] == 0].iloc[0]
            assert told.samples == len(same) == 5
            assert (told.low, told.high) == (same["estimate"].min(), same["estimate"].max())
            assert told.estimate == own["estimate"]
            assert 1 / 5 <= told.contain <= 1

    def test_numbers_have_the_digits_of_published_results(self, judged):
        for row in judged.band.rows.itertuples():
            digits = 2 if row.unit == "points10" else 3
            assert row.estimate == round(row.estimate, digits)
