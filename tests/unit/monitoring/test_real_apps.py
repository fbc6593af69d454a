"""The same pipeline on real app records, counted a second time by other means."""

import csv
import gzip
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from analysis.monitoring.copies import merge_copies
from analysis.monitoring.groups import measures
from analysis.monitoring.scans import Scans, read_scans
from analysis.monitoring.shares import tally
from survey.instrument.model import Scale
from survey.instrument.monitoring import Grouping

SHIPPED = Path(__file__).parents[2] / "data" / "monitoring"
DUAL_USE = SHIPPED / "dualuse_chinese_stores.csv"
TWIN = SHIPPED / "twin_apps.csv"
DUAL_USE_COLUMNS = {
    "app": {"column": "appID"},
    "category": {"column": "manual_label"},
    "behaviours": {"column": "capabilities", "split": ","},
}
PLAY_COLUMNS = {
    "app": {"column": "package"},
    "category": {"column": "folder_category"},
    "permissions": {"column": "manifest_permissions", "split": ";"},
}
P = "android.permission."
REQUESTED = {
    "device_info_requested": {
        P + "READ_PHONE_STATE",
        P + "READ_PHONE_NUMBERS",
        P + "ACCESS_FINE_LOCATION",
        P + "ACCESS_COARSE_LOCATION",
        P + "ACCESS_BACKGROUND_LOCATION",
    },
    "contacts_comms_requested": {
        P + name
        for name in ("READ_CONTACTS", "READ_CALL_LOG", "READ_SMS", "RECEIVE_SMS", "RECEIVE_MMS")
    },
    "system_info_requested": {
        P + name
        for name in (
            "GET_TASKS",
            "PACKAGE_USAGE_STATS",
            "QUERY_ALL_PACKAGES",
            "READ_EXTERNAL_STORAGE",
            "READ_MEDIA_AUDIO",
            "READ_MEDIA_VIDEO",
            "READ_LOGS",
        )
    },
}


def scale(*codes: str) -> Scale:
    points = {
        number: {"code": code, "text": {"zh": code, "en": code}}
        for number, code in enumerate(codes, 1)
    }
    return Scale.model_validate({"points": points})


def read(path, columns, codes, wave, instrument) -> Scans:
    changed = type(wave).model_validate(
        {**wave.model_dump(exclude={"columns", "calibrate"}), "columns": columns}
    )
    scales = {**instrument.scales, "app_category": scale(*codes)}
    return read_scans(path, changed, replace(instrument, scales=scales))


def counted(apps, grouping, codes) -> dict[tuple[str, str], tuple[int, int]]:
    table = tally(apps, measures(apps, grouping), {"category": codes})
    keys = zip(table["indicator"], table["domain"], strict=True)
    return dict(zip(keys, zip(table["count"], table["n"], strict=True), strict=True))


class TestDualUseApps:
    """2,325 apps of Chinese stores with the spying capabilities found in them by hand."""

    CAPABILITIES = ("Locate", "Control", "Access", "Share", "Record")
    LABELS = ("Y", "N", "M")

    def grouping(self) -> Grouping:
        signs = [
            {"name": name, "group": name.lower(), "since": "2020-01-01", "source": "ips"}
            for name in self.CAPABILITIES
        ]
        kinds = {n.lower(): {"evidence": "read", "group": n.lower()} for n in self.CAPABILITIES}
        return Grouping.model_validate(
            {"sources": {"ips": "x"}, "permissions": [], "behaviours": signs, "measures": kinds}
        )

    def test_numerators_and_bases_are_exact(self, wave, instrument):
        scans = read(DUAL_USE, DUAL_USE_COLUMNS, self.LABELS, wave, instrument)
        assert len(scans.rejects) == 0
        apps = merge_copies(scans.records).apps
        found = counted(apps, self.grouping(), list(self.LABELS))
        with DUAL_USE.open(encoding="utf-8", newline="") as file:
            records = list(csv.DictReader(file))
        base = Counter(record["manual_label"] for record in records)
        assert len(apps) == len(records) == 2325
        assert base == {"Y": 110, "N": 2200, "M": 15}
        for capability in self.CAPABILITIES:
            held = [r for r in records if capability in r["capabilities"].split(", ")]
            assert found[capability.lower(), "all"] == (len(held), 2325)
            for label, count in Counter(r["manual_label"] for r in held).items():
                assert found[capability.lower(), f"category={label}"] == (count, base[label])


class PlayForm:
    """Numerators and bases of a flattened permission set, counted a second time."""

    CODES = ("COMMUNICATION", "SOCIAL", "EDUCATION")

    def check(self, records, scans, grouping) -> None:
        found = counted(scans.records, grouping, list(self.CODES))
        assert len(records) == scans.read == len(scans.records)
        for measure, names in REQUESTED.items():
            for code in (None, *self.CODES):
                base = [r for r in records if code in (None, r["folder_category"])]
                held = [
                    r
                    for r in base
                    if names & {name.strip() for name in r["manifest_permissions"].split(";")}
                ]
                key = (measure, f"category={code}" if code else "all")
                assert found[key] == (len(held), len(base))


class TestTwin(PlayForm):
    """A seeded set in the form of the Play apps (made by make_scans.py beside it)."""

    @pytest.fixture
    def scans(self, wave, instrument):
        return read(TWIN, PLAY_COLUMNS, self.CODES, wave, instrument)

    @pytest.fixture
    def records(self):
        with TWIN.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_numerators_and_bases_are_exact(self, records, scans, monitoring):
        self.check(records, scans, monitoring.grouping)

    def test_it_holds_what_makes_real_sets_awkward(self, records, scans):
        lists = [r["manifest_permissions"].split(";") for r in records]
        assert any(len(names) > len(set(names)) for names in lists)
        assert scans.records["permissions"].map(len).eq(0).sum() >= 10
        assert len({r["package"] for r in records}) == len(records) - 1

    @pytest.mark.parametrize("separator", ["|", " "])
    def test_another_set_of_this_form_loads_by_its_column_map_alone(
        self, tmp_path, records, wave, instrument, monitoring, separator
    ):
        path = tmp_path / "other.jsonl"
        renamed = [
            {"pkg": r["package"], "kind": r["folder_category"],
             "asks": r["manifest_permissions"].replace(";", separator)}
            for r in records
        ]  # fmt: skip
        path.write_text("\n".join(map(json.dumps, renamed)), encoding="utf-8")
        columns = {
            "app": {"column": "pkg"},
            "category": {"column": "kind"},
            "permissions": {"column": "asks", "split": separator},
        }
        scans = read(path, columns, self.CODES, wave, instrument)
        self.check(records, scans, monitoring.grouping)


@pytest.mark.shared
class TestPlayApps(PlayForm):
    """4,042 Google Play apps with their manifest permissions (GPL-3: read from beside us)."""

    @pytest.fixture
    def path(self, shared_data):
        path = shared_data / "apps" / "mapperdroid_apps.csv.gz"
        if not path.is_file():
            pytest.skip(f"{path.name} is not beside this checkout")
        return path

    @pytest.fixture
    def scans(self, path, wave, instrument):
        return read(path, PLAY_COLUMNS, self.CODES, wave, instrument)

    @staticmethod
    def records(path) -> list[dict[str, str]]:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def test_numerators_and_bases_of_all_records_are_exact(self, path, scans, monitoring):
        records = self.records(path)
        assert len(records) == 4042
        self.check(records, scans, monitoring.grouping)

    def test_an_app_listed_in_two_categories_is_one_app(self, path, scans):
        merged = merge_copies(scans.records, category_order=list(self.CODES))
        packages = {record["package"] for record in self.records(path)}
        assert len(merged.apps) == len(packages) == 4041
        assert merged.further == 1

    def test_apps_without_permissions_stay_in_the_base(self, scans):
        bare = scans.records["permissions"].map(len) == 0
        assert bare.sum() == 101

    def test_the_declared_spread_lies_within_that_of_real_categories(self, path, instrument):
        """The two half ranges of logits that methods.yml cites for `category_spread`."""
        groups = {
            0.54: {"READ_PHONE_STATE", "ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"},
            0.66: {"GET_TASKS", "READ_EXTERNAL_STORAGE", "READ_LOGS"},
        }
        records = self.records(path)
        for cited, names in groups.items():
            calls = {P + name for name in names}
            held = [bool(calls & set(r["permissions_with_api_call"].split(";"))) for r in records]
            category = np.array([r["folder_category"] for r in records])
            levels = [logit(np.array(held)[category == code].mean()) for code in self.CODES]
            assert np.ptp(levels) / 2 == pytest.approx(cited, abs=0.005)
        assert 0.54 <= instrument.policy("category_spread") <= 0.66
