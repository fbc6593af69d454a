"""Propensities and weighting classes: against R, by hand, and on replicates."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey.errors import WeightError
from survey.weights.nonresponse import fit_classes, fit_propensity_classes
from survey.weights.propensity import fit_propensity, model_columns

ROOT = Path(__file__).resolve().parents[3]
TERMS = ["age", "region", "sex"]
FREE = {"smallest": 1, "most_factor": 1000}


@pytest.fixture(scope="module")
def golden():
    return json.loads((ROOT / "tests/golden/nonresponse.json").read_text())


@pytest.fixture(scope="module")
def sample():
    return pd.read_csv(ROOT / "tests/data/nonresponse/sample.csv")


def by_r(columns, coefficients, golden):
    """Coefficients in R's order of names."""
    ours = dict(zip(columns.names, coefficients, strict=True))
    known = {"(Intercept)": "(intercept)", "age": "age", "sexmale": "sex=male"}
    return [ours[known.get(name, name.replace("region", "region="))] for name in golden["names"]]


class TestPropensityModel:
    def test_coefficients_equal_those_of_r_glm(self, sample, golden):
        columns = model_columns(sample, TERMS)
        found = fit_propensity(columns, sample["responded"].to_numpy(bool))
        got = by_r(columns, found.coefficients, golden)
        assert got == pytest.approx(golden["plain"], rel=1e-9)

    @pytest.mark.parametrize("reference", ["weighted", "svyglm"])
    def test_weighted_coefficients_equal_those_of_r(self, sample, golden, reference):
        columns = model_columns(sample, TERMS)
        found = fit_propensity(
            columns, sample["responded"].to_numpy(bool), sample["weight"].to_numpy()
        )
        got = by_r(columns, found.coefficients, golden)
        assert got == pytest.approx(golden[reference], rel=1e-9)

    def test_crossed_terms_fit_as_in_r(self, sample, golden):
        columns = model_columns(sample, ["region", "sex", "region:sex"])
        found = fit_propensity(columns, sample["responded"].to_numpy(bool))
        assert found.scores[:12] == pytest.approx(golden["crossed_fitted"], rel=1e-9)

    def test_scores_do_not_depend_on_the_order_of_rows(self, sample):
        other = np.random.default_rng(2).permutation(len(sample))
        scores = []
        for frame in (sample, sample.iloc[other].reset_index(drop=True)):
            columns = model_columns(frame, TERMS)
            found = fit_propensity(
                columns, frame["responded"].to_numpy(bool), frame["weight"].to_numpy()
            )
            scores.append(found.scores)
        assert scores[1].tolist() == pytest.approx(scores[0][other].tolist(), rel=1e-12)

    def test_faults_of_all_predictors_are_named_at_once(self):
        frame = pd.DataFrame({"age": [30.0, np.nan], "sex": ["f", None]})
        with pytest.raises(WeightError) as caught:
            model_columns(frame, ["age", "sex", "regoin"])
        told = str(caught.value)
        assert "'age' is missing in 1 rows" in told
        assert "'sex' is missing in 1 rows" in told
        assert "'regoin' is not among the columns" in told

    def test_a_predictor_that_repeats_another_is_named(self):
        frame = pd.DataFrame({"a": ["x", "y", "z", "x"] * 5, "b": ["x", "y", "z", "x"] * 5})
        with pytest.raises(WeightError, match="say nothing of their own: b=y, b=z"):
            fit_propensity(model_columns(frame, ["a", "b"]), np.arange(20) % 3 == 0)

    def test_a_label_of_which_nobody_responded_is_named(self):
        frame = pd.DataFrame({"a": ["x"] * 10 + ["y"] * 10})
        responded = np.r_[np.arange(10) % 2 == 0, np.zeros(10, bool)]
        with pytest.raises(WeightError, match=r"tell 10 people apart.*largest coefficient: a=y"):
            fit_propensity(model_columns(frame, ["a"]), responded)

    def test_a_label_of_which_everybody_responded_has_propensity_one(self):
        frame = pd.DataFrame({"a": ["x"] * 10 + ["y"] * 10})
        responded = np.r_[np.arange(10) % 5 != 0, np.ones(10, bool)]
        found = fit_propensity(model_columns(frame, ["a"]), responded)
        assert found.scores == pytest.approx([0.8] * 10 + [1.0] * 10, rel=1e-9)

    def test_nobody_responding_is_refused(self):
        with pytest.raises(WeightError, match="nobody takes part"):
            fit_propensity(model_columns(pd.DataFrame({"a": [1, 2]}), ["a"]), np.zeros(2, bool))


class TestInversePropensity:
    def test_weights_equal_those_of_r(self, sample, golden):
        step = fit_propensity_classes(
            sample["weight"], sample["responded"], sample, TERMS, classes=None, **FREE
        )
        assert step.apply(sample["weight"]) == pytest.approx(golden["inverse"], rel=1e-9)

    def test_factors_over_the_limit_are_cut_and_counted(self, sample):
        step = fit_propensity_classes(
            sample["weight"], sample["responded"], sample, TERMS,
            classes=None, smallest=1, most_factor=2,
        )  # fmt: skip
        got = step.apply(sample["weight"]) / sample["weight"]
        assert got.max() == pytest.approx(2)
        assert step.cut == int((np.isclose(got, 2)).sum())


class TestPropensityClasses:
    def test_response_rates_of_quintiles_equal_those_of_r(self, sample, golden):
        # R's classes are by unweighted score; ours are made from the same scores
        scores = fit_propensity(
            model_columns(sample, TERMS), sample["responded"].to_numpy(bool)
        ).scores
        quintile = pd.Series(scores).rank(method="first").sub(1).floordiv(len(sample) / 5)
        step = fit_classes(sample["weight"], sample["responded"], quintile, **FREE)
        assert step.response_rates == pytest.approx(golden["quintile_rates"], rel=1e-9)

    def test_are_of_equal_size_and_keep_the_total(self, sample):
        step = fit_propensity_classes(
            sample["weight"], sample["responded"], sample, TERMS, classes=5, **FREE
        )
        place = np.searchsorted(step.bounds, step.propensity.scores)
        size = np.bincount(place, weights=sample["weight"]) / sample["weight"].sum()
        assert size == pytest.approx(np.full(5, 0.2), abs=0.01)
        assert step.apply(sample["weight"]).sum() == pytest.approx(sample["weight"].sum())

    def test_bounds_stay_frozen_on_a_replicate(self, sample):
        # by hand: scores of the replicate's own model, cut at the full sample's bounds
        weights, responded = sample["weight"].to_numpy(), sample["responded"].to_numpy(bool)
        step = fit_propensity_classes(weights, responded, sample, TERMS, classes=5, **FREE)
        times = np.where(sample["psu"] % 5 == 0, 0.0, 1.25)
        mine = fit_propensity(model_columns(sample, TERMS), responded, weights * times).scores
        place = np.digitize(mine, step.bounds)
        expected = np.zeros(len(sample))
        for k in range(5):
            here = place == k
            inflated = (weights * times)[here].sum() / (weights * times)[here & responded].sum()
            expected[here & responded] = (weights * times * inflated)[here & responded]
        assert step.apply(weights * times, times) == pytest.approx(expected, rel=1e-9)

    def test_an_unweighted_model_counts_a_row_as_often_as_the_replicate_does(self, sample):
        step = fit_propensity_classes(
            sample["weight"], sample["responded"], sample, ["region"],
            classes=None, weighted=False, **FREE,
        )  # fmt: skip
        times = np.where(sample["psu"] % 5 == 0, 0.0, 2.0)
        got = step.apply(sample["weight"] * times, times)
        north = sample["region"] == "north"
        rate = np.average(sample["responded"][north], weights=times[north])
        here = (north & (sample["responded"] == 1) & (times > 0)).to_numpy()
        assert got[here] == pytest.approx((sample["weight"] * 2 / rate).to_numpy()[here], rel=1e-8)


class TestReplicates:
    """Delete-one-PSU replicates of the mean age, every step done again, as R does by hand."""

    def mean_ages(self, sample, step):
        weights = sample["weight"].to_numpy()
        sets = sample[["stratum", "psu"]].drop_duplicates()
        yield np.average(sample["age"], weights=step.apply(weights))
        for stratum, psu in sets.to_numpy():
            size = (sets["stratum"] == stratum).sum()
            times = np.where(sample["stratum"] == stratum, size / (size - 1), 1.0)
            times[sample["psu"] == psu] = 0
            yield np.average(sample["age"], weights=step.apply(weights * times, times))

    @pytest.fixture(params=["by_class", "by_inverse"])
    def pair(self, request, sample, golden):
        if request.param == "by_class":
            cell = sample["region"] + sample["sex"]
            step = fit_classes(sample["weight"], sample["responded"], cell, **FREE)
        else:
            step = fit_propensity_classes(
                sample["weight"], sample["responded"], sample, TERMS, classes=None, **FREE
            )
        return list(self.mean_ages(sample, step)), golden[request.param]

    def test_equal_those_of_r(self, pair):
        got, reference = pair
        assert got == pytest.approx([reference["mean"], *reference["replicates"]], rel=1e-9)

    def test_give_the_standard_error_of_r(self, pair, sample):
        (full, *others), reference = pair
        sets = sample[["stratum", "psu"]].drop_duplicates()
        size = sets.groupby("stratum")["psu"].transform("size").to_numpy()
        variance = ((size - 1) / size * (np.array(others) - full) ** 2).sum()
        assert np.sqrt(variance) == pytest.approx(reference["se"], rel=1e-8)


class TestWeightingClasses:
    def test_weights_equal_those_of_r(self, sample, golden):
        cell = sample["region"] + sample["sex"]
        step = fit_classes(sample["weight"], sample["responded"], cell, **FREE)
        assert step.apply(sample["weight"]) == pytest.approx(golden["class_weights"], rel=1e-12)

    def test_ineligible_cases_neither_give_nor_take(self):
        step = fit_classes(
            [2.0, 2, 2, 2], [True, False, False, True], ["a"] * 4,
            aside=[False, False, True, False], **FREE,
        )  # fmt: skip
        assert step.apply(np.array([2.0, 2, 2, 2])).tolist() == [3, 0, 2, 3]

    def test_a_small_class_joins_the_neighbour_of_the_nearer_response_rate(self):
        # rates: young 1/2, middle 1/1 (1 respondent), old 3/4
        classes = ["young"] * 4 + ["middle"] + ["old"] * 4
        responded = [1, 1, 0, 0, 1, 1, 1, 1, 0]
        step = fit_classes(
            np.ones(9), responded, classes,
            smallest=2, most_factor=5, order=["young", "middle", "old"],
        )  # fmt: skip
        assert step.classes == ("young", "middle + old")
        assert [(c.small, c.into, c.reason) for c in step.log] == [
            ("middle", "old", "1 respondents")
        ]
        assert step.factors == pytest.approx([2, 5 / 4])

    def test_a_class_with_too_large_a_factor_is_joined(self):
        classes = ["a"] * 6 + ["b"] * 4
        responded = [1, 0, 0, 0, 0, 0, 1, 1, 1, 1]
        step = fit_classes(
            np.ones(10), responded, classes, smallest=1, most_factor=3, order=["a", "b"]
        )
        assert step.classes == ("a + b",)
        assert step.log[0].reason == "factor 6"

    def test_without_an_order_a_small_class_is_a_fault(self):
        with pytest.raises(WeightError, match=r"class 'b' must be joined.*no order of classes"):
            fit_classes(np.ones(3), [1, 1, 0], ["a", "a", "b"], smallest=1, most_factor=9)

    def test_limits_no_collapse_can_meet_are_refused(self):
        with pytest.raises(WeightError, match="it is the only one"):
            fit_classes(
                np.ones(4), [1, 0, 0, 0], ["a", "a", "b", "b"],
                smallest=2, most_factor=9, order=["a", "b"],
            )  # fmt: skip

    def test_an_order_that_lacks_a_class_is_refused(self):
        with pytest.raises(WeightError, match="class 'b' is in the data, not in the order"):
            fit_classes(np.ones(2), [1, 1], ["a", "b"], order=["a"], **FREE)

    def test_collapses_stay_on_a_replicate_and_rates_do_not(self):
        classes = ["a"] * 4 + ["b"] * 2
        step = fit_classes(
            np.ones(6), [1, 1, 0, 0, 1, 0], classes, smallest=2, most_factor=9, order=["a", "b"]
        )
        times = np.array([2.0, 0, 2, 0, 2, 0])
        assert step.apply(times, times) == pytest.approx([3, 0, 0, 0, 3, 0])

    def test_a_replicate_that_empties_a_class_names_it(self):
        step = fit_classes(np.ones(4), [1, 0, 1, 0], ["a", "a", "b", "b"], **FREE)
        times = np.array([0, 2.0, 1, 1])
        with pytest.raises(WeightError, match="nobody responded in class a"):
            step.apply(times, times)

    def test_a_class_the_replicate_has_not_at_all_is_no_fault(self):
        step = fit_classes(np.ones(4), [1, 0, 1, 0], ["a", "a", "b", "b"], **FREE)
        times = np.array([0, 0, 1.0, 1])
        assert step.apply(times, times).tolist() == [0, 0, 2, 0]

    def test_responses_that_are_neither_yes_nor_no_are_named(self):
        with pytest.raises(WeightError, match=r"neither yes nor no in 1 rows.*row 2 has 9"):
            fit_classes(np.ones(2), [1, 9], ["a", "a"], **FREE)
