"""Panel weights: bias after dropout, gaps, leavers, refreshment, newcomers."""

import numpy as np
import pandas as pd
import pytest

from survey.errors import WeightError
from survey.weights.attrition import AttritionModel, panel_weights
from survey.weights.refreshment import combine_refreshment, shared_weights
from tests.unit.weights.panel_population import WAVES, draw_panel

MODEL = AttritionModel(("score", "region"), classes=None, smallest=20, most_factor=20)


def small_panel(w2, w3, model=None, weights=None):
    """Ten people of one kind at two places, w1 answered by all."""
    n = len(w2)
    answers = pd.DataFrame({"place": ["a", "b"] * (n // 2)})
    states = {"w1": ["answered"] * n, "w2": w2, "w3": w3}
    model = model or AttritionModel(("place",), classes=None, smallest=1, most_factor=20)
    weights = np.ones(n) if weights is None else weights
    return panel_weights(weights, states, {"w1": answers, "w2": answers}, model)


@pytest.fixture(scope="module")
def bias():
    """Mean bias of the last three waves over 30 panels: unadjusted, and by each kind of weight."""
    rows = []
    for seed in range(30):
        panel = draw_panel(seed, 3000)
        made = panel_weights(panel.weights, panel.states, panel.answers, MODEL)
        for wave in WAVES[1:]:
            truth = panel.truth(wave)
            rows.append(
                {
                    "wave": wave,
                    "unadjusted": panel.mean(wave, panel.weights) - truth,
                    "cross_sectional": panel.mean(wave, made.cross_sectional[wave]) - truth,
                    "longitudinal": panel.mean(wave, made.longitudinal[wave]) - truth,
                }
            )
    return pd.DataFrame(rows).groupby("wave").mean()


class TestDropoutRelatedToTheScore:
    def test_biases_the_unweighted_panel(self, bias):
        assert (bias["unadjusted"] > 0.2).all()

    @pytest.mark.parametrize("kind", ["cross_sectional", "longitudinal"])
    def test_leaves_at_most_a_quarter_of_its_bias(self, bias, kind):
        assert (bias[kind].abs() <= 0.25 * bias["unadjusted"]).all()

    def test_by_propensity_classes_leaves_at_most_a_quarter_too(self):
        model = AttritionModel(("score", "region"), classes=5, smallest=20, most_factor=20)
        left, before = [], []
        for seed in range(10):
            panel = draw_panel(seed, 3000)
            made = panel_weights(panel.weights, panel.states, panel.answers, model)
            before.append(panel.mean("w2", panel.weights) - panel.truth("w2"))
            left.append(panel.mean("w2", made.cross_sectional["w2"]) - panel.truth("w2"))
        assert abs(np.mean(left)) <= 0.25 * np.mean(before)

    def test_weights_from_a_model_without_the_score_fail_that_check(self):
        blind = AttritionModel(("region",), classes=None, smallest=20, most_factor=20)
        panel = draw_panel(1, 3000)
        made = panel_weights(panel.weights, panel.states, panel.answers, blind)
        left = panel.mean("w4", made.cross_sectional["w4"]) - panel.truth("w4")
        assert left > 0.5 * (panel.mean("w4", panel.weights) - panel.truth("w4"))


class TestWhoHasAWeight:
    W2 = ["answered", "missed"] * 2 + ["answered"] * 6 + ["missed", "answered"]
    W3 = ["answered"] * 8 + ["missed", "missed"] + ["answered", "missed"]

    def test_a_person_back_after_a_gap_has_a_cross_sectional_weight_only(self):
        made = small_panel(self.W2, self.W3)
        assert made.cross_sectional["w2"][1] == 0
        assert made.cross_sectional["w3"][1] > 0
        assert made.longitudinal["w3"][1] == 0

    def test_cross_sectional_weights_go_to_everybody_who_answered(self):
        made = small_panel(self.W2, self.W3)
        answered = np.array(self.W3) == "answered"
        assert ((made.cross_sectional["w3"] > 0) == answered).all()

    def test_nobody_lost_leaves_the_weights_as_they_were(self):
        weights = np.arange(1.0, 11)
        made = small_panel(["answered"] * 10, ["answered"] * 10, weights=weights)
        assert made.cross_sectional["w3"].tolist() == weights.tolist()

    def test_dropout_in_one_place_is_made_up_there_by_hand(self):
        # place a keeps 2 of 5 people: factor 5/2; place b keeps 4 of 5: factor 5/4
        w2 = ["answered", "answered", "answered", "answered", "dropped", "answered", "dropped",
              "answered", "dropped", "dropped"]  # fmt: skip
        made = small_panel(w2, w2)
        expected = [2.5, 1.25, 2.5, 1.25, 0, 1.25, 0, 1.25, 0, 0]
        assert made.cross_sectional["w2"] == pytest.approx(expected, rel=1e-9)
        assert made.longitudinal["w3"] == pytest.approx(expected, rel=1e-9)

    def test_who_left_the_population_is_not_made_up_for(self):
        w2 = ["left", "answered"] * 2 + ["answered"] * 6
        made = small_panel(w2, w2)
        assert made.cross_sectional["w2"].tolist() == [0, 1, 0, 1] + [1] * 6


class TestReplicates:
    def test_the_step_repeats_the_weights_of_the_full_sample(self):
        panel = draw_panel(3, 800)
        made = panel_weights(panel.weights, panel.states, panel.answers, MODEL)
        again = made.steps["cross_sectional", "w4"].apply(panel.weights)
        assert again.tolist() == made.cross_sectional["w4"].tolist()

    def test_a_replicate_without_some_people_represents_those_it_has(self):
        panel = draw_panel(3, 800)
        made = panel_weights(panel.weights, panel.states, panel.answers, MODEL)
        multiplier = np.where(np.arange(800) % 4 == 0, 0.0, 4 / 3)
        got = made.steps["cross_sectional", "w4"].apply(panel.weights * multiplier, multiplier)
        assert (got[multiplier == 0] == 0).all()
        assert got.sum() == pytest.approx((panel.weights * multiplier).sum(), rel=0.05)


class TestBadPanels:
    def test_a_person_back_from_dropped_is_named(self):
        with pytest.raises(WeightError, match=r"1 people come back in wave w3.*first in row 2"):
            small_panel(
                ["answered", "dropped"] * 5, ["answered", "answered"] + ["answered", "dropped"] * 4
            )

    def test_those_who_miss_a_wave_and_never_return_must_be_declared(self):
        w2 = ["missed", "missed"] + ["answered"] * 8
        w3 = ["missed", "missed"] + ["answered"] * 8
        with pytest.raises(WeightError) as caught:
            small_panel(w2, w3)
        assert "2 people last answered 2 waves ago and none came back" in str(caught.value)
        assert "declare them 'dropped'" in str(caught.value)

    def test_an_unknown_state_is_named_with_the_known_ones(self):
        with pytest.raises(WeightError, match="state gone in wave w2 is not known"):
            small_panel(["gone"] + ["answered"] * 9, ["answered"] * 10)

    def test_every_member_answered_the_first_wave(self):
        with pytest.raises(WeightError, match="1 people did not answer the first wave"):
            panel_weights([1, 1], {"w1": ["answered", "missed"]}, {}, MODEL)


class TestRefreshment:
    SOURCE = ["panel"] * 4 + ["refreshment"] * 4
    NEWCOMER = [False] * 7 + [True]

    def test_newcomers_keep_the_full_weight_and_the_total_is_that_of_the_population(self):
        weights = np.array([250.0] * 4 + [333.0, 333.0, 334.0, 100.0])
        step = combine_refreshment(weights, self.SOURCE, self.NEWCOMER, share=0.6)
        joined = step.apply(weights)
        assert joined[7] == 100
        assert joined.sum() == pytest.approx(0.6 * 1000 + 0.4 * 1000 + 100)

    def test_the_share_follows_effective_sizes(self):
        weights = np.array([1.0] * 4 + [1.0] * 4)
        step = combine_refreshment(weights, self.SOURCE, self.NEWCOMER, share="effective")
        assert step.shares["all"] == pytest.approx(4 / 7)

    def test_a_newcomer_in_the_panel_is_a_fault(self):
        with pytest.raises(WeightError, match="1 rows of frame 'panel' say they are reached by"):
            combine_refreshment(np.ones(2), ["panel", "refreshment"], [True, False], share=0.5)


class TestPanelAndRefreshmentTogether:
    """A population of 20,000, joined later by 4,000 newcomers of lower scores; 60 panels."""

    @pytest.fixture(scope="class")
    @staticmethod
    def estimates():
        found = []
        for seed in range(60):
            draw = np.random.default_rng(seed)
            score = np.r_[draw.normal(6, 2, 20000), draw.normal(3, 1, 4000)]
            panel = draw.choice(20000, 1000, replace=False)
            stayed = draw.random(1000) < 1 / (1 + np.exp(-0.5 * (score[panel] - 5)))
            made = panel_weights(
                np.full(1000, 20.0),
                {"w1": ["answered"] * 1000, "w2": np.where(stayed, "answered", "dropped")},
                {"w1": pd.DataFrame({"score": score[panel]})},
                AttritionModel(("score",), classes=None, smallest=20, most_factor=50),
            ).cross_sectional["w2"]
            fresh = draw.choice(24000, 600, replace=False)
            weights = np.r_[made[stayed], np.full(600, 40.0)]
            people = np.r_[panel[stayed], fresh]
            source = ["panel"] * int(stayed.sum()) + ["refreshment"] * 600
            newcomer = (people >= 20000) & (np.arange(len(people)) >= stayed.sum())
            step = combine_refreshment(weights, source, newcomer, share="effective")
            joined = step.apply(weights)
            found.append(
                {
                    "total": joined.sum() - 24000,
                    "joined": np.average(score[people], weights=joined) - score.mean(),
                    "panel": np.average(score[panel[stayed]], weights=made[stayed]) - score.mean(),
                }
            )
        return pd.DataFrame(found)

    @pytest.mark.parametrize("figure", ["total", "joined"])
    def test_estimate_the_population_of_today_without_bias(self, estimates, figure):
        error = estimates[figure].std() / np.sqrt(len(estimates))
        assert abs(estimates[figure].mean()) < 3.5 * error

    def test_the_panel_alone_misses_the_newcomers(self, estimates):
        assert estimates["panel"].mean() > 0.4


class TestWeightShare:
    def test_is_the_households_weight_over_its_selectable_members(self):
        # household h: two selected (10, 20), one more who could have been, one newcomer
        got = shared_weights(
            [10, 20, 0, 0, 5], ["h", "h", "h", "h", "k"], [True, True, True, False, True]
        )
        assert got.tolist() == [10, 10, 10, 10, 5]

    def test_a_selected_newcomer_is_a_fault(self):
        with pytest.raises(WeightError, match="1 people have a weight but could not"):
            shared_weights([1, 2], ["h", "h"], [False, True])
