"""Starting a new wave: the last wave's files with blanks where a person must decide.

Decided here: what carries over (column map, questionnaire, design, margins) and what cannot (the
period, the raw file, every population number and its source, what was noted about response, what
the sample shares with another one).
Blanks are the word `???`; blanks.py finds them all, and `perception check` reports them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from survey.errors import UsageError, did_you_mean, one_of
from survey.instrument.blanks import BLANK
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import write_text
from survey.io.source import CARD
from survey.io.yamlfile import Document, parse_yaml
from survey.project import WAVE_NAME, Project

FILLED_ANEW = (("period", "start"), ("period", "end"), ("half",), ("raw", "file"))
LEFT_OUT = (
    ("note",),
    ("overlap",),
    ("mode_text",),
    ("design", "frame"),
    ("design", "response"),
    ("design", "dispositions"),
)
TARGET_BLANKS = ("count", "date", "source")
TARGET_EMPTY = ("url", "note")
CARD_BLANK = f"""\
producer: '{BLANK}'
kind: '{BLANK}'  # collected | measured | published | simulated
licence: '{BLANK}'
received: '{BLANK}'
files:
  '{BLANK}': '{BLANK}'  # name of the raw file: its sha256
"""


def new_wave(project: Project, study: str, wave: str) -> list[Path]:
    """Write the files of a new wave, copied from the study's last wave; returns what was written.

    Nothing that exists is touched: the wave's own raw folder may already hold files.

    Raises
    ------
    UsageError
        If the wave exists, its name is not a name, or there is no wave to copy.
    """
    instrument = load_instrument(project, study)
    last = require_new(instrument, wave)
    files = wave_files(project, study, wave, last)
    return [write_text(path, text) for path, text in files.items() if not path.exists()]


def require_new(instrument: Instrument, wave: str, previous: str | None = None) -> str:
    """The wave that a new one is copied from: `previous`, or the study's last.

    Raises
    ------
    UsageError
        As `new_wave`; or if there is no wave `previous`.
    """
    study = instrument.study.id
    if not WAVE_NAME.match(wave):
        raise UsageError(f"'{wave}' is not a name for a wave", expected="letters, digits, - and _")
    if wave in instrument.waves:
        raise UsageError(
            f"wave '{wave}' exists already", where=f"instruments/{study}/waves/{wave}.yml"
        )
    if not instrument.waves:
        raise UsageError(
            f"study '{study}' has no wave to copy", hint="write its first wave by hand"
        )
    if previous is not None and previous not in instrument.waves:
        raise UsageError(
            f"there is no wave '{previous}' in {study}",
            expected=one_of(list(instrument.waves)),
            hint=did_you_mean(previous, instrument.waves),
        )
    return previous or list(instrument.waves)[-1]


def wave_files(project: Project, study: str, wave: str, last: str) -> dict[Path, str]:
    """The files of a new wave and what stands in them, copied from another one with blanks."""
    folder, raw = project.instrument(study), project.raw(study, wave)
    files = {folder / "waves" / f"{wave}.yml": _wave(folder / "waves" / f"{last}.yml", last)}
    targets = folder / "targets" / f"{last}.csv"
    if targets.exists():
        files[folder / "targets" / f"{wave}.csv"] = _targets(targets)
    files[raw / CARD] = CARD_BLANK
    return files


def with_entry(text: str, name: str, entry: str) -> str:
    """YAML whose top-level `name` is another entry, in its place."""
    document = parse_yaml(text, name)
    lines = text.splitlines()
    gone = list(_extent(lines, document, (name,)))
    if not gone:
        return f"{text.rstrip()}\n{entry.rstrip()}\n"
    before, after = lines[: gone[0] - 1], lines[gone[-1] :]
    return "\n".join([*before, *entry.rstrip().splitlines(), *after]) + "\n"


def _wave(path: Path, last: str) -> str:
    """The last wave's YAML, comments kept, with blanks."""
    text = path.read_text(encoding="utf-8")
    document = parse_yaml(text, path.name)
    lines = text.splitlines()
    for place in FILLED_ANEW:
        number = document.lines.get(place)
        if number is not None:
            lines[number - 1] = _blanked(lines[number - 1], place[-1])
    gone = {number for place in LEFT_OUT for number in _extent(lines, document, place)}
    kept = [line for number, line in enumerate(lines, start=1) if number not in gone]
    return "\n".join([f"# Copied from {last}; fill in every {BLANK}.", *kept]) + "\n"


def _blanked(line: str, key: str) -> str:
    """`key: value` of a line, alone or within braces, with a blank for its value."""
    value = rf"(\b{re.escape(key)}:\s*)('[^']*'|\"[^\"]*\"|[^,}}#]*[^,}}#\s])"
    return re.sub(value, rf"\g<1>'{BLANK}'", line, count=1)


def _extent(lines: list[str], document: Document, place: tuple[str, ...]) -> Iterator[int]:
    """Line numbers of an entry in block style: its own, and the deeper ones that follow."""
    first = document.lines.get(place)
    if first is None or not re.match(rf"\s*{place[-1]}:", lines[first - 1]):
        return
    yield first
    depth = _indent(lines[first - 1])
    for number in range(first + 1, len(lines) + 1):
        if lines[number - 1].strip() and _indent(lines[number - 1]) <= depth:
            return
        yield number


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _targets(path: Path) -> str:
    """The last wave's targets with the same levels and no numbers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        row |= {column: BLANK for column in TARGET_BLANKS if column in row}
        row |= {column: "" for column in TARGET_EMPTY if column in row}
        writer.writerow(row)
    return text.getvalue()
