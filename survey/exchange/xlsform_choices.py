"""The sheet of choices of an XLSForm as scales.

Decided here: a choice named by a whole number keeps it as its code, else codes count from 1; a
list that is a run of numbers with words at few of them is a numeric range; extra columns (filters,
pictures) stay with their point. Which question uses which list is decided in xlsform_in.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from survey.exchange.draft import Draft, Names, code_word, slug
from survey.exchange.xlsform_sheets import Row
from survey.instrument.model import MissingKind, Point, Scale, Text

MISSING_COLUMN = "missing"  # our own: the kind of missing answer a choice stands for
KINDS: dict[str, MissingKind] = {
    kind: kind  # type: ignore[misc]
    for kind in ("dont_know", "refused", "not_asked", "no_answer")
}
LEAST_RANGE = 5  # points from which a list of numbers is taken for a range
_WHOLE = re.compile(r"^(0|-?[1-9]\d{0,8})$")


@dataclass(frozen=True)
class Choices:
    """One list: its scale, and the code of each choice's name in the form."""

    id: str
    scale: Scale
    values: dict[str, int]


def lists(rows: list[Row], draft: Draft) -> dict[str, Choices]:
    """Every list of choices by its name in the form."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        name = row.cells.get("list_name") or row.cells.get("list name", "")
        if name:
            grouped.setdefault(name, []).append(row)
        elif row.cells:
            draft.lacks(f"choices, row {row.number}", "a choice without a list")
    names, found = Names(), {}
    for name, members in grouped.items():
        found[name] = _choices(name, names.new(slug(name, "list")), members, draft)
    return found


def _choices(name: str, scale_id: str, rows: list[Row], draft: Draft) -> Choices:
    called = [row.cells.get("name", "") for row in rows]
    whole = all(_WHOLE.match(text) for text in called) and len(set(called)) == len(called)
    points: dict[int, Point] = {}
    missing: dict[int, MissingKind] = {}
    values: dict[str, int] = {}
    codes = Names()
    for place, (row, text) in enumerate(zip(rows, called, strict=True), start=1):
        value = int(text) if whole else place
        if text in values:
            draft.lacks(f"list {name}", f"two choices are called '{text}'; codes tell them apart")
        values.setdefault(text, value)
        kind = row.cells.get(MISSING_COLUMN, "")
        if kind in KINDS:
            missing[value] = KINDS[kind]
        else:
            points[value] = _point(row, text, value, codes, draft, name)
    form = {} if scale_id == name else {"name": name}
    ranged = _as_range(points, missing, form) if whole else None
    if ranged is not None:
        return Choices(scale_id, ranged, values)
    if not points:
        draft.lacks(f"list {name}", "it has no choices that are answers")
        points = {0: Point(code="none", text={draft.languages[0]: "-"})}
    return Choices(scale_id, Scale(points=points, missing=missing, form=form), values)


def _point(row: Row, name: str, value: int, codes: Names, draft: Draft, place: str) -> Point:
    text = dict(row.texts.get("label", {}))
    if not text:
        text = {draft.languages[0]: name}
        draft.lacks(f"list {place}", f"choice '{name}' has no words; its name stands for them")
    plain = bool(re.fullmatch(r"[A-Za-z0-9_+-]+", name))
    wording = text.get("en") or next(iter(text.values()))
    code = name if plain and not _WHOLE.match(name) else code_word(wording, f"c{value}")
    if _WHOLE.match(name) and not re.search("[a-z]", code):
        code = name if not name.startswith("-") else f"c{value}"
    code = codes.new(code)
    form = {} if name == str(value) else {"name": name}
    form |= {
        key: cell
        for key, cell in row.cells.items()
        if key not in ("list_name", "list name", "name", MISSING_COLUMN)
    }
    aliases = [name] if name and name not in (code, str(value)) else []
    return Point(code=code, text=text, aliases=aliases, form=form)


def _as_range(points: dict[int, Point], missing: dict, form: dict[str, str]) -> Scale | None:
    """A list of numbers as a numeric range, where most points are said by their number alone."""
    values = list(points)
    if len(values) < LEAST_RANGE or values != list(range(values[0], values[0] + len(values))):
        return None
    ends: dict[int, Text] = {}
    for value, point in points.items():
        if point.form:
            return None
        if any(words != str(value) for words in point.text.values()):
            ends[value] = point.text
    if len(ends) * 2 > len(values):
        return None
    span = (values[0], values[-1])
    return Scale(range=span, ends=ends, missing=missing, numeric=True, form=form)
