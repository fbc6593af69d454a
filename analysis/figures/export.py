"""Figures to files: JSON (the master copy), SVG and PNG, the same bytes on every run.

Decided here: how a figure becomes canonical JSON, how the page that draws it is kept free of
chance, and when a picture need not be drawn again. Which browser draws is decided in browser.py,
with which fonts in report_templates/fonts. All pictures are drawn from the JSON, in one session.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import kaleido
import numpy as np
import plotly.graph_objects as go
from kaleido.errors import JavascriptError, KaleidoError

from analysis.figures import fonts
from analysis.figures.browser import CURE, Browser, run_apart
from survey.errors import ReportError
from survey.io.atomic import sha256, write_bytes, write_text
from survey.progress import Progress

DIGITS = 10
SCALE = {"svg": 1, "png": 2}
TABS = 2  # two figures at a time; the bytes do not depend on it
RECORD = ".drawn.json"
SECONDS_PER_PICTURE = (20, 120)  # of the first try and the second; a picture takes under one

# plotly.js names clip paths and gradients by Math.random; a fixed sequence makes them repeatable.
# The page is loaded anew for each picture, so two SVGs share names: never inline both in one page.
SEEDED_RANDOM = """
        <script>
            let state = 20180701;
            Math.random = () => {  // mulberry32
                state = (state + 0x6D2B79F5) | 0;
                let t = Math.imul(state ^ (state >>> 15), 1 | state);
                t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
                return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
            };
        </script>"""


class Drawing(NamedTuple):
    """A figure and where it goes: a path without suffix, and its size in CSS pixels."""

    path: Path
    figure: go.Figure
    width: int
    height: int


@dataclass(frozen=True)
class _Job:
    """A drawing as its JSON text, with a digest of everything its pictures depend on."""

    path: Path
    text: str
    width: int
    height: int
    made_from: str

    def file(self, kind: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{kind}")


class _Page(kaleido.PageGenerator):
    header = kaleido.PageGenerator.header + SEEDED_RANDOM

    def __init__(self) -> None:
        super().__init__(mathjax=False)  # it would be fetched from the net


def export_all(
    drawings: Iterable[tuple[Path, go.Figure, int, int]],
    browser: Browser,
    *,
    progress: Progress | None = None,
) -> list[Path]:
    """Write `<path>.json`, `.svg` and `.png` (at twice the size) of every drawing.

    A picture whose JSON, size and toolchain are those it was last drawn from is left alone.

    Returns
    -------
    list of Path
        The files written, in the order of `drawings`; nothing for an unchanged figure.

    Raises
    ------
    ReportError
        If the browser fails, or a figure cannot be drawn; it names the figure.
    """
    tell = progress or Progress.silent()
    tools = toolchain(browser)
    jobs = [_job(Drawing(*drawing), tools) for drawing in drawings]
    written = [job.file("json") for job in jobs if _write_json(job)]
    records = {folder: _read_record(folder) for folder in sorted({job.path.parent for job in jobs})}
    stale = [job for job in jobs if not _fresh(job, records[job.path.parent])]
    if stale:
        tell.step(f"drawing {len(stale)} of {len(jobs)} figures")
        for job, pictures in zip(stale, _draw(stale, browser), strict=True):
            written += [write_bytes(job.file(kind), data) for kind, data in pictures.items()]
            records[job.path.parent][job.path.name] = _entry(job)
    for folder, record in records.items():
        text = json.dumps(record, indent=1, sort_keys=True) + "\n"
        if _differs(folder / RECORD, text):
            write_text(folder / RECORD, text)
    return written


def canonical(figure: go.Figure) -> str:
    """The figure as JSON: keys sorted, arrays spelt out, floats rounded to 10 digits."""
    spec = _plain(figure.to_plotly_json())
    return json.dumps(spec, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def toolchain(browser: Browser) -> dict[str, str]:
    """What pictures depend on besides their JSON: browser, fonts, plotly, kaleido, this module."""
    return {
        "browser": browser.version(),
        "fonts": fonts.fingerprint(browser.root),
        "plotly": version("plotly"),
        "kaleido": version("kaleido"),
        "export": sha256(Path(__file__)),
    }


def _plain(value: Any) -> Any:
    """JSON types only; NaN and infinities become null, as plotly draws them: not at all."""
    if isinstance(value, dict):
        if "bdata" in value:
            return _plain(_decoded(value))
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") + 0.0 if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    raise ReportError(f"a figure holds a {type(value).__name__}, which JSON has no word for")


def _decoded(packed: dict[str, Any]) -> np.ndarray:
    """A numeric array as plotly packs it: base64 of little-endian numbers, perhaps with a shape."""
    flat = np.frombuffer(base64.b64decode(packed["bdata"]), dtype=f"<{packed['dtype']}")
    shape = packed.get("shape")
    return flat.reshape([int(n) for n in str(shape).split(",")]) if shape else flat


def _job(drawing: Drawing, tools: dict[str, str]) -> _Job:
    text = canonical(drawing.figure)
    whole = json.dumps([text, drawing.width, drawing.height, tools], sort_keys=True)
    made_from = hashlib.sha256(whole.encode()).hexdigest()
    return _Job(Path(drawing.path), text, drawing.width, drawing.height, made_from)


def _write_json(job: _Job) -> bool:
    if not _differs(job.file("json"), job.text):
        return False
    write_text(job.file("json"), job.text)
    return True


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode("utf-8")


def _read_record(folder: Path) -> dict[str, dict[str, str]]:
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _entry(job: _Job) -> dict[str, str]:
    return {"made_from": job.made_from, **{kind: sha256(job.file(kind)) for kind in SCALE}}


def _fresh(job: _Job, record: dict[str, dict[str, str]]) -> bool:
    there = all(job.file(kind).is_file() for kind in SCALE)
    return there and record.get(job.path.name) == _entry(job)


def _draw(jobs: Sequence[_Job], browser: Browser) -> list[dict[str, bytes]]:
    """Bytes of every job's pictures, by kind; a session that hangs or breaks is begun once more."""
    reason = ""
    for seconds in SECONDS_PER_PICTURE:
        try:
            with browser.in_environment():
                return run_apart(_session(jobs, browser, seconds))
        except ReportError:
            raise
        except Exception as error:  # the driver has no common family of errors
            reason = str(error).split("\n")[0] or type(error).__name__
    raise ReportError(f"the browser {browser} failed: {reason}", hint=CURE)


async def _session(jobs: Sequence[_Job], browser: Browser, seconds: int) -> list[dict[str, bytes]]:
    settings = {"n": min(TABS, len(jobs)), "timeout": seconds, "page_generator": _Page()}
    async with kaleido.Kaleido(path=browser.path, **settings) as session:
        return await asyncio.gather(*(_pictures(session, job) for job in jobs))


async def _pictures(session: kaleido.Kaleido, job: _Job) -> dict[str, bytes]:
    spec = json.loads(job.text)
    size = {"width": job.width, "height": job.height}
    pictures = {}
    for kind, scale in SCALE.items():
        try:
            pictures[kind] = await session.calc_fig(spec, {**size, "format": kind, "scale": scale})
        except (KaleidoError, JavascriptError) as error:
            what = f"{job.path.name} cannot be drawn as {kind}: {str(error).split(chr(10))[0]}"
            raise ReportError(what, where=str(job.path)) from error
    return pictures
