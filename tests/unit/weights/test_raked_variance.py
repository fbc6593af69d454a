"""The default standard error of raked estimates against the re-raked jackknife, on a seeded twin.

The twin is shaped as NHANES: strata of two PSUs, an answer that depends on the raking margins.
"""

import numpy as np
import pytest

from survey.design.build import make_design
from tests.raked import compare

STRATA, PSUS, PERSONS = 15, 2, 150
TARGETS = {
    "mild": ([0.16, 0.15, 0.32, 0.37], [0.28, 0.36, 0.36]),
    "medium": ([0.22, 0.18, 0.28, 0.32], [0.36, 0.34, 0.30]),
    "strong": ([0.34, 0.22, 0.24, 0.20], [0.50, 0.30, 0.20]),
}


def twin():
    """Answer, base weights, design and classes; shares of about .13 .12 .36 .39 and .25 .35 .40."""
    draws = np.random.default_rng(20061231)
    n = STRATA * PSUS * PERSONS
    psu = np.repeat(np.arange(STRATA * PSUS), PERSONS)
    tilt = draws.normal(0, 0.25, STRATA * PSUS)[psu]
    race = (draws.random(n) < 0.75 + 0.2 * np.tanh(tilt)).astype(int)
    cross = race * 2 + (draws.random(n) < 0.52)
    age = draws.choice(3, n, p=[0.25, 0.35, 0.4])
    base = draws.lognormal(0.2 * race, 0.6)
    chance = 1 / (1 + np.exp(2.2 - 0.9 * age + 0.7 * race - tilt))
    y = (draws.random(n) < chance).astype(float)
    design = make_design(np.arange(n).astype(str), strata={"s": psu // PSUS}, psu=psu)
    return y, base, design, [cross, age]


@pytest.mark.parametrize("strength", TARGETS)
def test_the_default_is_within_one_per_cent_of_the_re_raked_jackknife(strength):
    ratio = compare(*twin(), TARGETS[strength], residuals=("final",))["final"]
    assert ratio == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("strength", TARGETS)
def test_weights_taken_as_fixed_are_not(strength):
    ratio = compare(*twin(), TARGETS[strength], residuals=("none",))["none"]
    assert abs(ratio - 1) > 0.02
