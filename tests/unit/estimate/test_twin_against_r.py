"""The whole way from clean answers and targets to estimates, against R on the same files.

tests/golden/pipeline_score.R weights and estimates the twin on its own: every indicator by every
domain, with the default residuals and R's own variants. One wave is the twin with 200 answers and
one target altered.
"""

import json
from pathlib import Path

import pytest

from analysis.estimate.wave import estimate_wave
from survey.instrument.load import load_instrument
from survey.weights.weigh import weigh
from tests import twin
from tests.golden.export_wave import LIMITS, differences, wave_config

GOLDEN = Path(twin.__file__).parent / "golden"
CASES = {"2020H1": "2020H1", "2021H1": "2021H1", "altered": "2021H1"}
COLUMN = {"final": "se", "unweighted": "se_unweighted", "base": "se_base", "none": "se_none"}


def estimates(root, case, residuals="final"):
    project = twin.make_project(root)
    if case == "altered":
        twin.alter_targets(project)
    instrument = load_instrument(project, twin.STUDY)
    responses = twin.read_responses("altered_2021H1" if case == "altered" else case)
    done = weigh(responses, instrument, CASES[case])
    return estimate_wave(
        responses,
        done.weights,
        done.record,
        instrument,
        CASES[case],
        kind="simulated",
        residuals=residuals,
    ).rows


def golden(case):
    return json.loads((GOLDEN / f"twin_{case}.json").read_text(encoding="utf-8"))["rows"]


class TestAgainstR:
    @pytest.mark.parametrize("case", CASES)
    def test_every_estimate_error_interval_base_and_design_effect_agrees(self, tmp_path, case):
        rows = estimates(tmp_path, case)
        assert differences(rows, golden(case)) == []
        assert len(golden(case)) > 400

    @pytest.mark.parametrize("residuals", ["unweighted", "base", "none"])
    def test_r_variants_of_the_variance_are_reproduced_by_name(self, tmp_path, residuals):
        rows = estimates(tmp_path, "2020H1", residuals)
        reference = [{**row, "se": row[COLUMN[residuals]]} for row in golden("2020H1")]
        limits = {"estimate": LIMITS["estimate"], "se": LIMITS["se"]}
        assert differences(rows, reference, limits) == []
        assert f"{residuals} residuals" in rows["variant"].iloc[0]

    def test_altering_answers_and_a_target_moves_estimates_and_errors(self, tmp_path):
        told = differences(estimates(tmp_path, "2021H1"), golden("altered"))
        assert any("'score', 'mean', '', 'all'" in line and "estimate" in line for line in told)
        assert any("'score', 'mean', '', 'all'" in line and " se" in line for line in told)

    @pytest.mark.parametrize("case", CASES)
    def test_the_golden_numbers_belong_to_this_instrument(self, tmp_path, case):
        told = json.loads((GOLDEN / f"twin_{case}.config.json").read_text(encoding="utf-8"))
        instrument = twin.instrument(tmp_path)
        now = wave_config(
            instrument, CASES[case], responses=told["responses"], targets=told["targets"]
        )
        assert json.loads(json.dumps(now)) == told
