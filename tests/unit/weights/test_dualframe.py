"""Two frames joined, by hand formulas and by their variance over repeated samples."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.dualframe import fit_composite, screen, single_frame
from survey.weights.steps import Step

FRAME = ["landline", "landline", "landline", "mobile", "mobile", "mobile"]
DOMAIN = ["landline_only", "both", "both", "both", "both", "mobile_only"]
WEIGHTS = np.array([10.0, 10, 10, 20, 20, 20])


class TestComposite:
    def test_a_given_share_splits_the_overlap_and_leaves_the_rest(self):
        step = fit_composite(WEIGHTS, FRAME, DOMAIN, share=0.3)
        assert step.apply(WEIGHTS) == pytest.approx([10, 3, 3, 14, 14, 20])

    def test_the_effective_share_is_that_of_the_effective_sizes_by_hand(self):
        # landline overlap weights 1, 3: 16/10 = 1.6; mobile overlap 1, 1: 2
        weights = [1.0, 1, 3, 1, 1, 1]
        step = fit_composite(weights, FRAME, DOMAIN, share="effective")
        assert step.shares["all"] == pytest.approx(1.6 / 3.6)

    def test_a_design_effect_makes_a_frame_count_less(self):
        step = fit_composite(WEIGHTS, FRAME, DOMAIN, share="effective", deff=(2.0, 1.0))
        assert step.shares["all"] == pytest.approx(1 / 3)

    def test_the_effective_share_has_the_least_variance_of_the_composite_mean(self):
        draw = np.random.default_rng(6)
        first, second = draw.lognormal(0, 0.8, 40), draw.lognormal(0, 0.2, 60)
        frame, domain = ["landline"] * 40 + ["mobile"] * 60, ["both"] * 100
        weights = np.r_[first / first.sum(), second / second.sum()]
        best = fit_composite(weights, frame, domain, share="effective").shares["all"]

        def variance(share):  # of sum(w y) with independent y of variance 1
            return (
                share**2 * (weights[:40] ** 2).sum() + (1 - share) ** 2 * (weights[40:] ** 2).sum()
            )

        assert all(variance(best) < variance(best + step) for step in (-0.01, 0.01))

    def test_groups_have_their_own_shares(self):
        groups = ["x", "x", "y", "x", "y", "y"]
        step = fit_composite([1.0] * 6, FRAME, DOMAIN, share="effective", groups=groups)
        assert step.shares == {"x": 0.5, "y": 0.5}

    def test_stays_the_same_on_a_replicate(self):
        step = fit_composite(WEIGHTS, FRAME, DOMAIN, share="effective")
        twice = np.array([0, 2, 2, 0, 2, 2.0])
        assert step.apply(WEIGHTS * twice, twice) == pytest.approx(WEIGHTS * twice * step.factor)
        assert isinstance(step, Step)

    def test_a_group_with_an_overlap_in_one_frame_only_is_named(self):
        with pytest.raises(WeightError, match="group 'y' has no overlap in frame 'mobile'"):
            fit_composite(
                [1.0] * 6, FRAME, DOMAIN, share=0.5, groups=["x", "x", "y", "x", "x", "x"]
            )

    def test_a_row_its_frame_cannot_reach_is_named(self):
        with pytest.raises(WeightError) as caught:
            fit_composite([1.0, 1], ["landline", "mobile"], ["mobile_only", "both"], share=0.5)
        assert "1 rows of frame 'landline' say they are reached by 'mobile' only" in str(
            caught.value
        )

    @pytest.mark.parametrize("share", [1.5, "optimal"])
    def test_a_share_that_is_none_is_refused(self, share):
        with pytest.raises(WeightError, match="the share of frame 'landline' is"):
            fit_composite(WEIGHTS, FRAME, DOMAIN, share=share)

    def test_an_unknown_domain_is_named_with_the_known_ones(self):
        with pytest.raises(WeightError, match="domain cell_only is not known") as caught:
            fit_composite([1.0, 1], ["landline", "mobile"], ["both", "cell_only"], share=0.5)
        assert "mobile_only" in str(caught.value)


class TestSingleFrame:
    CHANCES = ([0.1] * 6, [0.05] * 6)

    def test_kalton_anderson_weighs_the_overlap_by_the_sum_of_chances(self):
        step = single_frame(FRAME, *self.CHANCES, DOMAIN, method="kalton_anderson")
        assert step.apply(WEIGHTS) == pytest.approx([10, *[1 / 0.15] * 4, 20])

    def test_bankier_weighs_it_by_the_chance_of_either(self):
        step = single_frame(FRAME, *self.CHANCES, DOMAIN, method="bankier")
        assert step.apply(WEIGHTS) == pytest.approx([10, *[1 / (0.15 - 0.005)] * 4, 20])

    def test_a_chance_that_the_overlap_lacks_is_named(self):
        chances = [0.05, np.nan, 0.05, 0.05, 0.05, 0.05]
        with pytest.raises(WeightError, match=r"through frame 'mobile' is missing.*first in row 2"):
            single_frame(FRAME, [0.1] * 6, chances, DOMAIN, method="kalton_anderson")

    @pytest.mark.parametrize("method", ["composite", "kalton_anderson", "screen"])
    def test_every_method_estimates_the_size_of_the_population_without_bias(self, method):
        draw = np.random.default_rng(11)
        domain = np.repeat(["landline_only", "both", "mobile_only"], [2000, 5000, 3000])
        chance = {"landline": 0.05, "mobile": 0.08}
        found = []
        for _ in range(200):
            frame, seen = [], []
            for name, p in chance.items():
                reached = (domain == "both") | (domain == f"{name}_only")
                hit = domain[reached & (draw.random(len(domain)) < p)]
                frame += [name] * len(hit)
                seen += hit.tolist()
            weights = np.array([1 / chance[name] for name in frame])
            ps = [np.full(len(frame), p) for p in chance.values()]
            if method == "composite":
                step = fit_composite(weights, frame, seen, share="effective")
            elif method == "screen":
                step = screen(frame, seen, drop="mobile")
            else:
                step = single_frame(frame, *ps, seen, method=method)
            found.append(step.apply(weights).sum())
        error = np.std(found) / np.sqrt(len(found))
        assert abs(np.mean(found) - 10000) < 4 * error


class TestScreening:
    def test_drops_the_overlap_of_one_frame(self):
        step = screen(FRAME, DOMAIN, drop="mobile")
        assert step.apply(WEIGHTS).tolist() == [10, 10, 10, 0, 0, 20]

    def test_leaving_nobody_of_the_frame_is_refused(self):
        with pytest.raises(
            WeightError, match="nobody of frame 'mobile' is reached through it alone"
        ):
            screen(FRAME[:5], DOMAIN[:5], drop="mobile")
