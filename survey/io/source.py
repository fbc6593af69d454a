"""The card of a wave's raw files, `source.yml`, and whether the files are still the ones it names.

Decided here: what a card must say, and that a file whose sha256 differs is refused. What `kind`
means for estimates, figures and pages is decided in analysis; how a file is read, in readers.py.

    producer: Institute that fielded or made the file
    kind: collected            # collected | measured | published | simulated
    licence: CC-BY-4.0
    received: 2018-07-03
    files:
      responses.sav: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from survey.errors import DataError, InstrumentError, collect, did_you_mean
from survey.instrument.model import Entry, Kind, Period, Text
from survey.io.atomic import sha256
from survey.io.yamlfile import read_yaml, to_model
from survey.project import Project

CARD = "source.yml"
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Source(Entry):
    """Where a wave's raw files come from.

    Attributes
    ----------
    producer, licence : str
        Who made the files, and what may be done with them (an SPDX id or a sentence).
    kind : one of collected, measured, published, simulated
    files : file name -> sha256 of its bytes, in lower-case hex
    fielded : when answers were given; received : when the files came; url, title, note : optional
    """

    producer: str
    licence: str
    kind: Kind
    files: dict[str, Digest]
    title: Text = Field(default={})
    fielded: Period | None = None
    received: dt.date | None = None
    url: str = ""
    citation: str = ""
    note: Text = Field(default={})


def read_source(project: Project, study: str, wave: str) -> Source:
    """The card of a wave.

    Raises
    ------
    DataError
        If there is none (the message holds one to start from), or it is not a card.
    """
    path = project.raw(study, wave) / CARD
    name = project.relative(path)
    if not path.exists():
        raise DataError("file is missing", where=name, expected=_blank(path.parent))
    try:
        return to_model(Source, read_yaml(path, name))
    except InstrumentError as error:  # the card belongs to the data
        raise DataError(faults=error.faults) from None


def check_files(project: Project, study: str, wave: str, *needed: str) -> Source:
    """Read the card and compare every file with its sha256; `needed` files must be on it.

    Raises
    ------
    DataError
        With every file that is missing, unlisted or changed.
    """
    source = read_source(project, study, wave)
    folder = project.raw(study, wave)
    card = project.relative(folder / CARD)
    with collect(DataError) as faults:
        for name in needed:
            if name not in source.files:
                path = folder / name
                hint = f"add under files: {name}: {sha256(path)}" if path.is_file() else ""
                near = did_you_mean(name, source.files)
                faults.add(f"file '{name}' is not on the card", where=card, hint=hint or near)
        for name, digest in source.files.items():
            path = folder / name
            if not path.is_file():
                faults.add("file is missing", where=project.relative(path), hint=f"{card} lists it")
            elif (found := sha256(path)) != digest:
                faults.add(
                    "is not the file that was received: its sha256 differs",
                    where=project.relative(path),
                    expected=f"{digest} (got {found})",
                    hint=f"put the original back; if the change is meant, note it in {card}",
                )
    return source


def _blank(folder: Path) -> str:
    """A card to start from, with the digests of the files that lie there."""
    lines = ["these lines, filled in:"]
    lines += [f"    {key}: ???" for key in ("producer", "kind", "licence", "received")]
    lines.append("    files:")
    for path in sorted(folder.glob("*")):
        if path.is_file() and not path.name.startswith("."):
            lines.append(f"      {path.name}: {sha256(path)}")
    return "\n".join(lines)
