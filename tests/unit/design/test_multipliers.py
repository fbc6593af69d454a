"""Replicate multipliers: exact variances, Monte Carlo error, R's replicates, draws that stay."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.design.build import make_design
from survey.design.multipliers import (
    brr,
    generalised_bootstrap,
    jackknife_1,
    jackknife_n,
    rao_wu,
    successive_difference,
)
from survey.errors import EstimateError
from tests import twin

TESTS = Path(twin.__file__).parent
GOLDEN = json.loads((TESTS / "golden" / "replicates.json").read_text())


def sample(sizes, *, population=None, lonely="certainty", names="abcdefghij"):
    """One respondent per PSU; `sizes` PSUs per stratum, of `population` where it is given."""
    stratum = np.repeat(list(names[: len(sizes)]), sizes)
    psu = [f"{h}{i:03d}" for h, size in zip(names, sizes, strict=False) for i in range(size)]
    fpc = None if population is None else np.repeat(population, sizes)
    respondent = [str(i) for i in range(len(psu))]
    return make_design(respondent, strata={"s": stratum}, psu=psu, fpc=fpc, lonely=lonely)


def replicate_variance(made, z):
    """Variance of the total of z, shape (P,), from the definition of a replicate set."""
    estimates = z @ made.values
    centre = estimates.mean() if len(estimates) and not made.mse else z.sum()
    return made.scale * (made.rscales * (estimates - centre) ** 2).sum()


def analytic_variance(design, z):
    """Sum over strata of (1 - f) n / (n - 1) times squared distances from the stratum's mean."""
    total = 0.0
    for h in range(len(design.strata)):
        mine = z[design.stratum == h]
        n, f = len(mine), design.fraction[design.stratum == h][0]
        if n > 1:
            total += (1 - f) * n / (n - 1) * ((mine - mine.mean()) ** 2).sum()
    return total


def monte_carlo_error(made, z):
    """Standard error of a bootstrap variance, from the spread of its squared deviations."""
    estimates = z @ made.values
    squares = made.scale * len(estimates) * (estimates - estimates.mean()) ** 2
    return squares.std() / np.sqrt(len(estimates))


designs = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 8)), min_size=1, max_size=6)


class TestExactMethods:
    @given(designs, st.integers(0, 2**32 - 1), st.booleans())
    def test_jackknife_of_a_total_has_the_stratified_variance(self, parts, seed, mse):
        sizes = [size for size, _ in parts]
        design = sample(sizes, population=[size + more for size, more in parts])
        z = np.random.default_rng(seed).normal(5, 3, len(design.psus))
        made = jackknife_n(design, mse=mse)
        assert replicate_variance(made, z) == pytest.approx(analytic_variance(design, z), abs=1e-9)

    @given(st.lists(st.integers(0, 8), min_size=1, max_size=9), st.sampled_from([0, 0.3, 0.5]))
    def test_balanced_halves_of_a_total_have_the_stratified_variance(self, more, rho):
        design = sample([2] * len(more), population=[2 + extra for extra in more])
        z = np.random.default_rng(len(more)).normal(5, 3, len(design.psus))
        for mse in (False, True):
            made = brr(design, rho, mse=mse)
            assert replicate_variance(made, z) == pytest.approx(
                analytic_variance(design, z), abs=1e-9
            )

    def test_balance_is_fully_orthogonal(self):
        made = brr(sample([2] * 7), 0.5)
        assert np.allclose(made.values.mean(axis=1), 1, atol=1e-14)

    def test_jackknife_without_strata_has_the_variance_of_one_stratum(self):
        design = sample([7], population=[20])
        z = np.arange(7.0) ** 2
        made = jackknife_1(design)
        assert made.scale == pytest.approx(6 / 7 * 13 / 20)
        assert replicate_variance(made, z) == pytest.approx(analytic_variance(design, z))

    def test_successive_differences_compare_neighbours_of_the_draw(self):
        design = sample([4, 3], population=[8, 6])
        z = np.array([1.0, 4.0, 9.0, 2.0, 5.0, 5.5, 8.0])
        order = [3, 0, 2, 1, 10, 30, 20]  # the first stratum was drawn as z = 4, 2, 9, 1
        first = (4 - 2) ** 2 + (2 - 9) ** 2 + (9 - 1) ** 2 + (1 - 4) ** 2
        second = (5 - 8) ** 2 + (8 - 5.5) ** 2 + (5.5 - 5) ** 2
        made = successive_difference(design, order)
        assert replicate_variance(made, z) == pytest.approx(0.5 * (first + second) / 2)

    def test_every_multiplier_is_at_least_zero(self):
        design = sample([2, 2, 2], population=[3, 30, 300])
        made = [brr(design), jackknife_n(design), successive_difference(design, range(6))]
        assert min(one.values.min() for one in made) >= 0


class TestBootstraps:
    makers = pytest.mark.parametrize(
        "make",
        [
            lambda design: rao_wu(design, 4000, 11),
            lambda design: rao_wu(design, 4000, 11, size=1),
            lambda design: rao_wu(design, 4000, 11, size={"s=a": 2, "s=b": 4, "s=c": 9}),
            lambda design: generalised_bootstrap(design, 4000, 11),
            lambda design: generalised_bootstrap(design, 4000, 11, factors="normal"),
        ],
        ids=["rao_wu", "one draw", "sizes by stratum", "exponential", "normal"],
    )

    @makers
    def test_variance_of_a_total_lies_within_monte_carlo_error(self, make):
        design = sample([3, 5, 12], population=[4, 50, 40])
        z = np.random.default_rng(5).gamma(2, 3, len(design.psus))
        made = make(design)
        missed = replicate_variance(made, z) - analytic_variance(design, z)
        assert abs(missed) < 4 * monte_carlo_error(made, z)
        assert abs(missed) < 0.15 * analytic_variance(design, z)

    @makers
    def test_multipliers_are_not_negative_and_average_one(self, make):
        made = make(sample([3, 5, 12], population=[4, 50, 40]))
        assert made.values.min() >= 0
        error = made.values.std(axis=1) / np.sqrt(4000)
        assert (np.abs(made.values.mean(axis=1) - 1) < 4.5 * error).all()

    def test_draws_are_multinomial(self):
        made = rao_wu(sample([3]), 9000, 3)
        counts = Counter(map(tuple, (made.values * 2 / 3).round().astype(int).T.tolist()))
        expected = {
            (2, 0, 0): 1,
            (0, 2, 0): 1,
            (0, 0, 2): 1,
            (1, 1, 0): 2,
            (1, 0, 1): 2,
            (0, 1, 1): 2,
        }
        chi2 = sum((counts[k] - 1000 * v) ** 2 / (1000 * v) for k, v in expected.items())
        assert set(counts) == set(expected)
        assert chi2 < 20.5  # 99.9 % of chi squared with 5 degrees of freedom

    def test_more_draws_than_generated_arrivals_are_still_all_made(self):
        made = rao_wu(sample([2], population=[2.2]), 50, 3, size=10)
        share = np.sqrt(10 * (1 - 2 / 2.2))
        drawn = (made.values - 1 + share) * 10 / (2 * share)
        assert np.allclose(drawn, drawn.round(), atol=1e-9)
        assert np.allclose(drawn.sum(axis=0), 10)

    def test_too_many_draws_are_refused_by_stratum(self):
        with pytest.raises(EstimateError, match=r"12 draws in stratum 's=a' .* negative"):
            rao_wu(sample([5, 20]), 10, 1, size=12)

    def test_a_tau_too_small_is_refused(self):
        with pytest.raises(EstimateError, match="tau 1 leaves multipliers"):
            generalised_bootstrap(sample([3, 3]), 500, 1, factors="normal", tau=1)

    def test_a_bootstrap_has_at_most_one_degree_less_than_replicates(self):
        assert rao_wu(sample([30, 30]), 20, 1).df == 19
        assert rao_wu(sample([3, 3]), 20, 1).df == 4


def by_label(design, made):
    return {psu: made.values[i] for i, psu in enumerate(design.psus)}


@pytest.mark.parametrize(
    "make", [rao_wu, lambda d, r, s: generalised_bootstrap(d, r, s, tau=5.0)], ids=["rao_wu", "gen"]
)
class TestDrawsBelongToUnits:
    def test_another_stratum_changes_nothing(self, make):
        fewer, more = sample([4, 5]), sample([4, 5, 6])
        old, new = by_label(fewer, make(fewer, 30, 7)), by_label(more, make(more, 30, 7))
        assert all((old[psu] == new[psu]).all() for psu in old)

    def test_shuffled_rows_change_nothing(self, make):
        stratum, psu = list("xxyyxyxy"), list("abcdefgh")
        order = [5, 2, 7, 1, 0, 6, 3, 4]
        one = make_design(list("12345678"), strata={"s": stratum}, psu=psu)
        other = make_design(
            [str(i + 1) for i in order],
            strata={"s": [stratum[i] for i in order]},
            psu=[psu[i] for i in order],
        )
        assert (make(one, 30, 7).values == make(other, 30, 7).values).all()

    def test_a_block_of_replicates_is_a_part_of_all(self, make):
        design = sample([4, 5])
        block = make(design, range(10, 20), 7).values
        assert (block == make(design, 30, 7).values[:, 10:20]).all()

    def test_another_seed_changes_them(self, make):
        design = sample([4, 5])
        assert (make(design, 30, 7).values != make(design, 30, 8).values).mean() > 0.3

    def test_waves_that_share_half_their_psus_share_their_draws(self, make):
        names = [f"p{i:02d}" for i in range(60)]
        old = make_design(names[:40], psu=names[:40])
        new = make_design(names[20:], psu=names[20:])
        first, second = by_label(old, make(old, 400, 7)), by_label(new, make(new, 400, 7))
        shared = [np.corrcoef(first[p], second[p])[0, 1] for p in names[20:40]]
        assert np.mean(shared) > 0.85


class TestCovarianceOfWaves:
    """Replicates of two waves against centred contributions summed over shared PSUs."""

    def covariance(self, make, replicates=6000):
        names = [f"p{i:02d}" for i in range(60)]
        draws = np.random.default_rng(2)
        level = draws.normal(0, 2, 60)
        y1, y2 = level[:40] + draws.normal(0, 1, 40), level[20:] + draws.normal(0, 1, 40)
        old, new = make_design(names[:40], psu=names[:40]), make_design(names[20:], psu=names[20:])
        one, two = make(old, replicates), make(new, replicates)
        product = np.prod(
            [y @ m.values - (y @ m.values).mean() for y, m in ((y1, one), (y2, two))], 0
        )
        scale = np.sqrt(one.scale * two.scale)
        centred = (y1 - y1.mean())[20:] * (y2 - y2.mean())[:20]
        error = scale * product.std() * np.sqrt(replicates)
        return scale * product.sum(), 40 / 39 * centred.sum(), error

    def test_generalised_bootstrap_carries_all_of_it(self):
        got, wanted, error = self.covariance(lambda d, r: generalised_bootstrap(d, r, 4))
        assert got == pytest.approx(wanted, abs=4 * error)
        assert error < 0.05 * wanted

    def test_rao_wu_carries_nearly_all_of_it_and_not_more(self):
        got, wanted, error = self.covariance(lambda d, r: rao_wu(d, r, 4))
        assert 0.9 * wanted - 4 * error < got < wanted


class TestLonely:
    def test_certainty_keeps_one_in_every_method(self):
        design = sample([1, 2, 2])
        for made in (
            rao_wu(design, 20, 1),
            generalised_bootstrap(design, 20, 1),
            jackknife_n(design),
            brr(design),
            successive_difference(design, range(5)),
        ):
            assert (made.values[0] == 1).all()
            assert (made.values[1:] != 1).any()
            assert made.df == 2

    @pytest.mark.parametrize("policy", ["adjust", "average"])
    def test_other_policies_fail_and_name_every_stratum(self, policy):
        with pytest.raises(EstimateError, match=f"'s=a' has one PSU, and '{policy}'") as caught:
            jackknife_n(sample([1, 2, 1], lonely=policy))
        assert "'s=c'" in str(caught.value)

    def test_a_stratum_taken_whole_is_certain_under_any_policy(self):
        made = rao_wu(sample([1, 3], population=[1, 9], lonely="adjust"), 20, 1)
        assert (made.values[0] == 1).all()


class TestRefusals:
    def test_strata_without_two_psus_are_named_together(self):
        with pytest.raises(EstimateError, match=r"'s=b' has 3 PSUs") as caught:
            brr(sample([2, 3, 4]))
        assert "'s=c' has 4 PSUs" in str(caught.value)

    def test_unequal_fractions_in_a_stratum_are_named(self):
        probability = [0.2, 0.4, 0.1, 0.1]
        design = make_design(
            list("1234"),
            strata={"s": list("aabb")},
            psu=list("wxyz"),
            fpc=probability,
            pps="brewer",
        )
        with pytest.raises(EstimateError, match=r"'s=a' have different .* 0\.2 to 0\.4"):
            jackknife_n(design)

    def test_jk1_with_strata_is_refused(self):
        with pytest.raises(EstimateError, match="has 2 strata"):
            jackknife_1(sample([2, 2]))

    def test_rho_of_one_is_refused(self):
        with pytest.raises(EstimateError, match="rho"):
            brr(sample([2, 2]), 1.0)

    def test_a_shared_place_in_the_order_is_named(self):
        with pytest.raises(EstimateError, match="'a000' and 'a001' share a place"):
            successive_difference(sample([2, 2]), [1, 1, 1, 2])


def answered():
    frame = pd.read_csv(TESTS / "data" / "twin" / "2020H1.csv", dtype={"respondent": str})
    frame = frame[frame["score"].isin(range(11))]
    stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
    return frame.assign(stratum=stratum)


def first_two(frame):
    kept = frame.groupby("stratum")["psu"].transform(lambda psu: psu.isin(sorted(set(psu))[:2]))
    return frame[kept]


def designed(frame, *, strata=True, fpc=None):
    return make_design(
        frame["respondent"],
        strata={"s": frame["stratum"]} if strata else None,
        psu=frame["psu"],
        fpc=None if fpc is None else np.full(len(frame), fpc),
    )


MADE = {
    "jk1": lambda d: (d, jackknife_1(designed(d, strata=False))),
    "jk1_mse": lambda d: (d, jackknife_1(designed(d, strata=False), mse=True)),
    "jkn": lambda d: (d, jackknife_n(designed(d))),
    "jkn_mse": lambda d: (d, jackknife_n(designed(d), mse=True)),
    "jkn_fpc": lambda d: (d, jackknife_n(designed(d, fpc=9.0))),
    "brr": lambda d: (first_two(d), brr(designed(first_two(d)))),
    "fay": lambda d: (first_two(d), brr(designed(first_two(d)), 0.3)),
}


def estimates(weights, frame):
    """Total, mean, ratio and domain mean under each column of weights."""
    score = frame["score"].to_numpy(float)
    issue = (frame["issues__1"] == 1).to_numpy(float)
    men = (frame["sex"] == 1).to_numpy(float)
    total = score @ weights
    return {
        "total": total,
        "mean": total / weights.sum(axis=0),
        "ratio": (issue @ weights) / total,
        "domain": ((score * men) @ weights) / (men @ weights),
    }


@pytest.mark.parametrize("method", MADE)
class TestAgainstR:
    def case(self, method):
        frame, made = MADE[method](answered())
        strata = not method.startswith("jk1")
        weight = frame["base_weight"].to_numpy()[:, None]
        spread = made.values[designed(frame, strata=strata).psu]
        return made, estimates(weight, frame), estimates(weight * spread, frame)

    @pytest.mark.parametrize("statistic", ["total", "mean", "ratio", "domain"])
    def test_estimates_and_errors(self, method, statistic):
        made, full, replicates = self.case(method)
        values, whole = replicates[statistic], full[statistic][0]
        centre = whole if made.mse else values.mean()
        se = np.sqrt(made.scale * (made.rscales * (values - centre) ** 2).sum())
        assert whole == pytest.approx(GOLDEN[method][statistic]["estimate"], rel=1e-12)
        assert se == pytest.approx(GOLDEN[method][statistic]["se"], rel=1e-10)

    def test_number_of_replicates_and_degrees_of_freedom(self, method):
        made, _, _ = self.case(method)
        assert made.values.shape[1] == GOLDEN[method]["replicates"]
        assert made.df == GOLDEN[method]["df"]
