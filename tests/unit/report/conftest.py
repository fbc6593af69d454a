"""A demo report on the tiny study: two waves of rows, one figure, three tables, two languages."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from analysis.results.store import write_rows
from survey.project import Project
from tests.conftest import ROOT
from tests.unit.report.samples import change, frame, row

DEMO = ROOT / "tests" / "data" / "report"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="300" viewBox="0 0 900 300">'
    '<rect width="900" height="300" fill="#f4f7fa"/>'
    '<rect x="60" y="120" width="500" height="60" fill="#0072b2"/></svg>'
)


@pytest.fixture
def demo(tiny: Project) -> Project:
    """The tiny study with a report 'demo', its rows and a drawn figure."""
    root = tiny.root
    templates = root / "report_templates"
    shutil.copytree(DEMO, templates / "demo", ignore=shutil.ignore_patterns("figures.yml"))
    shutil.copytree(ROOT / "report_templates" / "styles", templates / "styles")
    (templates / "fonts").symlink_to(ROOT / "report_templates" / "fonts")
    shutil.copy(DEMO / "figures.yml", tiny.instrument("tiny") / "figures.yml")
    wave = (tiny.instrument("tiny") / "waves" / "2020H1.yml").read_text(encoding="utf-8")
    earlier = wave.replace("2020-", "2019-")
    (tiny.instrument("tiny") / "waves" / "2019H1.yml").write_text(earlier, encoding="utf-8")
    rows = frame(
        row(),
        row(wave="2019H1", period="2019-06-30", estimate=6.5),
        row(domain="sex=male", estimate=6.1, n=900.0),
        row(domain="sex=female", quality="suppressed", reason="small base", n=12.0),
        row(domain="sex=male", kind="simulated", estimate=6.12),
    )
    write_rows(rows, tiny.estimates("tiny"))
    write_rows(frame(change()), tiny.comparisons("tiny"))
    for lang in ("zh", "en"):
        _draw(tiny.figures("tiny", lang) / "figure-1")
    return tiny


def _draw(path: Path) -> None:
    """A picture in the three formats of a figure, without a browser."""
    path.parent.mkdir(parents=True)
    layout = {"width": 900, "height": 300, "meta": {"alt": "A bar of trust."}}
    drawn = {"data": [{"type": "bar", "x": [6.3], "y": ["all"]}], "layout": layout}
    path.with_suffix(".json").write_text(json.dumps(drawn), encoding="utf-8")
    path.with_suffix(".svg").write_text(SVG, encoding="utf-8")
    path.with_suffix(".png").write_bytes(_png(90, 30))


def _png(width: int, height: int) -> bytes:
    """A grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = (b"\0" + b"\xaa" * width) * height
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
