"""Apps reached through sampled stores."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.monitoring.copies import merge_copies
from analysis.monitoring.weightshare import link, ratios
from survey.errors import EstimateError

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "golden" / "weight_share.json").read_text(encoding="utf-8"))
SCANS = ROOT / "data" / "monitoring" / "sampled_stores.csv"


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    read = pd.read_csv(
        SCANS, keep_default_na=False, parse_dates=["scan_date"], dtype={"version": "str"}
    )
    does = read["behaviours"].str.split(";").map(lambda names: tuple(n for n in names if n))
    return read.assign(behaviours=does, permissions=[()] * len(read))


@pytest.fixture(scope="module")
def apps(records) -> pd.DataFrame:
    return merge_copies(records).apps


def flags_of(apps: pd.DataFrame) -> pd.DataFrame:
    held = apps["behaviours"].map(set)
    return pd.DataFrame(
        {
            "contacts": held.map(lambda names: "read_contacts" in names),
            "imei": held.map(lambda names: bool({"read_imei", "read_location"} & names)),
        }
    )


def shares(links, flags, inside, parts, levels, size=None):
    """Ratios of counts, or of `size` added over apps."""
    size = np.ones(len(flags)) if size is None else size
    base = inside.to_numpy(dtype=float) * size[:, None]
    return ratios(links, flags.to_numpy(dtype=float) * base, base, parts, levels)


def everyone(flags: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(True, index=flags.index, columns=flags.columns)


class TestAgainstR:
    """tests/golden/weight_share.R, survey 4.1-1."""

    def test_shares_and_errors_of_all_apps(self, records, apps):
        flags = flags_of(apps)
        _, found = shares(link(records, apps, ["app"]), flags, everyone(flags), [], apps)
        for k, name in enumerate(("contacts", "imei")):
            assert found.values[k] == pytest.approx(GOLDEN[name]["estimate"], rel=1e-8)
            assert found.se[k] == pytest.approx(GOLDEN[name]["se"], rel=1e-6)
        assert found.df[0] == GOLDEN["df"]

    def test_a_category_keeps_the_whole_design(self, records, apps):
        flags = flags_of(apps)
        breakdown, found = shares(
            link(records, apps, ["app"]), flags, everyone(flags), ["category"], apps
        )
        at = breakdown.domains.index("category=games") * flags.shape[1]
        assert found.values[at] == pytest.approx(GOLDEN["contacts_games"]["estimate"], rel=1e-8)
        assert found.se[at] == pytest.approx(GOLDEN["contacts_games"]["se"], rel=1e-6)

    def test_installs_weigh_numerator_and_base(self, records, apps):
        flags = flags_of(apps)
        size = apps.merge(records.drop_duplicates("app")[["app", "installs"]], on="app")
        _, found = shares(
            link(records, apps, ["app"]), flags, everyone(flags), [], apps,
            size["installs_y"].to_numpy(dtype=float),
        )  # fmt: skip
        assert found.values[0] == pytest.approx(GOLDEN["contacts_installs"]["estimate"], rel=1e-8)
        assert found.se[0] == pytest.approx(GOLDEN["contacts_installs"]["se"], rel=1e-6)

    def test_the_order_of_records_does_not_matter(self, records, apps):
        flags = flags_of(apps)
        shuffled = records.sample(frac=1, random_state=3)
        _, one = shares(link(records, apps, ["app"]), flags, everyone(flags), [], apps)
        _, two = shares(link(shuffled, apps, ["app"]), flags, everyone(flags), [], apps)
        assert (one.values == two.values).all()
        assert (one.se == two.se).all()


OFFERS = {"s1": "abc", "s2": "bcd", "s3": "e", "s4": "aef", "s5": "f"}  # store -> its apps


class TestWithoutBias:
    """Five stores, six apps: every sample of two stores is drawn once."""

    def sample(self, stores) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "app": app,
                    "store": store,
                    "store_weight": 5 / 2,
                    "stores_listing": sum(app in offered for offered in OFFERS.values()),
                }
                for store in stores
                for app in OFFERS[store]
            ]
        )

    def test_over_all_samples_the_weights_add_up_to_the_number_of_apps(self):
        totals = []
        for stores in combinations(OFFERS, 2):
            records = self.sample(stores)
            apps = records[["app"]].drop_duplicates().reset_index(drop=True)
            totals.append(link(records, apps, ["app"]).weight.sum())
        assert np.mean(totals) == pytest.approx(6, abs=1e-12)
        assert np.std(totals) > 0.5, "single samples differ"

    def test_counting_each_reached_app_once_would_be_biased(self):
        naive = [5 / 2 * len(set().union(*(OFFERS[s] for s in pair))) for pair in
                 combinations(OFFERS, 2)]  # fmt: skip
        assert np.mean(naive) != pytest.approx(6, abs=0.5)


class TestRefusals:
    def test_faults_of_stores_and_apps_are_named_together(self):
        records = pd.DataFrame(
            {
                "app": ["a.a", "a.a", "a.b", "a.b"],
                "store": ["s1", "s2", "s1", "s2"],
                "store_weight": [2.0, 3.0, 4.0, 3.0],
                "stores_listing": [1.0, 1.0, 2.0, 2.0],
            }
        )
        apps = pd.DataFrame({"app": ["a.a", "a.b"]})
        with pytest.raises(EstimateError) as caught:
            link(records, apps, ["app"])
        told = str(caught.value)
        assert "store 's1' has no one value of 'store_weight'" in told
        assert "app 'a.a' is offered by 2 sampled stores, but 'stores_listing' says 1" in told

    def test_an_app_without_its_number_of_stores_is_refused(self):
        records = pd.DataFrame(
            {
                "app": ["a.a", "a.a"],
                "store": ["s1", "s2"],
                "store_weight": [2.0, 2.0],
                "stores_listing": [np.nan, np.nan],
            }
        )
        with pytest.raises(EstimateError, match="'stores_listing' says nan"):
            link(records, pd.DataFrame({"app": ["a.a"]}), ["app"])

    def test_a_field_that_is_not_mapped_is_named(self):
        records = pd.DataFrame({"app": ["a.a"], "store": ["s1"], "store_weight": [2.0]})
        with pytest.raises(EstimateError, match="need the field 'stores_listing'"):
            link(records, pd.DataFrame({"app": ["a.a"]}), ["app"])
