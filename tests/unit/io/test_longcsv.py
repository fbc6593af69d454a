"""Long files are read by Arrow as short ones are read row by row."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.errors import DataError
from survey.io import csvfile, longcsv
from survey.io.readers import read_raw

CELL = st.one_of(
    st.sampled_from(["", " ", "1", "男", " 男 ", 'say "so"', "a,b", "two\nlines", "é\u3000", "NA"]),
    st.text(alphabet='ab1, "\n\t中', max_size=6),
)
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12)
)


def plain(table):
    """Columns of a reading as lists, blanks as None."""
    return [
        (name, [None if cell != cell else cell for cell in cells])
        for name, cells in table["columns"]
    ] + [table["dropped"], table["encoding"], table["report"]]


def both(path, options=None):
    return [plain(r) for r in (csvfile.read(path, options or {}), longcsv.read(path, options or {}, long=0))]  # fmt: skip  # noqa: E501


class TestEqualToTheShortWay:
    @given(rows=TABLE, ends=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([0, 1]))
    @settings(max_examples=60)
    def test_whatever_stands_in_the_cells(self, tmp_path_factory, rows, ends, quoting):
        path = tmp_path_factory.mktemp("long") / "a.csv"
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator=ends, quoting=quoting)
        writer.writerow([f"q{k}" for k in range(len(rows[0]))])
        writer.writerows(rows)
        path.write_bytes(text.getvalue().encode())
        slow, fast = both(path)
        assert slow == fast

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
    def test_in_any_encoding_with_names_met_twice_and_columns_left_out(self, tmp_path, encoding):
        path = tmp_path / "a.csv"
        rows = "性别,分,分,来自IP\n" + "男性受访者,5, 6 ,1.2.3.4\n,,,9.9.9.9\n,,,\n" * 3
        path.write_bytes(rows.encode(encoding))
        slow, fast = both(path, {"encoding": encoding, "drop": ["来自IP"]})
        assert slow == fast
        assert len(fast[0][1]) == 6  # a row with only a dropped cell is no blank row

    def test_rows_above_and_under_the_header_are_skipped(self, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("made by a tool,\n\nid,s\nNumber,Sex\n1,2\n2,1\n")
        slow, fast = both(path, {"header_row": 2, "skip_rows": 1})
        assert slow == fast
        assert fast[0] == ("id", ["1", "2"])

    @pytest.mark.parametrize(
        "text",
        ['a,b\nx"y,1\n', 'a,b\n"x"y,1\n', "a,b\n1,2\r3,4\n", "a,b\n1\n", 'a,b\n"1,2\n', "a\n1\n"],
    )
    def test_what_arrow_reads_otherwise_goes_the_short_way(self, tmp_path, text):
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode())
        told = []
        for read in (csvfile.read, lambda p, o: longcsv.read(p, o, long=0)):
            try:
                told.append(plain(read(path, {})))
            except DataError as error:
                told.append(str(error))
        assert told[0] == told[1]


def test_only_a_long_file_has_categories(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("id,s\n1,x\n2,x\n")
    assert read_raw(path, "csv", {}).frame["s"].dtype == object
    monkeypatch.setattr(longcsv.read, "__kwdefaults__", {"long": 0})
    frame = read_raw(path, "csv", {}).frame
    assert isinstance(frame["s"].dtype, pd.CategoricalDtype)
    assert frame["s"].to_list() == ["x", "x"]
