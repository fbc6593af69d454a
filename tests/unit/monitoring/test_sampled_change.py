"""Versions, unused permissions and change where stores were sampled."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.monitoring.copies import merge_copies
from analysis.monitoring.estimates import not_made, scan_rows
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.scans import read_scans
from analysis.results import schema
from survey.instrument.scanrules import ScanRules
from tests.unit.monitoring.test_scanfiles import columns_of

TESTS = Path(__file__).parents[2]
GOLDEN = json.loads((TESTS / "golden" / "weight_share_periods.json").read_text())
SCANS = TESTS / "data" / "monitoring" / "sampled_periods.csv"
FIELDS = ("app", "store", "category", "version", "scan_date", "permissions", "behaviours",
          "stores_listing", "stores_holding", "store_weight", "store_stratum",
          "stores_in_stratum")  # fmt: skip
RULES = ScanRules.model_validate({"breakdowns": [["period"], ["category", "period"]]})


def terms(monitoring, *indicators: str, least: int = 30) -> dict:
    return {
        "grouping": monitoring.grouping,
        "rules": RULES,
        "domains": {"category": ["games", "social", "finance"]},
        "levels": ["games", "social", "finance"],
        "indicators": frozenset(indicators),
        "conf_level": 0.95,
        "min_base": least,
        "reach": "sampled_stores",
    }


@pytest.fixture(scope="module")
def scanned(wave, instrument, monitoring) -> Scanned:
    columns = {item: {"column": item} for item in FIELDS}
    bare = columns_of(wave).model_dump(exclude={"columns", "calibrate"})
    held = type(wave).model_validate({**bare, "columns": columns})
    records = read_scans(SCANS, held, instrument).records
    merged = merge_copies(records, rules=RULES, category_order=["games", "social", "finance"])
    asked = terms(monitoring, "contacts_comms_versions", "unused_permission_rate")
    return Scanned(records=records, merged=merged, **asked)


@pytest.fixture(scope="module")
def rows(scanned) -> pd.DataFrame:
    made = scan_rows(scanned).assign(kind="simulated", study="s", wave="w")
    made["analysis_unit"] = made["analysis_unit"].fillna("app")
    return schema.conform(made)


def one(rows: pd.DataFrame, **keys: str) -> pd.Series:
    for name, value in keys.items():
        rows = rows[rows[name].eq(value)]
    assert len(rows) == 1
    return rows.iloc[0]


class TestAgainstR:
    """tests/golden/weight_share_periods.R, survey 4.1-1."""

    @pytest.mark.parametrize(
        ("name", "keys"),
        [
            ("versions", {"indicator": "contacts_comms_versions", "domain": "all"}),
            (
                "versions_games",
                {"indicator": "contacts_comms_versions", "domain": "category=games"},
            ),
            ("unused", {"indicator": "unused_permission_rate", "domain": "all"}),
            ("all_apps", {"variant": "weight_share_all_apps", "domain": "period=2018Q2"}),
            ("apps_in_both", {"variant": "weight_share_apps_in_both", "domain": "period=2018Q2"}),
            (
                "all_apps_social",
                {"variant": "weight_share_all_apps", "domain": "category=social&period=2018Q2"},
            ),
            (
                "apps_in_both_social",
                {"variant": "weight_share_apps_in_both", "domain": "category=social&period=2018Q2"},
            ),
        ],
    )
    def test_estimate_and_error(self, rows, name, keys):
        found = one(rows, **({"indicator": "contacts_comms"} | keys))
        assert found["estimate"] == pytest.approx(GOLDEN[name]["estimate"], rel=1e-8)
        assert found["se"] == pytest.approx(GOLDEN[name]["se"], rel=1e-6)
        assert found["df"] == GOLDEN[name]["df"]

    def test_the_change_is_the_step_between_the_two_shares(self, rows):
        shares = rows[rows["variant"].eq("weight_share_by_period")].set_index(
            ["indicator", "domain"]
        )
        for name in ("device_info", "contacts_comms", "over_permission"):
            change = one(rows, indicator=name, variant="weight_share_all_apps",
                         domain="period=2018Q2")  # fmt: skip
            first, second = (shares.loc[(name, f"period={p}")] for p in ("2018Q1", "2018Q2"))
            assert change["estimate"] == pytest.approx(second["estimate"] - first["estimate"])
            apart = np.hypot(first["se"], second["se"])
            assert change["se"] < apart, "the stores of both quarters are the same"

    def test_units_and_reasons_are_named(self, rows):
        versions = rows[rows["indicator"].eq("contacts_comms_versions")]
        assert versions["analysis_unit"].eq("version").all()
        assert versions["design"].str.contains("versions of apps reached through 12").all()
        change = one(rows, indicator="contacts_comms", variant="weight_share_all_apps",
                     domain="period=2018Q2")  # fmt: skip
        assert "1 stores left" in change["reason"]


class TestNotMade:
    def test_versions_without_the_stores_that_hold_them_are_not_made_and_said(self, scanned):
        records = scanned.records.drop(columns="stores_holding")
        bare = Scanned(records=records, merged=scanned.merged, **_fields(scanned))
        rows = scan_rows(bare)
        assert not rows["indicator"].str.endswith("_versions").any()
        assert "stores_holding" in not_made(bare)[0]
        assert not_made(scanned) == []


def _fields(scanned: Scanned) -> dict:
    names = ("grouping", "rules", "domains", "levels", "indicators", "conf_level", "min_base",
             "reach")  # fmt: skip
    return {name: getattr(scanned, name) for name in names}


# A frame of five stores. App r0 is offered by stores 0 and 1, r1 by 1 and 2, and so on round; each
# store has an app of its own besides. Every store then adds the same to the number of apps, ratios
# are linear in the sample, and estimate and variance are without bias exactly.
SIZE = 5
OFFERS = {f"a.r{k}": (k, (k + 1) % SIZE) for k in range(SIZE)} | {
    f"a.e{k}": (k,) for k in range(SIZE)
}
READS = {  # who reads contacts in the first quarter, and in the second
    "2018-02-01": {"a.r0", "a.r1", "a.e3", "a.e4"},
    "2018-05-01": {"a.r1", "a.r2", "a.r3", "a.e0", "a.e3"},
}


def sample(stores) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "app": app, "store": f"s{store}", "category": "games", "version": version,
                "scan_date": pd.Timestamp(day), "permissions": (), "sdks": (),
                "behaviours": ("read_contacts",) if app in READS[day] else (),
                "stores_listing": float(len(offers)), "stores_holding": float(len(offers)),
                "store_weight": SIZE / len(stores), "store_stratum": "one",
                "stores_in_stratum": float(SIZE),
            }
            for day, version in (("2018-02-01", "1.0"), ("2018-05-01", "2.0"))
            for app, offers in OFFERS.items() for store in offers if store in stores
        ]
    )  # fmt: skip


@pytest.fixture(scope="module", params=[2, 3])
def drawn(request, monitoring) -> pd.DataFrame:
    """Rows of contacts from every sample of two, and of three, of the five stores."""
    found = []
    for stores in combinations(range(SIZE), request.param):
        records = sample(stores)
        asked = terms(monitoring, "contacts_comms_versions")
        made = scan_rows(Scanned(records=records, merged=merge_copies(records), **asked))
        keep = made["indicator"].str.startswith("contacts_comms") & made["domain"].isin(
            ["all", "period=2018Q2"]
        )
        found.append(made[keep])
    return pd.concat(found).set_index(["indicator", "variant"])


class TestEverySampleOfASmallFrame:
    @pytest.mark.parametrize(
        ("key", "truth"),
        [
            (("contacts_comms", "weight_share_all_apps"), (5 - 4) / 10),
            (("contacts_comms", "weight_share_apps_in_both"), (5 - 4) / 10),
            (("contacts_comms_versions", "weight_share"), (5 + 4) / 20),
        ],
    )
    def test_estimate_and_variance_are_without_bias(self, drawn, key, truth):
        found = drawn.loc[[key]]
        assert found["estimate"].mean() == pytest.approx(truth, abs=1e-12)
        assert found["estimate"].std() > 0.01, "single samples differ"
        variance = ((found["estimate"] - truth) ** 2).mean()
        assert (found["se"] ** 2).mean() == pytest.approx(variance, rel=1e-10)

    def test_with_stable_offers_both_ways_give_the_same(self, drawn):
        one_, two = (
            drawn.loc[[("contacts_comms", f"weight_share_{which}")]]
            for which in ("all_apps", "apps_in_both")
        )
        assert one_["estimate"].to_numpy() == pytest.approx(two["estimate"].to_numpy(), abs=1e-12)
        assert one_["se"].to_numpy() == pytest.approx(two["se"].to_numpy(), abs=1e-12)
