"""Trends over waves, against R's contr.poly, svycontrast and generalised least squares."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_distribution

from analysis.compare.trend import contrast, no_change, polynomials, slope, trend_rows, years_of
from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from analysis.results.schema import conform
from survey.errors import EstimateError
from tests import twin

ROOT = Path(twin.__file__).parent
GOLDEN = json.loads((ROOT / "golden" / "change.json").read_text())["trend"]
OLD, NEW = (pd.read_csv(ROOT / "data" / "change" / f"{name}.csv") for name in ("old", "new"))
YEARS = np.array(GOLDEN["years"])


@pytest.fixture(scope="module")
def waves():
    """Four waves of the PSUs that both of the panel's waves have, as in change.R.

    Those of the other sex stay with weight 0, so that every PSU is in every wave.
    """
    keep = {psu for psu in set(OLD["psu"]) & set(NEW["psu"]) if psu[0] != "e"}
    shared = [frame[frame["psu"].isin(keep)] for frame in (OLD, NEW)]
    parts = [f.assign(w=f["w"].where(f["sex"] == sex, 0)) for f in shared for sex in (1, 2)]
    surveys = {
        f"w{k}": Survey(part, weight="w", strata="stratum", psu="psu")
        for k, part in enumerate(parts, start=1)
    }
    return ask_waves(surveys, lambda s: s.mean("y"), overlap="psu", unit="psu")


@pytest.fixture(scope="module")
def matrix(waves):
    return waves.covariance([0, 0, 0, 0])


@pytest.fixture(scope="module")
def means(waves):
    return np.array([result.estimate[0] for result in waves.results])


def rows_of(estimates, periods, se=0.1, **more):
    told = {"kind": "collected", "statistic": "mean", "conf_level": 0.95, "se": se, "n": 50.0}
    frame = pd.DataFrame({"estimate": estimates, "period": periods}).assign(**told, **more)
    return conform(frame.assign(wave=[f"w{k}" for k in range(len(frame))], indicator="y"))


class TestAgainstR:
    def test_covariance_of_the_waves(self, matrix):
        assert matrix == pytest.approx(np.array(GOLDEN["covariance"]), rel=1e-6)

    def test_degrees_of_freedom_of_waves_of_the_same_psus_are_those_of_one(self):
        frame = OLD[OLD["psu"].str[0] != "e"]
        surveys = {
            name: Survey(frame, weight="w", strata="stratum", psu="psu") for name in ("a", "b", "c")
        }
        same = ask_waves(surveys, lambda s: s.mean("y"), overlap="psu", unit="psu")
        assert same.degrees([0, 0, 0]) == same.results[0].rows["df"].iloc[0]

    @pytest.mark.parametrize("degree", [1, 2, 3])
    def test_polynomial_contrasts_at_uneven_times(self, means, matrix, degree):
        found = contrast(means, matrix, polynomials(YEARS, 3)[:, degree - 1])
        want = GOLDEN["polynomial"][degree - 1]
        assert found.estimate == pytest.approx(want["estimate"], rel=1e-8)
        assert found.se == pytest.approx(want["se"], rel=1e-6)

    def test_slope_by_generalised_least_squares(self, means, matrix):
        found = slope(means, matrix, YEARS)
        assert found.estimate == pytest.approx(GOLDEN["slope"]["estimate"], rel=1e-8)
        assert found.se == pytest.approx(GOLDEN["slope"]["se"], rel=1e-6)

    def test_no_change_is_the_wald_statistic_with_few_psus_allowed_for(self, means, matrix):
        found = no_change(means, matrix, GOLDEN["df"])
        df = GOLDEN["df"]
        assert found.f == pytest.approx(GOLDEN["wald"]["chi2"] * (df - 2) / (df * 3), rel=1e-5)
        assert (found.df1, found.df2) == (3, df - 2)
        assert found.p_value == pytest.approx(f_distribution.sf(found.f, 3, df - 2))


class TestSlope:
    def test_of_a_straight_line_is_exact_whatever_the_errors(self):
        years = np.array([0, 0.5, 4, 5])
        covariance = np.diag([1.0, 2, 3, 4]) + 0.3
        assert slope(6 - 0.2 * years, covariance, years).estimate == pytest.approx(-0.2)

    def test_a_break_is_a_step_and_no_part_of_the_slope(self):
        years = np.arange(4.0)
        found = slope(np.array([1, 2, 13, 14.0]), np.eye(4), years, steps=[2])
        assert found.estimate == pytest.approx(1.0)

    def test_breaks_before_every_wave_leave_none(self):
        with pytest.raises(EstimateError, match="3 waves with 2 breaks hold no slope"):
            slope(np.ones(3), np.eye(3), np.arange(3.0), steps=[1, 2])

    def test_waves_out_of_order_are_refused(self):
        with pytest.raises(EstimateError, match="in order of time"):
            slope(np.ones(3), np.eye(3), np.array([0, 2.0, 1]))


class TestNoChange:
    def test_keeps_its_size_where_psus_are_few(self):
        """20 independent PSU contributions a wave, 4 waves of the same PSUs, no change."""
        draws = np.random.default_rng(11)
        rejected = 0
        for _ in range(2000):
            psus = draws.normal(size=(20, 4)) + draws.normal(size=(20, 1))
            means, covariance = psus.mean(axis=0), np.cov(psus.T) / 20
            rejected += no_change(means, covariance, 19).p_value < 0.05
        assert rejected / 2000 == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 2000))

    def test_has_none_with_fewer_degrees_than_changes(self):
        assert np.isnan(no_change(np.arange(4.0), np.eye(4), 2).p_value)


class TestTrendRows:
    PERIODS = ("2013-06-30", "2017-06-30", "2018-06-30")

    def test_waves_stand_at_their_dates(self):
        assert years_of(self.PERIODS) == pytest.approx([0, 4, 5], abs=0.01)

    def test_hold_slope_bend_and_joint_test(self):
        rows = trend_rows(rows_of([6.4, 6.5, 6.3], self.PERIODS), np.eye(3) * 0.01, 60)
        assert rows["category"].tolist() == ["slope per year", "linear", "quadratic", "no change"]
        assert set(rows["reference"]) == {"w0"}
        assert rows["p_value"].notna().all()
        assert len(conform(rows)) == 4

    def test_a_break_leaves_the_slope_only(self):
        rows = rows_of([6.4, 6.5, 7.9, 8.0], ("2013-06-30", "2014-06-30", *self.PERIODS[1:]))
        made = trend_rows(rows, np.eye(4) * 0.01, 60, steps=[2])
        assert made["category"].tolist() == ["slope per year"]

    def test_numbers_without_an_error_have_no_trend(self):
        rows = rows_of([6.4, 6.5, 6.3], self.PERIODS, se=np.nan)
        assert trend_rows(rows, np.full((3, 3), np.nan), 60).empty
