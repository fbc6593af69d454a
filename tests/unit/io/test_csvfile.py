"""Comma-separated files: strict encodings, whole rows."""

import gzip

import pytest

from survey.errors import DataError
from survey.io import csvfile
from survey.io.readers import read_raw

TEXT = "编号,性别\n1,男\n2,女\n"


def written(tmp_path, data: bytes):
    path = tmp_path / "answers.csv"
    path.write_bytes(data)
    return path


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "declared", "told"),
        [
            ("utf-8", None, "utf-8"),
            ("utf-8-sig", None, "utf-8-sig"),
            ("gb18030", None, "gb18030"),
            ("utf-8", "utf-8", "utf-8"),
            ("utf-8-sig", "utf-8", "utf-8-sig"),
            ("gb18030", "gb18030", "gb18030"),
            ("gb18030", "GBK", "gb18030"),
        ],
    )
    def test_the_same_text_is_read_from_every_encoding(self, tmp_path, encoding, declared, told):
        options = {"encoding": declared} if declared else {}
        raw = read_raw(written(tmp_path, TEXT.encode(encoding)), "csv", options)
        assert raw.frame.to_dict("list") == {"编号": ["1", "2"], "性别": ["男", "女"]}
        assert raw.encoding == told

    def test_gb18030_declared_as_utf8_names_the_byte_and_the_cure(self, tmp_path):
        data = "id,性别\n1,男\n".encode("gb18030")
        with pytest.raises(DataError, match=r"answers.csv:1, byte 3: is not utf-8") as error:
            read_raw(written(tmp_path, data), "csv", {"encoding": "utf-8"})
        assert "fits gb18030" in str(error.value)

    def test_utf8_declared_as_gb18030_is_refused_although_it_would_decode(self, tmp_path):
        text = "id,a\n1,个人信息\n"
        assert "个" not in text.encode().decode("gb18030")  # decodes, to wrong characters
        with pytest.raises(DataError, match=r":2, byte 7: is declared gb18030 but is UTF-8"):
            read_raw(written(tmp_path, text.encode()), "csv", {"encoding": "gb18030"})

    def test_a_byte_that_fits_no_encoding_is_placed(self, tmp_path):
        with pytest.raises(DataError, match=r"utf-8 fails at byte 9, gb18030 fails at byte 9"):
            read_raw(written(tmp_path, b"id,a\n1,ok\xff\n"), "csv", {})

    def test_utf16_is_read_by_its_mark_and_unknown_names_are_refused(self, tmp_path):
        raw = read_raw(written(tmp_path, TEXT.encode("utf-16")), "csv", {})
        assert (raw.encoding, raw.frame["性别"].to_list()) == ("utf-16", ["男", "女"])
        with pytest.raises(DataError, match=r"unknown encoding 'utf8-sig'(.|\n)*did you mean"):
            csvfile.decode(b"a", "x.csv", "utf8-sig")


class TestRows:
    def test_a_row_of_another_width_is_named_by_its_line(self, tmp_path):
        data = b'id,a,b\n1,2,3\n4,"x\ny",6\n7,8\n9,10,11,12\n'
        with pytest.raises(DataError) as error:
            read_raw(written(tmp_path, data), "csv", {})
        places = [fault.where.rsplit(":", 1)[1] for fault in error.value.faults]
        assert places == ["5", "6"]
        assert "2 cells" in str(error.value)
        assert "4 cells" in str(error.value)

    def test_blank_cells_are_none_and_double_headers_are_told_apart(self, tmp_path):
        raw = read_raw(written(tmp_path, b"q,q,\n1, ,x\n2,y,\n"), "csv", {})
        assert raw.frame.to_dict("list") == {
            "q": ["1", "2"],
            "q (2)": [None, "y"],
            "column 3": ["x", None],
        }

    def test_an_unclosed_quotation_mark_is_a_fault(self, tmp_path):
        with pytest.raises(DataError, match="not well-formed CSV"):
            read_raw(written(tmp_path, b'a,b\n1,"2\n'), "csv", {})

    def test_an_empty_file_has_no_header(self, tmp_path):
        with pytest.raises(DataError, match="no line 1 for the header"):
            read_raw(written(tmp_path, b""), "csv", {})

    def test_a_gzipped_file_is_read_and_a_broken_one_refused(self, tmp_path):
        packed = gzip.compress(TEXT.encode() * 50)
        assert len(read_raw(written(tmp_path, packed), "csv", {}).frame) == 149
        with pytest.raises(DataError, match="broken gzip"):
            read_raw(written(tmp_path, packed[:40]), "csv", {})


class TestOptions:
    def test_an_unknown_option_and_a_missing_file_are_told(self, tmp_path):
        with pytest.raises(DataError, match=r"'encodng'(.|\n)*did you mean 'encoding'"):
            read_raw(written(tmp_path, b"a\n1\n"), "csv", {"encodng": "utf-8"})
        with pytest.raises(DataError, match="file is missing"):
            read_raw(tmp_path / "gone.csv", "csv", {})

    def test_header_row_skipped_rows_and_delimiter_are_obeyed(self, tmp_path):
        data = b"a note\nid;a\nid text;a text\n1;2\n"
        options = {"header_row": 2, "skip_rows": 1, "delimiter": ";"}
        raw = read_raw(written(tmp_path, data), "csv", options)
        assert raw.frame.to_dict("list") == {"id": ["1"], "a": ["2"]}

    @pytest.mark.parametrize(
        ("option", "value"),
        [("header_row", "x"), ("header_row", 0), ("skip_rows", -1), ("delimiter", "::")],
    )
    def test_an_option_of_the_wrong_kind_is_told(self, tmp_path, option, value):
        with pytest.raises(DataError, match=f"reading option '{option}'"):
            read_raw(written(tmp_path, TEXT.encode()), "csv", {option: value})
