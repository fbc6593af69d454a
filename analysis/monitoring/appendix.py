"""The appendix table of a notice as rows of the list of named apps.

Heads are recognised by notices.yml, problems by the list of kinds that the notice's quarter
follows; a problem of another regime's list is an error, since its kinds may not be joined. An app
with several problems gets a row for each. What is not understood is kept and told: an unknown
column goes to `other`, an unknown problem keeps its words and has no kind, a line that names no app
is set aside with its reason. Nothing is dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from survey.errors import DataError, one_of
from survey.instrument.register import Register, Taxonomy
from survey.io.documents import Grid

COLUMNS = (
    "quarter",
    "store",
    "app",
    "version",
    "problem",
    "problem_zh",
    "complete_list",
    "source_url",
    "source_title",
    "retrieved",
    "confidence",
    "other",
)
NUMBERED = re.compile(r"[（(]?\d{1,2}[)）.．、]")  # "1.", "（2）" before a problem
SEPARATED = re.compile("[;；]")  # no printed wording holds one
JOINING = (
    "以及",
    "同时",
    "存在",
    "涉嫌",
    "涉及",
    "问题",
    "行为",
    "和",
    "及",
    "与",
    "并",
    "等",
    "的",
)


@dataclass(frozen=True)
class Citation:
    """What every row of one appendix says of its source."""

    title: str = ""
    url: str = ""
    retrieved: str = ""
    confidence: str = "high"
    complete: bool = False


@dataclass
class Appendix:
    """What was read of a document.

    Attributes
    ----------
    rows : DataFrame
        Columns `COLUMNS`, one row per app and problem.
    aside : list of (place, reason, text)
        Lines that are no entry: repeated heads, headings across the table, lines without an app.
    unknown_columns, unknown_problems : list of str
        In order of first sight.
    apps : int
        Entries, before apps with several problems were split.
    """

    rows: pd.DataFrame
    apps: int = 0
    aside: list[tuple[str, str, str]] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    unknown_problems: list[str] = field(default_factory=list)


def read_appendix(
    grids: Iterable[Grid],
    register: Register,
    quarter: str,
    *,
    citation: Citation | None = None,
    name: str = "",
) -> Appendix:
    """Rows of every table of a document that has a column of app names.

    Raises
    ------
    DataError
        If no table has one, no list of kinds is known for the quarter, or a problem belongs to the
        list of another regime.
    """
    own = _taxonomy(quarter, register)
    made = Appendix(pd.DataFrame(columns=list(COLUMNS)))
    records: list[dict[str, str]] = []
    seen: list[str] = []
    for grid in grids:
        place = _head(grid, register)
        if place is None:
            seen += [" | ".join(row) for row in grid.rows[:1]]
            made.aside.append((f"{name} {grid.place}".strip(), "no column of app names", ""))
            continue
        records += _entries(grid, place, register, own, made, name)
    if not made.apps:
        raise DataError(
            "no table lists apps",
            where=name,
            expected=f"a column headed {one_of(register.appendix.get('app', []))}",
            got=f"heads {'; '.join(seen)}" if seen else "tables without entries",
            hint="add the printed head under 'appendix' in notices.yml",
        )
    cited = citation or Citation()
    shared = {
        "quarter": quarter,
        "complete_list": "yes" if cited.complete else "no",
        "source_url": cited.url,
        "source_title": cited.title,
        "retrieved": cited.retrieved,
        "confidence": cited.confidence,
    }
    made.rows = pd.DataFrame([{**shared, **record} for record in records])[list(COLUMNS)]
    return made


def plain(text: str) -> str:
    """Text as heads and problems are compared: one width, no case, letters and digits only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def kinds_in(text: str, taxonomy: Taxonomy) -> tuple[list[tuple[str, str]], str]:
    """The kinds a cell names, as (code, printed wording), and what is left of it.

    The longest wording counts first, so that a short form inside a long one is not read twice.
    What joins or numbers problems is no rest.
    """
    forms = [
        (plain(form), kind.code, kind.wording)
        for kind in taxonomy.kinds
        for form in (kind.wording, *kind.also)
    ]
    parts = SEPARATED.split(NUMBERED.sub(" ", text))
    left = " ".join(plain(part) for part in parts)
    found: dict[str, tuple[int, str]] = {}
    for form, code, wording in sorted(forms, key=lambda entry: -len(entry[0])):
        at = left.find(form)
        while at >= 0:
            found.setdefault(code, (at, wording))
            left = left[:at] + " " * len(form) + left[at + len(form) :]  # places stay true
            at = left.find(form)
    for word in JOINING:
        left = left.replace(word, " ")
    rest = " ".join(part for part in left.split() if not part.isdigit())
    ordered = sorted(found.items(), key=lambda item: item[1][0])
    return [(code, wording) for code, (_, wording) in ordered], rest


def _taxonomy(quarter: str, register: Register) -> Taxonomy:
    regime = register.regime_of(quarter)
    if regime is None or regime.taxonomy is None:
        known = [r.since for r in register.regimes if r.taxonomy]
        raise DataError(
            f"no list of kinds is known for {quarter}",
            expected=f"a quarter of a regime with a taxonomy, from {one_of(known)} on",
            hint="add the taxonomy and its regime to notices.yml",
        )
    return register.taxonomy(regime.taxonomy)


def _head(grid: Grid, register: Register) -> int | None:
    """Place of the head: the first row with two known heads, one of them that of the app."""
    for place, row in enumerate(grid.rows):
        named = _named(row, register)
        if "app" in named.values() and len(set(named.values())) > 1:
            return place
    return None


def _named(row: Sequence[str], register: Register) -> dict[int, str]:
    """Column -> field, for the columns whose head is known; the first column of a field counts."""
    heads = {plain(form): name for name, forms in register.appendix.items() for form in forms}
    found: dict[int, str] = {}
    for column, text in enumerate(row):
        name = heads.get(plain(text))
        if name is not None and name not in found.values():
            found[column] = name
    return found


def _entries(
    grid: Grid, head: int, register: Register, own: Taxonomy, made: Appendix, name: str
) -> list[dict[str, str]]:
    fields = _named(grid.rows[head], register)
    others = {
        column: text or f"column {column + 1}"
        for column, text in enumerate(grid.rows[head])
        if column not in fields
    }
    heads = {grid.rows[head][column] for column in fields}
    records = []
    for place, row in enumerate(grid.rows):
        where = f"{name} {grid.place}, row {place + grid.first}".strip()
        told = " | ".join(row)
        if place == head or not any(row):
            continue
        entry = {fields[column]: row[column] for column in fields if column < len(row)}
        reason = _no_entry(row, entry, grid.rows[head], place < head)
        if reason:
            made.aside.append((where, reason, told))
            continue
        made.apps += 1
        known = set(entry.values())  # a head over two columns repeats its field
        extra = {
            text: row[c]
            for c, text in others.items()
            if c < len(row) and row[c] and not (text in heads and row[c] in known)
        }
        made.unknown_columns += [text for text in extra if text not in made.unknown_columns]
        records += _rows_of(entry, extra, own, register, made, where)
    return records


def _no_entry(row: Sequence[str], entry: dict[str, str], head: Sequence[str], above: bool) -> str:
    """Why a line of a table is no entry; "" if it is one."""
    if above:
        return "above the head"
    if list(row) == list(head):
        return "the head again"
    filled = [text for text in row if text]
    if len(set(filled)) == 1 and len(filled) > 1:
        return "a heading across the table"
    return "" if entry.get("app") else "no app is named"


def _rows_of(
    entry: dict[str, str],
    extra: dict[str, str],
    own: Taxonomy,
    register: Register,
    made: Appendix,
    where: str,
) -> list[dict[str, str]]:
    """One record per problem of an app; one without a kind where none is understood."""
    text = entry.get("problem", "")
    kinds, rest = kinds_in(text, own)
    if rest:
        for other in register.taxonomies:
            if other.id != own.id and kinds_in(text, other)[0]:
                raise DataError(
                    f"the problem '{text}' belongs to the list '{other.id}'",
                    where=where,
                    expected=f"kinds of '{own.id}', which the quarter follows",
                    hint="check --quarter: kinds of two lists are never joined",
                )
        kinds.append(("", text if not kinds else rest))
        made.unknown_problems += [] if rest in made.unknown_problems else [rest]
    same = {
        "store": _line(entry.get("store", "")),
        "app": _line(entry["app"]),
        "version": _line(entry.get("version", "")),
        "other": "; ".join(f"{head}={_line(value)}" for head, value in extra.items()),
    }
    return [
        {**same, "problem": code, "problem_zh": _line(wording)}
        for code, wording in kinds or [("", "")]
    ]


def _line(text: str) -> str:
    """A cell's lines as one: printed tables break names and problems anywhere."""
    parts = text.split("\n")
    joined = parts[0]
    for part in parts[1:]:
        latin = joined[-1:].isascii() and part[:1].isascii()
        joined += (" " if latin else "") + part
    return joined
