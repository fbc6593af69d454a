"""The weights stage on the twin: files, record, row order, faults."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey.errors import DataError, WeightError
from survey.instrument.load import load_instrument
from survey.progress import Progress
from survey.weights.record import read_record
from survey.weights.run import run
from survey.weights.weigh import weigh
from tests import twin

GOLDEN = Path(twin.__file__).parent / "golden"


@pytest.fixture
def project(tmp_path):
    return twin.make_project(tmp_path)


def change_wave(project, old, new):
    path = project.instrument("twin") / "waves" / "2020H1.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return load_instrument(project, "twin")


class TestRun:
    def test_leaves_weights_and_a_record_for_every_wave(self, project):
        written = run(project, ["twin"], Progress.silent())
        assert [path.name for path in written] == ["weights.parquet", "calibration.json"] * 2
        weights = pd.read_parquet(written[0])
        assert list(weights)[:3] == ["respondent", "base_weight", "weight"]
        assert weights["respondent"].is_monotonic_increasing
        record = read_record(written[1])
        assert record.method == "raking"
        assert record.max_relative_error <= 1e-10
        assert record.flags == []
        assert any("scaled to the total of 'sex'" in note for note in record.notes)

    @pytest.mark.parametrize("name", ["2020H1", "2021H1"])
    def test_weights_are_those_of_r(self, project, name):
        want = json.loads((GOLDEN / f"twin_{name}.json").read_text())["weights"]
        run(project, ["twin"], Progress.silent())
        folder = project.clean("twin", name)
        weights = pd.read_parquet(folder / "weights.parquet")["weight"].to_numpy()
        assert weights[:5] == pytest.approx(want["first"], rel=1e-8)
        assert read_record(folder / "calibration.json").deff_kish == pytest.approx(
            want["deff_kish"]
        )

    def test_shuffled_responses_give_the_same_bytes(self, project, tmp_path):
        instrument = load_instrument(project, "twin")
        responses = twin.read_responses("2020H1")
        one = weigh(responses, instrument, "2020H1")
        other = weigh(responses.sample(frac=1, random_state=7), instrument, "2020H1")
        assert (
            one.weights["weight"].to_numpy().tobytes()
            == other.weights["weight"].to_numpy().tobytes()
        )
        assert one.record == other.record

    def test_missing_responses_name_the_stage(self, project):
        (project.clean("twin", "2020H1") / "responses.parquet").unlink()
        with pytest.raises(DataError, match="has not been built yet"):
            run(project, ["twin"], Progress.silent())

    def test_weights_without_a_record_are_refused(self, tmp_path):
        with pytest.raises(DataError, match="no calibration record"):
            read_record(tmp_path / "calibration.json")


class TestWeigh:
    def test_excluded_respondents_get_no_weight(self, project):
        responses = twin.read_responses("2020H1")
        responses.loc[:9, "included"] = False
        done = weigh(responses, load_instrument(project, "twin"), "2020H1")
        assert len(done.weights) == len(responses) - 10

    def test_without_calibration_base_weights_are_final(self, project):
        wave = project.instrument("twin") / "waves" / "2020H1.yml"
        lines = wave.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("calibrate")]
        wave.write_text("\n".join(kept), encoding="utf-8")
        responses = twin.read_responses("2020H1")
        done = weigh(responses, load_instrument(project, "twin"), "2020H1")
        assert done.record.method == "none"
        assert np.array_equal(done.weights["weight"], done.weights["base_weight"])

    def test_a_base_weight_that_is_zero_names_the_respondent(self, project):
        responses = twin.read_responses("2020H1")
        responses.loc[3, "base_weight"] = 0
        with pytest.raises(WeightError, match="respondent r0003 has 0"):
            weigh(responses, load_instrument(project, "twin"), "2020H1")

    def test_trimming_is_recorded_with_the_margins_it_gives_up(self, project):
        instrument = change_wave(project, "calibrate: {", "calibrate: {trim: {upper: 3}, ")
        record = weigh(twin.read_responses("2020H1"), instrument, "2020H1").record
        assert record.trimmed > 0
        assert record.largest <= 3 * (1 + 1e-9)
        assert record.max_relative_error <= 1e-10 < record.max_relative_error_final

    def test_an_unknown_margin_names_the_targets_file(self, project):
        instrument = change_wave(project, "margins: [sex,", "margins: [sexes,")
        with pytest.raises(WeightError) as caught:
            weigh(twin.read_responses("2020H1"), instrument, "2020H1")
        assert "instruments/twin/targets/2020H1.csv: margin 'sexes' has no targets" in str(
            caught.value
        )
        assert "did you mean 'sex'?" in str(caught.value)

    def test_a_margin_of_another_year_is_flagged(self, project):
        targets = project.instrument("twin") / "targets" / "2020H1.csv"
        text = targets.read_text(encoding="utf-8").replace("2020-06-30", "2015-06-30")
        targets.write_text(text, encoding="utf-8")
        done = weigh(twin.read_responses("2020H1"), load_instrument(project, "twin"), "2020H1")
        assert "margin 'sex' borrowed from 2015-06-30" in done.record.flags[0]


class TestRecord:
    @pytest.mark.parametrize("text", ["5", "[]", "{}", "no json"])
    def test_a_file_that_is_no_record_is_told(self, tmp_path, text):
        path = tmp_path / "calibration.json"
        path.write_text(text)
        with pytest.raises(DataError, match="not a calibration record"):
            read_record(path)
