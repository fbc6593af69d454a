"""The exact group-by: integers, so that order does not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from survey.design.totals import BITS, fix, group, sums
from survey.errors import EstimateError

POSITIVE = st.floats(1e-3, 1e3)


class TestFix:
    @given(arrays(float, st.integers(1, 50), elements=POSITIVE))
    def test_no_value_moves_by_more_than_half_a_quantum_of_the_mean(self, weights):
        fixed = fix(weights)
        assert np.abs(fixed.values() - weights).max() <= weights.mean() * 2.0 ** -(BITS + 1)

    @pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
    def test_a_weight_that_is_no_positive_number_is_refused(self, bad):
        with pytest.raises(EstimateError, match="weights must be finite"):
            fix([1.0, bad])

    def test_weights_that_are_all_zero_are_refused(self):
        with pytest.raises(EstimateError, match="weights must be finite"):
            fix([0.0, 0.0])


class TestSums:
    @given(st.data())
    def test_any_row_order_gives_the_same_integers(self, data):
        n = data.draw(st.integers(1, 60))
        weights = data.draw(arrays(float, n, elements=POSITIVE))
        codes = data.draw(arrays(int, n, elements=st.integers(-1, 4)))
        y = data.draw(arrays(int, n, elements=st.integers(0, 10)))
        order = np.array(data.draw(st.permutations(range(n))))
        one = sums(fix(weights).times(y[:, None]).units, group(codes, 5))
        other = sums(fix(weights[order]).times(y[order][:, None]).units, group(codes[order], 5))
        assert np.array_equal(one, other)

    def test_empty_groups_are_zero_and_negative_codes_are_in_none(self):
        got = sums(np.array([[1], [2], [4]]), group([3, -1, 3], 5))
        assert got[:, 0].tolist() == [0, 0, 0, 5, 0]

    def test_nobody_in_any_group(self):
        assert sums(np.array([[1], [2]]), group([-1, -1], 2)).tolist() == [[0], [0]]

    def test_products_with_fractions_are_rounded_once(self):
        products = fix([1.0, 2.0]).times([[0.1], [0.1]])
        assert products.values()[:, 0] == pytest.approx([0.1, 0.2])

    def test_a_column_too_large_for_64_bits_gets_a_coarser_quantum_of_its_own(self):
        products = fix([1.0, 1.0]).times([[10**12, 1], [10**12, 1]])
        total = sums(products.units, group([0, 0], 1))[0] * products.quantum
        assert total == pytest.approx([2e12, 2], rel=1e-12)
        assert products.quantum[0] > products.quantum[1] == fix([1.0, 1.0]).quantum

    def test_sums_that_would_overflow_are_refused(self):
        with pytest.raises(EstimateError, match="too large for exact"):
            sums(np.full((2, 1), 2**61), group([0, 0], 1))
