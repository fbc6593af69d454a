"""Slopes of counts against R (MASS::glm.nb, quasipoisson), and the spans of the declared rule."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.monitoring.kinds import goodman
from analysis.monitoring.notices import read_notices, window
from analysis.monitoring.trend import fit_slope, spans, trend_rows, years_of
from survey.errors import EstimateError
from survey.instrument.register import TrendRule

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "trend_counts.json").read_text())
SERIES = sorted(GOLDEN["series"])


def slope(series, family):
    told = GOLDEN["series"][series]
    return fit_slope(told["y"], told["t"], family=family, level=0.05, exposure=told["e"] or None)


@pytest.mark.parametrize("series", SERIES)
class TestAgainstR:
    def test_the_negative_binomial_slope_its_error_and_theta(self, series):
        ours, theirs = (
            slope(series, "negative_binomial"),
            GOLDEN["series"][series]["negative_binomial"],
        )
        assert ours.estimate == pytest.approx(theirs["estimate"], rel=1e-7)
        assert ours.se == pytest.approx(theirs["se"], rel=1e-7)
        assert ours.p_value == pytest.approx(theirs["p"], rel=1e-5)
        poisson = theirs["theta"] > 1e6  # R's search ran away: no overdispersion
        assert math.isinf(ours.dispersion) == poisson
        if not poisson:
            assert ours.dispersion == pytest.approx(theirs["theta"], rel=1e-7)

    def test_it_is_what_glm_nb_itself_prints(self, series):
        theirs = GOLDEN["series"][series]["negative_binomial"]
        assert slope(series, "negative_binomial").estimate == pytest.approx(
            theirs["glm_nb"], rel=1e-6
        )

    def test_the_quasi_poisson_slope_its_error_and_p(self, series):
        ours, theirs = slope(series, "quasi_poisson"), GOLDEN["series"][series]["quasi_poisson"]
        assert ours.estimate == pytest.approx(theirs["estimate"], rel=1e-8)
        held = max(1.0, 1 / theirs["phi"])  # phi below 1 is held at 1 here, not in R
        assert ours.se == pytest.approx(theirs["se"] * math.sqrt(held), rel=1e-8)
        if held == 1.0:
            assert ours.dispersion == pytest.approx(theirs["phi"], rel=1e-7)
            assert ours.p_value == pytest.approx(theirs["p"], rel=1e-7)


class TestFit:
    def test_the_golden_register_is_the_register(self, raw_folder, monitoring):
        notices = read_notices(raw_folder / "notices.csv", monitoring.register)
        quarters = window(notices, monitoring.register, pd.Timestamp("2018-06-30"))
        known = quarters[quarters["problem_apps"].notna()]
        assert list(known["problem_apps"]) == GOLDEN["series"]["register"]["y"]
        assert years_of(list(known["quarter"])).tolist() == GOLDEN["series"]["register"]["t"]

    def test_the_unit_of_the_exposure_does_not_matter(self):
        told = GOLDEN["series"]["register_rate"]
        wide = [value * 1000 for value in told["e"]]
        for family in ("negative_binomial", "quasi_poisson"):
            a, b = (
                fit_slope(told["y"], told["t"], family=family, level=0.05, exposure=e)
                for e in (told["e"], wide)
            )
            assert a.estimate == pytest.approx(b.estimate, rel=1e-9)
            assert a.se == pytest.approx(b.se, rel=1e-9)

    def test_a_rate_that_stands_still_is_no_trend_though_the_counts_grow(self):
        effort = np.arange(10, 26)
        counts = effort * 3 + np.tile([1, -1], 8)
        alone = fit_slope(counts, np.arange(16) / 4, family="negative_binomial", level=0.05)
        rate = fit_slope(
            counts, np.arange(16) / 4, family="negative_binomial", level=0.05, exposure=effort
        )
        assert alone.low > 0.1
        assert rate.low < 0 < rate.high

    @pytest.mark.parametrize(
        ("counts", "exposure", "told"),
        [
            ([1, 2], None, "three counts"),
            ([1, math.nan, 3], None, "leave gaps out"),
            ([0, 0, 0], None, "all 0"),
            ([1, 2, 3], [4, 0, 4], "not positive"),
        ],
    )
    def test_what_cannot_be_fitted_is_said(self, counts, exposure, told):
        with pytest.raises(EstimateError, match=told):
            fit_slope(
                counts,
                range(len(counts)),
                family="quasi_poisson",
                level=0.05,
                exposure=exposure,
            )


class TestRows:
    def rule(self, **changed):
        said = {
            "count": "problem_apps",
            "exposure": "stores_tested",
            "family": "negative_binomial",
            "level": 0.05,
            "breaks": ["2015Q3"],
            "least": 6,
            "source": "a test",
        }
        return TrendRule(**{**said, **changed})

    @pytest.fixture
    def quarters(self, raw_folder, monitoring):
        notices = read_notices(raw_folder / "notices.csv", monitoring.register)
        return window(notices, monitoring.register, pd.Timestamp("2018-06-30"))

    def test_quarters_that_fell_out_are_named(self, quarters):
        rows = trend_rows(quarters, self.rule()).set_index(["reference", "variant"])
        assert rows.at[("2014Q1", "count, negative_binomial"), "reason"] == "without 2017Q1, 2017Q4"
        assert rows.at[("2014Q1", "rate, negative_binomial"), "reason"] == (
            "without 2014Q2, 2015Q3, 2015Q4, 2017Q1, 2017Q4"
        )
        assert rows["n"].tolist() == [16, 13, 10, 8]

    def test_the_register_falls_as_a_whole_and_rises_since_the_break(self, quarters):
        rows = trend_rows(quarters, self.rule()).set_index(["reference", "variant"])
        assert (rows.loc["2014Q1", "ci_high"] < 0).all()
        assert (rows.loc["2015Q3", "ci_low"] > 0).all()

    def test_a_span_with_too_few_quarters_has_no_estimate_and_says_so(self, quarters):
        rows = trend_rows(quarters, self.rule(breaks=["2017Q2"])).set_index(
            ["reference", "variant"]
        )
        assert rows.loc["2017Q2", "estimate"].isna().all()
        assert rows.loc["2017Q2", "reason"].eq("fewer than 6 quarters").all()

    def test_every_span_between_declared_breaks_is_looked_at(self):
        quarters = [f"{year}Q{part}" for year in (2014, 2015, 2016) for part in (1, 2, 3, 4)]
        assert list(spans(quarters, ["2016Q1", "2015Q1"])) == [
            ("2014Q1", "2016Q4"),
            ("2015Q1", "2015Q4"),
            ("2015Q1", "2016Q4"),
            ("2016Q1", "2016Q4"),
        ]


class TestGoodman:
    @pytest.mark.parametrize(("place", "level"), [(0, 0.95), (1, 0.9)])
    def test_agrees_with_the_formula_in_r(self, place, level):
        told = GOLDEN["goodman"][place]
        low, high = goodman(told["count"], level)
        assert low == pytest.approx(told["low"], rel=1e-10, abs=1e-15)
        assert high == pytest.approx(told["high"], rel=1e-10)

    def test_agrees_with_statsmodels(self):
        from statsmodels.stats.proportion import multinomial_proportions_confint

        counts = [109, 7, 13, 1, 1, 3]
        theirs = multinomial_proportions_confint(counts, alpha=0.05, method="goodman")
        assert np.column_stack(goodman(counts, 0.95)) == pytest.approx(theirs, rel=1e-9)

    def test_all_intervals_hold_together_as_often_as_they_say(self):
        rng = np.random.default_rng(20)
        shares = np.array([0.81, 0.05, 0.1, 0.02, 0.02])
        held = 0
        for counts in rng.multinomial(134, shares, size=2000):
            low, high = goodman(counts, 0.95)
            held += bool(((low <= shares) & (shares <= high)).all())
        assert held / 2000 > 0.93  # its standard error is 0.005

    def test_of_two_kinds_one_is_what_the_other_leaves(self):
        low, high = goodman([109, 25], 0.95)
        assert low[1] == pytest.approx(1 - high[0], abs=1e-15)

    def test_no_cases_are_refused(self):
        with pytest.raises(EstimateError, match="with cases"):
            goodman([0, 0])
