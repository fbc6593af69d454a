"""Equal parts give equal archives."""

from __future__ import annotations

import io
import zipfile

from survey.io.zipfix import fixed_zip

CORE = (
    "<x><dcterms:created a='b'>{when}</dcterms:created>"
    "<dcterms:modified>{when}</dcterms:modified></x>"
)


def archive(parts: dict[str, bytes], date=(2021, 5, 4, 3, 2, 2)) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, data in parts.items():
            file.writestr(zipfile.ZipInfo(name, date), data)
    return written.getvalue()


def core(when: str) -> bytes:
    return CORE.format(when=when).encode()


class TestFixedZip:
    def test_order_and_dates_of_parts_do_not_matter(self):
        one = archive({"b.xml": b"b", "[Content_Types].xml": b"t", "a.xml": b"a"})
        two = archive(
            {"a.xml": b"a", "b.xml": b"b", "[Content_Types].xml": b"t"}, (2024, 1, 1, 0, 0, 0)
        )
        assert fixed_zip(one) == fixed_zip(two)

    def test_content_types_come_first(self):
        made = fixed_zip(archive({"a.xml": b"a", "[Content_Types].xml": b"t"}))
        assert zipfile.ZipFile(io.BytesIO(made)).namelist()[0] == "[Content_Types].xml"

    def test_the_hour_of_the_run_is_taken_out(self):
        one = archive({"docProps/core.xml": core("2026-01-01T00:00:00Z")})
        two = archive({"docProps/core.xml": core("2026-02-02T02:02:02Z")})
        assert fixed_zip(one) == fixed_zip(two)

    def test_workbooks_embedded_in_a_document_are_fixed_too(self):
        inner = [
            archive({"docProps/core.xml": core(when)}) for when in ("2026-01-01", "2027-01-01")
        ]
        one, two = (fixed_zip(archive({"word/embeddings/a.xlsx": book})) for book in inner)
        assert one == two

    def test_other_parts_stay_as_they_are(self):
        made = zipfile.ZipFile(io.BytesIO(fixed_zip(archive({"word/document.xml": b"<w/>"}))))
        assert made.read("word/document.xml") == b"<w/>"
