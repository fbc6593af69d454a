"""Archives made to fill the memory are refused before they are unpacked."""

import gzip
import io
import zipfile

import pytest

from survey.errors import DataError
from survey.io.readers import read_raw
from tests.fuzz.seeds import workbook

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""


def with_part(part: str, content: bytes, tmp_path):
    """A sound workbook with one part replaced."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(packed.getvalue())
    return path


class TestWorkbooks:
    def test_a_part_packed_a_thousandfold_is_refused(self, tmp_path):
        path = with_part("xl/worksheets/sheet1.xml", b" " * (64 << 20), tmp_path)
        assert path.stat().st_size < 1 << 20
        with pytest.raises(DataError, match="would unpack to"):
            read_raw(path, "excel", {})

    def test_entities_are_refused(self, tmp_path):
        path = with_part("xl/worksheets/sheet1.xml", LAUGHS.encode(), tmp_path)
        with pytest.raises(DataError, match="declares entities"):
            read_raw(path, "excel", {})

    def test_stray_bytes_before_a_workbook_are_no_fault(self, tmp_path):
        path = tmp_path / "stray.xlsx"
        path.write_bytes(b"stray bytes of a mail program\n" * 100 + workbook())
        assert len(read_raw(path, "excel", {}).frame) == 2


class TestGzip:
    def test_a_gzip_bomb_is_refused(self, tmp_path):
        path = tmp_path / "bomb.csv.gz"
        path.write_bytes(gzip.compress(b"a,b\n" + b"0" * (80 << 20), mtime=0))
        with pytest.raises(DataError, match="unpacks to more than"):
            read_raw(path, "csv", {})


class TestForms:
    def test_a_zip_of_zeros_is_refused(self, tmp_path):
        path = tmp_path / "form.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("form.csv", b"0" * (80 << 20))
        with pytest.raises(DataError, match="would unpack to"):
            read_raw(path, "odk", {})

    def test_what_is_no_zip_is_a_fault(self, tmp_path):
        path = tmp_path / "form.zip"
        path.write_bytes(b"PK\x03\x04 no archive")
        with pytest.raises(DataError, match="not a readable zip archive"):
            read_raw(path, "odk", {})
