"""Normal equations and triangular roots of small symmetric matrices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from survey.design.linear import gram, inverse, product, triangular_root

SEEDS = st.integers(0, 10_000)


def matrix_of(seed: int, *, rank: int = 4, size: int = 6) -> np.ndarray:
    left = np.random.default_rng(seed).normal(size=(size, rank))
    return left @ left.T


class TestInverse:
    @given(SEEDS)
    def test_solves_consistent_equations_of_a_singular_matrix(self, seed):
        matrix = matrix_of(seed)
        right = matrix @ np.arange(6.0)[:, None]
        solved = product(inverse(matrix), right)
        assert np.allclose(matrix @ solved, right, atol=1e-6 * np.abs(right).max())

    def test_of_a_full_matrix_is_its_inverse(self):
        matrix = matrix_of(1, rank=6)
        assert np.allclose(inverse(matrix) @ matrix, np.eye(6), atol=1e-8)


class TestTriangularRoot:
    @given(SEEDS)
    def test_has_the_products_of_the_matrix(self, seed):
        matrix = matrix_of(seed)
        root = triangular_root(matrix)
        assert len(root) <= 5
        assert np.allclose(root.T @ root, matrix, atol=1e-9 * np.abs(matrix).max())


class TestGram:
    ROWS = np.random.default_rng(3).normal(size=(5, 12_461)) * [[1e-7], [1], [3e5], [0], [0.02]]

    def test_is_the_matrix_of_products(self):
        size = np.sqrt(np.add.reduce(self.ROWS**2, axis=1))
        off = np.abs(gram(self.ROWS) - self.ROWS @ self.ROWS.T)
        assert (off <= 1e-10 * size[:, None] * size).all()

    def test_does_not_depend_on_the_order_of_addition(self):
        order = np.random.default_rng(4).permutation(self.ROWS.shape[1])
        assert (gram(self.ROWS) == gram(self.ROWS[:, order])).all()
        assert not (self.ROWS[:, order] @ self.ROWS[:, order].T == self.ROWS @ self.ROWS.T).all()
