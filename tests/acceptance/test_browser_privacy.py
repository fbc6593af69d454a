"""The real study equals R's survey package on the same data; see tests/golden/browser_privacy.R."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.results.select import one
from analysis.results.store import read_estimates
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def golden() -> dict:
    return json.loads((ROOT / "tests" / "golden" / "browser_privacy.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows(built) -> pd.DataFrame:
    return read_estimates(built, "browser_privacy")


@pytest.fixture(scope="module")
def record(built) -> dict:
    path = built.clean("browser_privacy", "2023") / "calibration.json"
    return json.loads(path.read_text("utf-8"))


class TestAgainstR:
    @pytest.mark.parametrize("indicator", ["concern", "understand", "consent"])
    def test_headline_estimates_and_errors_equal_r(self, rows, golden, indicator):
        expected = next(row for row in golden["rows"] if row["indicator"] == indicator)
        statistic = "share" if indicator == "consent" else "mean"
        category = "consent" if indicator == "consent" else ""
        row = one(rows, indicator=indicator, statistic=statistic, category=category)
        assert row.estimate == pytest.approx(expected["estimate"], rel=1e-8)
        assert row.se == pytest.approx(expected["se_final"], rel=1e-6)

    def test_the_gap_between_the_arms_equals_r(self, rows, golden):
        gap = one(
            rows,
            indicator="consent",
            statistic="gap",
            category="consent",
            domain="arm=shown",
            reference="hidden",
        )
        assert gap.estimate == pytest.approx(golden["consent_gap"]["estimate"], rel=1e-8)
        assert gap.se == pytest.approx(golden["consent_gap"]["se_final"], rel=1e-6)

    def test_weights_equal_r(self, built, golden):
        weights = pd.read_parquet(built.clean("browser_privacy", "2023") / "weights.parquet")
        assert len(weights) == golden["n"]
        assert weights["weight"].sum() == pytest.approx(golden["sum_w"], rel=1e-10)
        assert weights["weight"].max() == pytest.approx(golden["max_w"], rel=1e-7)
        assert weights["weight"].min() == pytest.approx(golden["min_w"], rel=1e-7)


class TestMargins:
    def test_every_margin_is_met(self, record):
        for margin in record["margins"]:
            target = np.array(margin["target"])
            achieved = np.array(margin["calibrated"])
            assert np.abs(achieved / target - 1).max() < 1e-10, margin["name"]

    def test_only_person_margins_of_one_universe_are_used(self, record, checkout):
        assert [margin["name"] for margin in record["margins"]] == ["state", "age_groupxsex"]

    def test_the_policies_and_the_reconciled_total_are_written_down(self, record):
        told = json.dumps(record, ensure_ascii=False)
        assert "state=PR: 1 respondents excluded" in told
        assert "sex=other: 251 respondents are a class of their own" in told
        assert "scaled" in told
