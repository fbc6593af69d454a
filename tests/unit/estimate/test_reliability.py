"""Alpha, omega and a composite index against R (tests/golden/reliability.R)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.index import Part, index_scores
from analysis.estimate.reliability import alpha, omega, one_factor
from analysis.estimate.survey import Survey
from survey.design.multipliers import jackknife_n
from survey.errors import EstimateError

HERE = Path(__file__).parents[2]
R = json.loads((HERE / "golden" / "reliability.json").read_text())
ITEMS = ["item1", "item2", "item3", "item4"]
PARTS = [Part(name, 1, 5, reverse=name == "item3") for name in ITEMS]


@pytest.fixture(scope="module")
def grid() -> pd.DataFrame:
    return pd.read_csv(HERE / "data" / "reliability" / "grid.csv")


@pytest.fixture(scope="module")
def survey(grid) -> Survey:
    return Survey(
        grid.assign(item3=6 - grid["item3"]), weight="weight", strata="stratum", psu="psu"
    )


@pytest.mark.parametrize("name", ["alpha", "omega"])
class TestReliability:
    def test_estimate_and_taylor_error_equal_r(self, survey, name):
        row = getattr(survey, name)(ITEMS).rows.iloc[0]
        assert row.estimate == pytest.approx(R["taylor"][name]["estimate"], rel=1e-8)
        assert row.se == pytest.approx(R["taylor"][name]["se"], rel=1e-6)
        assert row.n == R["n"]

    def test_jackknife_error_equals_r(self, survey, name):
        made = replace(jackknife_n(survey.sample.design), mse=True)
        jackknife = survey.with_multipliers(made)
        row = getattr(jackknife, name)(ITEMS).rows.iloc[0]
        assert row.se == pytest.approx(R["jkn"][name]["se"], rel=1e-6)

    def test_factor_gives_the_error(self, survey, name):
        result = getattr(survey, name)(ITEMS, by="stratum")
        assert np.sqrt((result.factor**2).sum(axis=0)) == pytest.approx(result.se, rel=1e-9)


def test_alpha_equals_svycralpha(survey):
    assert survey.alpha(ITEMS).estimate[0] == pytest.approx(R["svycralpha"], rel=1e-10)


class TestOmega:
    def test_recovers_the_loadings_of_one_factor(self):
        true = np.array([0.8, 0.5, 0.6])
        matrix = np.outer(true, true) + np.diag([0.3, 0.7, 0.4])
        assert one_factor(matrix) == pytest.approx(true)
        assert omega(matrix) == pytest.approx(1.9**2 / (1.9**2 + 1.4))

    def test_equals_alpha_when_loadings_are_equal(self):
        matrix = np.full((4, 4), 0.4) + np.diag(np.full(4, 0.6))
        assert omega(matrix) == pytest.approx(alpha(matrix))

    def test_is_not_given_where_a_loading_exceeds_the_item(self):
        heywood = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.2], [0.9, 0.2, 1.0]])
        assert np.isnan(omega(heywood))


class TestIndex:
    @pytest.mark.parametrize("gaps", ["complete", "person_mean"])
    def test_mean_equals_r(self, grid, gaps):
        survey = Survey(grid, weight="weight", strata="stratum", psu="psu")
        reverse = [Part(p.item, p.low, p.high, reverse=p.item == "item3") for p in PARTS]
        row = survey.index(reverse, name="trust", gaps=gaps).rows.iloc[0]
        assert row.estimate == pytest.approx(R["index"][gaps]["estimate"], rel=1e-10)
        assert row.se == pytest.approx(R["index"][gaps]["se"], rel=1e-8)
        assert (row.statistic, row.unit, row.quality) == ("index", "points10", "ok")

    def test_reversed_item_counts_the_other_way(self):
        scores = index_scores(np.array([[5.0], [1.0]]), [Part("a", 1, 5, reverse=True)])
        assert scores.values.tolist() == [0.0, 10.0]

    def test_items_of_different_length_are_carried_to_one_scale_before_averaging(self):
        answers = np.array([[2.0, 8.0]])
        scores = index_scores(answers, [Part("a", 1, 5), Part("b", 0, 10, weight=3)])
        assert scores.values[0] == pytest.approx((2.5 + 3 * 8) / 4)

    def test_item_means_are_flagged_because_the_error_excludes_them(self, grid):
        survey = Survey(grid, weight="weight", strata="stratum", psu="psu")
        row = survey.index(PARTS, name="trust", gaps="item_mean").rows.iloc[0]
        assert row.quality == "caution"
        assert "se excludes imputation" in row.reason

    def test_answer_outside_its_scale_is_named(self):
        with pytest.raises(EstimateError, match=r"1 answers to 'a' lie outside .*first: 9"):
            index_scores(np.array([[9.0]]), [Part("a", 1, 5)])
