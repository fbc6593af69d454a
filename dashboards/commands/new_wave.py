"""``perception new-wave``: a new wave's files from its raw file, for a person to confirm."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
example
  perception new-wave security_perception NEW --from download.xlsx
  perception new-wave security_perception NEW --from wave.sav --previous OLD --origin spss

The columns of the file are matched with the items of the wave before. What is sure is written with
its confidence, what is not is left blank (`???`) with the proposal beside it, and no stage runs
before the blanks are filled. Nothing is overwritten. Columns that identify people are never mapped.
"""
MOST = 25  # lines of a list on the terminal


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("new-wave", _new_wave, "start a new wave from its raw file")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("study")
    parser.add_argument("wave", help="name of the new wave, such as a year and H1 or H2")
    parser.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE")
    parser.add_argument("--previous", metavar="W", help="wave to match with (default: the last)")
    parser.add_argument("--origin", metavar="TOOL", help="tool of the file (default: seen from it)")
    parser.add_argument("--all", action="store_true", help="list everything, however long")


def _new_wave(options: argparse.Namespace) -> None:
    from survey.errors import UsageError, one_of
    from survey.instrument.load import load_instrument
    from survey.instrument.template import require_new
    from survey.io.readers import OPTIONS
    from survey.newwave.origin import origin_of
    from survey.newwave.propose import propose
    from survey.newwave.write import write_wave
    from survey.project import Project

    project = Project.find(options.project)
    study = project.require_study(options.study)
    instrument = load_instrument(project, study)
    previous = require_new(instrument, options.wave, options.previous)
    if options.origin is not None and options.origin not in OPTIONS:
        raise UsageError(f"unknown origin '{options.origin}'", expected=one_of(OPTIONS, most=12))
    origin = options.origin or origin_of(options.file)
    proposal = propose(project, instrument, options.file, origin, previous)
    asked = instrument.at(previous)
    scales = {
        name: asked.scales[item.scale]
        for name, item in asked.items.items()
        if item.scale in asked.scales
    }
    written = write_wave(project, study, options.wave, options.file, proposal, scales)
    _tell(options, project, proposal, written)


def _tell(options: argparse.Namespace, project, proposal, written: list[Path]) -> None:
    from survey.instrument.blanks import blanks
    from survey.newwave.write import settled
    from survey.privacy.search import masked

    for path in written:
        print(project.relative(path))
    rows = len(proposal.table.frame)
    total = len(proposal.matches)
    print(
        f"{proposal.origin} file with {rows:,} rows, matched with {proposal.previous}: "
        f"{len(settled(proposal))} of {total} items are sure"
    )
    if not proposal.compared:
        print(f"the file of {proposal.previous} is not here: answers could not be compared")
    listed = {
        "to confirm": [_doubt(found) for found in proposal.unsure],
        "not found in the file": [found.item for found in proposal.missing],
        "columns left over": [
            masked(unit.columns[0])
            + (f" and {len(unit.columns) - 1} more" if len(unit.columns) > 1 else "")
            for unit in proposal.left
        ],
        "never mapped, for they identify people": [
            f"{masked(gone.column)} ({gone.reason})" for gone in proposal.dropped
        ],
    }
    for title, entries in listed.items():
        if not entries:
            continue
        print(f"{title}: {len(entries)}")
        for entry in entries if options.all else entries[:MOST]:
            print(f"  {entry}")
        if len(entries) > MOST and not options.all:
            print(f"  and {len(entries) - MOST} more (--all)")
    left = blanks(project, options.study)
    print(f"{len(left)} blanks to fill in; perception check {options.study} lists them")


def _doubt(found) -> str:
    """An item, its candidate and what is not sure about it, in one line."""
    from survey.privacy.search import masked

    name = masked(found.unit.columns[0])
    told = f"{found.item}: {name} ({found.confidence:.2f})"
    reasons = [] if found.sure else ["nothing proves it, or another one comes near"]
    reasons += [found.reading.doubt] if found.reading.doubt else []
    for entry in found.reading.unsure:
        guess = f" is {entry.proposal}?" if entry.proposal else ""
        reasons.append(f"{masked(entry.what)}{guess} {entry.why}")
    return f"{told}: {'; '.join(reasons)}"
