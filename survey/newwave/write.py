"""A proposal as the files of a new wave: what is sure stands, what is not is a blank to fill in.

Blanks are those of survey/instrument/blanks.py, so that no stage runs before a person has filled
them. Beside every entry stands its confidence, beside every blank what is proposed and why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from survey.errors import UsageError
from survey.instrument.blanks import BLANK
from survey.instrument.model import Column, Scale
from survey.instrument.template import CARD_BLANK, wave_files, with_entry
from survey.io.atomic import sha256, write_bytes, write_text
from survey.io.source import CARD
from survey.newwave.match import Match
from survey.newwave.propose import Proposal, is_settled
from survey.newwave.units import Unit
from survey.privacy.search import masked
from survey.project import Project

_LONGEST = 60  # characters of a header in a comment


def write_wave(
    project: Project,
    study: str,
    wave: str,
    file: Path,
    proposal: Proposal,
    scales: dict[str, Scale],
) -> list[Path]:
    """Write the wave's files and copy the raw file beside its card; returns what was written.

    Parameters
    ----------
    scales : item -> its scale, for the words of missing codes

    Raises
    ------
    UsageError
        If another file of that name stands in the wave's raw folder.
    """
    raw = project.raw(study, wave)
    target = raw / file.name
    digest = sha256(file)
    if target.exists() and sha256(target) != digest:
        raise UsageError(
            f"another file '{file.name}' is there already", where=project.relative(target)
        )
    files = wave_files(project, study, wave, proposal.previous)
    path = project.instrument(study) / "waves" / f"{wave}.yml"
    text = with_entry(
        files[path], "raw", f"raw: {_flow({'file': file.name, 'origin': proposal.origin})}"
    )
    head = (
        f"# Column map proposed from {file.name} against {proposal.previous}; a number behind an\n"
        f"# entry is its confidence, 0 to 1. Read the rest too: it is that wave's.\n"
    )
    files[path] = head + with_entry(text, "columns", columns_text(proposal, scales))
    blank = f"  '{BLANK}': '{BLANK}'  # name of the raw file: its sha256"
    files[raw / CARD] = CARD_BLANK.replace(blank, f"  {_flow(file.name)}: {digest}")
    written = [write_text(p, told) for p, told in files.items() if not p.exists()]
    if not target.exists():
        written.append(write_bytes(target, file.read_bytes()))
    return written


def columns_text(proposal: Proposal, scales: dict[str, Scale]) -> str:
    """The entry `columns:` of the wave file."""
    lines = ["columns:"]
    for found in proposal.matches:
        lines += _entry(found, proposal, scales.get(found.item))
    if proposal.left:
        lines.append("  # in the file, and no item:")
        lines += [f"  #   {_named(unit, proposal)}" for unit in proposal.left]
    if proposal.dropped:
        lines.append("  # never mapped, for they identify people:")
        lines += [f"  #   {masked(gone.column)} ({gone.reason})" for gone in proposal.dropped]
    return "\n".join(lines) + "\n"


def _entry(found: Match, proposal: Proposal, scale: Scale | None) -> list[str]:
    if found.unit is None or found.reading is None:
        return [
            f"  {found.item}: {{column: '{BLANK}'}}  # not found; take the line away if not asked"
        ]
    reading = found.reading
    told = f"confidence {found.confidence:.2f}"
    fields = _fields(reading.column, found.unit, proposal)
    codes = dict(fields.get("codes", {}))
    notes = []
    for entry in reading.unsure:
        if found.unit.is_set:
            notes.append(f"{entry.what}: {entry.why}")
            continue
        codes[entry.what] = BLANK
        guess = f" = {entry.proposal}{_kind(entry.proposal, scale)}?" if entry.proposal else ""
        notes.append(f"{entry.what}{guess} ({entry.why})")
    if codes:
        fields["codes"] = codes
    if found.sure and not reading.doubt and not (found.unit.is_set and reading.unsure):
        line = f"  {found.item}: {_flow(fields)}  # {told}"
        return [line, *(f"    # {note}" for note in notes)]
    return _unsure(found, fields, told, notes, proposal)


def _unsure(
    found: Match, fields: dict[str, Any], told: str, notes: list[str], proposal: Proposal
) -> list[str]:
    """An entry that cannot be read before a person has changed its blank line."""
    assert found.unit is not None
    rival = f"; or {_named(found.rival, proposal)}" if found.rival else ""
    if found.unit.is_set:
        lines = [f"  {found.item}:  # {told}{rival}"]
        lines.append(f"    column: '{BLANK}'  # take this line away if the columns are right")
    else:
        lines = [f"  {found.item}:  # {told}"]
        lines.append(f"    column: '{BLANK}'  # {_named(found.unit, proposal)}?{rival}")
    for name, value in fields.items():
        if name != "column":
            lines.append(f"    {name}: {_flow(value)}")
    doubt = found.reading.doubt if found.reading else ""
    return [*lines, *(f"    # {note}" for note in [*([doubt] if doubt else []), *notes])]


def _fields(column: Column, unit: Unit, proposal: Proposal) -> dict[str, Any]:
    """What a map says of an item, columns by the names the file itself has."""
    told = column.model_dump(exclude_defaults=True)
    if "column" in told:
        told["column"] = _header(unit.columns[0], proposal)
    return told


def _header(column: str, proposal: Proposal) -> str:
    """A column by its header: the reader of 问卷星 files numbers columns, headers are labels."""
    label = proposal.table.labels.get(column, "")
    usable = proposal.origin == "wjx" and label and proposal.table.find(label) == column
    return label if usable else column


def _named(unit: Unit, proposal: Proposal) -> str:
    """A candidate in a comment: its header, and its label where that says more."""
    name = (
        unit.columns[0]
        if len(unit.columns) == 1
        else f"{unit.columns[0]} and {len(unit.columns) - 1} more"
    )
    label = proposal.table.labels.get(unit.columns[0], "")
    told = f"{name}: {label}" if label and label != name else name
    told = masked(" ".join(told.split()))
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _kind(code: str, scale: Scale | None) -> str:
    kind = (
        scale.missing.get(int(code)) if scale is not None and code.lstrip("-").isdigit() else None
    )
    return f" {kind}" if kind else ""


def _flow(value: Any) -> str:
    """A value on one line."""
    told = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    )
    return told.removesuffix("\n...\n").strip()


def settled(proposal: Proposal) -> list[Match]:
    return [found for found in proposal.matches if is_settled(found)]
