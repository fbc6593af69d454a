"""Zip containers (docx, xlsx) whose bytes depend on their parts only.

Word and Excel libraries write the hour of the run into the archive and its core properties. Here
the parts are sorted, dated alike and stripped of both; workbooks embedded in a document likewise.
What the parts hold is decided where the document is made.
"""

from __future__ import annotations

import io
import re
import zipfile

_STAMP = (2000, 1, 1, 0, 0, 0)
_WHEN = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_FIRST = "[Content_Types].xml"  # readers expect it at the head of the archive
_PACKED = (".png", ".jpg", ".jpeg")  # compressed already
_NESTED = (".xlsx", ".docx", ".pptx")


def fixed_zip(data: bytes, *, moment: str = "2000-01-01T00:00:00Z") -> bytes:
    """`data`, a zip archive, written again so that equal parts give equal bytes.

    Parameters
    ----------
    data : bytes
        A docx, xlsx or pptx file.
    moment : str
        What core properties name as the time of creation and change (ISO 8601, UTC).
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(parts, key=lambda part: (part != _FIRST, part)):
            info = zipfile.ZipInfo(name, _STAMP)
            packed = name.endswith(_PACKED)
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, _fixed_part(name, parts[name], moment))
    return written.getvalue()


def _fixed_part(name: str, part: bytes, moment: str) -> bytes:
    if name.endswith(_NESTED):
        return fixed_zip(part, moment=moment)
    if name.endswith("core.xml"):
        return _WHEN.sub(rb"\g<1>" + moment.encode() + rb"\g<3>", part)
    return part
