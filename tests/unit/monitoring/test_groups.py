"""From names to measures."""

import datetime as dt

import pytest

from analysis.monitoring.groups import measures, unused_permissions
from survey.errors import InstrumentError
from survey.instrument.monitoring import Grouping
from survey.io.yamlfile import parse_yaml, to_model
from tests.unit.monitoring.conftest import apps

P = "android.permission."


def flagged(frame, monitoring) -> list[set[str]]:
    found = measures(frame, monitoring.grouping)
    return [set(found.columns[row]) for row in found.to_numpy()]


class TestMeasures:
    def test_a_permission_alone_is_no_read(self, monitoring):
        frame = apps(((P + "READ_CONTACTS",), ()))
        assert flagged(frame, monitoring) == [
            {"contacts_comms_requested", "ads_or_doubtful", "over_permission"}
        ]

    def test_a_read_alone_is_no_request(self, monitoring):
        assert flagged(apps(((), ("read_contacts",))), monitoring) == [{"contacts_comms"}]

    def test_a_permission_in_use_is_not_doubtful(self, monitoring):
        frame = apps(((P + "READ_CONTACTS",), ("read_contacts",)))
        assert flagged(frame, monitoring) == [{"contacts_comms", "contacts_comms_requested"}]

    def test_one_use_of_several_is_enough(self, monitoring):
        frame = apps(((P + "READ_PHONE_STATE",), ("read_imsi",)))
        assert flagged(frame, monitoring) == [{"device_info", "device_info_requested"}]

    def test_an_advertising_component_counts_without_any_permission(self, monitoring):
        assert flagged(apps(((), ("embed_advertising",))), monitoring) == [{"ads_or_doubtful"}]

    def test_an_app_without_anything_stays_with_nothing(self, monitoring):
        frame = apps(((), ()), ((P + "INTERNET", "com.other.PERMISSION"), ("unheard_of",)))
        assert flagged(frame, monitoring) == [set(), set()]

    def test_an_entry_counts_only_on_days_it_was_valid(self, monitoring):
        asked = ((P + "QUERY_ALL_PACKAGES",), ())
        assert flagged(apps(asked, day="2018-06-30"), monitoring) == [set()]
        later = flagged(apps(asked, day="2021-01-01"), monitoring)
        assert later == [{"system_info_requested", "ads_or_doubtful", "over_permission"}]
        assert flagged(apps(asked), monitoring) == later, "without a day every entry counts"

    def test_an_entry_ends_the_day_before_its_until(self, monitoring):
        signs = [
            sign.model_copy(update={"until": dt.date(2018, 3, 1)})
            for sign in monitoring.grouping.behaviours
        ]
        grouping = monitoring.grouping.model_copy(update={"behaviours": signs})
        read = ((), ("read_sms",))
        assert measures(apps(read, day="2018-02-28"), grouping)["contacts_comms"].tolist() == [True]
        assert measures(apps(read, day="2018-03-01"), grouping)["contacts_comms"].tolist() == [
            False
        ]

    def test_unused_permissions_are_named(self, monitoring):
        frame = apps(((P + "READ_SMS", P + "ACCESS_FINE_LOCATION"), ("read_location",)))
        found = unused_permissions(frame, monitoring.grouping)
        assert found.to_dict("records") == [{"row": 0, "name": P + "READ_SMS"}]


class TestGrouping:
    FILE = """\
sources: {book: a book}
permissions: [{name: P, group: contacts, used_by: [read_p], since: 2010-01-01, source: book}]
behaviours: [{name: read_p, group: contacts, since: 2010-01-01, source: book}]
measures: {contacts: {evidence: read, group: contacts}}
"""

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("source: book}]\nbeh", "source: bok}]\nbeh", "unknown source 'bok'"),
            ("used_by: [read_p]", "used_by: [read_q]", "did you mean 'read_p'"),
            ("evidence: read, group: contacts", "evidence: read, group: sms", "unknown group"),
            ("evidence: read,", "evidence: seen,", "evidence"),
        ],
    )
    def test_a_file_that_does_not_fit_together_is_refused(self, old, new, told):
        assert old in self.FILE
        with pytest.raises(InstrumentError, match=told):
            to_model(Grouping, parse_yaml(self.FILE.replace(old, new), "groups.yml"))

    def test_every_entry_of_the_study_cites_a_source_and_a_day(self, monitoring):
        grouping = monitoring.grouping
        for sign in (*grouping.permissions, *grouping.behaviours):
            assert grouping.sources[sign.source]
            assert sign.since.year >= 2008

    def test_read_and_requested_measures_of_one_group_are_two_indicators(self, monitoring):
        kinds = [(m.group, m.evidence) for m in monitoring.grouping.measures.values()]
        assert len(set(kinds)) == len(kinds)
