"""Which rows one wave of scans gives, and what each says about itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.monitoring.copies import merge_copies
from analysis.monitoring.estimates import scan_rows
from analysis.monitoring.installs import weighted_share
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.scans import read_scans
from analysis.monitoring.shares import wilson
from analysis.results import schema
from survey.instrument.scanrules import ScanRules
from tests.unit.monitoring.test_scanfiles import columns_of

STORES = Path(__file__).parents[2] / "data" / "monitoring" / "sampled_stores.csv"
FIELDS = ("app", "store", "category", "version", "scan_date", "behaviours", "installs",
          "stores_listing", "store_weight", "store_stratum", "stores_in_stratum")  # fmt: skip
RULES = ScanRules.model_validate({"breakdowns": [["period"], ["store"], ["category", "period"]]})


@pytest.fixture(scope="module")
def scanned(wave, instrument, monitoring) -> Scanned:
    columns = {item: {"column": item} for item in FIELDS}
    changed = columns_of(wave).model_copy(update={})
    changed = type(wave).model_validate(
        {**changed.model_dump(exclude={"columns", "calibrate"}), "columns": columns}
    )
    records = read_scans(STORES, changed, instrument).records
    # the second half of the apps is scanned in the second quarter too, some of them changed
    again = records[records["app"] > "com.example.s0100"].copy()
    again["scan_date"] = pd.Timestamp("2018-05-01")
    lost = again["app"].str.endswith("3")
    again.loc[lost, "behaviours"] = pd.Series([()] * int(lost.sum()), index=again.index[lost])
    again = again[again["store"] != again["store"].min()]
    records = pd.concat([records, again], ignore_index=True)
    return Scanned(
        records=records,
        merged=merge_copies(records),
        grouping=monitoring.grouping,
        rules=RULES,
        domains={"category": ["games", "social", "finance"]},
        levels=["games", "social", "finance"],
        indicators=frozenset({"device_info_versions", "device_info_installs"}),
        conf_level=0.95,
        min_base=30,
    )


def rows_of(scanned: Scanned) -> pd.DataFrame:
    rows = scan_rows(scanned).assign(kind="simulated", study="s", wave="w")
    rows["analysis_unit"] = rows["analysis_unit"].fillna("app")
    return schema.conform(rows)


class TestConvenience:
    def test_the_interval_is_named_model_based_and_the_base_is_printed(self, scanned):
        rows = rows_of(scanned)
        main = rows[rows["variant"].eq("wilson") & rows["analysis_unit"].eq("app")]
        assert main["design"].str.contains("not a probability sample; Wilson").all()
        assert main.loc[main["domain"].eq("all"), "n"].max() == len(scanned.merged.apps)

    def test_pooled_shares_stand_beside_raw_ones_of_every_category(self, scanned):
        rows = rows_of(scanned).set_index(["indicator", "domain"])
        rows = rows[rows["statistic"].eq("share")]
        raw = rows[rows["variant"].eq("wilson") & rows["analysis_unit"].eq("app")]
        raw = raw[raw.index.get_level_values("domain") != "all"]
        pooled = rows[rows["variant"].eq("pooled")]
        assert set(pooled.index) == set(raw.index)
        assert pooled["n"].sort_index().equals(raw["n"].sort_index())
        assert pooled["design"].str.contains("empirical Bayes").all()

    def test_installs_weigh_apps_and_are_an_indicator_of_their_own(self, scanned):
        rows = rows_of(scanned)
        found = rows[rows["indicator"].eq("device_info_installs") & rows["domain"].eq("all")]
        apps = scanned.merged.apps
        reads = apps["behaviours"].map(lambda n: bool({"read_imei", "read_location"} & set(n)))
        share = apps.loc[reads, "installs"].sum() / apps["installs"].sum()
        assert found["estimate"].item() == pytest.approx(share)
        assert found["analysis_unit"].item() == "install"
        assert found["weighted_n"].item() == apps["installs"].sum()

    def test_versions_are_counted_as_versions(self, scanned):
        rows = rows_of(scanned)
        found = rows[rows["indicator"].eq("device_info_versions") & rows["domain"].eq("all")]
        assert found["analysis_unit"].item() == "version"
        assert found["n"].item() == scanned.records[["app", "version"]].drop_duplicates().shape[0]

    def test_changes_say_who_was_seen_in_both_and_which_stores_left(self, scanned):
        rows = rows_of(scanned)
        changes = rows[rows["statistic"].eq("change") & rows["domain"].eq("period=2018Q2")]
        assert set(changes["variant"]) == {"apps_in_both", "all_apps"}
        assert changes["reference"].eq("period=2018Q1").all()
        everyone = changes[changes["variant"].eq("all_apps")]
        assert everyone["reason"].str.contains("1 stores left").all()
        device = changes[changes["indicator"].eq("device_info")].set_index("variant")
        levels = rows[rows["indicator"].eq("device_info") & rows["statistic"].eq("share")]
        levels = levels.set_index("domain")["estimate"]
        step = levels["period=2018Q2"] - levels["period=2018Q1"]
        assert device.loc["all_apps", "estimate"] == pytest.approx(step)
        assert device.loc["apps_in_both", "estimate"] < 0

    def test_unused_permissions_have_a_base_of_their_own(self, scanned):
        rows = rows_of(scanned)
        assert "over_permission" not in set(rows["indicator"]), "no app requests anything here"


class TestComplete:
    def test_where_all_were_scanned_there_is_no_interval(self, scanned):
        rows = rows_of(replace(scanned, reach="complete", source="the scan log"))
        assert rows[["se", "ci_low", "ci_high", "conf_level", "p_value"]].isna().all().all()
        assert rows["design"].str.startswith("every app of the frame was scanned").all()
        assert rows["design"].str.contains("the scan log").all()
        assert not rows["variant"].str.contains("wilson|pooled").any()


@pytest.fixture(scope="module")
def sampled(scanned) -> pd.DataFrame:
    first = scanned.records[scanned.records["period"].eq("2018Q1")]
    return rows_of(
        replace(scanned, records=first, merged=merge_copies(first), reach="sampled_stores")
    )


class TestSampledStores:
    def test_the_rows_are_those_of_the_reference(self, sampled):
        from tests.unit.monitoring.test_weightshare import GOLDEN

        rows = sampled
        found = rows[rows["variant"].eq("weight_share")].set_index(["indicator", "domain"])
        for key, name in (
            (("contacts_comms", "all"), "contacts"),
            (("contacts_comms", "category=games"), "contacts_games"),
            (("device_info", "all"), "imei"),
        ):
            assert found.loc[key, "estimate"] == pytest.approx(GOLDEN[name]["estimate"], rel=1e-8)
            assert found.loc[key, "se"] == pytest.approx(GOLDEN[name]["se"], rel=1e-6)
        assert found["frame"].eq("stores").all()
        assert found["design"].str.contains("generalised weight share").all()

    def test_a_stores_own_row_is_of_its_own_frame(self, sampled):
        own = sampled[sampled["domain"].str.startswith("store=")]
        assert len(own)
        assert own["frame"].eq("scans").all()


class TestWeightedShare:
    def test_equal_installs_give_the_plain_share_and_its_interval(self):
        y = np.array([True] * 30 + [False] * 70)
        found = weighted_share(y, np.full(100, 7.0), level=0.95)
        low, high = wilson([30 * 0.99], [99], 0.95)
        assert found["estimate"] == pytest.approx(0.3)
        assert (found["ci_low"], found["ci_high"]) == pytest.approx((low[0], high[0]))

    def test_one_giant_leaves_few_effective_apps(self):
        y = np.array([True] + [False] * 99)
        found = weighted_share(y, np.array([1e6] + [1.0] * 99), level=0.95)
        assert found["n_eff"] < 3
        assert found["ci_high"] - found["ci_low"] > 0.5
