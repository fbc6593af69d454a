"""Coding sheets read back: every fault of every sheet at once.

Decided here: what a filled-in sheet must be to be taken. The workbook itself is read in a child
process with limits (survey/io/workbook.py); what two sheets say together is decided in settle.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from survey.errors import DataError, Faults, collect
from survey.instrument.codeframe import CodeFrame
from survey.io.workbook import read_workbook
from survey.text.sheetout import About, option, words

Codes = frozenset[int]
MOST = 5  # rows named in a fault about many


@dataclass(frozen=True)
class Sheet:
    """What a coder decided: digest of an answer -> codes."""

    about: About
    codes: Mapping[str, Codes]
    path: str


def read_sheets(
    paths: Sequence[Path], frame: CodeFrame, *, study: str, wave: str, item: str
) -> list[Sheet]:
    """Read sheets of one item.

    Raises
    ------
    DataError
        With every sheet that belongs to something else, and every row without a code, with one
        the frame does not have, or with codes that exclude each other.
    """
    read: list[Sheet] = []
    with collect(DataError) as faults:
        for path in paths:
            try:
                read.append(
                    _sheet(path, frame, {"study": study, "wave": wave, "item": item}, faults)
                )
            except DataError as error:
                faults.take(error)
        coders = [sheet.about.coder for sheet in read]
        for coder in sorted({coder for coder in coders if coders.count(coder) > 1}):
            faults.add(f"two sheets are of coder {coder}", where=str(paths[-1]))
    return read


def _sheet(path: Path, frame: CodeFrame, wanted: Mapping[str, str], faults: Faults) -> Sheet:
    names = words()["sheets"]
    sheets, _ = read_workbook(path)
    if names["about"] not in sheets or names["answers"] not in sheets:
        raise DataError(
            "is no coding sheet", where=str(path), expected=f"a sheet {names['answers']}"
        )
    about = _about(sheets[names["about"]], path)
    for name, value in wanted.items():
        if getattr(about, name) != value:
            told = f"is a sheet of {name} {getattr(about, name)}"
            faults.add(told, where=str(path), expected=f"{name} {value}")
    if about.version != frame.current:
        faults.add(
            f"was drawn with version {about.version} of the code frame",
            where=str(path),
            expected=f"version {frame.current}",
            hint="draw new sheets; what was coded can be copied over",
        )
    rows = sheets[names["answers"]]
    return Sheet(about, _rows(rows, frame, about, str(path), faults), str(path))


def _about(rows: Sequence[Sequence[str]], path: Path) -> About:
    told = {row[0]: row[1] for row in rows if len(row) > 1}
    kinds = {"version": int, "seed": int, "answers": int, "double": float}
    try:
        return About(**{f.name: kinds.get(f.name, str)(told[f.name]) for f in fields(About)})
    except (KeyError, ValueError):
        raise DataError("does not say what it is for", where=str(path)) from None


def _rows(
    rows: Sequence[Sequence[str]], frame: CodeFrame, about: About, where: str, faults: Faults
) -> dict[str, Codes]:
    head = words()["head"]
    first = [_plain(cell) for cell in rows[0]] if rows else []
    wanted = [_plain(head["code"].format(number=n)) for n in range(1, frame.most + 1)]
    absent = [name for name in wanted if name not in first]
    if absent or not first or first[0] != _plain(head["answer"]):
        faults.add(f"has no column '{(absent or wanted)[0]}'", where=where)
        return {}
    places = [first.index(name) for name in wanted]
    known = _known(frame)
    alone = set(frame.ids_of("none", "uncoded"))
    found: dict[str, Codes] = {}
    empty: list[int] = []
    for number, row in enumerate(rows[1:], start=2):
        answer = row[0] if row else ""
        cells = [row[place].strip() for place in places if place < len(row)]
        codes = [known.get(_plain(cell)) or known.get(_number(cell)) for cell in cells if cell]
        place = f"{where}, row {number}"
        for cell, code in zip([cell for cell in cells if cell], codes, strict=True):
            if code is None:
                faults.add(f"'{cell}' is no code", where=place, expected="one of the list")
        chosen = frozenset(code for code in codes if code is not None)
        if not answer:
            faults.add("has no answer id", where=place, hint="take the row as it was drawn")
        elif answer in found:
            faults.add(f"answer {answer} is there twice", where=place)
        elif chosen & alone and len(chosen) > 1:
            faults.add("a code that stands alone is beside others", where=place)
        elif not cells or not any(cells):
            empty.append(number)
        found[answer] = chosen
    if empty:
        shown = ", ".join(map(str, empty[:MOST])) + (" ..." if len(empty) > MOST else "")
        faults.add(f"{len(empty)} answers have no code (rows {shown})", where=where)
    if len(rows) - 1 != about.answers:
        faults.add(
            f"has {len(rows) - 1} answers", where=where, expected=f"the {about.answers} drawn"
        )
    return found


def _known(frame: CodeFrame) -> dict[str, int]:
    """Every way of writing a code in use: its entry in the list, its number, its names."""
    known: dict[str, int] = {}
    for code in frame.alive():
        for text in (option(code), str(code.id), code.code, *code.text.values()):
            known.setdefault(_plain(text), code.id)
    return known


def _plain(text: str) -> str:
    return " ".join(str(text).split())


def _number(cell: str) -> str:
    """The number a list entry begins with: names may have been changed since it was drawn."""
    found = re.match(r"(\d+)(?:\s|$)", cell)
    return found[1] if found else ""
