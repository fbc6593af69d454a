"""Models and tests on real files, which may not be shipped, against R (tests/golden)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.survey import Survey
from analysis.models import chisq, glm, ranktest, ttest, wald
from survey.errors import EstimateError
from tests import twin

pytestmark = pytest.mark.shared
GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "models_shared.json").read_text())
STATISTICS = ("F", "Chisq", "Wald", "adjWald")
API = ("apistrat", "apiclus1", "apiclus2")


@pytest.fixture(scope="module")
def surveys(shared_data):
    def read(name):
        return pd.read_csv(shared_data / "design" / name)

    def api(name, **design):
        d = read(f"{name}.csv").rename(columns=lambda c: c.replace(".", "_"))
        return Survey(d.assign(wide=(d["sch_wide"] == "Yes").astype(float)), weight="pw", **design)

    recs = read("recs2015_brr.csv.gz")
    recs["ACUsed"] = recs["ACUsed"].astype(float)
    replicates = [f"BRRWT{r}" for r in range(1, 97)]
    return {
        "apistrat": api("apistrat", strata="stype", fpc="fpc"),
        "apiclus1": api("apiclus1", psu="dnum", fpc="fpc"),
        "apiclus2": api("apiclus2", psu=["dnum", "snum"], fpc=["fpc1", "fpc2"]),
        "nhanes": Survey(
            read("nhanes_r_survey.csv.gz"), weight="WTMEC2YR", strata="SDMVSTRA", psu="SDMVPSU",
            nested=True,
        ),
        "recs": Survey(recs, weight="NWEIGHT", replicates=replicates, method="fay", rho=0.5),
    }  # fmt: skip


MODELS = [
    *(
        (data, key, y, terms, tested, options)
        for data in API
        for key, y, terms, tested, options in (
            ("api00", "api00", ["ell", "meals", "mobility"], ["ell", "mobility"], {}),
            ("wide", "wide", ["ell", "meals", "mobility"], ["ell", "mobility"],
             {"family": "quasibinomial"}),
            ("wide_by_type", "wide", ["stype", "meals"], ["stype"],
             {"family": "binomial", "where": "meals > 20"}),
            ("students", "api_stu", ["stype", "meals"], ["stype"], {"family": "quasipoisson"}),
        )
    ),
    ("nhanes", "cholesterol", "HI_CHOL", ["race", "agecat", "RIAGENDR"], ["agecat"],
     {"family": "quasibinomial", "categorical": ["race"]}),
    ("nhanes", "of_women", "HI_CHOL", ["agecat"], ["agecat"],
     {"family": "quasibinomial", "where": "RIAGENDR == 2"}),
    ("recs", "warm", "WinterTempDay", ["Region", "TOTSQFT_EN"], ["Region"], {}),
    ("recs", "cooled", "ACUsed", ["Region", "Urbanicity"], ["Region"],
     {"family": "quasibinomial"}),
    ("recs", "rural", "WinterTempDay", ["Region"], ["Region"],
     {"where": "Urbanicity == 'Rural'"}),
]  # fmt: skip
TABLES = [
    *((data, "chisq", "sch_wide", "stype", None) for data in API),
    ("nhanes", "chisq", "HI_CHOL", "RIAGENDR", None),
    ("nhanes", "by_race", "HI_CHOL", "race", None),
    ("recs", "chisq", "ACUsed", "Region", None),
]
T_TESTS = [
    *(
        (data, key, test, *columns)
        for data in API
        for key, test, *columns in (
            ("one", ttest, "growth"),
            ("ttest", ttest, "enroll", "comp_imp"),
        )
    ),
    ("recs", "ttest", ttest, "WinterTempDay", "ACUsed"),
]


def close(want, rel=1e-8):
    return pytest.approx(np.asarray(want, dtype=float), rel=rel)


@pytest.mark.parametrize(
    ("data", "key", "y", "terms", "tested", "options"), MODELS, ids=lambda v: str(v)[:12]
)
def test_models_are_those_of_svyglm(surveys, data, key, y, terms, tested, options):
    got, want = glm(surveys[data], y, terms, **options), GOLDEN[data][key]
    assert got.estimate == close(want["estimate"])
    assert got.se == close(want["se"], 1e-6)
    assert got.df == want["df"]
    assert np.sqrt((got.factor**2).sum(axis=0)) == close(got.se, 1e-13)
    if want["wald"]["ddf"] > 0:
        test = wald(got, tested)
        assert test.statistic == close(want["wald"]["F"], 1e-6)
        assert (test.df, test.ddf) == (want["wald"]["df"], want["wald"]["ddf"])
        assert test.p_value == close(want["wald"]["p"], 1e-6)


def test_a_separated_model_is_refused_and_names_what_runs_away(surveys):
    with pytest.raises(EstimateError, match="steps: 'comp_imp=Yes' still moved"):
        glm(
            surveys["apiclus1"],
            "wide",
            ["stype", "comp_imp"],
            family="binomial",
            where="meals > 20",
        )


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize(("data", "key", "a", "b", "where"), TABLES)
def test_tables_are_those_of_svychisq(surveys, statistic, data, key, a, b, where):
    got = chisq(surveys[data], a, b, statistic=statistic, where=where)
    want = GOLDEN[data][key][statistic]
    if (data, key, statistic) != ("nhanes", "chisq", "Chisq"):  # R: n with those not examined
        assert got.statistic == close(want["statistic"])
    assert ([got.df] if statistic == "Chisq" else [got.df, got.ddf]) == close(
        np.atleast_1d(want["df"])
    )
    assert got.p_value == close(want["p"], 1e-7)


def test_the_published_test_of_cholesterol_by_sex(surveys):
    got = chisq(surveys["nhanes"], "HI_CHOL", "RIAGENDR")
    assert got.statistic == pytest.approx(8.566316229, rel=1e-9)
    assert (got.df, got.ddf) == pytest.approx((1, 16))
    assert got.p_value == pytest.approx(0.0098751548, rel=1e-7)


@pytest.mark.parametrize(("data", "key", "test", "y", "g"), [(*t, None)[:5] for t in T_TESTS])
def test_t_tests_are_those_of_svyttest(surveys, data, key, test, y, g):
    got, want = test(surveys[data], y, g), GOLDEN[data][key]
    assert got.statistic == close(want["statistic"])
    assert got.estimate == close(want["estimate"])
    assert got.df == want["df"]
    assert got.p_value == close(want["p"])


@pytest.mark.parametrize("data", API)
@pytest.mark.parametrize("test", ["wilcoxon", "vanderWaerden", "median"])
def test_rank_tests_are_those_of_svyranktest(surveys, data, test):
    got = ranktest(surveys[data], "ell", "comp_imp", test=test, ties="order")
    want = GOLDEN[data][test]
    assert got.statistic == close(want["statistic"])
    assert got.estimate == close(want["estimate"])
    assert got.df == want["df"]
    assert got.p_value == close(want["p"])


@pytest.mark.parametrize("data", API)
def test_the_kruskal_wallis_test_is_that_of_svyranktest(surveys, data):
    got = ranktest(surveys[data], "ell", "stype", test="kruskal-wallis", ties="order")
    want = GOLDEN[data]["groups"]
    assert got.statistic == close(want["F"])
    assert (got.df, got.ddf) == (want["df"], want["ddf"])
    assert got.p_value == close(want["p"])


def test_the_rank_test_with_given_replicates_is_that_of_svyranktest(surveys):
    got = ranktest(surveys["recs"], "TOTSQFT_EN", "ACUsed", ties="order")
    want = GOLDEN["recs"]["wilcoxon"]
    assert got.statistic == close(want["statistic"])
    assert got.p_value == close(want["p"])
