"""Trimming keeps the total and the limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from survey.errors import WeightError
from survey.instrument.model import Trim
from survey.weights.diagnose import diagnose
from survey.weights.trim import trim

WEIGHTS = arrays(float, st.integers(3, 40), elements=st.floats(0.05, 50))


class TestTrim:
    @given(WEIGHTS)
    def test_keeps_the_total_and_stays_under_the_limit(self, weights):
        done = trim(weights, Trim(upper=2.0))
        assert done.weights.sum() == pytest.approx(weights.sum(), rel=1e-9)
        assert done.weights.max() <= 2.0 * weights.mean() * (1 + 1e-9)

    @given(WEIGHTS)
    def test_untouched_weights_keep_their_proportions(self, weights):
        done = trim(weights, Trim(upper=3.0))
        free = done.weights < 3.0 * weights.mean() * (1 - 1e-9)
        factor = done.weights[free] / weights[free]
        assert factor == pytest.approx(np.full(free.sum(), factor[0]), rel=1e-6)

    def test_weights_within_the_limits_are_left_alone(self):
        done = trim(np.array([1.0, 2.0, 3.0]), Trim(lower=0.1, upper=3))
        assert done.cut == 0
        assert done.weights.tolist() == [1.0, 2.0, 3.0]

    def test_limits_must_be_around_the_mean(self):
        with pytest.raises(WeightError, match=r"limits are 0 and 0\.9 times"):
            trim(np.ones(3), Trim(upper=0.9))


class TestDiagnose:
    def test_kish_design_effect_of_unequal_weights(self):
        found = diagnose(np.array([1.0, 1.0, 2.0, 4.0]))
        assert found.deff_kish == pytest.approx(4 * 22 / 64)
        assert found.n_eff == pytest.approx(64 / 22)
        assert (found.smallest, found.largest) == (0.5, 2.0)
