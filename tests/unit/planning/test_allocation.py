"""Splits over strata: best of all splits, hand formulas, sums and bounds."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import UsageError
from survey.planning.allocation import neyman, optimal, power_allocation, proportional
from survey.planning.precision import se_of_mean, smallest_allocation
from tests import golden

GOLDEN = json.loads((Path(golden.__file__).parent / "planning.json").read_text())


def variance(n, population, sd):
    n, population, sd = (np.asarray(x, dtype=float) for x in (n, population, sd))
    return (population**2 * sd**2 * (1 / n - 1 / population)).sum()


class TestAgainstAllSplits:
    @pytest.mark.parametrize("case", GOLDEN["splits"], ids=lambda case: str(case["n"]))
    def test_neyman_is_the_best_of_all(self, case):
        found = neyman(case["n"], case["N"], case["S"])
        assert found.sum() == case["n"]
        assert variance(found, case["N"], case["S"]) == pytest.approx(case["best"], rel=1e-12)

    def test_smallest_allocation_needs_no_more_than_the_smallest_of_all(self):
        case = GOLDEN["smallest"]
        found = smallest_allocation(
            case["N"],
            case["S"],
            case["province"],
            province_se=case["province_se"],
            national_se=case["national_se"],
        )
        assert found.n.sum() == case["n"]
        assert (found.province_se <= case["province_se"]).all()
        assert found.national_se <= case["national_se"]

    def test_without_a_national_target_provinces_alone_decide(self):
        case = GOLDEN["smallest"]
        found = smallest_allocation(
            case["N"], case["S"], case["province"], province_se=case["province_se"]
        )
        assert found.n.sum() == case["n_provinces"]


class TestFormulas:
    def test_proportional_by_hand(self):
        assert proportional(100, [1000, 2000, 7000]).tolist() == [10, 20, 70]

    def test_largest_remainders_are_rounded_up(self):
        assert proportional(10, [460, 330, 210]).tolist() == [5, 3, 2]

    def test_neyman_by_hand(self):
        assert neyman(60, [100, 100, 100], [1.0, 2.0, 3.0]).tolist() == [10, 20, 30]

    def test_costs_enter_by_their_root(self):
        got = optimal([400, 400], [1.0, 1.0], [1.0, 4.0], n=90)
        assert got.tolist() == [60, 30]

    def test_a_budget_is_spent_and_not_overdrawn(self):
        cost = np.array([1.0, 4.0])
        got = optimal([400, 400], [1.0, 1.0], cost, budget=180.0)
        assert got.tolist() == [60, 30]
        assert (optimal([400, 400], [1.0, 1.0], cost, budget=181.5) @ cost) == 181

    def test_power_allocation_runs_from_equal_to_proportional(self):
        population = [1000, 8000, 27000]
        at = {
            q: power_allocation(60, population, [1, 1, 1], population, exponent=q) for q in (0, 1)
        }
        assert at[0].tolist() == [20, 20, 20]
        assert at[1].tolist() == proportional(60, population).tolist()
        root = power_allocation(60, population, [1, 1, 1], population, exponent=1 / 3)
        assert root.tolist() == [10, 20, 30]

    def test_a_full_stratum_gives_the_rest_to_the_others(self):
        assert neyman(26, [6, 100, 100], [50.0, 1.0, 1.0]).tolist() == [6, 10, 10]

    def test_equal_strata_are_served_in_their_order(self):
        assert neyman(8, [9, 9, 9], [1.0, 1.0, 1.0]).tolist() == [3, 3, 2]

    def test_no_spread_anywhere_falls_back_to_the_populations(self):
        assert neyman(30, [100, 200], [0.0, 0.0]).tolist() == [10, 20]

    def test_design_effects_raise_the_number(self):
        plain = smallest_allocation([5000], [2.0], ["a"], province_se=0.1)
        clustered = smallest_allocation([5000], [2.0], ["a"], province_se=0.1, deff=2.0)
        assert plain.n[0] == int(np.ceil(400 / (1 + 400 / 5000)))
        assert clustered.n[0] == int(np.ceil(800 / (1 + 800 / 5000)))

    def test_se_of_mean_by_hand(self):
        expected = np.sqrt(0.25**2 * 4 * (1 / 10 - 1 / 100) + 0.75**2 * 9 * (1 / 20 - 1 / 300))
        assert se_of_mean([10, 20], [100, 300], [2, 3]) == pytest.approx(expected)


strata = st.lists(st.tuples(st.integers(1, 400), st.floats(0, 20)), min_size=1, max_size=12)


class TestBounds:
    @given(strata, st.floats(0, 1), st.sampled_from(["proportional", "neyman", "cost", "power"]))
    def test_numbers_add_up_and_stay_within_bounds(self, parts, where, rule):
        population = np.array([size for size, _ in parts])
        sd = np.array([spread for _, spread in parts])
        least = np.minimum(2, population)
        n = round(least.sum() + where * (population.sum() - least.sum()))
        found = {
            "proportional": lambda: proportional(n, population),
            "neyman": lambda: neyman(n, population, sd),
            "cost": lambda: optimal(population, sd, 1 + sd, n=n),
            "power": lambda: power_allocation(n, population, sd, population),
        }[rule]()
        assert found.sum() == n
        assert (found >= least).all()
        assert (found <= population).all()

    @given(strata, st.floats(0.01, 0.99))
    def test_no_exchange_of_one_respondent_betters_neyman(self, parts, where):
        population = np.array([size for size, _ in parts])
        sd = np.array([spread for _, spread in parts])
        least = np.minimum(2, population)
        n = int(least.sum() + where * (population.sum() - least.sum()))
        found = neyman(n, population, sd)
        now = variance(found, population, sd)
        for giver in np.flatnonzero(found > least):
            for taker in np.flatnonzero(found < population):
                if giver != taker:
                    other = found.copy()
                    other[giver] -= 1
                    other[taker] += 1
                    assert variance(other, population, sd) >= now * (1 - 1e-9) - 1e-9

    @given(strata, st.floats(0.02, 3))
    def test_one_respondent_fewer_would_miss_the_precision(self, parts, wanted):
        population = np.array([size for size, _ in parts])
        sd = np.array([spread for _, spread in parts])
        found = smallest_allocation(population, sd, ["all"] * len(parts), province_se=wanted)
        assert found.province_se[0] <= wanted * (1 + 1e-9)
        if found.n.sum() > np.minimum(2, population).sum():
            fewer = neyman(int(found.n.sum()) - 1, population, sd)
            assert se_of_mean(fewer, population, sd) > wanted


class TestRefusals:
    def test_too_few_for_two_in_every_stratum(self):
        with pytest.raises(UsageError, match=r"(?s)a sample of 5 .*expected 6"):
            proportional(5, [10, 10, 10])

    def test_more_than_the_population(self):
        with pytest.raises(UsageError, match=r"to 30"):
            neyman(31, [10, 10, 10], [1, 1, 1])

    def test_provinces_out_of_reach_are_all_named_with_their_best(self):
        with pytest.raises(UsageError) as caught:
            smallest_allocation(
                [100, 100, 100], [9, 9, 1], list("abc"), province_se=0.5, most=[50, 50, 50]
            )
        assert len(caught.value.faults) == 2
        assert "province 'a'" in str(caught.value)
        assert "0.9 with all 50 allowed" in str(caught.value)

    def test_a_budget_below_the_smallest_sample(self):
        with pytest.raises(UsageError, match="less than the smallest sample"):
            optimal([10, 10], [1, 1], [5, 5], budget=19)

    def test_a_missing_number_is_refused(self):
        with pytest.raises(UsageError, match="1 strata have no sd"):
            neyman(10, [10, 10], [1, np.nan])
