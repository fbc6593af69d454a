"""Ranks with joint confidence."""

import numpy as np
import pytest

from analysis.estimate.ranks import joint_ranks
from analysis.estimate.survey import Survey


def independent(se: float, k: int) -> np.ndarray:
    """A factor under which k estimates are independent with one standard error."""
    return np.eye(k) * se


class TestJointRanks:
    def test_far_apart_estimates_have_certain_ranks(self):
        rank, low, high = joint_ranks(
            np.array([3.0, 1.0, 2.0]), independent(0.01, 3), 50, level=0.95
        )
        assert rank.tolist() == low.tolist() == high.tolist() == [1, 3, 2]

    def test_equal_estimates_may_have_any_rank(self):
        _, low, high = joint_ranks(np.array([1.0, 1.0, 1.0]), independent(0.1, 3), 50, level=0.95)
        assert (low.tolist(), high.tolist()) == ([1, 1, 1], [3, 3, 3])

    def test_correlation_of_options_sharpens_ranks(self):
        estimate = np.array([0.50, 0.45])
        common = np.array([[0.1, 0.1], [0.01, 0.0]])  # errors move together
        _, _, high = joint_ranks(estimate, common, 50, level=0.95)
        assert high[0] == 1
        _, _, high = joint_ranks(estimate, independent(0.1, 2), 50, level=0.95)
        assert high[0] == 2

    def test_all_true_ranks_are_covered_at_once_as_often_as_stated(self):
        draw = np.random.Generator(np.random.Philox(7))
        true = np.array([0.40, 0.38, 0.25, 0.25, 0.10])
        top = 1 + (true[None, :] > true[:, None]).sum(axis=1)
        end = len(true) - (true[None, :] < true[:, None]).sum(axis=1)
        missed = 0
        for _ in range(2000):
            seen = true + draw.normal(scale=0.02, size=5)
            _, low, high = joint_ranks(seen, independent(0.02, 5), 1000, level=0.95)
            missed += bool(((low > end) | (high < top)).any())
        assert missed / 2000 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_ranks_of_a_set_are_rows_without_an_error():
    data = {"q_1": [1, 1, 1, 1, 1, 0], "q_2": [0, 1, 0, 0, 0, 0], "q_3": [0, 0, 0, 1, 1, 1]}
    rows = Survey(data).ranks(["q_1", "q_2", "q_3"]).rows
    assert rows["statistic"].eq("rank").all()
    assert rows["estimate"].tolist() == [1, 3, 2]
    assert rows["se"].isna().all()
    assert rows["ci_high"].tolist() == pytest.approx([3, 3, 3])
