"""Looking for planted values in every file of a folder, however it is packed or written.

A value counts as found in UTF-8, UTF-16 and GB 18030, with the signs between its digits taken out,
as JSON, XML or URL escapes, in base64 at any offset, and as an unkeyed MD5, SHA-1 or SHA-256.
Archives, gzip, Parquet, PDF, and base64 parts of pages are opened and what is in them is searched.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
import subprocess
import urllib.parse
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

_BETWEEN = re.compile(rb"(?<=\d)[ .\-_/]{1,2}(?=\d)")
_DATA = re.compile(rb"base64,([A-Za-z0-9+/=]{16,})")
DEEPEST = 4  # archives within archives
HASHES = ("md5", "sha1", "sha256")


@dataclass(frozen=True)
class Find:
    """A planted value in a file: where, which, and in what form."""

    path: str
    value: str
    form: str


def forms(value: str) -> dict[str, bytes]:
    """What would be found of a value, by the name of the form."""
    found = {
        coding: value.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
    }
    found["json"] = json.dumps(value)[1:-1].encode()
    found["url"] = urllib.parse.quote(value).encode()
    for name in HASHES:
        digest = hashlib.new(name, value.encode())
        found[f"{name} as hex"] = digest.hexdigest().encode()
        found[f"{name} as bytes"] = digest.digest()
    for offset in range(3):
        packed = base64.b64encode(b"\0" * offset + value.encode())
        whole = 4 * ((offset + len(value.encode())) // 3)
        found[f"base64 at {offset}"] = packed[4 if offset else 0 : whole]
    return found


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Everything a file holds: its bytes, and those of what is packed in it, with a name each."""
    yield from _opened(path.name, path.read_bytes(), 0)


def _opened(name: str, data: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    yield name, data
    if depth >= DEEPEST:
        return
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                yield f"{name}/(name)", part.filename.encode() + part.comment
                yield from _opened(f"{name}/{part.filename}", archive.read(part), depth + 1)
    elif data[:2] == b"\x1f\x8b":
        yield from _opened(f"{name}/gzip", gzip.decompress(data), depth + 1)
    elif data[:4] == b"PAR1":
        table = pq.read_table(io.BytesIO(data))
        yield f"{name}/schema", str(table.schema.metadata).encode() + str(table.schema).encode()
        for column in table.column_names:
            values = "\n".join(sorted({str(value) for value in table[column].to_pylist()}))
            yield f"{name}/{column}", values.encode("utf-8", "replace")
    elif data[:5] == b"%PDF-":
        told = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
        info = subprocess.run(["pdfinfo", "-"], input=data, capture_output=True, check=True)
        yield f"{name}/text", told.stdout + info.stdout
    elif b"&#" in data or b"&" in data[:4096]:
        yield f"{name}/unescaped", html.unescape(data.decode("utf-8", "replace")).encode()
    for packed in _DATA.findall(data):
        yield from _opened(f"{name}/base64", base64.b64decode(packed + b"=="), depth + 1)


def finds(path: Path, values: Iterable[str]) -> list[Find]:
    """Every planted value in one file, and in its name."""
    wanted = {value: forms(value) for value in dict.fromkeys(values)}
    digits = {v: re.sub(r"\D", "", v).encode() for v in wanted if len(re.sub(r"\D", "", v)) >= 9}
    found: dict[Find, None] = {}
    for name, data in [("(name of the file)", str(path).encode()), *contents(path)]:
        closed = _BETWEEN.sub(b"", data) if digits else b""
        for value, ways in wanted.items():
            for form, needle in ways.items():
                if needle and needle in data:
                    found[Find(name, value, form)] = None
            if value in digits and digits[value] in closed:
                found[Find(name, value, "digits")] = None
    return list(found)


def finds_under(folders: Iterable[Path], values: Iterable[str]) -> list[Find]:
    """`finds` in every file below the folders."""
    values = list(values)
    return [
        Find(f"{path}: {find.path}", find.value, find.form)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for find in finds(path, values)
    ]
