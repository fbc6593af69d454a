"""Intraclass correlations by interviewer, against published numbers and the formulas."""

import numpy as np
import pytest

from analysis.quality.interviewers import deviations, intraclass

# Shrout and Fleiss (1979), table 2: four judges rate six targets.
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])  # fmt: skip  # noqa: E501


class TestIntraclass:
    def test_the_example_of_shrout_and_fleiss(self):
        found = intraclass(RATINGS.ravel().astype(float), np.repeat(np.arange(6), 4))
        assert found.icc == pytest.approx(0.17, abs=0.005)  # ICC(1,1) as printed
        between = 4 * RATINGS.mean(axis=1).var(ddof=1)
        within = RATINGS.var(axis=1, ddof=1).mean()
        assert (round(between, 2), round(within, 2)) == (11.24, 6.26)  # mean squares as printed
        assert found.icc == pytest.approx((between - within) / (between + 3 * within))

    def test_the_test_is_that_of_one_way_analysis_of_variance(self):
        from scipy.stats import f_oneway

        rng = np.random.default_rng(1)
        groups = np.repeat(["a", "b", "c", "d"], [5, 9, 20, 14])
        values = rng.normal(size=48) + np.repeat([0, 0.5, 0, 1], [5, 9, 20, 14])
        found = intraclass(values, groups)
        parts = [values[groups == name] for name in "abcd"]
        assert found.p == pytest.approx(f_oneway(*parts).pvalue)
        assert found.low < found.icc < found.high

    def test_the_interval_covers_the_truth_as_often_as_it_says(self):
        rng, truth, hits = np.random.default_rng(2), 0.2, 0
        groups = np.repeat(np.arange(20), 10)
        for _ in range(400):
            values = np.sqrt(truth) * rng.normal(size=20)[groups] + np.sqrt(1 - truth) * rng.normal(
                size=200
            )
            found = intraclass(values, groups)
            hits += found.low <= truth <= found.high
        assert hits / 400 == pytest.approx(0.95, abs=0.033)  # three errors of the simulation

    def test_gaps_are_left_out_and_one_interviewer_tells_nothing(self):
        values = np.array([1.0, np.nan, 2.0, 4.0, 5.0, 3.0])
        groups = np.array(["a", "a", "a", "b", "b", "b"])
        assert intraclass(values, groups).n == 5
        assert intraclass(values, np.full(6, "a")) is None
        assert intraclass(np.ones(6), groups) is None


class TestDeviations:
    def test_they_are_means_minus_the_mean_of_all_with_a_pooled_interval(self):
        from scipy.stats import t

        rng = np.random.default_rng(3)
        groups, values = np.repeat(["x", "y", "z"], [30, 40, 3]), rng.normal(5, 2, 73)
        found = deviations(values, groups, least=5)
        assert {d.interviewer for d in found} == {"x", "y"}
        one = next(d for d in found if d.interviewer == "x")
        assert one.off == pytest.approx(values[:30].mean() - values.mean())
        squares = sum(
            ((values[groups == g] - values[groups == g].mean()) ** 2).sum() for g in "xyz"
        )
        half = t.ppf(0.975, 70) * np.sqrt(squares / 70 / 30)
        assert one.high - one.low == pytest.approx(2 * half)
