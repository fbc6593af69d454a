"""Small forms made in a test, and the way of a draft through a study's files."""

from __future__ import annotations

from pathlib import Path

from survey.exchange.draft import Draft, draft_of
from survey.exchange.xlsform_types import BEGIN, END, row_type
from survey.exchange.yaml_out import write_study
from survey.instrument.load import load_instrument
from survey.io.sheets import Sheet, workbook_bytes
from survey.io.workbook import read_workbook
from survey.project import Project

SHIPPED = Path(__file__).parents[2] / "data" / "exchange"


def form(folder: Path, survey: list[list[str]], choices: list[list[str]] | None = None) -> Path:
    """An .xlsx form; the first row of each sheet is its header."""
    sheets = [Sheet("survey", survey[0], _even(survey))]
    if choices:
        sheets.append(Sheet("choices", choices[0], _even(choices)))
    path = folder / "form.xlsx"
    path.write_bytes(workbook_bytes(sheets))
    return path


def _even(rows: list[list[str]]) -> list[list[str]]:
    width = len(rows[0])
    return [[*row, *[""] * (width - len(row))] for row in rows[1:]]


def through_yaml(draft: Draft, folder: Path) -> Draft:
    """A draft written as a study's files, and read back from them."""
    (folder / "instruments").mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").touch()
    project = Project(folder)
    write_study(project, "town", draft)
    return draft_of(load_instrument(project, "town"))


def types_of(path: Path) -> list[tuple]:
    """The rows of a form's survey sheet as (type, list, name); groups without their end's name."""
    sheets, _ = read_workbook(path)
    rows = sheets["survey"]
    kind, name = (rows[0].index(head) for head in ("type", "name"))
    found: list[tuple] = []
    for row in rows[1:]:
        cells = [*row, *[""] * len(rows[0])]
        if not cells[kind]:
            continue
        if BEGIN.match(cells[kind]):
            found.append(("begin", BEGIN.match(cells[kind])[1], cells[name]))  # type: ignore[index]
        elif END.match(cells[kind]):
            found.append(("end", END.match(cells[kind])[1]))  # type: ignore[index]
        else:
            told = row_type(cells[kind])
            found.append((told.word, told.choices, told.or_other, cells[name]))
    return found
