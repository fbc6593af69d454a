"""The survey object: two paths agree, factors give errors, bad input is named."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.breakdown import Breakdown, crossed
from analysis.estimate.calibrated import calibrated
from analysis.estimate.functional import WeightedSample, estimate
from analysis.estimate.quantity import Quantity
from analysis.estimate.ratios import Ratios
from analysis.estimate.residual import on_classes
from analysis.estimate.result import joined
from analysis.estimate.survey import Survey
from analysis.estimate.variance import Linearised, make_sample
from survey.design.build import make_design
from survey.design.multipliers import rao_wu
from survey.errors import EstimateError, WeightError


@pytest.fixture
def people() -> pd.DataFrame:
    """240 invented respondents in 4 strata of 3 PSUs, with weights and gaps."""
    draw = np.random.Generator(np.random.Philox(11))
    n = 240
    psu = np.repeat(np.arange(12), 20)
    frame = pd.DataFrame(
        {
            "psu": psu,
            "stratum": psu // 3,
            "weight": np.round(np.exp(draw.normal(size=n)) * 64) / 16 + 1,
            "score": np.round(draw.normal(5 + (psu % 3), 2, size=n)).clip(0, 10),
            "sex": draw.integers(1, 3, size=n),
            "region": draw.integers(1, 4, size=n),
            "money": np.exp(draw.normal(size=n)),
        }
    )
    frame.loc[draw.random(n) < 0.1, "score"] = np.nan
    return frame


@pytest.fixture
def survey(people) -> Survey:
    return Survey(people, weight="weight", strata="stratum", psu="psu")


class TestTwoPaths:
    @pytest.mark.parametrize("raked", [False, True])
    def test_functionals_equal_the_fast_path(self, people, raked):
        design = make_design(people.index, strata={"stratum": people["stratum"]}, psu=people["psu"])
        weight = people["weight"].to_numpy(float)
        classes = [people["sex"].to_numpy() - 1, people["region"].to_numpy() - 1]
        breakdown = crossed(["region"], [people["region"]])
        known = people["score"].notna().to_numpy()
        y = people["score"].fillna(0).to_numpy()[:, None]
        quantity = Quantity("s", "mean", ("",), "all", "", y, known.astype(np.int64), "")
        fast = Linearised(
            make_sample(design, weight, classes=classes if raked else ()), [breakdown]
        ).estimate(quantity)[0]
        sample = WeightedSample(
            weight, design, None, (on_classes(classes, weight),) if raked else ()
        )
        slow = estimate(Ratios(y, known.astype(float)[:, None], breakdown), sample)
        assert slow.values == pytest.approx(fast.estimate.ravel(), rel=1e-12)
        assert slow.se == pytest.approx(fast.se.ravel(), rel=1e-12)
        assert slow.df.tolist() == fast.df.tolist()


class TestFactor:
    def test_gives_the_error_of_every_row(self, survey):
        result = joined(
            [
                survey.mean("score", by="sex"),
                survey.total("money"),
                survey.share("region"),
                survey.ratio("score", "money"),
                survey.correlation("score", "money"),
                survey.variance("money"),
            ]
        )
        lengths = np.sqrt((result.factor**2).sum(axis=0))
        assert lengths == pytest.approx(result.se, rel=1e-12)
        assert len(result.units) == len(result.factor)

    def test_shares_of_one_item_have_no_joint_error(self, survey):
        whole = survey.share("region").contrast([1, 1, 1])
        assert whole.estimate[0] == pytest.approx(1)
        assert whole.se[0] < 1e-12

    def test_contrast_of_domains_uses_their_covariance(self, survey):
        both = survey.mean("score", by="sex")
        gap = both.contrast({1: 1, 0: -1})
        v = both.covariance()
        assert gap.se[0] ** 2 == pytest.approx(v[0, 0] + v[1, 1] - 2 * v[0, 1])
        assert gap.se[0] != pytest.approx(np.hypot(*both.se))

    def test_smooth_function_equals_the_ratio_it_writes_out(self, people, survey):
        known = survey.with_sample(survey.sample)
        totals = joined([known.total("money", where="score >= 0"), known.total("score")])
        made = totals.smooth(lambda t: t[0] / t[1], name="ratio")
        direct = survey.ratio("money", "score")
        assert made.estimate == pytest.approx(direct.estimate)
        assert made.se == pytest.approx(direct.se, rel=1e-6)

    def test_quantiles_have_none_and_say_so(self, survey):
        with pytest.raises(EstimateError, match="no joint variance"):
            survey.quantile("money").contrast([1])


class TestRowOrder:
    def test_does_not_change_a_digit_that_is_written(self, people):
        def rows(frame):
            survey = Survey(frame, weight="weight", strata="stratum", psu="psu")
            margins = {"sex": {"1": 520.0, "2": 480.0}, "region": {"1": 300, "2": 400, "3": 300}}
            raked = calibrated(survey, margins=margins)
            parts = [raked.mean("score", by="sex"), raked.quantile("money", [0.1, 0.5])]
            parts += [raked.correlation("score", "money"), raked.share("region")]
            table = pd.concat([part.rows for part in parts], ignore_index=True)
            return table[["estimate", "se", "ci_low", "ci_high"]].to_numpy(float)

        shuffled = people.sample(frac=1, random_state=3)
        assert np.array_equal(rows(people), rows(shuffled), equal_nan=True)


class TestReplicates:
    def test_calibrated_survey_calibrates_every_replicate(self, survey):
        raked = calibrated(survey, margins={"sex": {"1": 520.0, "2": 480.0}})
        made = raked.with_multipliers(rao_wu(raked.sample.design, 40, seed=5))
        assert made.share("sex").se == pytest.approx([0, 0], abs=1e-9)
        assert made.mean("score").se[0] > 0

    def test_jackknife_of_a_quantile_is_refused(self, people):
        table = people["weight"].to_numpy()[:, None] * np.tile([0.9, 1.1], (len(people), 5))
        given = Survey(people, weight="weight", replicates=table, method="jk1")
        with pytest.raises(EstimateError, match="jackknife of a quantile is not valid"):
            given.quantile("money", interval="replicate")

    def test_replicate_that_empties_a_domain_is_named_not_averaged_over(self, people):
        table = np.tile(people["weight"].to_numpy()[:, None], (1, 4))
        table[people["region"] == 3, 2] = 0
        given = Survey(people, weight="weight", replicates=table, method="bootstrap")
        rows = given.mean("score", by="region").rows
        assert rows["se"].isna().tolist() == [False, False, True]
        assert "replicates 3 have nobody" in rows["reason"].iloc[2]

    def test_replicate_that_empties_a_margin_category_is_an_error(self, people):
        people = people.assign(rare=np.where(people["psu"] == 0, "yes", "no"))
        raked = calibrated(
            Survey(people, weight="weight", strata="stratum", psu="psu"),
            margins={"rare": {"yes": 100.0, "no": 900.0}},
        )
        bootstrap = raked.with_multipliers(rao_wu(raked.sample.design, 30, seed=1))
        with pytest.raises(WeightError, match=r"replicate \d+.*rare.*yes"):
            bootstrap.mean("score")


class TestBadInput:
    def test_missing_weight_is_named_with_its_row(self, people):
        people.loc[7, "weight"] = np.nan
        with pytest.raises(EstimateError, match=r"1 weights in 'weight' .* row 8 has nan"):
            Survey(people, weight="weight")

    def test_negative_weight_is_refused(self, people):
        people.loc[7, "weight"] = -1
        with pytest.raises(EstimateError, match=r"row 8 has -1"):
            Survey(people, weight="weight")

    def test_psu_in_two_strata_is_named(self, people):
        people.loc[0, "stratum"] = 3
        with pytest.raises(EstimateError, match=r"PSU '0' lies in 2 strata"):
            Survey(people, strata="stratum", psu="psu")

    def test_item_without_any_answer_is_refused(self, people):
        with pytest.raises(EstimateError, match="'score' is missing for every respondent"):
            Survey(people.assign(score=np.nan)).mean("score")

    def test_domain_without_any_answer_has_a_row_that_says_so(self, people):
        people.loc[people["region"] == 2, "score"] = np.nan
        rows = Survey(people).mean("score", by="region").rows
        assert rows["estimate"].isna().tolist() == [False, True, False]
        assert rows["reason"].tolist() == ["", "nobody in the base", ""]

    def test_population_smaller_than_the_sample_is_refused(self, people):
        people["size"] = 2
        with pytest.raises(EstimateError, match="3 sampled units of 2 in the population"):
            Survey(people, strata="stratum", psu="psu", fpc="size")

    def test_words_where_numbers_belong_are_named(self, people):
        people["word"] = "a"
        with pytest.raises(EstimateError, match=r"'word' holds 240 values that are no numbers"):
            Survey(people).mean("word")

    def test_respondent_without_a_target_is_named(self, survey):
        with pytest.raises(WeightError, match=r"have '3' of margin 'region'"):
            calibrated(survey, margins={"region": {"1": 100.0, "2": 100.0}})

    def test_calibration_that_cannot_be_met_names_the_furthest_category(self, survey):
        with pytest.raises(WeightError, match=r"region.*cannot be met"):
            calibrated(
                survey,
                margins={"region": {"1": 900.0, "2": 50.0, "3": 50.0}},
                method="logit",
                bounds=(0.9, 1.1),
            )


class TestDataFrames:
    def test_polars_gives_the_same_rows(self, people):
        import polars as pl

        ours = Survey(people, weight="weight", psu="psu").mean("score", by="sex").rows
        theirs = Survey(pl.from_pandas(people), weight="weight", psu="psu").mean("score", by="sex")
        pd.testing.assert_frame_equal(ours, theirs.rows)


def test_breakdown_leaves_out_combinations_nobody_has():
    found = crossed(["a", "b"], [[1, 1, 2], ["x", "y", "x"]])
    assert found.domains == ("a=1&b=x", "a=1&b=y", "a=2&b=x")
    assert isinstance(found, Breakdown)
