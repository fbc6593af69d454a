"""Scans read in blocks give the numbers of the path for small files."""

import datetime as dt
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.monitoring import breakdowns, bulk, bulkcounts
from analysis.monitoring.bulkread import read_narrow
from analysis.monitoring.copies import merge_copies
from analysis.monitoring.masks import Masks
from analysis.monitoring.scans import read_scans
from survey.errors import DataError, EstimateError
from survey.instrument.scanrules import ScanRules

P = "android.permission."
FIELDS = ("app", "signer", "store", "category", "version", "scan_date", "permissions", "behaviours")
PARTS = ([], ["category"], ["period"], ["store"], ["category", "period"],
         ["category", "store", "period"])  # fmt: skip
RULES = ScanRules.model_validate(
    {
        "sources": {"a": "b"},
        "renames": [
            {"old": P + "READ_SMS", "new": P + "SMS_BY_ANOTHER_NAME", "since": "2018-03-01",
             "source": "a"}
        ],
    }
)  # fmt: skip
RECORD = st.fixed_dictionaries(
    {
        "app": st.sampled_from(["a.a", "a.b", "a.c", " a.a ", "bad", "", "a.d"]),
        "signer": st.sampled_from(["x", "y", "", "not a digest"]),
        "store": st.sampled_from(["s1", "s2", None]),
        "category": st.sampled_from(["games", "社交通讯", "social", "gmaes"]),
        "version": st.sampled_from(["1", "1.0", "1.10", "1.9", "beta"]),
        "scan_date": st.sampled_from(
            [dt.date(2018, 1, 5), dt.date(2018, 3, 1), dt.date(2018, 6, 30), dt.date(2017, 1, 1),
             None]
        ),
        "permissions": st.lists(
            st.sampled_from([P + "READ_SMS", P + "SMS_BY_ANOTHER_NAME", P + "READ_CONTACTS",
                             "own", "\ufffd", "", P + "ACCESS_FINE_LOCATION"]),
            max_size=5,
        ),
        "behaviours": st.lists(
            st.sampled_from(["read_sms", "read_location", "embed_advertising", "other"]),
            max_size=3,
        ),
    }
)  # fmt: skip


def of_fields(wave):
    return type(wave).model_validate(
        {
            **wave.model_dump(exclude={"columns", "calibrate"}),
            "columns": {item: {"column": item} for item in FIELDS},
        }
    )


def both(path, wave, instrument, monitoring, rules, rows=7):
    changed = of_fields(wave)
    scans = read_scans(path, changed, instrument, rules=rules)
    narrow = read_narrow(
        path, changed, instrument, monitoring.grouping, rules,
        rejects=path.with_name("rejects.parquet"), rows=rows,
    )  # fmt: skip
    return scans, narrow


class TestEqualToTheSmallPath:
    @given(st.lists(RECORD, min_size=1, max_size=25), st.booleans(), st.booleans())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    def test_on_any_records(
        self, tmp_path, wave, instrument, monitoring, records, by_signer, last_scan
    ):
        rules = RULES.model_copy(
            update={
                "same_app": ["app", "signer"] if by_signer else ["app"],
                "category": "last_scan" if last_scan else "most_records",
            }
        )
        path = tmp_path / "scans.parquet"
        pq.write_table(pa.Table.from_pylist(records), path, row_group_size=10)
        scans, narrow = both(path, wave, instrument, monitoring, rules)
        assert narrow.read == scans.read == len(records)
        assert narrow.rejected == scans.rejects["reason"].value_counts().to_dict()
        assert len(narrow.digest) == len(scans.records)
        if not len(scans.records):
            return
        order = list(instrument.scales["app_category"].points.values())
        order = [point.code for point in order]
        kept, _ = bulk.distinct(narrow)
        small = breakdowns.with_period(scans.records, rules)
        found = bulkcounts.tables(kept, PARTS, monitoring.grouping, rules)
        for parts in PARTS:
            one = breakdowns.counts(
                small, parts, grouping=monitoring.grouping, rules=rules, order=order
            )
            one = one.astype({"count": "int64", "n": "int64"})
            pd.testing.assert_frame_equal(one, found[tuple(parts)], check_dtype=False)

    def test_every_record_is_accounted_for(self, tmp_path, wave, instrument, monitoring):
        base = {
            "app": "a.a", "signer": "x", "store": "s1", "category": "games", "version": "1.0",
            "scan_date": dt.date(2018, 2, 1), "permissions": ["p", "q"], "behaviours": [],
        }  # fmt: skip
        records = [
            base,
            base | {"permissions": ["q", "p", "p"]},  # the same, as a set
            base | {"store": "s2"},
            base | {"version": "0.9"},
            base | {"app": "a.b"},
            base | {"app": "nothing"},
        ]
        path = tmp_path / "scans.parquet"
        pq.write_table(pa.Table.from_pylist(records), path)
        scans, narrow = both(path, wave, instrument, monitoring, ScanRules())
        kept, repeated = bulk.distinct(narrow)
        apps = bulk.merge(kept, [], ScanRules())
        merged = merge_copies(scans.records)
        n_apps = len(apps)
        assert (repeated, apps.older, apps.further, n_apps) == (1, 1, 1, 2)
        assert (merged.repeated, merged.older, merged.further, len(merged.apps)) == (1, 1, 1, 2)
        assert sum(narrow.rejected.values()) == 1


class TestRejects:
    def test_a_record_set_aside_stands_in_the_file_with_place_reason_and_text(
        self, tmp_path, wave, instrument, monitoring
    ):
        good = {
            "app": "a.a", "signer": "", "store": "s1", "category": "games", "version": "1.0",
            "scan_date": dt.date(2018, 2, 1), "permissions": ["p"], "behaviours": [],
        }  # fmt: skip
        records = [good] * 9 + [good | {"version": "beta"}]
        path = tmp_path / "scans.parquet"
        pq.write_table(pa.Table.from_pylist(records), path)
        both(path, wave, instrument, monitoring, ScanRules(), rows=4)
        told = pq.read_table(tmp_path / "rejects.parquet").to_pylist()
        assert len(told) == 1
        assert (told[0]["source_row"], told[0]["reason"], told[0]["detail"]) == (
            10, "bad_version", "beta",
        )  # fmt: skip
        assert json.loads(told[0]["record"])["permissions"] == ["p"]


class TestRefusals:
    def test_a_missing_column_and_a_list_that_is_text_are_named(
        self, tmp_path, wave, instrument, monitoring
    ):
        path = tmp_path / "scans.parquet"
        pq.write_table(pa.table({"app": ["a.a"], "permissions": ["p;q"]}), path)
        with pytest.raises(DataError) as caught:
            both(path, wave, instrument, monitoring, ScanRules())
        told = str(caught.value)
        assert "column 'store' (item 'store') is missing" in told

    def test_a_name_of_two_groups_is_refused(self, monitoring):
        entry = monitoring.grouping.permissions[0]
        grouping = monitoring.grouping.model_copy(update={"permissions": [entry, entry]})
        names = {"permissions": [entry.name], "behaviours": [], "sdks": []}
        with pytest.raises(EstimateError, match="twice"):
            Masks(grouping, names)
