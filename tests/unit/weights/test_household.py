"""One weight per household: R's weights, and one ratio for everybody who lives together."""

import numpy as np
import pytest

from survey.errors import WeightError
from survey.weights.household import calibrate_households, household_totals
from tests.calibration import GOLDEN, OPTIONS, agrees, households, sample

CASES = [case for case in GOLDEN["calibrated"] if case["name"] == "household"]


def run(case, order=slice(None)):
    base, auxiliaries, names = sample("households")
    return calibrate_households(
        base[order], auxiliaries[order], np.array(case["totals"]),
        households()["household"].to_numpy()[order], method=case["method"],
        bounds=case["bounds"], names=names, **OPTIONS,
    )  # fmt: skip


class TestIntegratedWeights:
    @pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['method']} {c['bounds']}")
    def test_weights_are_those_of_r_calibrate_by_cluster(self, case):
        assert agrees(run(case).weights, case)

    def test_everybody_in_a_household_has_one_weight_and_person_totals_hold(self):
        done = run(CASES[1])
        weights = households().assign(weight=done.weights).groupby("household")["weight"]
        assert (weights.max() - weights.min()).max() <= 1e-12 * done.weights.max()
        reached = done.weights @ sample("households")[1]
        assert reached == pytest.approx(CASES[1]["totals"], rel=1e-10)

    def test_household_and_person_totals_are_met_together(self):
        frame = households()
        size = frame.groupby("household")["person"].transform("size").to_numpy()
        base = frame["base"].to_numpy()
        columns = np.column_stack([np.ones(len(frame)), frame["income"], 1 / size])
        homes = 1.04 * base[frame["person"] == 0].sum()
        totals = np.array([1.02 * base.sum(), 1.05 * base @ frame["income"], homes])
        done = calibrate_households(
            base, columns, totals, frame["household"], method="raking", **OPTIONS
        )
        assert done.weights[frame["person"] == 0].sum() == pytest.approx(homes, rel=1e-9)
        counted = household_totals(np.ones(len(frame)), done.weights, frame["household"])
        assert counted == pytest.approx(homes, rel=1e-9)

    def test_any_row_order_gives_the_same_bytes(self):
        order = np.random.default_rng(1).permutation(len(households()))
        one, other = run(CASES[0]), run(CASES[0], order)
        assert one.weights[order].tobytes() == other.weights.tobytes()

    def test_members_with_different_base_weights_are_named(self):
        with pytest.raises(WeightError, match="household 'b' 1 to 2"):
            calibrate_households(
                np.array([1.0, 1, 2, 3]), np.ones((4, 1)), np.array([8.0]),
                ["a", "b", "b", "c"], method="linear", **OPTIONS,
            )  # fmt: skip
