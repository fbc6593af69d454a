"""Linearised ratios: factors, row order, and calibration-aware residuals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.design.build import make_design
from tests.ratios import ratios


@st.composite
def samples(draw):
    picks = np.random.default_rng(draw(st.integers(0, 9999)))
    strata, psus = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    n = strata * psus * draw(st.integers(1, 4))
    place = np.arange(n)
    stratum, psu = place % strata, place // strata % psus
    return {
        "id": np.array([f"r{i:03d}" for i in place]),
        "stratum": stratum,
        "psu": stratum * 10 + psu,
        "weight": picks.uniform(0.2, 4, n),
        "y": picks.integers(0, 11, (n, 2)).astype(float),
        "level": picks.integers(0, 2, n),
        "class": picks.integers(0, 2, n),
    }


def estimate(sample, order=None, **options):
    order = np.arange(len(sample["id"])) if order is None else order
    s = {name: values[order] for name, values in sample.items()}
    design = make_design(s["id"], strata={"s": s["stratum"]}, psu=s["psu"], lonely="adjust")
    return ratios(s["y"], s["weight"], design, level=s["level"], classes=(s["class"],), **options)


class TestFactor:
    @settings(max_examples=40, deadline=None)
    @given(samples())
    def test_the_product_of_a_factor_with_itself_is_the_variance(self, sample):
        got = estimate(sample)
        assert np.sqrt((got.factor**2).sum(axis=0)) == pytest.approx(got.se, rel=1e-9, nan_ok=True)

    @settings(max_examples=40, deadline=None)
    @given(samples())
    def test_the_variance_of_a_difference_is_that_of_the_difference_estimated(self, sample):
        """var(a) + var(b) - 2 F_a . F_b is the variance of the mean of y_a - y_b."""
        got = estimate(sample)
        apart = estimate({**sample, "y": sample["y"][:, :1] - sample["y"][:, 1:]})
        a, b = got.factor[:, :, 0], got.factor[:, :, 1]
        combined = (a * a).sum(axis=0) + (b * b).sum(axis=0) - 2 * (a * b).sum(axis=0)
        assert combined == pytest.approx(apart.se[:, 0] ** 2, rel=1e-6, abs=1e-12, nan_ok=True)

    @settings(max_examples=30, deadline=None)
    @given(samples(), st.randoms(use_true_random=False))
    def test_any_row_order_gives_the_same_bytes(self, sample, random):
        order = list(range(len(sample["id"])))
        random.shuffle(order)
        one, other = estimate(sample), estimate(sample, np.array(order))
        for name in ("estimate", "se", "deff", "n", "weighted_n", "df", "factor"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name

    @settings(max_examples=30, deadline=None)
    @given(samples())
    def test_a_mean_that_the_margins_fix_has_no_error(self, sample):
        known = {
            **sample,
            "y": sample["class"][:, None].astype(float),
            "level": 0 * sample["level"],
        }
        assert np.nan_to_num(estimate(known).se) == pytest.approx(0, abs=1e-7)


class TestByHand:
    def test_two_psus_in_one_stratum(self):
        design = make_design(["a", "b", "c", "d"], psu=[1, 1, 2, 2])
        got = ratios([1, 3, 5, 7], [1, 1, 1, 1], design)
        assert got.estimate[0, 0] == 4
        # PSU totals of (y - 4) / 4 are -1 and 1: 2 / (2 - 1) x (1 + 1) = 4
        assert got.se[0, 0] == pytest.approx(2)
        assert got.df[0] == 1

    def test_an_answer_outside_the_base_counts_nowhere(self):
        design = make_design(["a", "b", "c", "d"])
        got = ratios([1, 3, 5, np.nan], [1, 1, 2, 9], design)
        assert got.estimate[0, 0] == 3.5
        assert (got.n[0], got.weighted_n[0]) == (3, 4)

    def test_a_domain_keeps_the_psus_without_members(self):
        design = make_design(list("abcdef"), psu=[1, 1, 2, 2, 3, 3])
        got = ratios([1, 3, 5, 7, 9, 9], np.ones(6), design, level=[0, 0, 0, 0, 1, 1])
        z = np.array([-1.0, 1.0, 0.0])  # PSU totals of the domain, the absent PSU a zero
        assert got.se[0, 0] == pytest.approx(math.sqrt(3 / 2 * (z**2).sum()))
        assert got.df.tolist() == [1, 0]

    def test_equal_answers_of_a_simple_sample_have_design_effect_one(self):
        design = make_design([f"r{i}" for i in range(50)])
        y = np.arange(50) % 7
        assert ratios(y, np.ones(50), design).deff[0, 0] == pytest.approx(1)
