"""The search finds a planted leak in whatever form it is hidden."""

import base64
import gzip
import hashlib
import json
import zipfile

import openpyxl
import pandas as pd
import pytest
from docx import Document

from tests.privacy.searching import finds, finds_under

PHONE, NAME = "17077100011", "欧阳倩雯"


def found(path, value=PHONE) -> set[str]:
    return {find.form for find in finds(path, [value])}


@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
def test_text_of_every_coding(tmp_path, coding):
    path = tmp_path / "a.txt"
    path.write_bytes(f"我叫{NAME}。".encode(coding))
    assert coding in found(path, NAME)


@pytest.mark.parametrize(
    "text", ["170 7710 0011", "170-7710-0011", "17077100011.0", "1707 71 00 011"]
)
def test_digits_with_signs_between_them(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(f"x {text} y")
    assert "digits" in found(path)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_unkeyed_hashes(tmp_path, name):
    path = tmp_path / "a.txt"
    path.write_text(hashlib.new(name, PHONE.encode()).hexdigest())
    assert f"{name} as hex" in found(path)
    path.write_bytes(b"x" + hashlib.new(name, PHONE.encode()).digest())
    assert f"{name} as bytes" in found(path)


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_at_every_offset(tmp_path, before):
    path = tmp_path / "a.txt"
    path.write_bytes(base64.b64encode(f"{before}{PHONE} and more".encode()))
    assert any(form.startswith("base64") for form in found(path))


def test_json_escapes_and_pages(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"name": NAME}))
    assert "json" in found(path, NAME)
    page = tmp_path / "a.html"
    page.write_text("<p>" + "".join(f"&#{ord(sign)};" for sign in NAME) + "</p>")
    assert found(page, NAME)
    packed = base64.b64encode(f"<svg>{PHONE}</svg>".encode()).decode()
    page.write_text(f"<img src='data:image/svg+xml;base64,{packed}'>")
    assert "utf-8" in found(page)


def test_what_is_packed(tmp_path):
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.gz", gzip.compress(f"{PHONE}\n".encode()))
    assert "utf-8" in found(zipped)
    named = tmp_path / "b.zip"
    with zipfile.ZipFile(named, "w") as archive:
        archive.writestr(f"{NAME}.txt", "x")
    assert found(named, NAME)


def test_tables_and_documents(tmp_path):
    table = tmp_path / "a.parquet"
    pd.DataFrame({"a": ["x", NAME], "b": [1.0, float(PHONE)]}).to_parquet(table)
    assert "utf-8" in found(table, NAME)
    assert "utf-8" in found(table)
    book = openpyxl.Workbook()
    book.active["A1"] = f"call {PHONE}"
    book.save(tmp_path / "a.xlsx")
    assert "utf-8" in found(tmp_path / "a.xlsx")
    document = Document()
    document.core_properties.author = NAME
    document.save(str(tmp_path / "a.docx"))
    assert found(tmp_path / "a.docx", NAME)


def test_pdf(tmp_path):
    import typst

    source = tmp_path / "a.typ"
    source.write_text(f"Call {PHONE} now")
    typst.compile(str(source), output=str(tmp_path / "a.pdf"))
    assert PHONE.encode() not in (tmp_path / "a.pdf").read_bytes()
    assert found(tmp_path / "a.pdf")


def test_the_name_of_a_file_and_folders(tmp_path):
    path = tmp_path / "deep" / f"{PHONE}.txt"
    path.parent.mkdir()
    path.write_text("nothing")
    assert [find.value for find in finds_under([tmp_path], [PHONE])]
    path.rename(path.with_name("other.txt"))
    assert finds_under([tmp_path], [PHONE]) == []
