"""Calibration on cells is calibration of respondents, at the cost of the cells."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.calibrate import calibrate
from survey.weights.categorical import calibrate_margins
from tests import twin
from tests.calibration import GOLDEN, OPTIONS, agrees
from tests.ratios import margin

FRAME = twin.read_responses("2020H1")
CLASSES = [
    FRAME["sex"].replace(3, 2).to_numpy(int) - 1,
    FRAME["age_group"].to_numpy(int) - 1,
    FRAME["residence"].to_numpy(int) - 1,
]
MARGINS = [
    margin("sex", [5.2e6, 4.8e6]),
    margin("age_group", [2.6e6, 3.5e6, 2.4e6, 1.5e6]),
    margin("residence", [7e6, 3e6]),
]
BASE = FRAME["base_weight"].to_numpy()
SOLVED = [c for c in GOLDEN["calibrated"] if c["data"] == "twin" and "failed" not in c]


def run(base=BASE, classes=CLASSES, margins=MARGINS, **options):
    return calibrate_margins(base, classes, margins, **(OPTIONS | options))


class TestCalibrateMargins:
    @pytest.mark.parametrize("case", SOLVED, ids=lambda c: f"{c['method']} {c['bounds']}")
    def test_weights_are_those_of_r_calibrate(self, case):
        assert agrees(run(method=case["method"], bounds=case["bounds"]).weights, case)

    def test_logit_is_that_of_the_waves(self):
        one = run(method="logit", bounds=(0.4, 2.3))
        options = {"tolerance": 1e-11, "most_sweeps": 500}
        other = calibrate(BASE, CLASSES, MARGINS, bounds=(0.4, 2.3), **options)
        assert one.weights == pytest.approx(other.weights, rel=1e-9)
        assert one.ratio == pytest.approx(other.ratio, rel=1e-9)

    def test_any_row_order_gives_the_same_bytes(self):
        order = np.random.default_rng(2).permutation(len(BASE))
        one = run(method="linear")
        other = run(BASE[order], [level[order] for level in CLASSES], method="linear")
        assert one.weights[order].tobytes() == other.weights.tobytes()

    def test_the_response_of_linear_and_raked_weights_is_that_of_their_distance(self):
        linear, raked = run(method="linear"), run(method="raking")
        scale = 1e7 / BASE.sum()
        assert linear.response == pytest.approx(BASE * scale, rel=1e-9)
        assert raked.response == pytest.approx(raked.weights, rel=1e-9)

    def test_bounds_that_are_too_tight_name_margin_and_category(self):
        with pytest.raises(WeightError) as caught:
            run(method="linear", bounds=(0.9, 1.1))
        text = str(caught.value)
        assert "margin 'residence', category 'residence1' cannot be met" in text
        assert "expected 3e+06 (off by +" in text

    def test_margins_whose_totals_disagree_are_named(self):
        margins = [MARGINS[0], margin("age_group", [2.6e6, 3.5e6, 2.4e6, 1.6e6])]
        with pytest.raises(WeightError, match=r"category 'age_group3' is a combination of"):
            run(classes=CLASSES[:2], margins=margins, method="linear")

    def test_empty_categories_are_named(self):
        margins = [margin("sex", [5e6, 4e6, 1e6])]
        with pytest.raises(WeightError, match="category 'sex2' has a"):
            run(classes=CLASSES[:1], margins=margins, method="linear")

    def test_respondents_in_no_category_and_bad_weights_are_named(self):
        with pytest.raises(WeightError, match="respondents are in no category of margin 'sex'"):
            run(classes=[CLASSES[0] - 1], margins=MARGINS[:1], method="linear")
        with pytest.raises(WeightError, match=r"1 base weights are missing.*row 1 \(nan\)"):
            run(np.r_[np.nan, BASE[1:]], method="linear")
