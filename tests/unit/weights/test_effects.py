"""Steps in order, and what each did to the weights."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.dualframe import screen
from survey.weights.effects import step_effects
from survey.weights.nonresponse import fit_classes
from survey.weights.steps import Factor, Step, class_sums, row_labels, run_steps


class TestStepEffects:
    def test_are_kish_effects_by_hand(self):
        # base all equal; then 1 and 3: 4 x (2 + 18) / 64 = 1.25; then two are left: 1
        stages = {
            "base": np.full(4, 2.0),
            "nonresponse": np.array([1.0, 1, 3, 3]),
            "screening": np.array([0, 0, 3.0, 3]),
        }
        got = step_effects(stages)
        assert [effect.uwe for effect in got] == pytest.approx([1, 1.25, 1])
        assert [effect.change for effect in got] == pytest.approx([1, 1.25, 0.8])
        assert [effect.n for effect in got] == [4, 4, 2]
        assert [effect.n_eff for effect in got] == pytest.approx([4, 3.2, 2])

    def test_quantiles_are_multiples_of_the_mean(self):
        got = step_effects({"base": np.array([1.0, 2, 3])})[0]
        assert (got.quantiles[0], got.quantiles[3], got.quantiles[-1]) == pytest.approx(
            (0.5, 1, 1.5)
        )

    def test_a_missing_weight_names_its_step(self):
        with pytest.raises(WeightError, match="1 weights after 'trim' are missing"):
            step_effects({"base": np.ones(2), "trim": np.array([1, np.nan])})


STEPS = {
    "nonresponse": fit_classes(
        np.ones(4), [1, 0, 1, 1], ["a", "a", "b", "b"], smallest=1, most_factor=9
    ),
    "half": Factor(np.full(4, 0.5)),
}


class TestRunSteps:
    def test_each_step_starts_from_the_one_before(self):
        got = run_steps(np.ones(4), STEPS)
        assert list(got) == ["base", "nonresponse", "half"]
        assert got["half"].tolist() == [1, 0, 0.5, 0.5]

    def test_a_replicate_multiplies_the_base(self):
        times = np.array([1.0, 1, 0, 2])
        got = run_steps(np.ones(4), STEPS, times)
        assert got["nonresponse"].tolist() == [2, 0, 0, 2]

    def test_every_kind_of_step_keeps_the_promise(self):
        made = screen(["landline", "mobile"], ["both", "mobile_only"], drop="mobile")
        assert all(isinstance(step, Step) for step in (*STEPS.values(), made))


class TestSharedChecks:
    def test_sums_do_not_depend_on_the_order_of_rows(self):
        draw = np.random.default_rng(3)
        values, place = draw.lognormal(0, 5, 1000), draw.integers(0, 7, 1000)
        other = draw.permutation(1000)
        one, two = class_sums(values, place, 7), class_sums(values[other], place[other], 7)
        assert one.tolist() == two.tolist()

    def test_labels_read_as_numbers_are_those_written(self):
        assert row_labels([1.0, 2.0, "x"], 3, what="class").tolist() == ["1", "2", "x"]

    def test_a_missing_label_is_named(self):
        with pytest.raises(WeightError, match=r"'class' is missing in 1 rows.*row 3"):
            row_labels([1.0, "x", np.nan], 3, what="class")
