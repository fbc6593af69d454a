"""What happens where scan records do not fit together: each case has a declared rule."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from analysis.monitoring import breakdowns
from analysis.monitoring.copies import merge_copies
from analysis.monitoring.evidence import Embedded, Observed, Requested
from analysis.monitoring.groups import bases, measures
from analysis.monitoring.scanfiles import RawRecords
from analysis.monitoring.scans import judge, renamed, validate
from survey.errors import EstimateError, InstrumentError
from survey.instrument.monitoring import Grouping, Measure
from survey.instrument.scanrules import ScanRules, load_rules, overlaps, period_of
from survey.io.yamlfile import parse_yaml, to_model
from tests.unit.monitoring.conftest import scan, table

OLD, NEW = "android.permission.OLD_NAME", "android.permission.NEW_NAME"
RENAMES = ScanRules.model_validate(
    {
        "sources": {"android": "a release note"},
        "renames": [{"old": OLD, "new": NEW, "since": "2018-03-01", "source": "android"}],
    }
)
GROUPS = Grouping.model_validate(
    {
        "sources": {"s": "x"},
        "permissions": [
            {"name": OLD, "group": "device", "since": "2010-01-01", "source": "s",
             "used_by": ["read_it"]}
        ],
        "behaviours": [
            {"name": "read_it", "group": "device", "since": "2010-01-01", "source": "s"}
        ],
        "measures": {
            "asked": {"evidence": "requested", "group": "device"},
            "unused": {"evidence": "unused", "group": "any"},
        },
    }
)  # fmt: skip


def record(app, store="s1", version="1.0", category="games", day="2018-01-15", asks=(), does=()):
    return {
        "app": app,
        "store": store,
        "version": version,
        "category": category,
        "scan_date": pd.Timestamp(day),
        "permissions": asks,
        "behaviours": does,
    }


def counted(records, parts, measure, rules=None):
    rules = rules or RENAMES
    frame = breakdowns.with_period(renamed(pd.DataFrame(records), rules), rules)
    found = breakdowns.counts(frame, parts, grouping=GROUPS, rules=rules, order=["games", "social"])
    found = found[found["indicator"] == measure].set_index("domain")
    return {key: (row["count"], row["n"]) for key, row in found.iterrows()}


class TestRenamedPermission:
    def test_the_series_goes_on_under_the_new_name(self):
        records = [
            record("a.a", day="2018-02-01", asks=(OLD,)),
            record("a.a", day="2018-05-01", asks=(NEW,), version="2.0"),
        ]
        assert counted(records, ["period"], "asked") == {
            "period=2018Q1": (1, 1),
            "period=2018Q2": (1, 1),
        }

    def test_before_the_release_the_new_name_is_an_apps_own(self):
        assert counted([record("a.a", day="2018-02-28", asks=(NEW,))], [], "asked") == {
            "all": (0, 1)
        }
        assert counted([record("a.a", day="2018-03-01", asks=(NEW,))], [], "asked") == {
            "all": (1, 1)
        }

    def test_a_manifest_that_asks_for_both_asks_once(self):
        frame = pd.DataFrame([record("a.a", day="2018-04-01", asks=(NEW, "x", OLD))])
        assert renamed(frame, RENAMES)["permissions"].tolist() == [(OLD, "x")]

    def test_its_use_is_judged_under_either_name(self):
        records = [
            record("a.a", day="2018-04-01", asks=(NEW,)),
            record("a.b", day="2018-04-01", asks=(NEW,), does=("read_it",)),
            record("a.c", day="2018-04-01"),
        ]
        assert counted(records, [], "unused") == {"all": (1, 2)}

    def test_a_chain_of_names_is_refused(self):
        text = """\
sources: {a: b}
renames:
  - {old: x, new: y, since: 2018-01-01, source: a}
  - {old: y, new: z, since: 2019-01-01, source: a}
"""
        with pytest.raises(InstrumentError, match="'y' is renamed again"):
            to_model(ScanRules, parse_yaml(text, "scans.yml"))

    def test_the_shipped_renames_have_a_day_and_a_source(self, checkout, instrument):
        rules = load_rules(checkout, instrument)
        assert rules.renames
        for rename in rules.renames:
            assert rules.sources[rename.source]
            assert rename.since > dt.date(2008, 9, 23)


class TestChangedCategory:
    RECORDS = (
        record("a.a", store="s1", category="games", day="2018-02-01"),
        record("a.a", store="s2", category="games", day="2018-02-01"),
        record("a.a", store="s1", category="social", day="2018-05-01"),
    )

    def test_each_period_has_its_own(self):
        found = counted(self.RECORDS, ["category", "period"], "asked")
        assert set(found) == {
            "category=games&period=2018Q1",
            "category=social&period=2018Q2",
        }

    def test_over_the_window_most_records_decide(self):
        assert set(counted(self.RECORDS, ["category"], "asked")) == {"category=games"}

    def test_or_the_last_scan_where_that_is_declared(self):
        rules = RENAMES.model_copy(update={"category": "last_scan"})
        assert set(counted(self.RECORDS, ["category"], "asked", rules)) == {"category=social"}


class TestStoreThatIsGone:
    RECORDS = (
        record("a.a", store="gone", day="2018-02-01", asks=(OLD,)),
        record("a.b", store="stays", day="2018-02-01"),
        record("a.b", store="stays", day="2018-05-01", asks=(OLD,)),
    )

    def test_nothing_is_carried_into_the_period_it_is_gone_from(self):
        assert counted(self.RECORDS, ["period"], "asked") == {
            "period=2018Q1": (1, 2),
            "period=2018Q2": (1, 1),
        }

    def test_it_keeps_its_row_and_its_period(self):
        assert set(counted(self.RECORDS, ["store", "period"], "asked")) == {
            "period=2018Q1&store=gone",
            "period=2018Q1&store=stays",
            "period=2018Q2&store=stays",
        }

    def test_a_store_counts_the_newest_version_it_held(self):
        records = [
            record("a.a", store="old", version="1.0", asks=(OLD,)),
            record("a.a", store="new", version="2.0"),
        ]
        assert counted(records, ["store"], "asked") == {"store=new": (0, 1), "store=old": (1, 1)}
        assert counted(records, [], "asked") == {"all": (0, 1)}


class TestOverlappingWindows:
    @pytest.fixture
    def two(self, instrument):
        wave = instrument.waves["2018H1"]
        later = wave.model_copy(
            update={
                "period": wave.period.model_copy(
                    update={"start": dt.date(2018, 6, 1), "end": dt.date(2018, 12, 31)}
                )
            }
        )
        return replace(instrument, waves={"2018H1": wave, "2018H2": later})

    def test_a_shared_day_counts_in_the_wave_that_starts_first(self, two):
        raw = table(scan(scan_date="2018-06-30"), scan(scan_date="2018-07-01"))
        first = validate(raw, two.waves["2018H1"], two, name="scans.csv")
        second = validate(raw, two.waves["2018H2"], two, name="scans.csv")
        assert first.records["scan_date"].dt.strftime("%m-%d").tolist() == ["06-30"]
        assert second.records["scan_date"].dt.strftime("%m-%d").tolist() == ["07-01"]
        assert second.rejects["reason"].tolist() == ["counts_in_earlier_window"]
        assert second.rejects["detail"].tolist() == ["day counts in 2018H1"]

    def test_windows_that_only_meet_do_not_overlap(self, two):
        assert overlaps(two) == [("2018H2", "2018H1")]
        apart = two.waves["2018H2"].model_copy(
            update={
                "period": two.waves["2018H2"].period.model_copy(
                    update={"start": dt.date(2018, 7, 1)}
                )
            }
        )
        assert overlaps(replace(two, waves={**two.waves, "2018H2": apart})) == []

    def test_without_a_declared_rule_the_study_is_refused(self, checkout, two, tmp_path):
        from survey.project import Project

        (tmp_path / "pyproject.toml").touch()
        with pytest.raises(InstrumentError, match="windows of 2018H1 and 2018H2 overlap"):
            load_rules(Project(tmp_path), two)

    def test_two_runs_that_overlap_count_an_app_once(self):
        records = [
            record("a.a", day="2018-02-10", asks=(OLD,)),
            record("a.a", day="2018-02-20", asks=(OLD,)),
        ]
        assert counted(records, ["period"], "asked") == {"period=2018Q1": (1, 1)}


class TestSameApp:
    def test_a_repackaged_copy_is_an_app_of_its_own_where_the_signer_counts(self):
        frame = pd.DataFrame([record("a.a"), record("a.a", version="9.0")])
        frame = frame.assign(signer=["official", "other"])
        by_package = merge_copies(frame)
        by_signer = merge_copies(frame, rules=ScanRules(same_app=["app", "signer"]))
        assert by_package.apps["version"].tolist() == ["9.0"]
        assert by_signer.apps["version"].tolist() == ["1.0", "9.0"]

    def test_versions_are_told_apart_by_package_signer_and_version(self):
        frame = pd.DataFrame(
            [
                record("a.a", store="s1", asks=("p",)),
                record("a.a", store="s2", asks=("q",)),
                record("a.a", version="2.0"),
                record("a.a", version="2.0"),
            ]
        ).assign(signer=["x", "x", "x", "y"])
        found = merge_copies(frame, every_version=True)
        assert len(found.apps) == 3
        assert found.apps["permissions"].tolist() == [("p", "q"), (), ()]

    def test_the_version_code_decides_where_it_is_known(self):
        frame = pd.DataFrame([record("a.a", version="2.0"), record("a.a", version="1.9")])
        found = merge_copies(frame.assign(version_code=[10.0, 11.0]))
        assert found.apps["version"].tolist() == ["1.9"]

    def test_installs_of_stores_add_up_and_of_one_store_do_not(self):
        frame = pd.DataFrame(
            [record("a.a"), record("a.a", day="2018-02-01"), record("a.a", store="s2")]
        ).assign(installs=[100.0, 150.0, 7.0])
        assert merge_copies(frame).apps["installs"].tolist() == [157.0]


class TestPeriods:
    @pytest.mark.parametrize(
        ("part", "names"),
        [
            ("month", ["2018-03", "2018-04", "2018-12"]),
            ("quarter", ["2018Q1", "2018Q2", "2018Q4"]),
            ("half", ["2018H1", "2018H1", "2018H2"]),
        ],
    )
    def test_a_day_lies_in_one_calendar_part(self, part, names):
        days = pd.Series(pd.to_datetime(["2018-03-31", "2018-04-01", "2018-12-31"]))
        assert period_of(days, part).tolist() == names


class TestRequestedAndRead:
    FRAME = pd.DataFrame({"row": [0], "name": [OLD], "group": ["device"]})

    def test_a_measure_of_reads_refuses_permissions(self):
        measure = Measure(evidence="read", group="device")
        with pytest.raises(EstimateError, match="read cannot count what was requested"):
            Requested(self.FRAME).holders(measure)
        assert Observed(self.FRAME).holders(measure).tolist() == [0]

    def test_a_measure_of_requests_refuses_reads_and_components(self):
        measure = Measure(evidence="requested", group="device")
        for found in (Observed(self.FRAME), Embedded(self.FRAME)):
            with pytest.raises(EstimateError, match="a permission that is held is no read"):
                found.holders(measure)

    def test_a_measure_of_reads_in_a_group_of_permissions_is_refused(self):
        text = """\
sources: {s: x}
permissions: [{name: P, group: device, since: 2010-01-01, source: s}]
behaviours: []
measures: {m: {evidence: read, group: device}}
"""
        with pytest.raises(InstrumentError, match="counts what was read in the group 'device'"):
            to_model(Grouping, parse_yaml(text, "groups.yml"))

    def test_the_base_of_unused_permissions_is_who_requests_one(self):
        frame = pd.DataFrame({"permissions": [(OLD,), (), ("x",)], "behaviours": [(), (), ()]})
        assert bases(frame, GROUPS)["unused"].tolist() == [True, False, False]
        assert bases(frame, GROUPS)["asked"].tolist() == [True, True, True]
        assert measures(frame, GROUPS)["unused"].tolist() == [True, False, False]

    def test_a_component_counts_only_as_embedded(self):
        grouping = Grouping.model_validate(
            {
                "sources": {"s": "x"},
                "permissions": [],
                "behaviours": [],
                "sdks": [{"name": "Ads", "group": "ads", "since": "2010-01-01", "source": "s"}],
                "measures": {"ads": {"evidence": "embedded", "group": "ads"}},
            }
        )
        frame = pd.DataFrame(
            {"permissions": [("Ads",), ()], "behaviours": [("Ads",), ()], "sdks": [(), ("Ads",)]}
        )
        assert measures(frame, grouping)["ads"].tolist() == [False, True]


def test_unread_lines_alone_are_all_set_aside(wave, instrument):
    unread = pd.DataFrame(
        {"source_row": [1], "reason": ["unreadable_line"], "detail": ["x"], "record": ["{"]}
    )
    raw = RawRecords(pd.DataFrame(), pd.Series([], dtype="int64"), unread)
    scans = judge(raw, wave, instrument, name="scans.jsonl")
    assert (len(scans.records), len(scans.rejects), scans.read) == (0, 1, 1)
