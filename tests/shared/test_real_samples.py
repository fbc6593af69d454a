"""Real survey files, which may not be shipped, against R's answers (tests/golden)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.proportion import logit_interval
from survey.design.build import make_design
from survey.weights.calibrate import calibrate
from tests import twin
from tests.ratios import margin, ratios

pytestmark = pytest.mark.shared
GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "shared_samples.json").read_text())
OPTIONS = {"tolerance": 1e-10, "most_sweeps": 500}


def agrees(got, want, level=0, column=0):
    assert got.estimate[level, column] == pytest.approx(want["estimate"], rel=1e-8)
    assert got.se[level, column] == pytest.approx(want["se"], rel=1e-6)


class TestCaliforniaSchools:
    def test_stratified_mean_domains_and_design_effect(self, shared_data):
        api = pd.read_csv(shared_data / "design" / "apistrat.csv")
        design = make_design(api.index.astype(str), strata={"stype": api["stype"]})
        got = ratios(api["api00"], api["pw"], design)
        agrees(got, GOLDEN["apistrat"])
        assert got.df[0] == GOLDEN["apistrat"]["df"]
        assert got.deff[0, 0] == pytest.approx(GOLDEN["apistrat"]["deff"], rel=1e-6)
        level = pd.factorize(api["stype"], sort=True)[0]
        by_type = ratios(api["api00"], api["pw"], design, level=level)
        assert by_type.estimate[:, 0] == pytest.approx(GOLDEN["apistrat_by_type"]["estimate"])
        assert by_type.se[:, 0] == pytest.approx(GOLDEN["apistrat_by_type"]["se"], rel=1e-6)

    def test_cluster_mean_and_shares(self, shared_data):
        api = pd.read_csv(shared_data / "design" / "apiclus1.csv")
        design = make_design(api.index.astype(str), psu=api["dnum"])
        agrees(ratios(api["api00"], api["pw"], design), GOLDEN["apiclus1"])
        shares = ratios(pd.get_dummies(api["stype"]).to_numpy(float), api["pw"], design)
        want = GOLDEN["apiclus1_shares"]
        assert shares.estimate[0] == pytest.approx(want["estimate"], rel=1e-8)
        assert shares.se[0] == pytest.approx(want["se"], rel=1e-6)

    def test_logit_interval_of_a_share(self, shared_data):
        api = pd.read_csv(shared_data / "design" / "apiclus1.csv")
        design = make_design(api.index.astype(str), psu=api["dnum"])
        got = ratios((api["api00"] > 650).astype(float), api["pw"], design)
        bounds = logit_interval(got.estimate[0], got.se[0], got.df, level=0.95)
        want = GOLDEN["apiclus1_share_over_650"]
        assert [bounds[0][0], bounds[1][0]] == pytest.approx(want["ci"], rel=1e-6)

    @pytest.mark.parametrize(
        ("residuals", "column"), [("final", "se_final"), ("base", "se_base"), ("unweighted", "se")]
    )
    def test_raked_mean_with_every_residual(self, shared_data, residuals, column):
        api = pd.read_csv(shared_data / "design" / "apiclus1.csv")
        classes = [pd.factorize(api[name], sort=True)[0] for name in ("stype", "sch.wide")]
        margins = [margin("stype", [4421, 755, 1018]), margin("wide", [1072, 5122])]
        base = api["pw"].to_numpy()
        weight = calibrate(base, classes, margins, **OPTIONS).weights
        design = make_design(api.index.astype(str), psu=api["dnum"])
        got = ratios(
            api["api00"], weight, design, classes=classes, base_weight=base, residuals=residuals
        )
        want = GOLDEN["apiclus1_raked"]
        agrees(got, {"estimate": want["estimate"], "se": want[column]})


class TestNhanes:
    @pytest.fixture
    def nhanes(self, shared_data):
        return pd.read_csv(shared_data / "design" / "nhanes_r_survey.csv.gz")

    @staticmethod
    def design(frame):
        return make_design(
            frame.index.astype(str),
            strata={"s": frame["SDMVSTRA"]},
            psu=frame["SDMVPSU"],
            nested=True,
        )

    def test_mean_and_domains_with_missing_answers(self, nhanes):
        design = self.design(nhanes)
        got = ratios(nhanes["HI_CHOL"], nhanes["WTMEC2YR"], design)
        agrees(got, GOLDEN["nhanes"])
        assert got.df[0] == GOLDEN["nhanes"]["df"]
        want = GOLDEN["nhanes_domains"]
        level = (nhanes["race"] - 1) + 4 * (nhanes["RIAGENDR"] - 1)
        domains = ratios(nhanes["HI_CHOL"], nhanes["WTMEC2YR"], design, level=level)
        order = [
            race - 1 + 4 * (sex - 1) for race, sex in zip(want["race"], want["sex"], strict=True)
        ]
        assert domains.estimate[order, 0] == pytest.approx(want["estimate"], rel=1e-8)
        assert domains.se[order, 0] == pytest.approx(want["se"], rel=1e-6)

    @pytest.mark.parametrize(
        ("residuals", "column"), [("final", "se_final"), ("base", "se_base"), ("unweighted", "se")]
    )
    def test_raked_far_away_with_every_residual(self, nhanes, residuals, column):
        want = GOLDEN["nhanes_raked"]
        frame = nhanes[nhanes["HI_CHOL"].notna()].reset_index(drop=True)
        classes = [
            frame["race"].to_numpy() - 1,
            frame["RIAGENDR"].to_numpy() - 1,
            pd.Index(want["levels"]).get_indexer(frame["agecat"]),
        ]
        margins = [margin(f"m{k}", counts) for k, counts in enumerate(want["targets"])]
        base = frame["WTMEC2YR"].to_numpy()
        weight = calibrate(base, classes, margins, **OPTIONS).weights
        got = ratios(
            frame["HI_CHOL"],
            weight,
            self.design(frame),
            classes=classes,
            base_weight=base,
            residuals=residuals,
        )
        agrees(got, {"estimate": want["estimate"], "se": want[column]})


class TestEuropeanSocialSurvey:
    @pytest.mark.parametrize("item", ["gvjbevn", "gvhlthc", "gvslvol"])
    def test_ten_point_items(self, shared_data, item):
        frame = pd.read_csv(shared_data / "design" / "ess4_gb.csv")
        design = make_design(
            frame["idno"].astype(str),
            strata={"s": frame["stratval"]},
            psu=frame["psu"],
            lonely="adjust",
        )
        got = ratios(frame[item].to_numpy(float), frame["dweight"], design)
        agrees(got, GOLDEN["ess4_gb"][item])
        assert got.df[0] == GOLDEN["ess4_gb"][item]["df"]
        assert np.isfinite(got.deff).all()
