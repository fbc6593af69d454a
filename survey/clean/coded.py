"""Coded open answers: from the codes people gave to a multiple-response set.

A coding is `data/raw/<study>/<wave>/coding/<item>.csv` (one row per different answer, known by the
digest of its masked text) with `<item>.json` beside it: the version of the code frame it was made
with, and how far two coders agreed. Decided here: what becomes of answers that nobody coded (their
own category, never left out), of codes of an earlier version (carried, or refused), and of a coding
that was made for other answers. Who codes what is decided in survey/text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from survey.clean.cells import folded
from survey.clean.multiple import option_columns
from survey.errors import DataError, Faults, collect
from survey.instrument.codeframe import CodeFrame
from survey.instrument.load import Instrument
from survey.io.atomic import write_text
from survey.io.text import text_of
from survey.project import Project

FOLDER = "coding"
HEAD = ("answer", "codes", "by")
DIGITS = 16  # hex digits that tell different answers apart


@dataclass(frozen=True)
class Coding:
    """Codes of the different answers to one item.

    Attributes
    ----------
    codes : digest of an answer -> ids
    by : digest -> who decided: a coder, both, an adjudicator, rules
    version : of the code frame
    names : id -> name it had then
    record : further facts (agreement), for people
    path : as messages show it
    """

    codes: Mapping[str, frozenset[int]]
    by: Mapping[str, str]
    version: int
    names: Mapping[int, str]
    record: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""


def answer_id(text: str) -> str:
    """What an answer is known by: a digest of its masked text, width, case and blanks aside."""
    return hashlib.sha256(folded(text).encode()).hexdigest()[:DIGITS]


def coding_path(project: Project, study: str, wave: str, item: str) -> Path:
    return project.raw(study, wave) / FOLDER / f"{item}.csv"


def write_coding(coding: Coding, path: Path) -> list[Path]:
    """Write a coding and its record; returns both paths."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(HEAD)
    for answer in sorted(coding.codes):
        ids = ";".join(str(code) for code in sorted(coding.codes[answer]))
        writer.writerow([answer, ids, coding.by[answer]])
    told = {
        "version": coding.version,
        "codes": {str(code): name for code, name in sorted(coding.names.items())},
        **coding.record,
    }
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return [write_text(path, lines.getvalue()), write_text(path.with_suffix(".json"), text)]


def read_coding(path: Path, shown: str) -> Coding | None:
    """A coding, or None where there is none.

    Raises
    ------
    DataError
        With every line that is no code, or if the record is missing.
    """
    if not path.exists():
        return None
    codes: dict[str, frozenset[int]] = {}
    by: dict[str, str] = {}
    with collect(DataError) as faults:
        reader = csv.DictReader(io.StringIO(text_of(path, shown, DataError)))
        if tuple(reader.fieldnames or ()) != HEAD:
            raise DataError("is no coding", where=shown, expected=f"the columns {', '.join(HEAD)}")
        for row in reader:
            where = f"{shown}:{reader.line_num}"
            parts = (row["codes"] or "").split(";")
            if not all(part.isdigit() for part in parts):
                faults.add(f"'{row['codes']}' are no codes", where=where, expected="such as 1;3")
            elif row["answer"] in codes:
                faults.add(f"answer {row['answer']} is coded twice", where=where)
            else:
                codes[row["answer"]] = frozenset(map(int, parts))
                by[row["answer"]] = row["by"] or ""
    record = path.with_suffix(".json")
    try:
        told = json.loads(text_of(record, f"{shown[:-4]}.json", DataError))
        version, names = int(told.pop("version")), told.pop("codes")
        return Coding(codes, by, version, {int(k): str(v) for k, v in names.items()}, told, shown)
    except (ValueError, KeyError, AttributeError, TypeError):
        raise DataError("is no record of a coding", where=f"{shown[:-4]}.json") from None


def read_codings(project: Project, instrument: Instrument, wave: str) -> dict[str, Coding]:
    """The codings of a wave, by item."""
    found = {}
    for item in coded_items(instrument):
        path = coding_path(project, instrument.study.id, wave, item)
        coding = read_coding(path, project.relative(path))
        if coding is not None:
            found[item] = coding
    return found


def coded_items(instrument: Instrument) -> dict[str, CodeFrame]:
    """Items that are codes of open answers -> their frame."""
    return {
        name: instrument.codeframes[item.scale]
        for name, item in instrument.items.items()
        if item.kind == "multiple" and item.scale in instrument.codeframes
    }


def with_coded(
    mapped: pd.DataFrame,
    texts: pd.DataFrame,
    instrument: Instrument,
    codings: Mapping[str, Coding],
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """The mapped table with a column per code, and counts for the record of the cleaning.

    Parameters
    ----------
    mapped, texts : DataFrame with the same index
        See recode.py and opentext.py.

    Raises
    ------
    DataError
        With every coding that does not fit its frame or the answers.
    """
    made: dict[str, pd.Series] = {}
    told: dict[str, dict[str, Any]] = {}
    with collect(DataError) as faults:
        for item, frame in coded_items(instrument).items():
            if frame.item not in texts.columns:
                continue
            answers = texts[frame.item]
            codes = _codes(answers, frame, codings.get(item), faults)
            made |= option_columns(item, frame.scale(), _table(answers, codes, frame))
            told[item] = _counts(answers, codes, frame, codings.get(item))
    return mapped.assign(**made), told


def _codes(
    answers: pd.Series, frame: CodeFrame, coding: Coding | None, faults: Faults
) -> dict[str, frozenset[int]]:
    """Different answer -> its codes in the newest version."""
    uncoded = frozenset(frame.ids_of("uncoded"))
    texts = {text: answer_id(text) for text in answers.dropna().unique()}
    if coding is None:
        return dict.fromkeys(texts, uncoded)
    _renamed(frame, coding, faults)
    strangers = set(coding.codes) - set(texts.values())
    if strangers:
        faults.add(
            f"{len(strangers)} coded answers are not in the file",
            where=coding.path,
            hint="the raw file or its masking changed: draw new sheets, or take the rows out",
        )
    codes, lost = {}, 0
    for text, answer in texts.items():
        now, without = frame.carried(coding.codes.get(answer, uncoded), coding.version)
        lost += bool(without)
        codes[text] = frozenset(now) or uncoded
    if lost:
        faults.add(
            f"{lost} answers have codes of version {coding.version} that were split or retired",
            where=coding.path,
            expected=f"codes of version {frame.current}",
            hint="say in the frame where they are counted (carry), or code these answers again",
        )
    return codes


def _renamed(frame: CodeFrame, coding: Coding, faults: Faults) -> None:
    """An id that stood for something else when the answers were coded."""
    names = {code.id: code.code for code in frame.codes}
    for identity, name in coding.names.items():
        if names.get(identity) != name:
            now = f"is '{names[identity]}'" if identity in names else "is gone"
            faults.add(
                f"code {identity} was '{name}' when answers were coded, and {now} in the frame",
                where=coding.path,
                hint="an id is never used again: give the new code a new one",
            )
    known = set(coding.names) & frame.alive_ids(coding.version)
    strange = sorted({c for codes in coding.codes.values() for c in codes} - known)
    if strange:
        faults.add(
            f"code {strange[0]} is none of version {coding.version}",
            where=coding.path,
            expected=f"one of {', '.join(map(str, sorted(known)))}",
        )


def _table(answers: pd.Series, codes: Mapping[str, frozenset[int]], frame: CodeFrame):
    """0 and 1 by answer and code, blank where there is no answer."""
    ids = list(frame.scale().points)
    rows = {text: [float(i in chosen) for i in ids] for text, chosen in codes.items()}
    blank = [np.nan] * len(ids)
    table = [rows.get(text, blank) for text in answers]
    return pd.DataFrame(table, index=answers.index, columns=ids, dtype=float)


def _counts(
    answers: pd.Series, codes: Mapping[str, frozenset[int]], frame: CodeFrame, coding: Coding | None
) -> dict[str, Any]:
    uncoded = set(frame.ids_of("uncoded"))
    given = answers.dropna()
    told: dict[str, Any] = {
        "answers": len(given),
        "different": int(given.nunique()),
        "uncoded": int(given.map(lambda text: codes[text] == uncoded).sum()),
        "frame_version": frame.current,
    }
    if coding is not None:
        told["coded_with_version"] = coding.version
        later = [c.code for c in frame.alive() if frame.since(c.id) > coding.version]
        told |= {"codes_not_on_offer": later} if later else {}
        told |= {key: coding.record[key] for key in ("agreement",) if key in coding.record}
    return told
