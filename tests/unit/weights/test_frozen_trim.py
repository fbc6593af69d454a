"""Trimming at frozen limits: R's weights, and the same limits in every replicate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from survey.errors import WeightError
from survey.instrument.model import Trim
from survey.weights.trim import FrozenTrim, freeze, trim
from tests.calibration import GOLDEN, agrees, households

WEIGHTS = arrays(float, st.integers(3, 40), elements=st.floats(0.05, 50))


class TestAgainstR:
    @pytest.mark.parametrize("want", GOLDEN["trimmed"], ids=lambda w: f"strict {w['strict']}")
    def test_even_shares_are_those_of_r_trimweights(self, want):
        step = FrozenTrim(want["lower"], want["upper"], "even", want["strict"])
        assert agrees(step.apply(households()["base"].to_numpy()), want)


class TestFrozen:
    @given(WEIGHTS)
    def test_on_the_full_sample_it_is_trimming(self, weights):
        step = freeze(weights, Trim(lower=0.2, upper=2.0))
        assert step.apply(weights) == pytest.approx(
            trim(weights, Trim(lower=0.2, upper=2.0)).weights, rel=1e-9
        )

    @given(WEIGHTS)
    def test_a_weight_counted_twice_is_trimmed_as_two_rows_would_be(self, weights):
        step = freeze(weights, Trim(upper=2.5))
        times = np.arange(len(weights)) % 2 + 1.0
        doubled = np.repeat(weights, times.astype(int))
        if doubled.mean() > step.ceiling:
            return
        as_rows = step.apply(doubled)
        at_once = step.apply(weights * times, times)
        first = np.r_[0, np.cumsum(times)[:-1]].astype(int)
        assert at_once / times == pytest.approx(as_rows[first], rel=1e-9)

    def test_the_cap_holds_for_weight_over_multiplier(self):
        weights = np.array([1.0, 1.0, 2.0, 8.0])
        times = np.array([0.0, 2.0, 2.0, 1.0])
        step = freeze(weights, Trim(upper=2.0))  # mean 3: nothing over 6
        got = step.apply(weights * times, times)
        assert got[0] == 0
        assert got.sum() == pytest.approx((weights * times).sum())
        assert (got[1:] / times[1:]).max() == pytest.approx(6.0)

    def test_rows_without_weight_stay_without(self):
        step = freeze(np.array([0.0, 1.0, 2.0, 9.0]), Trim(lower=0.5, upper=2.0))
        assert (step.floor, step.ceiling) == (2.0, 8.0)
        got = step.apply(np.array([0.0, 1.0, 2.0, 9.0]))
        assert got[0] == 0
        assert got.sum() == pytest.approx(12)

    def test_a_total_the_limits_cannot_keep_is_named(self):
        with pytest.raises(WeightError, match="between 1 and 2 can keep the total 9"):
            FrozenTrim(1.0, 2.0).apply(np.array([3.0, 3.0, 3.0]))

    def test_weights_cut_at_both_ends_at_once_keep_their_total(self):
        got = freeze(np.array([14.0, 1.0, 1.0]), Trim(lower=0.2, upper=2.0)).apply(
            np.array([14.0, 1.0, 1.0])
        )
        assert got == pytest.approx([32 / 3, 8 / 3, 8 / 3])
