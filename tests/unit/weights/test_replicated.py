"""Every step is repeated on every replicate, frozen where it must be, and failures are named."""

import numpy as np
import pytest

from survey.design.build import make_design
from survey.design.jackknife import jackknife_n
from survey.errors import WeightError
from survey.instrument.model import Trim
from survey.weights.calibrate import calibrate
from survey.weights.collapse import Small, collapse
from survey.weights.fitted import HouseholdStep, cell_step, margin_step, totals_step
from survey.weights.generalised import calibrate_totals, indicators
from survey.weights.household import calibrate_households, prepare_households
from survey.weights.nonresponse import fit_classes
from survey.weights.poststratify import poststratify
from survey.weights.replicated import Weighting, replicate_weights
from survey.weights.trim import freeze
from tests.calibration import OPTIONS, households
from tests.ratios import margin

FRAME = households()
BASE = FRAME["base"].to_numpy()
N = len(FRAME)
SEX = (FRAME["sex"] == "male").to_numpy(int)
AGE = np.digitize(FRAME["age"], [35, 55])
MARGINS = [margin("sex", [16e3, 17e3]), margin("age", [10e3, 13e3, 10e3])]
SWEEPS = {"tolerance": 1e-10, "most_sweeps": 500}
RAKING = {"tolerance": 1e-10, "most_steps": 500}
DESIGN = make_design(
    FRAME.index.astype(str), strata={"s": FRAME["stratum"]}, psu=FRAME["psu"], lonely="fail"
)
JACKKNIFE = jackknife_n(DESIGN)
AMOUNTS = np.column_stack([np.ones(N), FRAME["hours"], FRAME["income"]])
TOTALS = (BASE @ AMOUNTS) * [1.02, 1.05, 1.08]


def all_of(steps, multipliers=JACKKNIFE, base=BASE, psu=DESIGN.psu):
    """Weights of every replicate, shape (n, R)."""
    made = replicate_weights(Weighting(base, steps), multipliers, psu)
    blocks = [block for _, block in made.blocks()]
    assert all(block.shape[1] <= 16 for block in blocks)
    return np.hstack(blocks)


def multiplied(base=BASE):
    """Base weight times multiplier of every replicate, by the definition."""
    return base[:, None] * JACKKNIFE.values[DESIGN.psu]


class TestSteps:
    def test_raking_is_repeated_on_every_replicate(self):
        got = all_of({"raking": margin_step([SEX, AGE], MARGINS, **RAKING)})
        for r, start in enumerate(multiplied().T):
            here = start > 0
            want = calibrate(start[here], [SEX[here], AGE[here]], MARGINS, **SWEEPS).weights
            assert got[here, r] == pytest.approx(want, rel=1e-9)
            assert not got[~here, r].any()

    @pytest.mark.parametrize(
        ("method", "bounds"), [("linear", None), ("logit", (0.5, 2)), ("raking", (0.6, 1.6))]
    )
    def test_margins_are_met_by_any_method_on_every_replicate(self, method, bounds):
        options = {"method": method, "bounds": bounds, **OPTIONS}
        got = all_of({"margins": margin_step([SEX, AGE], MARGINS, **options)})
        for r, start in list(enumerate(multiplied().T))[::7]:
            here = start > 0
            scaled = start[here] * (MARGINS[0].total / start.sum())
            x, totals, names = indicators([SEX[here], AGE[here]], MARGINS)
            want = calibrate_totals(scaled, x, totals, names=names, **options).weights
            assert got[here, r] == pytest.approx(want, rel=1e-9)

    @pytest.mark.parametrize(
        ("method", "bounds"),
        [("linear", None), ("raking", None), ("logit", (0.4, 2.5)), ("linear", (0.5, 2))],
    )
    def test_calibration_to_totals_is_repeated_on_every_replicate(self, method, bounds):
        options = {"method": method, "bounds": bounds, **OPTIONS}
        got = all_of({"calibration": totals_step(BASE, AMOUNTS, TOTALS, **options)})
        assert pytest.approx(np.tile(TOTALS, (got.shape[1], 1)), rel=1e-9) == got.T @ AMOUNTS
        for r, start in list(enumerate(multiplied().T))[::7]:
            here = start > 0
            want = calibrate_totals(start[here], AMOUNTS[here], TOTALS, **options).weights
            assert got[here, r] == pytest.approx(want, rel=1e-9)

    def test_households_keep_one_weight_on_every_replicate(self):
        problem = prepare_households(BASE, AMOUNTS, TOTALS, FRAME["household"], tolerance=1e-10)
        got = all_of({"homes": HouseholdStep(problem, "raking", None, 1e-10, 100)})
        start = multiplied()[:, 3]
        here = start > 0
        want = calibrate_households(
            start[here], AMOUNTS[here], TOTALS, FRAME["household"][here], method="raking",
            **OPTIONS,
        ).weights  # fmt: skip
        assert got[here, 3] == pytest.approx(want, rel=1e-9)

    def test_post_stratification_is_repeated_in_the_joined_cells(self):
        cells = margin("cell", [9e3, 6e3, 9e3, 9e3])
        classes = np.where(FRAME["age"] > 85, 3, AGE)
        joined = collapse(
            cells, classes, BASE, order=[("cell3", "cell2")], small=Small(respondents=10)
        )
        got = all_of({"cells": cell_step(classes, cells, collapsed=joined)})
        assert len(joined.log) == 1
        for r, start in enumerate(multiplied().T):
            want = poststratify(start, joined.classes(classes), joined.apply(cells)).weights
            assert got[:, r] == pytest.approx(want, rel=1e-9)

    def test_limits_of_trimming_stay_those_of_the_full_sample(self):
        step = freeze(BASE, Trim(upper=1.5))
        got = all_of({"trim": step})
        with np.errstate(invalid="ignore"):
            single = got / JACKKNIFE.values[DESIGN.psu]
        assert np.nanmax(single) <= step.ceiling * (1 + 1e-12)
        assert got.sum(axis=0) == pytest.approx(multiplied().sum(axis=0), rel=1e-12)

    def test_limits_of_the_calibrated_weight_hold_for_weight_over_multiplier(self):
        step = totals_step(BASE, AMOUNTS, TOTALS, method="linear", limits=(15.0, 250.0), **OPTIONS)
        got = all_of({"calibration": step})
        with np.errstate(invalid="ignore"):
            single = got / JACKKNIFE.values[DESIGN.psu]
        assert np.nanmax(single) == pytest.approx(250)
        assert np.nanmin(single) >= 15 - 1e-9

    def test_steps_follow_each_other_on_replicates_as_on_the_full_sample(self):
        responded = np.arange(N) % 5 > 0
        steps = {"nonresponse": fit_classes(BASE, responded, SEX, smallest=5, most_factor=3)}
        after = steps["nonresponse"].apply(BASE)
        steps["raking"] = margin_step([SEX, AGE], MARGINS, **RAKING)
        raked = steps["raking"].apply(after)
        steps["trim"] = freeze(raked, Trim(upper=2.5))
        weighting = Weighting(BASE, steps)
        assert weighting.full() == pytest.approx(steps["trim"].apply(raked), rel=1e-12)
        got = all_of(steps)
        assert not got[~responded].any()
        assert got.sum(axis=0) == pytest.approx(np.full(got.shape[1], 33e3), rel=1e-9)
        ones = np.ones(N)
        assert weighting.replicate(0, ones) == pytest.approx(weighting.full(), rel=1e-12)

    def test_a_frozen_class_keeps_its_members_while_its_factor_changes(self):
        responded = np.arange(N) % 5 > 0
        step = fit_classes(BASE, responded, SEX, smallest=5, most_factor=3)
        got = all_of({"nonresponse": step})
        for sex in (0, 1):
            inside = sex == SEX
            assert got[inside].sum(axis=0) == pytest.approx(multiplied()[inside].sum(axis=0))

    def test_reading_in_any_blocks_gives_the_same_weights(self):
        made = replicate_weights(
            Weighting(BASE, {"raking": margin_step([SEX, AGE], MARGINS, **RAKING)}),
            JACKKNIFE,
            DESIGN.psu,
        )
        assert np.array_equal(made.read(0, 20)[:, 5:9], made.read(5, 9))
        assert made.count == 20
        assert made.df == 16


class TestFailures:
    """One PSU holds everybody of a category: the replicate without it empties the category."""

    def setup_method(self):
        psu = DESIGN.psus.index(next(p for p in DESIGN.psus if "p13" in p))
        self.rare = np.where(DESIGN.psu == psu, 2, SEX)
        self.margin = margin("sex", [16e3, 16e3, 1e3])
        self.number = int(np.flatnonzero(JACKKNIFE.values[psu] == 0)[0])

    @pytest.mark.parametrize("kind", ["raking", "cells", "totals"])
    def test_an_emptied_category_is_named_with_its_replicate(self, kind):
        if kind == "raking":
            step = margin_step([self.rare, AGE], [self.margin, MARGINS[1]], **RAKING)
        elif kind == "cells":
            step = cell_step(self.rare, self.margin)
        else:
            dummies = (self.rare[:, None] == np.arange(3)).astype(float)
            step = totals_step(
                BASE, dummies, self.margin.counts, method="raking",
                names=("sex=sex0", "sex=sex1", "sex=sex2"), **OPTIONS,
            )  # fmt: skip
        with pytest.raises(WeightError) as caught:
            all_of({kind: step})
        assert len(caught.value.faults) == 1
        text = str(caught.value)
        assert text.startswith(
            f"replicate {self.number + 1}, {kind}: margin 'sex', category 'sex2'"
        )
        assert "no respondent with weight" in text

    def test_an_emptied_response_class_is_named_with_its_replicate(self):
        responded = (self.rare == 2) | (SEX == 0)  # men answer in one PSU only
        names = np.where(SEX == 1, "men", "women")
        step = fit_classes(BASE, responded, names, smallest=5, most_factor=50)
        with pytest.raises(WeightError) as caught:
            all_of({"nonresponse": step})
        assert [fault.what for fault in caught.value.faults] == [
            f"replicate {self.number + 1}, nonresponse: nobody responded in class men, "
            "and its weight has no one to go to"
        ]

    def test_calibration_that_does_not_end_is_named_with_its_replicate(self):
        step = margin_step([SEX, AGE], MARGINS, tolerance=1e-10, most_steps=2)
        with pytest.raises(WeightError, match=r"replicate 1, raking: margin .* after 2 sweeps"):
            all_of({"raking": step})

    def test_bounds_that_a_replicate_cannot_meet_are_named_with_it(self):
        options = {"method": "linear", "bounds": (0.8, 1.2), **OPTIONS}
        step = totals_step(BASE, AMOUNTS, TOTALS, **options)
        step.apply(BASE)
        with pytest.raises(WeightError, match=r"replicate 5, calibration: auxiliary 'x3' cannot"):
            all_of({"calibration": step})
