"""Calibration to totals: R's weights, every total met, and what cannot be met named."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from survey.errors import WeightError
from survey.weights.calibrate import calibrate
from survey.weights.generalised import calibrate_totals, indicators
from tests.calibration import GOLDEN, OPTIONS, agrees, households, sample
from tests.ratios import margin

CASES = [case for case in GOLDEN["calibrated"] if case["name"] != "household"]
SOLVED = [case for case in CASES if "failed" not in case]
TIGHT = [case for case in CASES if "too tight" in case["name"]]
SCALES = {"linear": lambda h: h["income"], "raking": lambda h: h["hours"] + 1}


def told(case):
    return f"{case['data']}, {case['method']}, {case['name']}"


def run(case, **options):
    base, auxiliaries, names = sample(case["data"])
    bounds = case["bounds"]
    if "scale" in case["name"]:
        options["scale"] = SCALES[case["method"]](households()).to_numpy()
    if "limits" in case["name"]:
        bounds = (bounds[0] / base, bounds[1] / base)
    options = OPTIONS | {"names": names, "bounds": bounds, "method": case["method"]} | options
    return calibrate_totals(base, auxiliaries, np.array(case["totals"]), **options)


class TestAgainstR:
    @pytest.mark.parametrize("case", SOLVED, ids=told)
    def test_weights_are_those_of_r_calibrate(self, case):
        assert agrees(run(case).weights, case)

    @pytest.mark.parametrize("case", TIGHT, ids=told)
    def test_bounds_r_cannot_meet_are_refused(self, case):
        with pytest.raises(WeightError, match="cannot be met within the bounds"):
            run(case)

    def test_bounds_that_r_misses_with_full_steps_are_met(self):
        (case,) = [c for c in CASES if "failed" in c and "too tight" not in c["name"]]
        done = run(case)
        low, high = case["bounds"]
        assert done.error <= 1e-10
        assert low - 1e-12 <= done.ratio.min()
        assert done.ratio.max() == pytest.approx(high)
        free = (done.ratio > low + 1e-9) & (done.ratio < high - 1e-9)
        x = sample(case["data"])[1]
        fit = np.linalg.lstsq(x[free], np.log(done.ratio[free]), rcond=None)[0]
        assert x[free] @ fit == pytest.approx(np.log(done.ratio[free]), abs=1e-9)  # nearest weights
        assert ((x @ fit)[done.ratio >= high - 1e-9] >= np.log(high) - 1e-9).all()


@st.composite
def problems(draw):
    """A sample and totals that weights within 0.5 to 2 times the base weights do give."""
    picks = np.random.default_rng(draw(st.integers(0, 9999)))
    n, p = draw(st.integers(12, 60)), draw(st.integers(1, 4))
    x = np.column_stack([np.ones(n), *picks.normal(3, 2, (p, n))])
    base = picks.lognormal(0, draw(st.sampled_from([0.1, 1.0, 3.0])), n)
    return base, x, (base * picks.uniform(0.6, 1.8, n)) @ x


def _room(base, x, totals):
    """The least factor by which bounds 0.5 to 2, stretched around 1, allow the totals."""
    n = len(base)
    size = np.abs(totals)
    equal = np.hstack([(x * base[:, None]).T / size[:, None], np.zeros((x.shape[1], 1))])
    above = np.hstack([np.eye(n), np.full((n, 1), -1.0)])  # ratio - 1 <= stretch * 1
    under = np.hstack([-np.eye(n), np.full((n, 1), -0.5)])  # 1 - ratio <= stretch * 0.5
    found = linprog(
        np.r_[np.zeros(n), 1.0],
        A_ub=np.vstack([above, under]),
        b_ub=np.r_[np.ones(n), -np.ones(n)],
        A_eq=equal,
        b_eq=totals / size,
        bounds=[(None, None)] * n + [(0, None)],
    )
    return found.fun if found.success else np.inf


class TestProperties:
    @given(problems(), st.sampled_from(["linear", "raking", "logit"]), st.booleans())
    def test_totals_that_can_be_met_are_met(self, problem, method, bounded):
        base, x, totals = problem
        bounds = (0.5, 2) if bounded or method == "logit" else None
        done = calibrate_totals(base, x, totals, method=method, bounds=bounds, **OPTIONS)
        assert np.abs(done.weights @ x / totals - 1).max() <= 1e-9
        assert done.error <= 1e-10
        if bounds:
            assert done.ratio.min() >= 0.5 - 1e-12
            assert done.ratio.max() <= 2 + 1e-12

    @given(problems())
    def test_bounded_linear_weights_are_the_nearest_ones(self, problem):
        base, x, totals = problem
        ratio = calibrate_totals(base, x, totals, method="linear", bounds=(0.5, 2), **OPTIONS).ratio
        free = (ratio > 0.5 + 1e-9) & (ratio < 2 - 1e-9)
        if free.sum() <= x.shape[1]:
            return
        fit = np.linalg.lstsq(x[free], ratio[free] - 1, rcond=None)[0]
        assert 1 + x[free] @ fit == pytest.approx(ratio[free], abs=1e-7)
        if np.linalg.matrix_rank(x[free]) == x.shape[1]:
            assert (1 + (x @ fit)[ratio <= 0.5] <= 0.5 + 1e-6).all()
            assert (1 + (x @ fit)[ratio >= 2] >= 2 - 1e-6).all()

    @given(problems(), st.sampled_from(["linear", "raking", "logit"]), st.floats(0.0, 0.5))
    def test_totals_are_met_exactly_where_linear_programming_finds_weights(
        self, problem, method, shift
    ):
        base, x, totals = problem
        totals = totals * (1 + shift * np.resize([0, 1, -1], len(totals)))
        room = _room(base, x, totals)
        if abs(room - 1) < 1e-3:
            return
        try:
            calibrate_totals(base, x, totals, method=method, bounds=(0.5, 2), **OPTIONS)
        except WeightError as error:
            assert room > 1
            assert "cannot be met within the bounds 0.5 to 2" in str(error)  # noqa: PT017
        else:
            assert room < 1

    @given(problems(), st.randoms(use_true_random=False))
    def test_any_row_order_gives_the_same_bytes(self, problem, random):
        base, x, totals = problem
        order = list(range(len(base)))
        random.shuffle(order)
        options = {"method": "raking", "bounds": (0.5, 2), **OPTIONS}
        one = calibrate_totals(base, x, totals, **options).weights
        other = calibrate_totals(base[order], x[order], totals, **options).weights
        assert one[order].tobytes() == other.tobytes()

    def test_raking_on_indicators_is_raking_on_cells(self):
        picks = np.random.default_rng(7)
        classes = [picks.integers(0, k, 300) for k in (2, 3)]
        margins = [margin("sex", [520, 480]), margin("age", [200, 300, 500])]
        base = picks.uniform(1, 5, 300)
        auxiliaries, totals, names = indicators(classes, margins)
        done = calibrate_totals(base, auxiliaries, totals, method="raking", names=names, **OPTIONS)
        on_cells = calibrate(base, classes, margins, tolerance=1e-12, most_sweeps=500)
        assert done.weights == pytest.approx(on_cells.weights, rel=1e-9)
        assert done.redundant == ("age=age2",)


class TestRedundantAuxiliaries:
    X = np.column_stack([np.ones(6), [1, 1, 0, 0, 0, 1], [0, 0, 1, 1, 1, 0]])
    NAMES = ("persons", "sex=male", "sex=female")

    def test_totals_that_agree_change_nothing(self):
        base = np.ones(6)
        three = calibrate_totals(
            base, self.X, np.array([10, 4, 6]), method="linear", names=self.NAMES, **OPTIONS
        )
        two = calibrate_totals(base, self.X[:, :2], np.array([10, 4]), method="linear", **OPTIONS)
        assert three.weights == pytest.approx(two.weights, rel=1e-12)
        assert three.redundant == ("sex=female",)

    def test_totals_that_disagree_name_the_category_and_both_numbers(self):
        with pytest.raises(WeightError) as caught:
            calibrate_totals(
                np.ones(6), self.X, np.array([10, 4, 6.5]), method="linear", names=self.NAMES,
                **OPTIONS,
            )  # fmt: skip
        text = str(caught.value)
        assert "margin 'sex', category 'female' is a combination of auxiliary 'persons'" in text
        assert "6, as those imply (got 6.5)" in text


class TestBadInput:
    X = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])

    def test_every_fault_is_named_with_its_rows(self):
        x = self.X.copy()
        x[2, 1] = np.nan
        with pytest.raises(WeightError) as caught:
            calibrate_totals(
                np.array([1, -2, np.nan, 1]), x, np.array([4, np.inf]), method="linear",
                names=("persons", "hours"), scale=np.array([1, 1, 1, 0.0]), **OPTIONS,
            )  # fmt: skip
        text = str(caught.value)
        assert "2 base weights are missing, infinite or negative: row 2 (-2), row 3 (nan)" in text
        assert "auxiliary 'hours' is missing or infinite for 1 respondents: row 3 (nan)" in text
        assert "the total of auxiliary 'hours' is inf" in text
        assert "1 scales are not positive: row 4 (0)" in text
        assert len(caught.value.faults) == 4

    def test_a_total_nobody_has_is_named(self):
        x = np.column_stack([np.ones(4), np.zeros(4)])
        with pytest.raises(WeightError, match=r"category 'north' has a total .*no respondent"):
            calibrate_totals(
                np.ones(4), x, np.array([4, 1.0]), method="linear",
                names=("persons", "region=north"), **OPTIONS,
            )  # fmt: skip

    def test_infeasible_bounds_name_the_category_and_by_how_much(self):
        x = np.column_stack([np.ones(4), [0, 0, 0, 1.0]])
        with pytest.raises(WeightError) as caught:
            calibrate_totals(
                np.ones(4), x, np.array([4.0, 3.0]), method="linear", bounds=(0.5, 2),
                names=("persons", "sex=male"), **OPTIONS,
            )  # fmt: skip
        text = str(caught.value)
        assert "margin 'sex', category 'male' cannot be met within the bounds 0.5 to 2" in text
        assert "2 at best (no weights can)" in text
        assert "expected 3 (off by -3.33e-01)" in text

    @pytest.mark.parametrize("method", ["linear", "raking", "logit"])
    def test_infeasible_bounds_end_within_the_steps_allowed(self, method):
        picks = np.random.default_rng(3)
        x = np.column_stack([np.ones(200), *picks.normal(0, 1, (5, 200))])
        with pytest.raises(WeightError, match="cannot be met"):
            calibrate_totals(
                np.ones(200), x, np.array([200.0, 90, 90, 90, 90, 90]), method=method,
                bounds=(0.5, 2), tolerance=1e-10, most_steps=20,
            )  # fmt: skip

    def test_raking_that_no_positive_weights_can_do_names_what_is_off(self):
        with pytest.raises(WeightError, match=r"'hours' cannot be met: .*after 50 steps"):
            calibrate_totals(
                np.ones(4), self.X, np.array([4.0, 20.0]), method="raking",
                names=("persons", "hours"), tolerance=1e-10, most_steps=50,
            )  # fmt: skip

    def test_base_weights_far_from_the_population_are_said_to_be(self):
        with pytest.raises(WeightError, match=r"about 1e\+03 times the base-weighted"):
            calibrate_totals(
                np.ones(4), self.X, np.array([4e3, 1e4]), method="linear", bounds=(0.5, 2),
                **OPTIONS,
            )  # fmt: skip

    def test_shapes_that_do_not_fit(self):
        with pytest.raises(WeightError, match=r"one column per total: \(4, 3\)"):
            calibrate_totals(np.ones(4), self.X, np.ones(3), method="linear", **OPTIONS)
