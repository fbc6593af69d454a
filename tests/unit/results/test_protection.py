"""Quality flags and primary suppression."""

import numpy as np
import pandas as pd
import pytest

from analysis.results.disclosure import HIDDEN, protect
from analysis.results.precision import Limits, grade, read_limits

LIMITS = Limits(min_base=30, min_cell=5, caution_cv=0.3, caution_df=8)


def row(**changes):
    told = {
        "study": "s",
        "wave": "w",
        "kind": "collected",
        "indicator": "x",
        "statistic": "share",
        "category": "yes",
        "domain": "all",
        "base_kind": "all",
        "variant": "raked",
        "estimate": 0.4,
        "se": 0.02,
        "n": 200.0,
        "n_eff": 150.0,
        "cv": 0.05,
        "df": 40.0,
        "count": 80.0,
        "reason": "",
        "cov_family": "f",
    }
    return pd.DataFrame([told | changes])


def judged(**changes):
    return protect(grade(row(**changes), LIMITS), LIMITS).iloc[0]


class TestGrade:
    def test_a_sound_row_is_ok_without_a_reason(self):
        assert (judged()["quality"], judged()["reason"]) == ("ok", "")

    @pytest.mark.parametrize(("n", "quality"), [(29, "suppressed"), (30, "ok")])
    def test_small_bases_are_suppressed(self, n, quality):
        assert judged(n=n, count=15)["quality"] == quality

    def test_wide_errors_and_few_degrees_of_freedom_are_both_told(self):
        got = judged(cv=0.4, df=3)
        assert got["quality"] == "caution"
        assert got["reason"] == (
            "standard error over 30% of the estimate; fewer than 8 degrees of freedom"
        )

    def test_a_reason_the_row_brings_along_is_kept_and_means_caution(self):
        got = judged(reason="margin of another year", df=3)
        assert got["quality"] == "caution"
        assert got["reason"].startswith("margin of another year; fewer than 8")

    def test_published_numbers_have_no_base_and_are_left_alone(self):
        got = grade(row(n=np.nan, reason="n was not published"), LIMITS).iloc[0]
        assert (got["quality"], got["reason"]) == ("ok", "n was not published")

    def test_limits_are_read_by_name(self):
        assert read_limits(
            {"min_base": 1, "min_cell": 2, "caution_cv": 3, "caution_df": 4}.get
        ) == (Limits(1, 2, 3, 4))


class TestProtect:
    @pytest.mark.parametrize("count", [0, 4, 196, 200])
    def test_few_respondents_inside_or_outside_hide_the_cell(self, count):
        got = judged(count=count)
        assert got["quality"] == "suppressed"
        assert "fewer than 5 respondents" in got["reason"]

    @pytest.mark.parametrize("count", [5, 195])
    def test_five_are_enough(self, count):
        assert judged(count=count)["quality"] == "ok"

    def test_a_mean_has_no_numerator(self):
        assert judged(count=np.nan)["quality"] == "ok"

    def test_every_number_of_a_hidden_row_goes_and_it_leaves_its_family(self):
        got = judged(n=10)
        assert got[[column for column in HIDDEN if column in got]].isna().all()
        assert got["cov_family"] == "none"
        assert {"n", "n_eff", "weighted_n", "deff", "cv", "count", "estimate"} <= set(HIDDEN)


def together(*rows):
    frame = pd.concat([row(**changes) for changes in rows], ignore_index=True)
    return protect(grade(frame, LIMITS), LIMITS)


class TestSecondary:
    def test_a_lone_hidden_answer_takes_the_smallest_other_with_it(self):
        got = together(
            {"category": "a", "count": 3.0, "n": 200.0},
            {"category": "b", "count": 120.0, "n": 200.0},
            {"category": "c", "count": 77.0, "n": 200.0},
        )
        assert got["quality"].tolist() == ["suppressed", "ok", "suppressed"]
        assert "subtraction" in got["reason"].iloc[2]
        assert got.loc[2, [column for column in HIDDEN if column in got]].isna().all()

    def test_answers_that_do_not_add_up_cannot_be_subtracted(self):
        got = together(
            {"category": "a", "count": 3.0, "n": 200.0},
            {"category": "b", "count": 150.0, "n": 200.0},
        )
        assert got["quality"].tolist() == ["suppressed", "ok"]

    def test_a_lone_hidden_level_takes_the_smallest_other_with_it(self):
        mean = {"statistic": "mean", "category": "", "count": np.nan}
        got = together(
            {**mean, "domain": "all", "n": 200.0},
            {**mean, "domain": "region=north", "n": 20.0},
            {**mean, "domain": "region=south", "n": 80.0},
            {**mean, "domain": "region=west", "n": 100.0},
        )
        assert got["quality"].tolist() == ["ok", "suppressed", "suppressed", "ok"]

    def test_levels_that_leave_people_out_cannot_be_subtracted(self):
        mean = {"statistic": "mean", "category": "", "count": np.nan}
        got = together(
            {**mean, "domain": "all", "n": 200.0},
            {**mean, "domain": "income=low", "n": 20.0},
            {**mean, "domain": "income=high", "n": 150.0},
        )
        assert got["quality"].tolist() == ["ok", "suppressed", "ok"]
