"""A wave drawn in stages without replacement: the pipeline and the survey object agree."""

import numpy as np
import pytest

from analysis.estimate.residual import on_classes
from analysis.estimate.survey import Survey
from analysis.estimate.wave import estimate_wave
from analysis.estimate.wavesample import sample_design
from survey.instrument.load import load_instrument
from survey.weights.weigh import CLASS, weigh
from tests.twin import STUDY, make_project, read_responses

STAGED = "psu: psu, stages: [respondent], fpc: [villages, people], base_weight"


@pytest.fixture
def wave(tmp_path):
    """The twin with 9 villages per stratum and 60 people per village in the population."""
    project = make_project(tmp_path)
    path = project.instrument(STUDY) / "waves" / "2020H1.yml"
    path.write_text(path.read_text().replace("psu: psu, base_weight", STAGED, 1))
    responses = read_responses("2020H1").assign(villages=9, people=60)
    instrument = load_instrument(project, STUDY)
    done = weigh(responses, instrument, "2020H1")
    return responses, instrument, done


def test_rows_of_a_staged_wave_equal_the_survey_object(wave):
    responses, instrument, done = wave
    estimates = estimate_wave(
        responses, done.weights, done.record, instrument, "2020H1", kind="simulated"
    )
    people = done.weights.merge(responses, on="respondent")
    classes = [
        np.unique(people[CLASS + margin.name], return_inverse=True)[1]
        for margin in done.record.margins
    ]
    survey = Survey(
        people.assign(score=people["score"].where(people["score"].between(0, 10))),
        weight="weight",
        strata=["region", "residence"],
        psu=["psu", "respondent"],
        fpc=["villages", "people"],
        calibration=[on_classes(classes, people["weight"].to_numpy(float))],
    )
    theirs = survey.mean("score", by="region").rows
    ours = estimates.rows.query("statistic == 'mean' and indicator == 'score'")
    ours = ours[ours["domain"].str.match(r"^region=\w+$")]
    assert len(ours) == len(theirs) > 2
    assert ours["estimate"].to_numpy() == pytest.approx(theirs["estimate"].to_numpy(), rel=1e-10)
    assert ours["se"].to_numpy() == pytest.approx(theirs["se"].to_numpy(), rel=1e-10)
    assert ours["df"].tolist() == theirs["df"].tolist()


def test_factors_of_persons_in_the_second_stage_are_joined_and_carry_no_labels(wave):
    responses, instrument, done = wave
    estimates = estimate_wave(
        responses, done.weights, done.record, instrument, "2020H1", kind="simulated"
    )
    lengths = [np.sqrt((vector**2).sum()) for vector in estimates.factors.values()]
    known = estimates.rows.loc[estimates.rows["cov_family"] != "none", "se"]
    assert sorted(lengths) == pytest.approx(sorted(known), rel=1e-9)
    assert estimates.units == {}
    people = done.weights.merge(responses, on="respondent")
    drawn = instrument.waves["2020H1"].design
    assert sample_design(people, drawn, instrument).by_person
