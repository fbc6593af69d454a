"""Waves that share PSUs or respondents, against R (tests/golden/change.R) and on average."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.overlap import Contributions, between_respondents
from analysis.estimate.residual import on_classes
from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from survey.design.build import make_design
from survey.design.stages import variance_factor
from survey.errors import EstimateError
from tests import twin
from tests.ratios import margin

ROOT = Path(twin.__file__).parent
GOLDEN = json.loads((ROOT / "golden" / "change.json").read_text())
OLD, NEW = (pd.read_csv(ROOT / "data" / "change" / f"{name}.csv") for name in ("old", "new"))


def panel(old_psu="psu", new_psu="psu", old=OLD, new=NEW, **options):
    sides = {"old": (old, old_psu), "new": (new, new_psu)}
    return {
        name: Survey(frame, weight="w", strata="stratum", psu=[psu] if psu else (), **options)
        for name, (frame, psu) in sides.items()
    }


def change(surveys, ask, overlap="none", unit=""):
    return ask_waves(surveys, ask, overlap=overlap, unit=unit).changes()


def assert_is(row, want):
    assert row["estimate"] == pytest.approx(want["estimate"], rel=1e-8)
    assert row["se"] == pytest.approx(want["se"], rel=1e-6)


QUESTIONS = {
    "mean": (lambda s: s.mean("y"), ""),
    "share_a": (lambda s: s.share("x"), "a"),
    "multi_2": (lambda s: s.multi(["q_1", "q_2", "q_3"]), "q_2"),
}
each_question = pytest.mark.parametrize("question", QUESTIONS)


class TestTwinWithAllPsusShared:
    @pytest.fixture(scope="class")
    @staticmethod
    def waves():
        frames = {name: twin.read_responses(name) for name in twin.WAVES}
        shared = set.intersection(*(set(frame["psu"]) for frame in frames.values()))
        made = {}
        for name, frame in frames.items():
            frame = frame[frame["psu"].isin(shared)].copy()
            frame["y"] = frame["score"].where(frame["score"].between(0, 10))
            made[name] = Survey(
                frame, weight="base_weight", strata=["region", "residence"], psu="psu"
            )
        return made

    def test_mean_is_what_svycontrast_gives(self, waves):
        row = change(waves, lambda s: s.mean("y"), "psu", "psu").iloc[0]
        assert_is(row, GOLDEN["twin_mean"])

    def test_domain_is_what_svycontrast_gives(self, waves):
        rows = change(waves, lambda s: s.mean("y", by="residence"), "psu", "psu")
        assert_is(rows[rows["domain"] == "residence=1"].iloc[0], GOLDEN["twin_urban"])

    @pytest.mark.parametrize("option", range(1, 6))
    def test_multiple_response_is_what_svycontrast_gives(self, waves, option):
        names = [f"issues__{k}" for k in range(1, 6)]
        rows = change(waves, lambda s: s.multi(names), "psu", "psu").set_index("category")
        assert_is(rows.loc[names[option - 1]], GOLDEN["twin_multi"][option - 1])

    def test_degrees_of_freedom_count_shared_psus_once(self, waves):
        rows = change(waves, lambda s: s.mean("y"), "psu", "psu")
        alone = waves["2020H1"].mean("y").rows["df"].iloc[0]
        assert rows["df"].tolist() == [alone]


class TestPanel:
    @each_question
    def test_independent_samples(self, question):
        ask, category = QUESTIONS[question]
        rows = change(panel(), ask).set_index("category")
        assert_is(rows.loc[category], GOLDEN["panel_none"][question])
        assert rows["variant"].str.endswith("independent samples").all()

    def test_independent_samples_add_their_degrees_of_freedom(self):
        rows = change(panel(), lambda s: s.mean("y"))
        assert rows["df"].tolist() == [GOLDEN["panel_none"]["mean"]["df"]]

    @each_question
    def test_psus_shared_in_part(self, question):
        ask, category = QUESTIONS[question]
        rows = change(panel(), ask, "psu", "psu").set_index("category")
        assert_is(rows.loc[category], GOLDEN["panel_psu"][question])

    @each_question
    def test_respondents_shared_in_part_each_a_psu(self, question):
        ask, category = QUESTIONS[question]
        rows = change(panel("", ""), ask, "respondent", "id").set_index("category")
        assert_is(rows.loc[category], GOLDEN["panel_persons"][question])

    def test_respondents_inside_shared_psus_bring_their_psus(self):
        rows = change(panel(), lambda s: s.mean("y"), "respondent", "id")
        assert_is(rows.iloc[0], GOLDEN["panel_psu"]["mean"])

    def test_respondents_in_clusters_drawn_anew_enter_one_by_one(self):
        rows = change(panel("psu", "cluster"), lambda s: s.mean("y"), "respondent", "id")
        assert_is(rows.iloc[0], GOLDEN["panel_clusters"])

    @pytest.mark.parametrize("share", ["0", "50", "100"])
    def test_nobody_half_and_everybody(self, share):
        ids = sorted(set(OLD["id"]) & set(NEW["id"]))
        fresh = sorted(set(NEW["id"]) - set(ids))
        now = {"0": fresh, "50": ids[::2] + fresh, "100": ids}[share]
        surveys = panel("", "", OLD[OLD["id"].isin(ids)], NEW[NEW["id"].isin(now)])
        overlap = ("none", "") if share == "0" else ("respondent", "id")
        rows = change(surveys, lambda s: s.mean("y"), *overlap)
        assert_is(rows.iloc[0], GOLDEN[f"persons_{share}"])

    def test_order_of_rows_changes_no_digit(self):
        mixed = [frame.sample(frac=1, random_state=7) for frame in (OLD, NEW)]
        for overlap, unit in (("psu", "psu"), ("respondent", "id")):
            one = change(panel(), lambda s: s.mean("y", by="sex"), overlap, unit)
            other = change(
                panel(old=mixed[0], new=mixed[1]), lambda s: s.mean("y", by="sex"), overlap, unit
            )
            assert one["se"].to_numpy() == pytest.approx(other["se"].to_numpy(), rel=1e-13)


class TestRakedWaves:
    @staticmethod
    def raked(frame):
        from survey.weights.calibrate import calibrate

        classes = [frame["sex"].to_numpy() - 1, frame["age"].to_numpy() - 1]
        margins = [margin("sex", [4800, 5200]), margin("age", [3000, 4000, 3000])]
        weights = calibrate(
            frame["w"].to_numpy(), classes, margins, bounds=None, tolerance=1e-11,
            most_sweeps=2000, where="",
        ).weights  # fmt: skip
        return frame.assign(w=weights), on_classes(classes, weights)

    def surveys(self, old, new, psu="psu"):
        made = {}
        for name, frame in (("old", old), ("new", new)):
            frame, regression = self.raked(frame.reset_index(drop=True))
            made[name] = Survey(
                frame, weight="w", strata="stratum", psu=[psu] if psu else (),
                calibration=[regression],
            )  # fmt: skip
        return made

    def test_independent(self):
        rows = change(self.surveys(OLD, NEW), lambda s: s.mean("y"))
        assert_is(rows.iloc[0], GOLDEN["raked_none"])

    def test_psus_shared_in_part(self):
        rows = change(self.surveys(OLD, NEW), lambda s: s.mean("y"), "psu", "psu")
        assert_is(rows.iloc[0], GOLDEN["raked_psu"])

    def test_respondents_shared_in_part(self):
        rows = change(self.surveys(OLD, NEW, ""), lambda s: s.mean("y"), "respondent", "id")
        assert_is(rows.iloc[0], GOLDEN["raked_persons"])

    def test_all_psus_shared_is_the_total_of_stacked_residuals(self):
        keep = {p for p in set(OLD["psu"]) & set(NEW["psu"]) if p[0] != "e"}
        old, new = (frame[frame["psu"].isin(keep)] for frame in (OLD, NEW))
        rows = change(self.surveys(old, new), lambda s: s.mean("y"), "psu", "psu")
        assert_is(rows.iloc[0], GOLDEN["raked_full"])


class TestSchoolsInTwoYears:
    @staticmethod
    def years(name, **design):
        frame = pd.read_csv(ROOT / "data" / "parity" / f"{name}.csv")
        return {
            year: Survey(frame.assign(y=frame[year]), weight="pw", **design)
            for year in ("api99", "api00")
        }

    def test_two_stages_with_population_sizes(self):
        surveys = self.years("apiclus2", psu=["dnum", "snum"], fpc=["fpc1", "fpc2"])
        row = change(surveys, lambda s: s.mean("y"), "psu", "dnum").iloc[0]
        assert_is(row, GOLDEN["schools_two_stages"])
        assert row["df"] == GOLDEN["schools_two_stages"]["df"]

    def test_strata_with_population_sizes(self):
        surveys = self.years("apistrat", strata="stype", fpc="fpc")
        row = change(surveys, lambda s: s.mean("y"), "respondent", "snum").iloc[0]
        assert_is(row, GOLDEN["schools_in_strata"])
        assert row["df"] == GOLDEN["schools_in_strata"]["df"]


class TestRespondentsWhoMoved:
    def test_people_drawn_alike_give_the_true_variance_on_average(self):
        """Every outcome of people of two kinds, four in two clusters a wave, three in both."""
        kinds = np.array([[1.0, 2.5], [3.0, -1.0]])
        ids = np.array(["a", "b", "c", "d", "e"])
        before, now = ["p", "p", "q", "q"], ["s", "s", "t", "t"]  # b and c, then d and e
        changes, variances = [], []
        for drawn in product(range(2), repeat=5):
            value = kinds[list(drawn)] / 4
            sides = [
                Contributions(ids[part], make_design(ids[part], psu=psu), value[part, wave, None])
                for wave, (part, psu) in enumerate(((slice(0, 4), before), (slice(1, 5), now)))
            ]
            f1, f2 = (variance_factor(side.design, side.values)[:, 0] for side in sides)
            c = between_respondents(sides[1], sides[0]).unbiased[0, 0]
            changes.append(value[1:5, 1].sum() - value[0:4, 0].sum())
            variances.append(f1 @ f1 + f2 @ f2 - 2 * c)
        assert np.mean(variances) == pytest.approx(np.var(changes), rel=1e-12)

    def test_clusters_that_matter_in_both_waves_leave_it_right(self):
        """A simulation: 8 PSUs of 10 before, the same people in 8 other clusters of 10 now."""
        draws = np.random.default_rng(5)
        ids = np.array([f"r{i:02d}" for i in range(80)])
        psu = np.repeat(np.arange(8), 10)
        changes, variances = [], []
        for _ in range(1500):
            own = draws.normal(size=80)
            cluster = draws.permutation(psu)
            old = own + 0.6 * draws.normal(size=8)[psu] + 0.5 * draws.normal(size=80)
            new = own + 0.6 * draws.normal(size=8)[cluster] + 0.5 * draws.normal(size=80)
            sides = [
                Contributions(
                    ids, make_design(ids, psu=[f"{mark}{u}" for u in where]),
                    (y - y.mean())[:, None] / 80,
                )
                for y, where, mark in ((old, psu, "o"), (new, cluster, "n"))
            ]  # fmt: skip
            f1, f2 = (variance_factor(side.design, side.values)[:, 0] for side in sides)
            c = between_respondents(sides[1], sides[0]).unbiased[0, 0]
            changes.append(new.mean() - old.mean())
            variances.append(f1 @ f1 + f2 @ f2 - 2 * c)
        truth = np.var(changes)
        error = np.hypot(
            np.std(variances) / truth / np.sqrt(1500), np.sqrt(2 / 1500)
        )  # of the mean, and of the truth itself
        assert np.mean(variances) / truth == pytest.approx(1, abs=3 * error)
        assert 3 * error < 0.15


class TestFaults:
    def test_a_declared_overlap_without_a_shared_psu_is_told(self):
        new = NEW.assign(psu="x" + NEW["psu"])
        with pytest.raises(EstimateError, match="share PSUs, and no 'psu' is in two"):
            change(panel(new=new), lambda s: s.mean("y"), "psu", "psu")

    def test_a_declared_overlap_without_a_shared_respondent_is_told(self):
        new = NEW.assign(id="x" + NEW["id"])
        with pytest.raises(EstimateError, match="share respondents, and no id is in both"):
            change(panel(new=new), lambda s: s.mean("y"), "respondent", "id")

    def test_a_respondent_twice_in_a_wave_is_told(self):
        new = NEW.assign(id=NEW["id"].where(NEW["id"] != NEW["id"].iloc[1], NEW["id"].iloc[0]))
        with pytest.raises(EstimateError, match=f"{NEW['id'].iloc[0]} stands in 2 rows"):
            change(panel(new=new), lambda s: s.mean("y"), "respondent", "id")

    def test_a_column_that_differs_within_psus_is_told(self):
        with pytest.raises(EstimateError, match="'id' differs within PSU"):
            change(panel(), lambda s: s.mean("y"), "psu", "id")

    def test_a_median_has_no_covariance(self):
        with pytest.raises(EstimateError, match="without a linear form"):
            change(panel(), lambda s: s.quantile("y"), "psu", "psu")

    def test_an_unknown_overlap_is_told(self):
        with pytest.raises(EstimateError, match="unknown overlap 'persons'"):
            change(panel(), lambda s: s.mean("y"), "persons", "id")
