"""Coding of open answers on disk: answers from the raw file, sheets out, sheets in, the coding.

Only reading and writing. What is on a sheet is decided in sheetout.py, who gets which answer in
drawing.py, what becomes of two sheets in settle.py. Sheets hold people's answers, so they are never
written into what is built or cleaned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey.clean.coded import (
    Coding,
    answer_id,
    coded_items,
    coding_path,
    read_coding,
    write_coding,
)
from survey.clean.opentext import open_texts
from survey.clean.run import read_wave
from survey.errors import DataError, UsageError, did_you_mean, one_of
from survey.instrument.codeframe import CodeFrame
from survey.instrument.load import Instrument
from survey.io.atomic import write_bytes
from survey.io.source import check_files
from survey.project import Project
from survey.text.drawing import Drawn, draw
from survey.text.rules import Coder
from survey.text.settle import RULES, Agreement, agreement, disagreements, make_coding, settled
from survey.text.sheetin import Sheet, read_sheets
from survey.text.sheetout import About, Line, option, sheet_bytes


@dataclass(frozen=True)
class Task:
    """One item of one wave to be coded.

    Attributes
    ----------
    texts, people : digest of an answer -> its masked text, how many gave it
    """

    project: Project
    study: str
    wave: str
    item: str
    frame_name: str
    frame: CodeFrame
    texts: dict[str, str]
    people: dict[str, int]

    @property
    def path(self) -> Path:
        return coding_path(self.project, self.study, self.wave, self.item)

    def kept(self) -> Coding | None:
        """The coding there is already."""
        return read_coding(self.path, self.project.relative(self.path))


def task_of(project: Project, instrument: Instrument, wave: str, item: str) -> Task:
    """The answers to an item, read from the wave's raw file and masked.

    Raises
    ------
    UsageError
        If the item is no coded one.
    DataError
        If the raw file cannot be read, or has no answers to it.
    """
    frames = coded_items(instrument)
    named = {name: name for name in frames} | {f.item: name for name, f in frames.items()}
    if item not in named:
        raise UsageError(
            f"'{item}' has no code frame",
            expected=one_of(named) if named else "an item whose scale is a code frame",
            hint=did_you_mean(item, named),
        )
    coded = named[item]
    frame = frames[coded]
    study = instrument.study.id
    check_files(project, study, wave, instrument.waves[wave].raw.file)
    texts = open_texts(read_wave(project, instrument, wave), instrument.at(wave), wave)
    given: list[str] = list(texts[frame.item].dropna()) if frame.item in texts.columns else []
    if not given:
        raise DataError(f"nobody answered '{frame.item}' in {wave}")
    by_id: dict[str, str] = {}
    people: dict[str, int] = {}
    for text in given:
        answer = answer_id(text)
        by_id.setdefault(answer, text)
        people[answer] = people.get(answer, 0) + 1
    name = instrument.items[coded].scale or ""
    return Task(project, study, wave, coded, name, frame, by_id, people)


# -- out -----------------------------------------------------------------------------------------


def write_sheets(
    task: Task,
    path: Path,
    *,
    double: float,
    seed: int,
    proposals: bool = True,
    only_uncoded: bool = False,
) -> tuple[list[Path], Drawn]:
    """Sheets of both coders beside each other: `out.xlsx` gives out.a.xlsx and out.b.xlsx."""
    _outside(task.project, path)
    kept = task.kept() if only_uncoded else None
    people = {a: n for a, n in task.people.items() if kept is None or a not in kept.codes}
    drawn = draw(people, double=double, seed=seed)
    coder = Coder(task.frame)
    written = []
    for name, answers in drawn.sheets.items():
        lines = [
            Line(
                answer,
                task.texts[answer],
                task.people[answer],
                (_proposed(coder, task.texts[answer], proposals and answer not in drawn.double),),
            )
            for answer in answers
        ]
        about = _about(task, name, seed, double, len(lines))
        target = path.with_name(f"{path.stem}.{name}.xlsx")
        written.append(write_bytes(target, sheet_bytes(lines, task.frame, about)))
    return written, drawn


def write_decisions(task: Task, first: Sheet, second: Sheet, path: Path) -> int:
    """A sheet with what two coders disagree on, for a third person; how many answers it has."""
    _outside(task.project, path)
    names = {code.id: option(code) for code in task.frame.codes}
    apart = disagreements(first, second)
    lines = [
        Line(
            answer,
            task.texts.get(answer, ""),
            task.people.get(answer, 0),
            tuple("\n".join(names[code] for code in sorted(codes)) for codes in both),
        )
        for answer, both in apart.items()
    ]
    about = _about(task, "adjudicator", first.about.seed, first.about.double, len(lines))
    write_bytes(path, sheet_bytes(lines, task.frame, about, shown=("first", "second")))
    return len(lines)


def _about(task: Task, coder: str, seed: int, double: float, answers: int) -> About:
    names = (task.study, task.wave, task.item, task.frame_name, task.frame.current)
    return About(*names, coder, seed, double, answers)


def _proposed(coder: Coder, text: str, wanted: bool) -> str:
    if not wanted:
        return ""
    names = {code.id: option(code) for code in coder.frame.codes}
    return "\n".join(f"{names[p.code]} ({', '.join(p.fired)})" for p in coder.propose(text))


def _outside(project: Project, path: Path) -> None:
    """Sheets hold answers: not among what is built or cleaned."""
    for folder in (project.root / "build", project.root / "data" / "clean"):
        if path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"a coding sheet holds people's answers and may not lie in {folder.name}/",
                hint="write it outside the project",
            )


# -- in ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What two sheets came to. written: empty while disagreements wait for a decision."""

    agreed: Agreement
    apart: int
    written: tuple[Path, ...] = ()


def read_back(
    task: Task,
    paths: Sequence[Path],
    *,
    level: float,
    adjudicated: Path | None = None,
    adjudicate: Path | None = None,
) -> Outcome:
    """Read two sheets, measure agreement, and write the coding once nothing is open.

    Raises
    ------
    DataError
        With every fault of the sheets, or if disagreements are neither decided nor asked to be.
    """
    where = {"study": task.study, "wave": task.wave, "item": task.item}
    first, second = read_sheets(paths, task.frame, **where)
    strangers = (set(first.codes) | set(second.codes)) - set(task.texts)
    if strangers:
        raise DataError(
            f"{len(strangers)} answers of the sheets are not in the raw file",
            where=", ".join(map(str, paths)),
            hint="the file or its masking changed after the sheets were drawn",
        )
    agreed = agreement(first, second, task.frame, level=level)
    apart = len(disagreements(first, second))
    if adjudicate is not None and apart:
        write_decisions(task, first, second, adjudicate)
        return Outcome(agreed, apart)
    decided = read_sheets([adjudicated], task.frame, **where)[0] if adjudicated else None
    record = {
        "agreement": agreed.record(task.frame),
        "drawn": {"seed": first.about.seed, "double": first.about.double},
        "disagreements": apart,
    }
    coding = settled(first, second, task.frame, decided=decided, record=record)
    return Outcome(agreed, apart, tuple(write_coding(_joined(task, coding), task.path)))


def code_by_rules(task: Task) -> tuple[list[Path], int]:
    """A coding by the rules alone, recorded as such; answers no rule speaks for stay uncoded."""
    coder = Coder(task.frame)
    codes = {
        answer: frozenset(p.code for p in found)
        for answer, text in task.texts.items()
        if (found := coder.propose(text))
    }
    by = dict.fromkeys(codes, RULES)
    record: dict[str, Any] = {"agreement": None}
    coding = make_coding(codes, by, task.frame, record)
    return write_coding(_joined(task, coding), task.path), len(task.texts) - len(codes)


def _joined(task: Task, new: Coding) -> Coding:
    """New codes over those there were, which are carried into the newest version.

    People's codes are never replaced by rules.
    """
    kept = task.kept()
    if kept is None:
        return new
    codes, by = dict(new.codes), dict(new.by)
    for answer, old in kept.codes.items():
        now, lost = task.frame.carried(old, kept.version)
        stays = answer not in codes or (by[answer] == RULES and kept.by[answer] != RULES)
        if stays and now and not lost and answer in task.texts:
            codes[answer], by[answer] = frozenset(now), kept.by[answer]
    return make_coding(codes, by, task.frame, new.record)
