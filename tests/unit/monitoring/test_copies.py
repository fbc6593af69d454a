"""One app from the records of several stores and versions."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.monitoring.copies import merge_copies, version_key

ORDER = ["games", "social"]


def record(app, store="s1", version="1.0", category="games", day="2018-03-01", does=(), asks=()):
    return {
        "app": app,
        "store": store,
        "version": version,
        "category": category,
        "scan_date": pd.Timestamp(day),
        "permissions": asks,
        "behaviours": does,
    }


def merged(*records):
    frame = pd.DataFrame(records).assign(source_row=range(2, len(records) + 2))
    return merge_copies(frame, category_order=ORDER)


class TestMergeCopies:
    def test_only_the_newest_version_counts_even_if_scanned_earlier(self):
        found = merged(
            record("a.b", version="1.9", does=("read_sms",), day="2018-06-01"),
            record("a.b", version="1.10", does=("read_imei",), day="2018-02-01"),
        )
        assert found.apps["behaviours"].tolist() == [("read_imei",)]
        assert found.apps["version"].tolist() == ["1.10"]
        assert (found.older, found.further, found.repeated) == (1, 0, 0)

    def test_stores_with_the_newest_version_are_joined(self):
        found = merged(
            record("a.b", store="s1", does=("x",), asks=("p",)),
            record("a.b", store="s2", does=("y",), asks=("p", "q"), day="2018-05-01"),
        )
        app = found.apps.iloc[0]
        assert app["behaviours"] == ("x", "y")
        assert app["permissions"] == ("p", "q")
        assert app["stores"] == 2
        assert app["scan_date"] == pd.Timestamp("2018-05-01")
        assert found.further == 1

    def test_a_record_repeated_in_every_field_counts_once(self):
        found = merged(record("a.b"), record("a.b"), record("a.c"))
        assert (len(found.apps), found.repeated, found.further) == (2, 1, 0)

    def test_the_category_is_the_majority_and_the_earlier_one_on_a_tie(self):
        found = merged(
            record("a.tie", store="s1", category="social"),
            record("a.tie", store="s2", category="games"),
            record("a.two", store="s1", category="social"),
            record("a.two", store="s2", category="social"),
            record("a.two", store="s3", category="games"),
        )
        assert dict(zip(found.apps["app"], found.apps["category"], strict=True)) == {
            "a.tie": "games",
            "a.two": "social",
        }

    def test_records_with_nothing_but_a_package_are_merged_too(self):
        frame = pd.DataFrame(
            {"app": ["a.b", "a.b"], "permissions": [("p",), ()], "behaviours": [(), ()]}
        )
        found = merge_copies(frame)
        assert found.apps["permissions"].tolist() == [("p",)]
        assert found.further == 1

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["a.a", "a.b", "a.c"]),
                st.sampled_from(["s1", "s2"]),
                st.sampled_from(["1", "1.0", "1.2", "2"]),
                st.sampled_from(ORDER),
            ),
            min_size=1,
            max_size=20,
        ),
        st.randoms(),
    )
    @settings(deadline=None, max_examples=40)
    def test_every_record_is_accounted_for_and_order_does_not_matter(self, drawn, random):
        records = [record(app, store, version, kind) for app, store, version, kind in drawn]
        found = merged(*records)
        assert len(found.apps) + found.repeated + found.older + found.further == len(records)
        random.shuffle(records)
        again = merged(*records).apps
        same = [column for column in again if column != "version"]  # 1 and 1.0 are one version
        assert again[same].equals(found.apps[same])


class TestVersionKey:
    def test_numbers_are_compared_as_numbers(self):
        versions = ["1.2", "10.0", "2.0.1", "1.10", "2.0"]
        assert sorted(versions, key=version_key) == ["1.2", "1.10", "2.0", "2.0.1", "10.0"]

    def test_trailing_zeros_do_not_matter(self):
        assert version_key("1.0") == version_key("1") != version_key("1.0.1")
