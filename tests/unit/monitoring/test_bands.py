"""Bands of categories from a published overall share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit

from analysis.monitoring.bands import category_band
from survey.errors import EstimateError

shares = st.floats(0.04, 0.96)
weights = st.floats(0.02, 0.9)
spreads = st.floats(0.0, 1.5)


class TestCategoryBand:
    def test_without_spread_and_tolerance_every_category_is_the_overall_share(self):
        low, high = category_band(0.5, tolerance=0, weight=0.1, spread=0)
        assert low == pytest.approx(0.5, abs=1e-12)
        assert high == pytest.approx(0.5, abs=1e-12)

    def test_the_only_category_has_the_tolerance_as_its_band(self):
        band = category_band(0.8, tolerance=0.025, weight=1.0, spread=0.6)
        assert band == pytest.approx((0.775, 0.825), abs=1e-12)

    def test_a_tiny_category_may_be_twice_the_spread_from_all_others(self):
        low, high = category_band(0.5, tolerance=0, weight=1e-9, spread=0.6)
        assert logit(high) == pytest.approx(1.2, abs=1e-6)
        assert logit(low) == pytest.approx(-1.2, abs=1e-6)

    def test_a_larger_category_has_a_narrower_band(self):
        widths = [
            np.diff(category_band(0.8, tolerance=0.025, weight=w, spread=0.6))[0]
            for w in (0.04, 0.25, 0.9)
        ]
        assert widths == sorted(widths, reverse=True)

    def test_mirrored_shares_have_mirrored_bands(self):
        low, high = category_band(0.05, tolerance=0.015, weight=0.1, spread=0.6)
        mirrored = category_band(0.95, tolerance=0.015, weight=0.1, spread=0.6)
        assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)

    @given(shares, weights, spreads, st.integers(0, 2**32 - 1))
    @settings(max_examples=60, deadline=None)
    def test_no_point_of_the_model_lies_outside(self, overall, weight, spread, seed):
        rng = np.random.default_rng(seed)
        others = rng.dirichlet(np.ones(3)) * (1 - weight)
        every = np.array([weight, *others])
        offsets = spread * np.where(rng.random(4) < 0.5, rng.choice([-1, 1], 4), rng.uniform(-1, 1))
        target = overall + rng.uniform(-0.03, 0.03)
        mu = brentq(lambda mu: every @ expit(mu + offsets) - target, -12, 12, xtol=1e-13)
        low, high = category_band(overall, tolerance=0.03, weight=weight, spread=spread)
        assert low - 1e-9 <= expit(mu + offsets[0]) <= high + 1e-9

    @given(shares, weights, spreads)
    @settings(max_examples=60, deadline=None)
    def test_both_ends_are_points_of_the_model(self, overall, weight, spread):
        low, high = category_band(overall, tolerance=0.01, weight=weight, spread=spread)
        for end, sign, edge in ((high, -1, 0.01), (low, 1, -0.01)):
            others = expit(logit(end) + sign * 2 * spread)
            assert weight * end + (1 - weight) * others == pytest.approx(overall + edge, abs=1e-9)

    @pytest.mark.parametrize(
        "wrong", [{"overall": 1.0}, {"overall": 80.0}, {"weight": 0.0}, {"spread": -1.0}]
    )
    def test_impossible_arguments_are_refused(self, wrong):
        given_ = {"overall": 0.5, "tolerance": 0.01, "weight": 0.1, "spread": 0.5} | wrong
        with pytest.raises(EstimateError, match="cannot be computed"):
            category_band(given_.pop("overall"), **given_)
