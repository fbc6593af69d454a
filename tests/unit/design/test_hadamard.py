"""Orthogonal rows for balanced replicates."""

import numpy as np
import pytest

from survey.design.hadamard import buildable, hadamard
from survey.errors import EstimateError


class TestHadamard:
    def test_rows_are_orthogonal_up_to_order_600(self):
        for at_least in range(1, 601):
            matrix = hadamard(at_least).astype(int)
            order = len(matrix)
            assert order >= at_least
            assert (matrix @ matrix.T == order * np.eye(order, dtype=int)).all(), at_least

    def test_first_row_and_column_are_all_plus_one(self):
        for at_least in (2, 4, 12, 20, 28, 36, 60, 108, 600):
            matrix = hadamard(at_least)
            assert (matrix[0] == 1).all()
            assert (matrix[:, 0] == 1).all()

    def test_no_order_is_wasted_beyond_the_next_twelve(self):
        assert max(len(hadamard(n)) - n for n in range(1, 601)) < 12

    def test_orders_that_residues_give_are_used(self):
        # Paley I gives 12, 20 and 44, Paley II gives 36 and 76; doubling gives none of them
        assert all(buildable(order) for order in (12, 20, 36, 44, 76))
        assert len(hadamard(33)) == 36

    @pytest.mark.parametrize("rows", [0, 5000])
    def test_sizes_out_of_range_are_refused(self, rows):
        with pytest.raises(EstimateError, match="balanced replicates"):
            hadamard(rows)
