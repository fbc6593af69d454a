"""Blanks: what a template leaves for a person to fill in, found again by file and line.

A blank is the word `???` as a whole value of a YAML file or a whole cell of a CSV file. Which
values are left blank is decided in template.py; a study with blanks is not checked any further.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from survey.errors import Fault
from survey.io.source import CARD
from survey.io.yamlfile import read_yaml
from survey.project import Project

BLANK = "???"


def blanks(project: Project, study: str) -> list[Fault]:
    """Every blank of a study's files and of its waves' cards, by file and line."""
    folder = project.instrument(study)
    paths = [*folder.rglob("*.yml"), *folder.rglob("*.csv")]
    paths += [project.raw(study, wave) / CARD for wave in project.waves(study)]
    found: list[Fault] = []
    for path in sorted(path for path in paths if path.is_file()):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        if BLANK in text:
            name = project.relative(path)
            found += _in_yaml(path, name) if path.suffix == ".yml" else _in_csv(text, name)
    return found


def _in_yaml(path: Path, name: str) -> Iterator[Fault]:
    document = read_yaml(path, name)
    for place, value in _leaves(document.data, ()):
        if value == BLANK:
            told = ".".join(str(step) for step in place)
            yield Fault(f"'{told}' is still to be filled in", document.where(*place))


def _leaves(data: object, place: tuple) -> Iterator[tuple[tuple, object]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*place, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(value, (*place, index))
    else:
        yield place, data


def _in_csv(text: str, name: str) -> Iterator[Fault]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in reader:
        empty = [column for column, cell in row.items() if cell == BLANK]
        if empty:
            told = ", ".join(empty)
            yield Fault(f"{told}: still to be filled in", f"{name}:{reader.line_num}")
