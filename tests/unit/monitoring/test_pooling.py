"""Pooled shares of small categories."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from analysis.monitoring.pooling import MOST, pool
from survey.errors import EstimateError

COUNT = np.array([3, 40, 12, 1, 30, 0, 9])
N = np.array([4, 100, 15, 9, 50, 3, 40])


class TestPool:
    def test_no_other_level_and_strength_are_likelier(self):
        fitted = pool(COUNT, N, level=0.95)

        def likelihood(mu, m):
            return betabinom.logpmf(COUNT, N, mu * m, (1 - mu) * m).sum()

        best = likelihood(fitted.level, fitted.strength)
        for mu in np.linspace(0.05, 0.95, 61):
            for m in np.geomspace(0.05, 1e5, 81):
                assert likelihood(mu, m) <= best + 1e-9

    def test_bounds_are_quantiles_of_the_posterior(self):
        fitted = pool(COUNT, N, level=0.9)
        a = COUNT + fitted.level * fitted.strength
        b = N - COUNT + (1 - fitted.level) * fitted.strength
        assert fitted.low == pytest.approx(beta.ppf(0.05, a, b), rel=1e-9)
        assert fitted.high == pytest.approx(beta.ppf(0.95, a, b), rel=1e-9)
        assert fitted.se == pytest.approx(beta.std(a, b), rel=1e-9)

    @given(st.permutations(range(len(N))))
    def test_the_order_of_categories_does_not_matter_to_the_last_digit(self, order):
        order = np.array(order)
        one, two = pool(COUNT, N, level=0.95), pool(COUNT[order], N[order], level=0.95)
        assert (one.level, one.strength) == (two.level, two.strength)
        assert (one.share[order] == two.share).all()

    def test_a_small_category_moves_further_than_a_large_one_with_the_same_share(self):
        fitted = pool([2, 200, 10, 60, 5], [4, 400, 100, 80, 20], level=0.95)
        moved = np.abs(fitted.share - np.array([2, 200, 10, 60, 5]) / [4, 400, 100, 80, 20])
        assert moved[0] > 5 * moved[1]

    def test_categories_alike_up_to_chance_become_one(self):
        fitted = pool([50, 51, 49, 50], [100, 100, 100, 100], level=0.95)
        assert fitted.strength == pytest.approx(MOST, rel=0.01)
        assert fitted.share == pytest.approx(np.full(4, 0.5), abs=1e-3)

    def test_a_category_without_apps_takes_the_common_level(self):
        fitted = pool([*COUNT, 0], [*N, 0], level=0.95)
        assert fitted.share[-1] == pytest.approx(fitted.level, abs=1e-9)

    @given(
        st.lists(
            st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
            min_size=2,
            max_size=12,
        )
    )
    def test_a_pooled_share_lies_between_its_own_and_the_common_level(self, cells):
        count, n = np.array(cells).T
        fitted = pool(count, n, level=0.95)
        ends = np.sort([count / n, np.full(len(n), fitted.level)], axis=0)
        assert (ends[0] - 1e-9 <= fitted.share).all()
        assert (fitted.share <= ends[1] + 1e-9).all()
        assert ((fitted.low <= fitted.share) & (fitted.share <= fitted.high)).all()

    def test_one_category_alone_is_refused(self):
        with pytest.raises(EstimateError, match="one category alone"):
            pool([3], [10], level=0.95)

    def test_a_numerator_over_its_base_is_refused(self):
        with pytest.raises(EstimateError, match="outside its base"):
            pool([3, 4], [10, 3], level=0.95)
