"""The R-indicator: against R code written from the formulas, and against known propensities."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey.errors import WeightError
from survey.weights.representativity import r_indicator

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def golden():
    return json.loads((ROOT / "tests/golden/nonresponse.json").read_text())


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(ROOT / "tests/data/nonresponse/sample.csv")


@pytest.fixture(scope="module")
def found(sample, golden):
    weights = np.full(len(sample), golden["indicator"]["N"] / len(sample))
    return r_indicator(sample["responded"], sample, ["region", "sex"], weights=weights)


class TestAgainstR:
    @pytest.mark.parametrize("figure", ["r", "r_unadjusted", "mean", "se", "bias_factor"])
    def test_of_a_simple_random_sample(self, found, golden, figure):
        assert getattr(found, figure) == pytest.approx(golden["indicator"][figure], rel=1e-8)

    @pytest.mark.parametrize("figure", ["r", "r_unadjusted", "se"])
    def test_of_a_census(self, sample, golden, figure):
        got = r_indicator(
            sample["responded"], sample, ["region", "sex"], weights=np.ones(len(sample))
        )
        assert getattr(got, figure) == pytest.approx(golden["census"][figure], rel=1e-8)

    @pytest.mark.parametrize("variable", ["region", "sex"])
    @pytest.mark.parametrize("figure", ["unconditional", "conditional"])
    def test_partial_indicators(self, found, golden, variable, figure):
        partial = next(part for part in found.partials if part.variable == variable)
        assert getattr(partial, figure) == pytest.approx(
            golden["indicator"][variable][figure], rel=1e-8
        )

    @pytest.mark.parametrize("variable", ["region", "sex"])
    @pytest.mark.parametrize("figure", ["categories", "conditional_categories"])
    def test_partial_indicators_of_categories(self, found, golden, variable, figure):
        partial = next(part for part in found.partials if part.variable == variable)
        assert getattr(partial, figure) == pytest.approx(
            golden["indicator"][variable][figure], rel=1e-8
        )


RATES = {"a": 0.35, "b": 0.45, "c": 0.5, "d": 0.55, "e": 0.6, "f": 0.4, "g": 0.65, "h": 0.5}
TRUTH = 1 - 2 * float(np.std(list(RATES.values())))


def draws(n, samples, seed):
    """R-indicators of samples of n from eight cells of known propensity."""
    draw = np.random.default_rng(seed)
    cells, rates = np.array(list(RATES)), np.array(list(RATES.values()))
    for _ in range(samples):
        place = draw.integers(0, 8, n)
        frame = pd.DataFrame({"cell": cells[place]})
        responded = draw.random(n) < rates[place]
        yield r_indicator(responded, frame, ["cell"], weights=np.full(n, 100.0))


class TestAgainstKnownPropensities:
    def test_adjustment_makes_the_variance_of_propensities_unbiased(self):
        made = list(draws(400, samples=300, seed=5))
        true = float(np.var(list(RATES.values())))
        adjusted = np.array([((1 - d.r) / 2) ** 2 for d in made])
        plain = np.array([((1 - d.r_unadjusted) / 2) ** 2 for d in made])
        error = adjusted.std() / np.sqrt(len(made))
        assert abs(adjusted.mean() - true) < 3 * error
        assert plain.mean() - true > 10 * error

    def test_standard_error_is_that_of_repeated_samples(self):
        made = list(draws(4000, samples=200, seed=6))
        spread = np.std([d.r for d in made])
        assert np.mean([d.se for d in made]) == pytest.approx(spread, rel=0.15)

    def test_standard_error_errs_on_the_safe_side_in_small_samples(self):
        made = list(draws(400, samples=300, seed=5))
        spread = np.std([d.r_unadjusted for d in made])
        assert spread < np.mean([d.se for d in made]) < 1.3 * spread


def unequal_draws(samples, seed):
    """R-indicators of Poisson samples of about 1,200 of 6,000, by chances of .1 and .3."""
    draw = np.random.default_rng(seed)
    cells, rates = np.array(list(RATES)), np.array(list(RATES.values()))
    place = np.repeat(np.arange(8), 750)
    chance = np.where(np.arange(6000) % 2 == 0, 0.1, 0.3)
    for _ in range(samples):
        took = draw.random(6000) < chance
        frame = pd.DataFrame({"cell": cells[place[took]]})
        responded = draw.random(int(took.sum())) < rates[place[took]]
        yield r_indicator(responded, frame, ["cell"], weights=1 / chance[took])


class TestUnequalWeights:
    @pytest.fixture(scope="class")
    @staticmethod
    def made():
        return list(unequal_draws(300, seed=7))

    def test_adjustment_makes_the_variance_of_propensities_unbiased(self, made):
        adjusted = np.array([((1 - d.r) / 2) ** 2 for d in made])
        error = adjusted.std() / np.sqrt(len(made))
        assert abs(adjusted.mean() - float(np.var(list(RATES.values())))) < 3 * error

    def test_standard_error_is_that_of_repeated_samples(self, made):
        spread = np.std([d.r_unadjusted for d in made])
        assert np.mean([d.se for d in made]) == pytest.approx(spread, rel=0.2)

    def test_a_row_of_double_weight_counts_as_two_in_the_indicator(self):
        draw = np.random.default_rng(8)
        frame = pd.DataFrame({"cell": draw.choice(list("abc"), 300)})
        responded = draw.random(300) < np.where(frame["cell"] == "a", 0.3, 0.6)
        twice = np.arange(300) % 3 == 0
        weights = np.where(twice, 4.0, 2.0)
        rows = np.repeat(np.arange(300), np.where(twice, 2, 1))
        one = r_indicator(responded, frame, ["cell"], weights=weights)
        other = r_indicator(
            responded[rows], frame.iloc[rows], ["cell"], weights=np.full(len(rows), 2.0)
        )
        assert one.r_unadjusted == pytest.approx(other.r_unadjusted, rel=1e-9)
        assert one.se > other.se  # the same people counted twice are no new information


class TestEdges:
    def test_the_order_of_rows_makes_no_difference(self, sample):
        other = sample.sample(frac=1, random_state=1)
        one, two = (
            r_indicator(s["responded"], s, ["age", "region"], weights=s["weight"])
            for s in (sample, other)
        )
        assert one.r == pytest.approx(two.r, rel=1e-12)
        assert one.se == pytest.approx(two.se, rel=1e-11)

    def test_even_response_has_no_error_and_r_of_one(self):
        frame = pd.DataFrame({"cell": ["a", "a", "b", "b"] * 10})
        got = r_indicator([1, 0, 1, 0] * 10, frame, ["cell"], weights=np.full(40, 5.0))
        assert got.r == pytest.approx(1, abs=1e-9)
        assert math.isnan(got.se)

    def test_a_number_among_the_predictors_leaves_conditional_parts_out(self, sample):
        got = r_indicator(sample["responded"], sample, ["age", "sex"], weights=np.full(600, 9.0))
        assert [(p.variable, p.conditional) for p in got.partials] == [("sex", None)]

    def test_weights_under_one_are_no_design_weights(self, sample):
        with pytest.raises(WeightError, match=r"600 design weights are under 1.*row 1 has 0\.5"):
            r_indicator(sample["responded"], sample, ["sex"], weights=np.full(600, 0.5))
