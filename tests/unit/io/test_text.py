"""Files a person wrote that cannot be read, and files the system will not let be written."""

import pytest

from survey.errors import DataError, InstrumentError, PerceptionError
from survey.io.atomic import sha256, write_text
from survey.io.tables import read_csv
from survey.io.text import text_of


class TestTextOf:
    def test_a_byte_order_mark_is_no_part_of_the_text(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_bytes("\ufeffa\n".encode())
        assert text_of(path, "x.csv", InstrumentError) == "a\n"

    def test_another_encoding_is_told_with_its_line(self, tmp_path):
        path = tmp_path / "x.csv"
        path.write_bytes("a\n男\n".encode("gb18030"))
        with pytest.raises(InstrumentError, match=r"x\.csv:2: not UTF-8"):
            text_of(path, "x.csv", InstrumentError)

    def test_a_folder_in_place_of_a_file_is_told(self, tmp_path):
        with pytest.raises(DataError, match=r"here: cannot be opened: Is a directory"):
            text_of(tmp_path, "here", DataError)


class TestReadCsv:
    @pytest.mark.parametrize(
        ("text", "told"), [("", "is empty"), ("a,b\n1,2\n1,2,3\n", "not well-formed")]
    )
    def test_a_file_that_is_no_table_is_told(self, tmp_path, text, told):
        path = tmp_path / "x.csv"
        path.write_text(text)
        with pytest.raises(DataError, match=told):
            read_csv(path)


class TestSha256:
    def test_a_file_that_cannot_be_opened_is_told(self, tmp_path):
        with pytest.raises(PerceptionError, match="cannot be opened: Is a directory"):
            sha256(tmp_path)


class TestWriting:
    def test_a_file_in_place_of_a_folder_is_told_and_left_alone(self, tmp_path):
        (tmp_path / "build").write_text("mine")
        with pytest.raises(PerceptionError, match="cannot be written"):
            write_text(tmp_path / "build" / "x.json", "{}")
        assert (tmp_path / "build").read_text() == "mine"

    def test_a_folder_in_place_of_the_file_leaves_nothing_behind(self, tmp_path):
        (tmp_path / "x.json").mkdir()
        with pytest.raises(PerceptionError, match="cannot be written"):
            write_text(tmp_path / "x.json", "{}")
        assert [path.name for path in tmp_path.iterdir()] == ["x.json"]
