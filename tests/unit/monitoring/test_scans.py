"""Reading and judging scan records."""

import gzip

import pytest

from analysis.monitoring.scans import read_scans, tokens, validate
from survey.errors import DataError
from survey.instrument.model import Column
from tests.unit.monitoring.conftest import scan, table


def judged(raw, wave, instrument):
    return validate(raw, wave, instrument, name="scans.csv")


class TestValidate:
    def test_a_good_record_keeps_every_field(self, wave, instrument):
        raw = table(scan(permissions="b; a;b;", behaviours="read_imei"))
        record = judged(raw, wave, instrument).records.iloc[0]
        assert record["source_row"] == 2
        assert record["category"] == "games"
        assert record["permissions"] == ("b", "a")
        assert record["behaviours"] == ("read_imei",)

    @pytest.mark.parametrize(
        ("column", "cell", "reason"),
        [
            ("app_id", "", "no_package_name"),
            ("app_id", "not a package", "bad_package_name"),
            ("category", "gmaes", "unknown_category"),
            ("version", "beta", "bad_version"),
            ("scan_date", "2018-02-30", "bad_date"),
            ("scan_date", "2017-12-31", "outside_window"),
            ("scan_date", "2018-07-01", "outside_window"),
            ("permissions", "android.permission.READ\N{REPLACEMENT CHARACTER}", "unreadable_cell"),
        ],
    )
    def test_a_bad_record_is_set_aside_with_its_reason(
        self, wave, instrument, column, cell, reason
    ):
        scans = judged(table(scan(), scan(**{column: cell})), wave, instrument)
        assert len(scans.records) == 1
        rejected = scans.rejects.iloc[0]
        assert (rejected["source_row"], rejected["reason"]) == (3, reason)
        assert rejected[column] == cell, "the record stands in the rejects as it was read"

    def test_the_first_and_the_last_day_of_the_window_count(self, wave, instrument):
        raw = table(scan(scan_date="2018-01-01"), scan(scan_date="2018-06-30"))
        assert len(judged(raw, wave, instrument).records) == 2

    def test_a_record_without_permissions_stays(self, wave, instrument):
        scans = judged(table(scan(permissions="")), wave, instrument)
        assert scans.records["permissions"].tolist() == [()]

    def test_a_category_may_be_a_number_a_code_or_words(self, wave, instrument):
        raw = table(*(scan(category=cell) for cell in ("1", "games", "游戏", "Games")))
        assert judged(raw, wave, instrument).records["category"].eq("games").all()

    def test_a_field_that_is_not_mapped_is_not_judged(self, wave, instrument):
        few = wave.model_copy(update={"columns": {"app": Column(column="app_id")}})
        scans = judged(table(scan(version="beta", scan_date="")), few, instrument)
        assert len(scans.records) == 1
        assert scans.records["permissions"].tolist() == [()]

    def test_missing_columns_are_named_together_with_the_nearest(self, wave, instrument):
        raw = table(scan()).rename(columns={"version": "versoin", "store": "shop"})
        with pytest.raises(DataError) as caught:
            judged(raw, wave, instrument)
        told = str(caught.value)
        assert "column 'store' (item 'store') is missing" in told
        assert "did you mean 'versoin'?" in told


class TestReadScans:
    def test_plain_and_gzip_files_give_the_same_records(self, tmp_path, wave, instrument):
        text = table(scan(), scan(version="x")).to_csv(index=False)
        plain, packed = tmp_path / "scans.csv", tmp_path / "scans.csv.gz"
        plain.write_text(text, encoding="utf-8")
        packed.write_bytes(gzip.compress(text.encode("utf-8")))
        one, two = (read_scans(path, wave, instrument) for path in (plain, packed))
        assert one.records.equals(two.records)
        assert one.read == two.read == 2

    def test_a_truncated_file_is_a_data_error_with_its_name(self, tmp_path, wave, instrument):
        path = tmp_path / "scans.csv.gz"
        text = table(*(scan(app_id=f"a.b{i}") for i in range(500))).to_csv(index=False)
        path.write_bytes(gzip.compress(text.encode("utf-8"))[:200])
        with pytest.raises(DataError, match=r"scans\.csv\.gz: cannot be read as CSV"):
            read_scans(path, wave, instrument)

    def test_a_missing_file_is_a_data_error(self, tmp_path, wave, instrument):
        with pytest.raises(DataError, match="file is missing"):
            read_scans(tmp_path / "none.csv", wave, instrument)


class TestTokens:
    def test_repeats_and_blanks_do_not_count(self):
        assert tokens(" a ;b;;a", ";") == ("a", "b")

    def test_an_empty_cell_is_no_name(self):
        assert tokens("", ";") == ()
