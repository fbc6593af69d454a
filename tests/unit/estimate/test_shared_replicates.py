"""Waves whose replicates were drawn together: the change is replicated like any estimate."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from survey.errors import EstimateError

R, RHO = 24, 0.5
RNG = np.random.default_rng(20261)


def wave(shift, n=300):
    base = RNG.lognormal(size=n)
    return pd.DataFrame(
        {
            "w": base,
            "y": RNG.normal(6 + shift, 2, n),
            **{f"r{k}": base * RNG.choice([RHO, 2 - RHO], n) for k in range(R)},
        }
    )


OLD, NEW = wave(0.0), wave(-0.3)
COLUMNS = [f"r{k}" for k in range(R)]


def survey(frame, columns=COLUMNS, rho=RHO, mse=False):
    return Survey(frame, weight="w", replicates=columns, method="fay", rho=rho, mse=mse)


def change(ask, old=None, new=None, overlap="replicates"):
    waves = {"old": old or survey(OLD), "new": new or survey(NEW)}
    return ask_waves(waves, ask, overlap=overlap).changes().iloc[0]


class TestSharedReplicates:
    @pytest.mark.parametrize("mse", [False, True])
    def test_error_is_that_of_the_replicated_difference(self, mse):
        def mean(frame, weight):
            return np.average(frame["y"], weights=frame[weight])

        row = change(lambda s: s.mean("y"), survey(OLD, mse=mse), survey(NEW, mse=mse))
        whole = mean(NEW, "w") - mean(OLD, "w")
        each = np.array([mean(NEW, c) - mean(OLD, c) for c in COLUMNS])
        centre = whole if mse else each.mean()
        by_hand = np.sqrt(((each - centre) ** 2).sum() / (R * (1 - RHO) ** 2))
        assert row["estimate"] == pytest.approx(whole, rel=1e-9)
        assert row["se"] == pytest.approx(by_hand, rel=1e-8)
        apart = change(lambda s: s.mean("y"), survey(OLD, mse=mse), survey(NEW, mse=mse), "none")
        assert row["se"] != pytest.approx(apart["se"], rel=1e-3)

    def test_a_file_held_against_itself_does_not_change(self):
        row = change(lambda s: s.mean("y"), survey(OLD), survey(OLD))
        assert row["estimate"] == row["se"] == 0

    def test_quantiles_have_a_change_with_an_error(self):
        def ask(s):
            return s.quantile("y", 0.5, interval="replicate")

        row = change(ask)
        old, new = ask(survey(OLD)), ask(survey(NEW))
        joint = old.factor[:, 0] @ new.factor[:, 0]
        want = old.se[0] ** 2 + new.se[0] ** 2 - 2 * joint
        assert row["se"] == pytest.approx(np.sqrt(want), rel=1e-9)

    def test_a_wave_without_replicates_is_refused(self):
        with pytest.raises(EstimateError, match="share replicates, and one of them has none"):
            change(lambda s: s.mean("y"), Survey(OLD, weight="w"))

    def test_sets_of_another_number_are_refused(self):
        with pytest.raises(EstimateError, match="got 20 fay and 24 fay"):
            change(lambda s: s.mean("y"), survey(OLD, COLUMNS[:20]))
