"""A reworded question, end to end: withheld without a bridge, carried with its error by one."""

import numpy as np
import pytest

from analysis.estimate import run as estimates
from analysis.results.covariance import read_factors, row_keys
from analysis.results.store import read_estimates
from survey.errors import EstimateError
from survey.instrument.comparability.standing import Standings
from survey.instrument.load import load_instrument
from survey.io.tables import read_parquet, write_parquet
from survey.progress import Progress
from survey.weights import run as weights
from tests import reworded, twin

SILENT = Progress.silent()


def build(project):
    weights.run(project, [twin.STUDY], SILENT)
    estimates.run(project, [twin.STUDY], SILENT)
    return read_estimates(project, twin.STUDY)


@pytest.fixture(scope="module")
def unbridged(tmp_path_factory):
    return build(reworded.make_project(tmp_path_factory.mktemp("unbridged")))


@pytest.fixture(scope="module")
def ballot(tmp_path_factory):
    project = reworded.make_project(tmp_path_factory.mktemp("ballot"), bridge=reworded.BRIDGE)
    return project, build(project)


@pytest.fixture(scope="module")
def formula(tmp_path_factory):
    return build(reworded.make_project(tmp_path_factory.mktemp("formula"), bridge=reworded.FORMULA))


@pytest.fixture(scope="module")
def then(tmp_path_factory):
    """The ballot's wave with the earlier wording alone: nobody of the other half was asked."""
    project = twin.make_project(tmp_path_factory.mktemp("then"))
    answers = reworded.halves(twin.read_responses("2021H1"))
    answers["score"] = answers.pop("score_then")
    path = project.clean(twin.STUDY, "2021H1") / "responses.parquet"
    write_parquet(answers.drop(columns="ballot"), path)
    return project, build(project)


def one(rows, **key):
    key = {"indicator": "score", "category": "", "domain": "all", "reference": "", **key}
    for column, value in key.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


class TestWithoutABridge:
    @pytest.mark.parametrize("wave", ["2021H1", "2022H1"])
    def test_changes_over_the_break_are_withheld_with_their_reason(self, unbridged, wave):
        row = one(unbridged, statistic="change", wave=wave, reference="2020H1")
        assert np.isnan([row.estimate, row.se, row.ci_low, row.p_value, row.n]).all()
        assert (row.quality, row.comparable) == ("suppressed", "broken")
        assert row.reason == "not comparable with 2020H1: the question changed"

    def test_no_change_of_any_domain_slips_through(self, unbridged):
        changes = unbridged[
            (unbridged["indicator"] == "score") & (unbridged["statistic"] == "change")
        ]
        over = changes[changes["reference"] == "2020H1"]
        assert len(over) == 2 * 6 * 3
        assert over["estimate"].isna().all()
        assert over["family_id"].eq("").all()

    def test_later_waves_with_one_wording_are_compared(self, unbridged):
        row = one(unbridged, statistic="change", wave="2022H1", reference="2021H1")
        levels = [one(unbridged, statistic="mean", wave=w).estimate for w in reworded.WAVES]
        assert row.estimate == pytest.approx(levels[2] - levels[1], rel=1e-8)

    def test_the_level_of_the_wave_says_that_its_question_changed(self, unbridged):
        status = [one(unbridged, statistic="mean", wave=w).comparable for w in reworded.WAVES]
        assert status == ["same", "broken", "same"]

    def test_two_waves_on_one_side_of_a_break_hold_no_trend(self, unbridged):
        assert unbridged[unbridged["statistic"] == "contrast"].empty

    def test_nothing_is_carried(self, unbridged):
        assert not unbridged["statistic"].isin(["shift", "bridged"]).any()


class TestSplitBallot:
    def test_in_its_own_wave_the_carried_value_is_that_of_the_earlier_wording(self, ballot, then):
        _, rows = ballot
        for domain in ("all", "sex=female", "residence=urban"):
            for category, statistic in (("", "mean"), ("low", "share")):
                key = {"wave": "2021H1", "domain": domain, "category": category}
                carried = one(rows, statistic="bridged", reference="2020H1", **key)
                want = one(then[1], statistic=statistic, **key)
                assert carried.estimate == pytest.approx(want.estimate, rel=1e-8)
                assert carried.se == pytest.approx(want.se, rel=1e-8)

    def test_its_change_is_that_of_the_earlier_wording_with_its_error(self, ballot, then):
        found = one(ballot[1], statistic="change", wave="2021H1", reference="2020H1")
        now = one(then[1], statistic="mean", wave="2021H1")
        before = one(then[1], statistic="mean", wave="2020H1")
        assert found.estimate == pytest.approx(now.estimate - before.estimate, rel=1e-8)
        assert found.se == pytest.approx(np.hypot(now.se, before.se), rel=1e-8)
        new = one(ballot[1], statistic="mean", wave="2021H1")
        assert found.df == min(now.df, new.df) + before.df

    def test_the_shift_has_the_covariance_of_the_two_halves(self, ballot, then):
        """Taken apart: V1 + V2 - 2C, C from the factors of two separate builds."""
        project, rows = ballot
        shift = one(rows, statistic="shift", wave="2021H1", reference="2020H1")
        new = one(rows, statistic="mean", wave="2021H1")
        old = one(then[1], statistic="mean", wave="2021H1")
        assert shift.estimate == pytest.approx(old.estimate - new.estimate, rel=1e-8)
        ours = read_factors(project.build(twin.STUDY) / "factors.parquet")
        theirs = read_factors(then[0].build(twin.STUDY) / "factors.parquet")
        covariance = ours.vectors[key_of(new)] @ theirs.vectors[key_of(old)]
        assert shift.se**2 == pytest.approx(new.se**2 + old.se**2 - 2 * covariance, rel=1e-7)

    def test_a_later_wave_pays_for_the_error_of_the_shift(self, ballot):
        _, rows = ballot
        shift = one(rows, statistic="shift", wave="2021H1", reference="2020H1")
        now, before = (one(rows, statistic="mean", wave=w) for w in ("2022H1", "2020H1"))
        found = one(rows, statistic="change", wave="2022H1", reference="2020H1")
        assert found.estimate == pytest.approx(
            now.estimate + shift.estimate - before.estimate, rel=1e-8
        )
        variance = now.se**2 + shift.se**2 + before.se**2
        assert found.se == pytest.approx(np.sqrt(variance), rel=1e-8)
        assert found.df == now.df + shift.df + before.df
        assert (found.comparable, found.quality) == ("minor", "caution")
        assert "carried over a break by the split ballot of 2021H1" in found.reason

    def test_the_trend_is_that_of_the_carried_values(self, ballot):
        """By hand: generalised least squares on the carried levels with their covariances."""
        _, rows = ballot
        levels = [
            one(rows, statistic="mean", wave="2020H1"),
            *(
                one(rows, statistic="bridged", wave=w, reference="2020H1")
                for w in reworded.WAVES[1:]
            ),
        ]
        shift = one(rows, statistic="shift", wave="2021H1", reference="2020H1")
        new = one(rows, statistic="mean", wave="2021H1")
        matrix = np.diag([row.se**2 for row in levels])
        # cov(y21 + d, y22 + d) = cov(y21, d) + V(d); V(y21 + d) = V(y21) + V(d) + 2 cov(y21, d)
        with_shift = (levels[1].se ** 2 - new.se**2 - shift.se**2) / 2
        matrix[1, 2] = matrix[2, 1] = with_shift + shift.se**2
        years = np.array([0.0, 365.0, 730.0]) / 365.25
        X = np.column_stack([np.ones(3), years])
        bread = np.linalg.inv(X.T @ np.linalg.inv(matrix) @ X)
        want = bread @ X.T @ np.linalg.inv(matrix) @ np.array([row.estimate for row in levels])
        found = one(rows, statistic="contrast", category="slope per year", reference="2020H1")
        assert found.estimate == pytest.approx(want[1], rel=1e-7)
        assert found.se == pytest.approx(np.sqrt(bread[1, 1]), rel=1e-7)
        assert found.comparable == "minor"

    def test_a_respondent_of_both_halves_is_refused(self, tmp_path):
        project = reworded.make_project(tmp_path, bridge=reworded.BRIDGE)
        path = project.clean(twin.STUDY, "2021H1") / "responses.parquet"
        answers = read_parquet(path)
        answers.loc[0, ["score", "score_then"]] = 5
        write_parquet(answers, path)
        with pytest.raises(EstimateError, match="answered both 'score_then' and 'score'"):
            build(project)


class TestFormula:
    def test_carries_means_by_its_line_and_adds_no_error(self, formula):
        now, before = (one(formula, statistic="mean", wave=w) for w in ("2022H1", "2020H1"))
        found = one(formula, statistic="change", wave="2022H1", reference="2020H1")
        assert found.estimate == pytest.approx(1 + 0.5 * now.estimate - before.estimate, rel=1e-8)
        assert found.se == pytest.approx(np.hypot(0.5 * now.se, before.se), rel=1e-8)
        assert "by a formula, which adds no error" in found.reason

    def test_does_not_carry_shares_and_says_so(self, formula):
        row = one(formula, statistic="change", category="low", wave="2022H1", reference="2020H1")
        assert np.isnan(row.estimate)
        assert row.reason == "not comparable with 2020H1: the bridge does not carry this number"


class TestUndecided:
    def test_a_change_nobody_decided_on_is_withheld_and_told_apart(self, tmp_path):
        project = reworded.make_project(tmp_path)
        (project.instrument(twin.STUDY) / "comparability.yml").write_text("", encoding="utf-8")
        rows = build(project)
        row = one(rows, statistic="change", wave="2021H1", reference="2020H1")
        assert np.isnan(row.estimate)
        assert "nobody has decided" in row.reason

    def test_groups_that_changed_withhold_their_own_rows_alone(self, tmp_path):
        project = reworded.make_project(tmp_path)
        folder = project.instrument(twin.STUDY)
        with (folder / "comparability.yml").open("a", encoding="utf-8") as file:
            file.write(
                "- {item: sex, waves: [2021H1, 2022H1], status: broken, reason: {zh: 试, en: t}}\n"
            )
        rows = build(project)
        key = {"statistic": "change", "wave": "2022H1", "reference": "2021H1"}
        assert np.isnan(one(rows, domain="sex=male", **key).estimate)
        assert one(rows, domain="sex=male", **key).reason.endswith("the groups changed")
        assert np.isfinite(one(rows, **key).estimate)

    def test_the_decision_for_a_trip_there_and_back_follows_the_steps(self, tmp_path):
        project = reworded.make_project(tmp_path)
        standings = Standings(load_instrument(project, twin.STUDY))
        steps = standings.standing("score", "2020H1", "2022H1").steps
        assert [step.status for step in steps] == ["broken", "same"]


def key_of(row):
    return row_keys(row.to_frame().T)[0]
