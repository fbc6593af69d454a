"""The suite's own cleaning and weighting of the committed raw files finds what was planted."""

import numpy as np
import pytest

from survey.clean.pipeline import clean_wave
from survey.clean.run import read_wave
from survey.instrument.load import load_instrument
from survey.synthetic.generate import generate
from survey.synthetic.plan import load_plan, published
from survey.weights.weigh import weigh

STUDY = "security_perception"
SCORE, SHARE = 0.01, 0.0002  # how far a weighted estimate may lie from its published number


@pytest.fixture(scope="module")
def instrument(checkout):
    return load_instrument(checkout, STUDY)


@pytest.fixture(scope="module", params=["2013H1", "2017H1", "2018H1"])
def cleaned(request, checkout, instrument):
    """Name of a wave and its clean responses."""
    raw = read_wave(checkout, instrument, request.param)
    return request.param, clean_wave(raw, instrument, request.param)


class TestCommittedWaves:
    def test_cleaning_excludes_exactly_the_rows_that_were_spoilt(
        self, checkout, instrument, cleaned
    ):
        wave, result = cleaned
        planted = generate(checkout, instrument, load_plan(checkout, STUDY), wave)
        planted = planted.set_index("respondent")["fault"].sort_index()
        found = result.responses.set_index("respondent")["exclusion"].sort_index()
        assert planted.to_dict() == found.to_dict()

    def test_weighted_estimates_are_the_published_numbers(self, checkout, instrument, cleaned):
        wave, result = cleaned
        weighted = weigh(result.responses, instrument, wave)
        assert weighted.record.trimmed == 0
        people = weighted.weights.merge(result.responses, on="respondent", suffixes=("", "_raw"))
        scale = instrument.scale_of("issues")
        column = {scale.code(value): f"issues__{value}" for value in scale.values()}
        known = published(checkout, instrument, wave).to_dict("records")
        assert known
        for row in known:
            values = people[column.get(row["category"], "safety_score")]
            told = (values.notna() & (values <= 10)).to_numpy()
            mean = np.average(values[told].astype(float), weights=people["weight"][told])
            within = SCORE if row["statistic"] == "mean" else SHARE
            assert mean == pytest.approx(row["estimate"], abs=within)

    def test_answers_out_of_routing_and_entry_errors_are_mended_with_a_reason(
        self, instrument, cleaned
    ):
        wave, result = cleaned
        clean = result.responses
        asked = clean["had_incident"] == 1
        assert (clean.loc[~asked, "incident_type"] == -3).all()
        edits = result.audit[result.audit["rule"] == "correction"]
        assert set(edits["reason"]) == {edit.reason for edit in instrument.corrections[wave]}
