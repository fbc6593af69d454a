"""Covariance over shared units: exact on average, in every overlap, and never impossible."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.compare.overlap import link, shared_covariance
from analysis.estimate.unitnames import design_units
from analysis.results.covariance import Units
from survey.design.build import make_design
from survey.design.stages import variance_factor


def units(labels, strata=None, fraction=0.0):
    strata = ["h"] * len(labels) if strata is None else strata
    return Units(tuple(labels), tuple(strata), np.full(len(labels), float(fraction)))


def estimated(values, chosen, size=None):
    """Factor and units of the total of values of drawn units; `size`: of a finite population."""
    design = make_design(chosen, psu=chosen, fpc=None if size is None else [size] * len(chosen))
    return variance_factor(design, values[:, None])[:, 0], design_units(design)


def variance_of_difference(new, old):
    """V1 + V2 - 2 C without the bound on C, so that its mean can be exact."""
    (f2, u2), (f1, u1) = new, old
    c = link(u2, u1).covariance(f2[:, None], f1[:, None])[0, 0]
    return f2 @ f2 + f1 @ f1 - 2 * c


class TestOnAverage:
    @pytest.mark.parametrize(("n1", "n2", "k"), [(3, 3, 2), (2, 2, 1), (4, 3, 3), (3, 3, 3)])
    def test_every_pair_of_samples_of_a_finite_stratum_gives_the_true_variance(self, n1, n2, k):
        size = 6
        old, new = np.array([1.0, 4, 2, 8, 5, 7]), np.array([2.0, 3, 1, 9, 7, 4])
        changes, variances = [], []
        for first in combinations(range(size), n1):
            rest = [unit for unit in range(size) if unit not in first]
            for kept, added in product(combinations(first, k), combinations(rest, n2 - k)):
                one, other = np.array(first), np.array(kept + added)
                z1, z2 = size / n1 * old[one], size / n2 * new[other]
                changes.append(z2.sum() - z1.sum())
                variances.append(
                    variance_of_difference(estimated(z2, other, size), estimated(z1, one, size))
                )
        assert np.mean(variances) == pytest.approx(np.var(changes), rel=1e-12)

    @pytest.mark.parametrize(("n1", "n2", "k"), [(3, 3, 1), (3, 4, 2), (2, 2, 1), (3, 3, 0)])
    def test_units_drawn_with_replacement_give_the_true_variance(self, n1, n2, k):
        kinds = np.array([[1.0, 2.5], [3.0, -1.0]])  # value of a kind of unit in both waves
        changes, variances = [], []
        for drawn in product(range(2), repeat=n1 + n2 - k):
            value = kinds[list(drawn)]
            one, other = np.arange(n1), np.arange(n1 - k, n1 + n2 - k)
            z1, z2 = value[one, 0] / n1, value[other, 1] / n2
            changes.append(z2.sum() - z1.sum())
            variances.append(variance_of_difference(estimated(z2, other), estimated(z1, one)))
        assert np.mean(variances) == pytest.approx(np.var(changes), rel=1e-12)

    def test_plain_products_would_halve_it_where_one_of_two_is_shared(self):
        shared = link(units("ab"), units("bc"))
        assert shared.scale.tolist() == [2.0]

    def test_a_unit_that_changed_its_stratum_is_still_shared(self):
        new = units("abcd", ["x", "x", "y", "y"])
        old = units("abcd", ["x", "y", "y", "x"])
        assert len(link(new, old).new) == 4


class TestSharedCovariance:
    @given(st.integers(0, 999))
    def test_of_a_wave_with_itself_is_its_variance(self, seed):
        factor = np.random.default_rng(seed).normal(size=7)
        order = np.random.default_rng(seed).permutation(7)
        got = shared_covariance(
            factor, units("abcdefg"), factor[order], units(["abcdefg"[i] for i in order])
        )
        assert got == pytest.approx(factor @ factor)

    def test_without_shared_units_is_zero(self):
        assert shared_covariance(np.ones(2), units("ab"), np.ones(2), units("cd")) == 0

    def test_a_census_of_units_has_no_covariance_left(self):
        census = units("abc", fraction=1.0)
        assert shared_covariance(np.zeros(3), census, np.zeros(3), census) == 0

    @given(st.integers(0, 999), st.integers(1, 4))
    def test_never_exceeds_what_the_two_errors_allow(self, seed, k):
        draws = np.random.default_rng(seed)
        one, other = draws.normal(size=(2, 4, 1))
        one, other = one - one.mean(), other - other.mean()
        labels = ["abcd", "abcd"[:k] + "wxyz"[k:]]
        found = link(units(labels[0]), units(labels[1])).of_pairs(one, other)[0]
        most = np.sqrt((one**2).sum() * (other**2).sum())
        assert abs(found) <= most * (1 + 1e-12)

    def test_later_stages_meet_inside_their_psu_only(self):
        psu = ["p", "p", "q", "q"]
        design = make_design(range(4), psu=[psu, ["1", "2", "1", "2"]], fpc=[[4] * 4, [9] * 4])
        labels = design_units(design).labels
        assert len(labels) == 6
        assert len(set(labels)) == 6
        assert labels[:2] == ("p", "q")
