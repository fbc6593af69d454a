"""What a model refuses, and what its answers do not depend on."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.survey import Survey
from analysis.models import by_domain, glm, wald
from survey.errors import EstimateError
from tests.unit.models.frames import frame, survey


def small(**columns) -> Survey:
    """Forty respondents in ten PSUs, with columns of their own."""
    rng = np.random.default_rng(5)
    data = {
        "psu": np.repeat(np.arange(10), 4),
        "w": rng.uniform(1, 3, 40),
        "y": rng.normal(size=40),
        "x": rng.normal(size=40),
        "g": ["a", "b", "c", "d"] * 10,
        "yes": [*([0.0, 1.0, 1.0, 0.0] * 10)[:39], 1.0],
    }
    return Survey(pd.DataFrame({**data, **columns}), weight="w", psu="psu")


class TestRefused:
    def test_a_category_whose_answers_are_all_alike_is_named_with_the_best_so_far(self):
        one = small(yes=[0.0, 1.0, 0.0, 0.0] * 10)  # b always yes, the others never
        with pytest.raises(EstimateError, match="has not settled after") as caught:
            glm(one, "yes", ["g"], family="binomial")
        told = str(caught.value)
        assert "'(intercept)', 'g=b' still moved" in told
        assert "so far (intercept) -2" in told
        assert "join it with another" in told

    def test_separation_in_one_category_names_that_one(self):
        yes = np.array([0.0, 1.0, 1.0, 0.0] * 10)
        yes[::8] = 1.0  # half of a
        yes[2::8] = 0.0  # half of c
        yes[3::8] = 1.0  # half of d; b stays at 1
        with pytest.raises(EstimateError) as caught:
            glm(small(yes=yes), "yes", ["g"], family="binomial")
        first = str(caught.value).splitlines()[0]
        assert "'g=b' still moved" in first

    def test_separation_by_a_number_is_refused(self):
        x = np.arange(40.0)
        with pytest.raises(EstimateError, match="'x' still moved"):
            glm(small(x=x, yes=(x > 19.5).astype(float)), "yes", ["x"], family="binomial")

    def test_counts_that_are_all_zero_in_a_category_are_refused(self):
        y = np.where(np.arange(40) % 4 == 2, 0.0, np.arange(40) % 7)
        with pytest.raises(EstimateError, match="steps: 'g=c' still moved"):
            glm(small(y=y), "y", ["g"], family="poisson")

    def test_a_steep_slope_that_is_no_separation_is_found(self):
        x = np.arange(40.0)
        yes = (x > 19.5).astype(float)
        yes[[17, 22]] = 1.0, 0.0  # two answers on the other side
        got = glm(small(x=100 * x, yes=yes), "yes", ["x"], family="binomial")
        assert 0 < got.estimate[1] * 100 < 2

    def test_columns_that_explain_each_other_are_named(self):
        x = np.linspace(0, 1, 40)
        one = small(x=x, double=2 * x + 3)
        with pytest.raises(EstimateError, match=r"'double' is a sum of other columns .*: 'x'"):
            glm(one, "y", ["x", "double"])

    def test_an_empty_combination_of_an_interaction_is_named(self):
        h = np.where(np.arange(40) % 4 == 0, "p", ["p", "q"] * 20)  # a is never q
        one = small(h=np.where(np.arange(40) % 4 == 3, np.where(np.arange(40) < 20, "p", "q"), h))
        with pytest.raises(EstimateError, match=r"'g=[bc]:h=q'"):
            glm(one, "y", ["g", "h", "g:h"])

    def test_a_constant_column_is_named(self):
        with pytest.raises(EstimateError, match="'x' has one value for every respondent"):
            glm(small(x=np.full(40, 2.0)), "y", ["x"])

    def test_a_category_with_one_level_is_named(self):
        with pytest.raises(EstimateError, match="'g' has one level in the base: 'a'"):
            glm(small(), "y", ["g"], where="g == 'a'")

    def test_answers_that_do_not_belong_to_the_family_are_told(self):
        with pytest.raises(EstimateError, match="answers that are not binomial"):
            glm(small(), "y", ["x"], family="binomial")
        with pytest.raises(EstimateError, match="answers that are not poisson"):
            glm(small(), "y", ["x"], family="poisson")

    def test_all_columns_that_are_missing_throughout_are_named_at_once(self):
        one = small(y=np.full(40, np.nan), x=np.full(40, np.nan))
        with pytest.raises(EstimateError) as caught:
            glm(one, "y", ["x", "g"])
        assert [fault.what for fault in caught.value.faults] == [
            "'y' is missing for every respondent",
            "'x' is missing for every respondent",
        ]

    def test_columns_never_answered_together_are_told(self):
        half = np.arange(40) < 20
        one = small(y=np.where(half, 1.0, np.nan), x=np.where(half, np.nan, 1.0))
        with pytest.raises(EstimateError, match="nobody has an answer to all of 'y', 'x'"):
            glm(one, "y", ["x"])

    def test_faults_of_the_terms_come_together(self):
        with pytest.raises(EstimateError) as caught:
            glm(small(), "y", ["x", "x", "q", "x:g"], categorical=["h"])
        told = str(caught.value)
        assert "term 'x' comes twice" in told
        assert "there is no column 'q'" in told
        assert "interaction 'x:g' without the term 'g'" in told
        assert "'h' is declared categorical but is in no term" in told

    def test_an_unknown_family_names_the_known_ones(self):
        with pytest.raises(EstimateError, match="expected one of gaussian, binomial"):
            glm(small(), "y", ["x"], family="gama")


class TestUnchangedBy:
    @pytest.mark.parametrize("family", ["binomial", "poisson"])
    def test_the_order_of_rows(self, family):
        d = frame()
        shuffled = d.sample(frac=1, random_state=3)
        y = {"binomial": "high", "poisson": "issues"}[family]
        first, second = (
            glm(
                Survey(data, weight="base_weight", strata="stratum", psu="psu"),
                y,
                ["age", "home", "who"],
                family=family,
            )
            for data in (d, shuffled)
        )
        assert second.estimate == pytest.approx(first.estimate, rel=1e-12)
        assert second.se == pytest.approx(first.se, rel=1e-12)

    def test_the_origin_and_unit_of_a_column(self):
        d = frame()
        moved = d.assign(age=1e6 + d["age"] * 1e-3)
        first, second = (
            glm(Survey(data, weight="base_weight", strata="stratum", psu="psu"), "high", ["age"],
                family="binomial")
            for data in (d, moved)
        )  # fmt: skip
        assert second.estimate[1] * 1e-3 == pytest.approx(first.estimate[1], rel=1e-6)
        assert second.rows["p_value"].iloc[1] == pytest.approx(first.rows["p_value"].iloc[1])

    def test_the_scale_of_weights(self):
        d = frame()
        rescaled = d.assign(base_weight=d["base_weight"] * 1e-5)
        first, second = (
            glm(Survey(data, weight="base_weight", strata="stratum", psu="psu"), "high", ["age"],
                family="binomial")
            for data in (d, rescaled)
        )  # fmt: skip
        assert second.se == pytest.approx(first.se, rel=1e-12)


class TestRows:
    def test_codes_declared_categorical_are_categories(self):
        got = glm(survey("plain"), "y", ["sex"], categorical=["sex"])
        assert got.names == ("(intercept)", "sex=2", "sex=3")
        assert got.references == {"sex": "1"}

    def test_a_model_without_terms_is_the_mean(self):
        got, mean = glm(survey("stages"), "y", []), survey("stages").mean("y")
        assert got.estimate == pytest.approx(mean.estimate, rel=1e-13)
        assert got.se == pytest.approx(mean.se, rel=1e-12)

    def test_a_saturated_model_is_the_shares_of_the_groups(self):
        got = glm(survey("plain"), "high", ["home"], family="binomial")
        shares = survey("plain").mean("high", by="home").estimate
        logits = np.log(shares / (1 - shares))
        assert got.estimate == pytest.approx([logits[0], logits[1] - logits[0]], rel=1e-12)

    def test_a_contrast_of_coefficients_has_their_covariance(self):
        got = glm(survey("plain"), "y", ["who"])
        made = got.contrast({1: 1.0, 2: -1.0})
        square = wald(got, matrix=[[0, 1, -1]]).statistic
        assert (made.estimate[0] / made.se[0]) ** 2 == pytest.approx(square, rel=1e-12)

    def test_too_few_psus_leave_no_test_and_say_so(self):
        one = small()
        got = glm(one, "y", ["x", "g"], where="psu < 4")
        assert np.isnan(got.rows["p_value"]).all()
        assert got.rows["reason"].iloc[0] == "no test: 5 coefficients leave -1 degrees of freedom"

    def test_a_replicate_without_a_category_leaves_no_error_and_is_named(self):
        weights = np.ones((40, 4))
        weights[np.arange(40) % 4 == 1, 2] = 0.0  # nobody of g=b in the third replicate
        data = {"y": np.arange(40.0) ** 1.5 % 7, "g": ["a", "b", "c", "d"] * 10}
        one = Survey(pd.DataFrame(data), replicates=weights, method="bootstrap")
        got = glm(one, "y", ["g"])
        assert np.isnan(got.se).all()
        assert got.rows["reason"].iloc[0].endswith("no solution in replicates 3")
        assert got.rows["quality"].iloc[0] == "caution"


class TestByDomain:
    def test_every_domain_has_its_model_and_keeps_the_design(self):
        models = by_domain(glm, survey("plain"), "y", ["age"], by="home")
        one = glm(survey("plain"), "y", ["age"], where="home == 'village'")
        assert [m.rows["domain"].iloc[0] for m in models] == ["home=town", "home=village"]
        assert models[1].se == pytest.approx(one.se, rel=1e-14)

    def test_domains_without_an_answer_are_told_together(self):
        one = small(y=np.where(np.isin(np.arange(40) % 4, (1, 2)), np.nan, 1.0 * np.arange(40)))
        with pytest.raises(EstimateError) as caught:
            by_domain(glm, one, "y", ["x"], by="g")
        told = [fault.what for fault in caught.value.faults]
        assert told == [f"'y' is missing for every respondent where g={g}" for g in "bc"]


class TestWald:
    def test_a_term_that_is_not_there_is_told(self):
        got = glm(survey("plain"), "y", ["age", "who"])
        with pytest.raises(EstimateError, match="the model has no term 'whom'") as caught:
            wald(got, ["whom"])
        assert "did you mean 'who'?" in str(caught.value)

    def test_hypotheses_that_repeat_each_other_are_refused(self):
        got = glm(survey("plain"), "y", ["age", "who"])
        with pytest.raises(EstimateError, match="cannot be inverted"):
            wald(got, matrix=[[0, 1, 0, 0], [0, 2, 0, 0]])

    def test_more_hypotheses_than_psus_are_refused(self):
        got = survey("plain").mean("y", by=["region", "home", "age"])
        with pytest.raises(EstimateError, match="more PSUs than hypotheses"):
            wald(got, matrix=np.eye(len(got)))

    def test_chi_square_is_f_times_its_degrees_of_freedom(self):
        got = glm(survey("plain"), "y", ["age", "who"])
        f, chisq = wald(got, "who"), wald(got, "who", statistic="Chisq")
        assert chisq.statistic == pytest.approx(f.df * f.statistic, rel=1e-14)
        assert chisq.p_value < f.p_value  # the noise of the variance is not counted

    def test_the_adjusted_f_counts_the_hypotheses(self):
        got = glm(survey("plain"), "y", ["age", "who"])
        f, adjusted = wald(got, "who"), wald(got, "who", adjust=True)
        assert adjusted.ddf == f.ddf - 1
        assert adjusted.statistic == pytest.approx(f.statistic * (f.ddf - 1) / f.ddf, rel=1e-14)

    def test_equal_means_of_groups_are_tested_like_a_model_on_the_group(self):
        by_group = survey("plain").mean("y", by="home")
        got = wald(by_group, matrix=[[-1, 1]])
        model = wald(glm(survey("plain"), "y", ["home"]), "home")
        assert got.statistic == pytest.approx(model.statistic, rel=1e-10)


class TestAgainstTheFormula:
    @pytest.mark.parametrize(("family", "seed"), [("binomial", 1), ("poisson", 2), ("gaussian", 3)])
    def test_coefficients_are_statsmodels_and_errors_the_sandwich_summed_by_hand(
        self, family, seed
    ):
        from statsmodels.genmod.families import Binomial, Gaussian, Poisson
        from statsmodels.genmod.generalized_linear_model import GLM

        rng = np.random.default_rng(seed)
        psu, x = np.repeat(np.arange(12), 10), rng.normal(size=120)
        stratum, w = psu // 4, rng.uniform(0.1, 9, 120)
        y = rng.poisson(np.exp(0.3 * x + 0.05 * psu)).astype(float)
        y = (y > 1).astype(float) if family == "binomial" else y
        data = pd.DataFrame({"y": y, "x": x, "w": w, "stratum": stratum, "psu": psu})
        got = glm(Survey(data, weight="w", strata="stratum", psu="psu"), "y", ["x"], family=family)

        own = {"binomial": Binomial(), "poisson": Poisson(), "gaussian": Gaussian()}[family]
        columns = np.column_stack([np.ones(120), x])
        theirs = GLM(y, columns, family=own, freq_weights=w).fit(tol=1e-14, maxiter=100)
        assert got.estimate == pytest.approx(theirs.params, rel=1e-9)

        mean = theirs.fittedvalues
        bread = np.linalg.inv(columns.T @ ((w * own.variance(mean))[:, None] * columns))
        scores = columns * (w * (y - mean))[:, None]
        middle = np.zeros((2, 2))
        for h in range(3):
            totals = [scores[psu == unit].sum(axis=0) for unit in range(4 * h, 4 * h + 4)]
            centre = np.mean(totals, axis=0)
            middle += 4 / 3 * sum(np.outer(t - centre, t - centre) for t in totals)
        assert got.covariance() == pytest.approx(bread @ middle @ bread, rel=1e-8)
        assert got.df == 12 - 3 - 1
