"""Normal equations and triangular roots of small symmetric matrices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from survey.design.linear import inverse, product, triangular_root

SEEDS = st.integers(0, 10_000)


def gram(seed: int, *, rank: int = 4, size: int = 6) -> np.ndarray:
    left = np.random.default_rng(seed).normal(size=(size, rank))
    return left @ left.T


class TestInverse:
    @given(SEEDS)
    def test_solves_consistent_equations_of_a_singular_matrix(self, seed):
        matrix = gram(seed)
        right = matrix @ np.arange(6.0)[:, None]
        solved = product(inverse(matrix), right)
        assert np.allclose(matrix @ solved, right, atol=1e-6 * np.abs(right).max())

    def test_of_a_full_matrix_is_its_inverse(self):
        matrix = gram(1, rank=6)
        assert np.allclose(inverse(matrix) @ matrix, np.eye(6), atol=1e-8)


class TestTriangularRoot:
    @given(SEEDS)
    def test_has_the_products_of_the_matrix(self, seed):
        matrix = gram(seed)
        root = triangular_root(matrix)
        assert len(root) <= 5
        assert np.allclose(root.T @ root, matrix, atol=1e-9 * np.abs(matrix).max())
