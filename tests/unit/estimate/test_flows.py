"""Gross flows and own changes of panelists, against R."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.estimate.flows import gross_flows, panel_change
from survey.errors import EstimateError
from tests import twin

ROOT = Path(twin.__file__).parent
GOLDEN = json.loads((ROOT / "golden" / "change.json").read_text())
OLD, NEW = (pd.read_csv(ROOT / "data" / "change" / f"{name}.csv") for name in ("old", "new"))
PANEL = {
    "respondent": "id", "weight": "both_weight", "strata": "stratum", "psu": "psu",
    "lonely": "adjust",
}  # fmt: skip


@pytest.fixture(scope="module")
def flows():
    return gross_flows(OLD, NEW, "x", names=("2020", "2021"), **PANEL).rows


class TestGrossFlows:
    def test_are_what_svymean_gives(self, flows):
        everybody = flows[flows["domain"] == "all"].set_index("category")
        want = GOLDEN["flows"]
        assert everybody.loc[want["flow"], "estimate"].to_numpy() == pytest.approx(
            want["estimate"], rel=1e-8
        )
        assert everybody.loc[want["flow"], "se"].to_numpy() == pytest.approx(want["se"], rel=1e-6)

    def test_of_those_who_said_b_is_what_svyby_gives(self, flows):
        row = flows.set_index(["domain", "category"]).loc[("x_old=b", "b>b")]
        assert row["estimate"] == pytest.approx(GOLDEN["stays_b"]["estimate"], rel=1e-8)
        assert row["se"] == pytest.approx(GOLDEN["stays_b"]["se"], rel=1e-6)

    def test_from_every_answer_add_to_one(self, flows):
        sums = flows.groupby("domain")["estimate"].sum()
        assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12)

    def test_name_both_waves(self, flows):
        assert set(zip(flows["wave"], flows["reference"], strict=True)) == {("2021", "2020")}


class TestPanelChange:
    def test_is_what_svymean_of_the_differences_gives(self):
        row = panel_change(OLD, NEW, "y", **PANEL).rows.iloc[0]
        want = GOLDEN["panelists_mean"]
        assert row["estimate"] == pytest.approx(want["estimate"], rel=1e-8)
        assert row["se"] == pytest.approx(want["se"], rel=1e-6)
        assert (row["statistic"], row["indicator"]) == ("change", "y")


class TestFaults:
    def test_every_missing_column_is_named(self):
        with pytest.raises(EstimateError) as caught:
            gross_flows(OLD.drop(columns="x"), NEW.drop(columns="x"), "x", **PANEL)
        assert "old wave has no column 'x'" in str(caught.value)
        assert "new wave has no column 'x'" in str(caught.value)

    def test_a_weight_for_both_waves_is_needed(self):
        with pytest.raises(EstimateError, match="no column 'lw'"):
            gross_flows(OLD, NEW, "x", **{**PANEL, "weight": "lw"})

    def test_nobody_in_both_waves_is_told(self):
        with pytest.raises(EstimateError, match="nobody is in both waves by 'id'"):
            gross_flows(OLD.assign(id="o" + OLD["id"]), NEW, "x", **PANEL)
