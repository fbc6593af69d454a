"""Post-stratification: R's weights, and cells that are empty or unknown."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.poststratify import poststratify
from tests import twin
from tests.calibration import GOLDEN, agrees, sample
from tests.ratios import margin


class TestPoststratify:
    def test_weights_are_those_of_r_poststratify(self):
        want = GOLDEN["poststratified"]
        cells = list(zip(want["region"], want["residence"], strict=True))
        frame = twin.read_responses("2020H1")
        pairs = zip(frame["region"], frame["residence"], strict=True)
        classes = np.array([cells.index(pair) for pair in pairs])
        done = poststratify(sample("twin")[0], classes, margin("cell", want["counts"]))
        assert agrees(done.weights, want)

    def test_a_cell_without_respondents_is_named(self):
        with pytest.raises(WeightError, match=r"category 'a2' has a target \(5\)"):
            poststratify(np.ones(3), np.array([0, 1, 1]), margin("a", [3, 4, 5]))

    def test_a_cell_without_respondents_is_left_out_if_asked(self):
        done = poststratify(np.ones(3), np.array([0, 1, 1]), margin("a", [3, 4, 5]), partial=True)
        assert done.weights.tolist() == [3, 2, 2]
        assert done.left_out == ("a2",)

    def test_weights_and_categories_that_are_wrong_are_named_together(self):
        with pytest.raises(WeightError) as caught:
            poststratify(np.array([1, -1.0]), np.array([0, -1]), margin("a", [3, 4]))
        assert "1 base weights are missing, infinite or negative: row 2 (-1)" in str(caught.value)
        assert "1 respondents are in no category of margin 'a'" in str(caught.value)
