"""Agreement against R, published examples and formulas written out."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.text.agreement import (
    cohen_kappa,
    jaccard,
    kappa_of_code,
    krippendorff_alpha,
    masi,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "text"
TABLES = json.loads((GOLDEN / "kappa_tables.json").read_text())
ANSWERS = json.loads((GOLDEN / "kappa.json").read_text())
SETS = st.frozensets(st.integers(1, 4), max_size=3)


def spread(table) -> tuple[list[int], list[int]]:
    """The two coders' categories, unit by unit."""
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


class TestKappa:
    @pytest.mark.parametrize("name", sorted(TABLES))
    def test_it_is_that_of_r_psych(self, name):
        found = cohen_kappa(*spread(TABLES[name]))
        assert found.kappa == pytest.approx(ANSWERS[name]["kappa"], rel=1e-12)
        assert found.se**2 == pytest.approx(ANSWERS[name]["variance"], rel=1e-10)

    def test_two_by_two_by_hand(self):
        found = cohen_kappa(*spread([[20, 5], [10, 15]]))
        assert (found.agreed, found.kappa) == (0.7, pytest.approx(0.4))
        assert found.adjusted == pytest.approx(2 * 0.7 - 1)
        assert found.high - found.low == pytest.approx(2 * 1.959963985 * found.se)

    def test_a_rare_code_lowers_kappa_but_not_the_adjusted_one(self):
        found = cohen_kappa(*spread([[1, 2], [1, 96]]))
        assert found.agreed == 0.97
        assert found.kappa < 0.4 < found.adjusted

    def test_one_category_has_no_kappa(self):
        found = cohen_kappa(["x"] * 5, ["x"] * 5)
        assert math.isnan(found.kappa)
        assert found.agreed == 1
        assert math.isnan(cohen_kappa([], []).agreed)

    def test_the_standard_error_is_that_of_repeated_samples(self):
        table = np.array([[30, 6, 4], [5, 20, 5], [3, 7, 20]])
        rng = np.random.default_rng(1)
        drawn = [
            cohen_kappa(*spread(rng.multinomial(100, table.ravel() / 100).reshape(3, 3))).kappa
            for _ in range(600)
        ]
        assert cohen_kappa(*spread(table)).se == pytest.approx(np.std(drawn), rel=0.1)

    @given(st.lists(st.tuples(SETS, SETS), min_size=1, max_size=12))
    def test_order_of_coders_does_not_matter(self, pairs):
        one, other = map(list, zip(*pairs, strict=True))
        there, back = kappa_of_code(one, other, 1), kappa_of_code(other, one, 1)
        assert (there.first, there.second) == (back.second, back.first)
        np.testing.assert_allclose(there.kappa, back.kappa, atol=1e-12)
        np.testing.assert_allclose(there.se, back.se, atol=1e-12)


class TestAlpha:
    def test_the_published_example_of_four_coders(self):
        gap = None
        coders = [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
            [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
        ]
        assert krippendorff_alpha(list(zip(*coders, strict=True))) == pytest.approx(0.743, abs=5e-4)

    def test_sets_by_the_formula_written_out(self):
        units = [({1}, {1}), ({1, 2}, {1}), ({2}, {3}), ({2, 3}, {2, 3})]
        units = [tuple(map(frozenset, unit)) for unit in units]
        values = [value for unit in units for value in unit]
        observed = np.mean([masi(a, b) for a, b in units])
        apart = [masi(a, b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j]
        assert krippendorff_alpha(units, masi) == pytest.approx(1 - observed / np.mean(apart))

    def test_distances_of_sets(self):
        a, ab, bc, c = map(frozenset, ([1], [1, 2], [2, 3], [3]))
        assert masi(a, ab) == pytest.approx(1 - 1 / 2 * 2 / 3)
        assert masi(ab, bc) == pytest.approx(1 - 1 / 3 * 1 / 3)
        assert (masi(a, c), masi(ab, ab), jaccard(a, c)) == (1, 0, 1)
        assert jaccard(ab, bc) == pytest.approx(2 / 3)
        assert jaccard(frozenset(), frozenset()) == 0

    @given(st.lists(st.tuples(SETS, SETS), min_size=2, max_size=10))
    def test_perfect_agreement_is_one_and_order_is_nothing(self, pairs):
        same = [(a, a) for a, _ in pairs]
        alpha = krippendorff_alpha(same, masi)
        assert math.isnan(alpha) or alpha == pytest.approx(1)
        np.testing.assert_allclose(
            krippendorff_alpha(pairs, jaccard),
            krippendorff_alpha([(b, a) for a, b in reversed(pairs)], jaccard),
        )
