"""Scan files in every form; nothing that was read vanishes."""

import datetime as dt
import json
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.monitoring.scanfiles import read_records
from analysis.monitoring.scans import read_scans
from survey.errors import DataError
from tests.unit.monitoring.conftest import scan, table

MANIFEST = """\
<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="com.example.one"
          android:versionCode="12" android:versionName="1.2">
  <uses-permission android:name="android.permission.READ_SMS"/>
  <uses-permission android:name="android.permission.CAMERA" android:maxSdkVersion="28"/>
  <uses-permission-sdk-23 android:name="android.permission.READ_CONTACTS"/>
  <permission android:name="com.example.one.OWN"/>
</manifest>
"""
AAPT = """\
package: com.example.two
uses-permission: name='android.permission.READ_SMS'
uses-permission: android.permission.CAMERA
uses-permission-sdk-23: name='android.permission.READ_CONTACTS' maxSdkVersion='30'
permission: com.example.two.OWN
"""
BADGING = "package: name='com.example.three' versionCode='7' versionName='0.7' platformBuild=''\n"
TOOL = {
    "application": {
        "handle": "com.example.four",
        "version_name": "4.0",
        "version_code": "40",
        "permissions": ["android.permission.INTERNET"],
    },
    "trackers": [{"id": 312, "name": "Google AdMob"}, {"id": 5}],
}
SERVICE = {
    "com.example.five": {
        "creator": "x",
        "reports": [
            {"version": "1.0", "version_code": "1", "updated_at": "2018-03-01T10:00:00Z",
             "trackers": [27, 49]},
            {"version": "1.1", "version_code": "2", "trackers": []},
        ],
    }
}  # fmt: skip


def columns_of(wave, **changed):
    columns = {key: value.model_dump() for key, value in wave.columns.items()} | changed
    return type(wave).model_validate(
        {**wave.model_dump(exclude={"columns", "calibrate"}), "columns": columns}
    )


class TestForms:
    def test_csv_json_lines_and_parquet_give_the_same_records(self, tmp_path, wave, instrument):
        records = [
            scan(permissions="a.B;c.D", behaviours="read_imei"),
            scan(app_id="com.example.two", permissions="", version="10.2"),
        ]
        table(*records).to_csv(tmp_path / "scans.csv", index=False)
        listed = [
            {**r, "permissions": [n for n in r["permissions"].split(";") if n],
             "behaviours": [n for n in r["behaviours"].split(";") if n]}
            for r in records
        ]  # fmt: skip
        lines = "\n".join(json.dumps(record) for record in listed)
        (tmp_path / "scans.jsonl").write_text(lines + "\n", encoding="utf-8")
        typed = pa.Table.from_pylist(listed)
        day = pa.array([dt.date(2018, 3, 1)] * 2)
        at = typed.schema.get_field_index("scan_date")
        pq.write_table(typed.set_column(at, "scan_date", day), tmp_path / "scans.parquet")
        read = [
            read_scans(tmp_path / f"scans.{ending}", wave, instrument).records.drop(
                columns="source_row"
            )
            for ending in ("csv", "jsonl", "parquet")
        ]
        assert len(read[0]) == 2
        assert read[0].equals(read[1])
        assert read[0].equals(read[2])

    def test_the_separator_of_a_list_is_the_waves(self, tmp_path, wave, instrument):
        changed = columns_of(wave, permissions={"column": "permissions", "split": "|"})
        path = tmp_path / "scans.csv"
        table(scan(permissions="a.B|c.D")).to_csv(path, index=False)
        found = read_scans(path, changed, instrument).records["permissions"]
        assert found.tolist() == [("a.B", "c.D")]

    def test_an_archive_of_manifests_and_tracker_reports_is_read(self, tmp_path):
        path = tmp_path / "packages.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("1/AndroidManifest.xml", MANIFEST)
            archive.writestr("2.txt", AAPT)
            archive.writestr("3.txt", BADGING)
            archive.writestr("4.json", json.dumps(TOOL))
            archive.writestr("5.json", json.dumps(SERVICE))
            archive.writestr("6.xml", "<html/>")
            archive.writestr("7.apk", "PK")
            archive.writestr("8.json", "{")
        raw = read_records(path, name="packages.zip")
        asked = "android.permission.READ_SMS;android.permission.CAMERA;"
        asked += "android.permission.READ_CONTACTS"
        cells = raw.cells.set_index("file")
        assert cells.loc["1/AndroidManifest.xml", "permissions"] == asked
        assert cells.loc["1/AndroidManifest.xml", "version"] == "1.2"
        assert cells.loc["2.txt", "permissions"] == asked
        assert cells.loc["3.txt", ["app", "version_code"]].tolist() == ["com.example.three", "7"]
        assert cells.loc["4.json", "sdks"] == "Google AdMob;exodus:5"
        assert cells.loc["5.json", "sdks"].tolist() == ["exodus:27;exodus:49", ""]
        assert cells.loc["5.json", "scan_date"].tolist() == ["2018-03-01", ""]
        assert raw.unread["reason"].eq("unreadable_file").all()
        assert raw.unread["record"].tolist() == ["6.xml", "7.apk", "8.json"]
        assert "first element is <html>" in raw.unread["detail"].iloc[0]

    def test_a_manifest_with_entities_is_set_aside(self, tmp_path):
        path = tmp_path / "packages.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.xml", '<!DOCTYPE m [<!ENTITY a "b">]>' + MANIFEST)
        raw = read_records(path, name="packages.zip")
        assert len(raw.cells) == 0
        assert "no document type" in raw.unread["detail"].item()

    @pytest.mark.parametrize("name", ["scans.parquet", "scans.zip", "scans.jsonl.gz"])
    def test_a_file_that_is_not_what_its_ending_says_is_a_data_error(self, tmp_path, name):
        (tmp_path / name).write_text("nothing of the kind", encoding="utf-8")
        with pytest.raises(DataError, match=r"scans\.\S+: cannot be read as"):
            read_records(tmp_path / name, name=name)


class TestMalformed:
    def read(self, tmp_path, text, wave, instrument, name="scans.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_scans(path, wave, instrument)

    def test_a_line_with_too_many_or_too_few_cells_is_set_aside_alone(
        self, tmp_path, wave, instrument
    ):
        good = table(scan()).to_csv(index=False)
        text = good + "com.example.x,store001\n" + good.split("\n")[1] + ",more\n"
        scans = self.read(tmp_path, text, wave, instrument)
        assert len(scans.records) == 1
        assert scans.rejects["reason"].eq("wrong_number_of_cells").all()
        assert scans.rejects["source_row"].tolist() == [3, 4]
        assert scans.rejects["record"].iloc[0] == "com.example.x,store001"

    def test_a_quote_left_open_swallows_no_further_record(self, tmp_path, wave, instrument):
        lines = table(*(scan(app_id=f"com.example.a{k}") for k in range(200))).to_csv(index=False)
        lines = lines.replace("com.example.a7,", '"com.example.a7,')
        scans = self.read(tmp_path, lines, wave, instrument)
        assert len(scans.records) == 199
        assert scans.rejects["source_row"].tolist() == [9]

    def test_a_quoted_cell_may_hold_a_line_break_and_the_lines_stay_counted(
        self, tmp_path, wave, instrument
    ):
        text = table(scan(), scan(version="x")).assign(title="a\nb").to_csv(index=False)
        scans = self.read(tmp_path, text, wave, instrument)
        assert len(scans.records) == 1
        assert scans.rejects["source_row"].tolist() == [4]

    def test_a_json_line_that_is_none_is_set_aside_with_its_text(self, tmp_path, wave, instrument):
        good = json.dumps(scan())
        text = "\n".join([good, '{"app_id": ', "[1]", "", '{"app_id": {"a": 1}}', good])
        scans = self.read(tmp_path, text, wave, instrument, "scans.jsonl")
        assert len(scans.records) == 2
        assert scans.rejects["source_row"].tolist() == [2, 3, 5]
        assert scans.rejects["record"].iloc[0] == '{"app_id": '
        assert scans.rejects["reason"].eq("unreadable_line").all()

    def test_a_number_that_is_none_is_set_aside(self, tmp_path, wave, instrument):
        changed = columns_of(wave, installs={"column": "installs"})
        text = table(*(scan(installs=cell) for cell in ("10,000+", "5", "", "many", "-1"))).to_csv(
            index=False
        )
        scans = self.read(tmp_path, text, changed, instrument)
        assert scans.records["installs"].tolist()[:2] == [10000, 5]
        assert scans.records["installs"].isna().tolist() == [False, False, True]
        assert scans.rejects["detail"].tolist() == ["many", "-1"]
        assert scans.rejects["reason"].eq("bad_installs").all()

    def test_a_day_outside_the_records_own_window_is_set_aside(self, tmp_path, wave, instrument):
        changed = columns_of(wave, window={"column": "window"})
        cells = ("2018-03-01/2018-03-31", "2018-02-01/2018-02-28", "2018-03-02/2018-03-01", "March")
        text = table(*(scan(window=cell) for cell in cells)).to_csv(index=False)
        scans = self.read(tmp_path, text, changed, instrument)
        assert len(scans.records) == 1
        assert scans.rejects["reason"].tolist() == [
            "outside_its_window",
            "bad_window",
            "bad_window",
        ]


CELLS = st.one_of(
    st.sampled_from(
        ["com.example.one", "games", "1.0", "2018-03-01", "", 'a"b', "x,y", "a;b", "\ufffd", "'"]
    ),
    st.text(alphabet=st.characters(exclude_characters="\n\r", codec="utf-8"), max_size=8),
)


class TestNothingVanishes:
    @given(st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=12), st.randoms())
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
    def test_every_line_of_a_csv_is_kept_or_set_aside(
        self, tmp_path, wave, instrument, rows, random
    ):
        header = list(scan())
        lines = [",".join(row) for row in rows]
        lines = [line for line in lines if line]
        good = table(scan()).to_csv(index=False, header=False).strip("\n")
        for _ in range(3):
            lines.insert(random.randint(0, len(lines)), good)
        path = tmp_path / "scans.csv"
        path.write_text("\n".join([",".join(header), *lines]) + "\n", encoding="utf-8", newline="")
        scans = read_scans(path, wave, instrument)
        open_quotes = sum(line.count('"') % 2 for line in lines)
        assert scans.read == len(scans.records) + len(scans.rejects)
        assert scans.read <= len(lines)
        if open_quotes < 2:  # two open quotes may rightly make one record of several lines
            assert scans.read == len(lines)
            assert len(scans.records) >= 3
        told = [*scans.records["source_row"], *scans.rejects["source_row"]]
        assert len(set(told)) == len(told)

    @given(st.lists(st.one_of(st.just(json.dumps(scan())), st.text(max_size=12)), max_size=15))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
    def test_every_line_of_a_json_file_is_kept_or_set_aside(self, tmp_path, wave, instrument, rows):
        rows = [row.replace("\n", " ").encode("utf-8", "replace").decode() for row in rows]
        rows = [*rows, json.dumps(scan())]
        path = tmp_path / "scans.jsonl"
        path.write_text("\n".join(rows), encoding="utf-8", newline="")
        scans = read_scans(path, wave, instrument)
        assert len(scans.records) + len(scans.rejects) == sum(bool(row.strip()) for row in rows)
        assert len(scans.records) == rows.count(json.dumps(scan()))

    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "app_id": st.sampled_from(["com.example.one", "bad", "", "a.b"]),
                    "category": st.sampled_from(["games", "gmaes"]),
                    "version": st.sampled_from(["1.0", "beta"]),
                    "scan_date": st.sampled_from(["2018-03-01", "2017-01-01", "soon"]),
                }
            ),
            max_size=20,
        )
    )
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    def test_every_record_is_kept_exactly_if_all_its_cells_are_good(self, wave, instrument, cells):
        from analysis.monitoring.scans import validate

        raw = table(*(scan(**cell) for cell in cells)) if cells else table(scan())[:0]
        scans = validate(raw, wave, instrument, name="scans.csv")
        good = [
            cell["app_id"] in ("com.example.one", "a.b")
            and cell["category"] == "games"
            and cell["version"] == "1.0"
            and cell["scan_date"] == "2018-03-01"
            for cell in cells
        ]
        assert len(scans.records) == sum(good)
        assert scans.read == len(cells)
        assert isinstance(scans.rejects, pd.DataFrame)
