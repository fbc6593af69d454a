"""Models and tests on the twin against R survey 4.1-1 (tests/golden/models.R)."""

import numpy as np
import pytest

from analysis.models import chisq, glm, gofchisq, ranktest, ttest, wald
from tests.unit.models.frames import DESIGNS, GOLDEN, LINEAR, RANKED, survey, where

MODELS = {
    "gaussian": ("y", ["age", "who"], {"family": "gaussian"}),
    "binomial": ("high", ["age", "home", "trusted"], {"family": "binomial"}),
    "quasibinomial": ("high", ["age", "home", "trusted"], {"family": "quasibinomial"}),
    "poisson": ("issues", ["y", "home"], {"family": "poisson"}),
    "quasipoisson": (
        "issues",
        ["home", "part"],
        {"family": "quasipoisson", "offset": "exposure"},
    ),
    "crossed": ("y", ["age", "home", "who", "age:home", "home:who"], {}),
}
EMPTY_ROWS = ("calibrated", "brewer")  # R keeps rows without an answer, with weight 0
SCORES = ("wilcoxon", "vanderWaerden", "median")


def fitted(design: str, model: str):
    y, terms, options = MODELS[model]
    return glm(survey(design), y, terms, where=where(design), **options)


def close(want, rel=1e-10):
    return pytest.approx(np.asarray(want, dtype=float), rel=rel)


@pytest.mark.parametrize("design", DESIGNS)
class TestGlm:
    @pytest.mark.parametrize("model", MODELS)
    def test_coefficients_errors_and_intervals_are_those_of_svyglm(self, design, model):
        got, want = fitted(design, model), GOLDEN[design]["models"][model]
        assert [name.replace("=", "") for name in got.names[1:]] == want["names"][1:]
        assert got.estimate == close(want["estimate"], 1e-9)
        assert got.se == close(want["se"], 1e-8)
        assert got.df == want["df"]
        assert got.rows["p_value"].to_numpy() == close(want["p"], 1e-7)
        assert got.rows["ci_low"].to_numpy() == close(want["low"], 1e-7)
        assert got.rows["ci_high"].to_numpy() == close(want["high"], 1e-7)

    @pytest.mark.parametrize("model", MODELS)
    def test_deviance_and_dispersion(self, design, model):
        got, want = fitted(design, model), GOLDEN[design]["models"][model]
        assert got.deviance == close(want["deviance"])
        if design not in EMPTY_ROWS:  # svyvar stops
            assert got.dispersion == close(want["dispersion"])

    @pytest.mark.parametrize("model", MODELS)
    def test_the_factor_gives_the_errors(self, design, model):
        got = fitted(design, model)
        assert np.sqrt((got.factor**2).sum(axis=0)) == close(got.se, 1e-13)

    @pytest.mark.parametrize(
        ("model", "terms", "key"),
        [
            ("gaussian", ["who"], "who"),
            ("binomial", ["age", "home"], "age_home"),
            ("crossed", ["home:who"], "home_who"),
        ],
    )
    def test_terms_are_tested_as_by_reg_term_test(self, design, model, terms, key):
        got, want = wald(fitted(design, model), terms), GOLDEN[design]["terms"][key]
        assert got.statistic == close(want["F"], 1e-7)
        assert (got.df, got.ddf) == (want["df"], want["ddf"])
        assert got.p_value == close(want["p"], 1e-7)


@pytest.mark.parametrize("design", DESIGNS)
class TestT:
    @pytest.mark.parametrize(("key", "group"), [("one", None), ("two", "home")])
    def test_t_tests_are_those_of_svyttest(self, design, key, group):
        got = ttest(survey(design), "y", group, where=where(design))
        want = GOLDEN[design]["ttest"][key]
        assert got.statistic == close(want["t"])
        assert got.df == want["df"]
        assert got.p_value == close(want["p"])
        assert (got.estimate, got.ci_low, got.ci_high) == close(
            [want[name] for name in ("estimate", "low", "high")]
        )


@pytest.mark.parametrize("design", DESIGNS)
class TestTables:
    @pytest.mark.parametrize("statistic", ["F", "Chisq", "Wald", "adjWald"])
    def test_statistics_are_those_of_svychisq(self, design, statistic):
        got = chisq(survey(design), "home", "trusted", statistic=statistic, where=where(design))
        want = GOLDEN[design]["chisq"][statistic]
        if not (design in EMPTY_ROWS and statistic == "Chisq"):  # R counts them in n
            assert got.statistic == close(np.ravel(want["statistic"])[0])
        df = got.df if statistic == "Chisq" else [got.df, got.ddf]
        assert df == close(want["df"])
        assert got.p_value == close(np.ravel(want["p"])[0])

    @pytest.mark.parametrize(
        ("a", "b", "key"),
        [("home", "trusted", "chisq_missing"), ("who", "age", "three_by_four")],
    )
    def test_missing_answers_leave_the_table(self, design, a, b, key):
        got = chisq(survey(design), a, b, where=where(design))
        want = GOLDEN[design][key]
        assert got.statistic == close(want["statistic"])
        assert got.p_value == close(want["p"])

    def test_goodness_of_fit_is_that_of_svygofchisq(self, design):
        shares = {"1": 1, "2": 2, "3": 4, "4": 4, "5": 2}
        got = gofchisq(survey(design), "trusted", shares, where=where(design))
        want = GOLDEN[design]["gof"]
        assert got.statistic == close(want["statistic"])
        assert got.df == close(want["df"])
        assert got.p_value == close(want["p"])


@pytest.mark.parametrize("test", SCORES)
class TestRanks:
    @pytest.mark.parametrize("design", RANKED)
    @pytest.mark.parametrize(
        ("key", "y", "ties"), [("rank", "untied", "middle"), ("rank_ties", "y", "order")]
    )
    def test_two_groups_are_compared_as_by_svyranktest(self, design, test, key, y, ties):
        got = ranktest(survey(design), y, "home", test=test, ties=ties, where=where(design))
        want = GOLDEN[design][key][test]
        assert got.statistic == close(want["t"])
        assert got.df == want["df"]
        assert got.p_value == close(want["p"])
        assert got.estimate == close(want["estimate"])

    @pytest.mark.parametrize("design", LINEAR)
    def test_ties_share_the_middle_of_their_ranks(self, design, test):
        got = ranktest(survey(design), "y", "home", test=test, where=where(design))
        want = GOLDEN[design]["rank_middle"][test]
        assert got.statistic == close(want["t"])
        assert got.estimate == close(want["estimate"])

    @pytest.mark.parametrize("design", [d for d in LINEAR if d in RANKED])
    def test_three_groups_are_compared_as_by_svyranktest(self, design, test):
        got = ranktest(survey(design), "untied", "who", test=test, where=where(design))
        want = GOLDEN[design]["rank_groups"][test]
        assert got.statistic == close(want["F"])
        assert (got.df, got.ddf) == (want["df"], want["ddf"])
        assert got.p_value == close(want["p"])


def test_kruskal_wallis_is_the_wilcoxon_test_of_many_groups():
    got = ranktest(survey("plain"), "untied", "who", test="kruskal-wallis")
    assert got.statistic == close(GOLDEN["plain"]["rank_groups"]["KruskalWallis"]["F"])
