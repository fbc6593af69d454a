"""The default standard error of raked estimates against the re-raked jackknife, on NHANES."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey.design.build import make_design
from tests import raked
from tests.raked import compare

pytestmark = pytest.mark.shared
GOLDEN = json.loads((Path(raked.__file__).parent / "golden" / "calibrate_shared.json").read_text())

# Targets by race x sex (8 cells) and age (4), as shares; the sample has .078 .074 .327 .337 .051
# .062 .033 .038 and .188 .298 .313 .201. Ratios of final to base weight: .85-1.34, .50-1.82,
# .23-3.16.
TARGETS = {
    "mild": ([0.080, 0.075, 0.310, 0.325, 0.065, 0.065, 0.040, 0.040], [0.21, 0.28, 0.30, 0.21]),
    "medium": ([0.12, 0.10, 0.25, 0.27, 0.09, 0.08, 0.05, 0.04], [0.25, 0.25, 0.27, 0.23]),
    "strong": ([0.18, 0.10, 0.20, 0.15, 0.12, 0.10, 0.09, 0.06], [0.35, 0.30, 0.20, 0.15]),
}


@pytest.fixture(scope="module")
def nhanes(shared_data):
    frame = pd.read_csv(shared_data / "design" / "nhanes_r_survey.csv.gz")
    return frame[frame["HI_CHOL"].notna()].reset_index(drop=True)


def run(frame, shares, **options):
    design = make_design(
        frame.index.astype(str), strata={"s": frame["SDMVSTRA"]}, psu=frame["SDMVPSU"], nested=True
    )
    cross = (frame["race"] - 1) * 2 + frame["RIAGENDR"] - 1
    classes = [cross.to_numpy(), pd.factorize(frame["agecat"], sort=True)[0]]
    y, base = frame["HI_CHOL"].to_numpy(float), frame["WTMEC2YR"].to_numpy()
    return compare(y, base, design, classes, shares, **options)


@pytest.mark.parametrize("strength", TARGETS)
def test_the_default_is_within_one_per_cent_of_the_re_raked_jackknife(nhanes, strength):
    ratio = run(nhanes, TARGETS[strength], residuals=("final",))["final"]
    assert ratio == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("strength", TARGETS)
def test_the_re_raked_jackknife_is_that_of_r(nhanes, strength):
    want = GOLDEN["nhanes_jackknife"][strength]["se"]
    assert run(nhanes, TARGETS[strength], residuals=())["jackknife"] == pytest.approx(
        want, rel=1e-6
    )


@pytest.mark.parametrize("strength", TARGETS)
def test_weights_taken_as_fixed_are_not(nhanes, strength):
    ratio = run(nhanes, TARGETS[strength], residuals=("none",))["none"]
    assert abs(ratio - 1) > 0.03


def test_three_margins_far_away_keep_the_default_within_one_per_cent(nhanes):
    """The targets of tests/golden/shared_samples.R: race, sex, age, with weights pushed far."""
    design = make_design(
        nhanes.index.astype(str),
        strata={"s": nhanes["SDMVSTRA"]},
        psu=nhanes["SDMVPSU"],
        nested=True,
    )
    classes = [nhanes["race"].to_numpy() - 1, nhanes["RIAGENDR"].to_numpy() - 1]
    classes.append(pd.factorize(nhanes["agecat"], sort=True)[0])
    shares = ([0.25, 0.45, 0.2, 0.1], [0.6, 0.4], np.array([4, 3, 2, 1]) / 10)
    y, base = nhanes["HI_CHOL"].to_numpy(float), nhanes["WTMEC2YR"].to_numpy()
    found = compare(y, base, design, classes, shares)
    assert found["final"] == pytest.approx(1, abs=0.01)
    assert abs(found["base"] - 1) > 0.01  # what R's calibrate would say
