"""Exports of ODK Central, Briefcase and KoboToolbox: CSV, or a zip of CSV with repeat groups.

Decided here: which table of an archive is the form's and which are repeats (they have a column
that names their parent), that every row of a repeat must have its parent, and how
`select_multiple` answers come apart. An export with a column per option says itself which
questions those are; for one without, they must be named (`multiple: "hobby, news"`): a text of
several words is not taken for a list of options. Cells stay text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.errors import DataError, collect, one_of
from survey.io import csvfile
from survey.io.archive import members
from survey.io.compressed import bytes_of
from survey.io.encodings import find_encoding
from survey.io.header import column_names

OPTIONS = ("encoding", "delimiter", "multiple", "table")
LINKS = (("PARENT_KEY", "KEY"), ("_parent_index", "_index"), ("_submission__id", "_id"))
BETWEEN = "/"  # of a question and its option
TRUTHS = {"1", "0", "true", "false", "1.0", "0.0"}
DELIMITERS = (",", ";", "\t")


def read(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """The form's table, with the tables of its repeat groups under "children".

    Parameters
    ----------
    options : mapping
        `encoding`, `delimiter` (default: the one the header has most of, told in the report),
        `multiple`: names of select_multiple questions, `table`: name of the form's table.

    Raises
    ------
    DataError
        As csvfile.read; if an archive has no table or two forms; if a repeat has no parent.
    """
    data = bytes_of(path)
    if path.suffix.lower() != ".zip":
        return _table(data, path, options)
    files = members(data, path, ".csv")
    tables = {
        name.rpartition("/")[2].removesuffix(".csv"): _table(text, f"{path}, {name}", options)
        for name, text in files.items()
    }
    main = _main(tables, path, str(options.get("table", "")))
    children = {name: table for name, table in tables.items() if name != main}
    with collect(DataError) as faults:
        for name, child in children.items():
            lost = _orphans(child, tables)
            if lost:
                faults.add(
                    f"{len(lost)} rows of the repeat '{name}' have no parent",
                    where=str(path),
                    hint=f"the first is {lost[0]!r}: export again without a filter",
                )
    return tables[main] | {"children": children}


def _main(tables: Mapping[str, Any], path: Path, wanted: str) -> str:
    forms = [name for name, table in tables.items() if not _link(table)]
    if wanted in tables:
        return wanted
    if len(forms) != 1 or wanted:
        raise DataError(
            f"holds {len(forms)} tables that are no repeat" if not wanted else f"no '{wanted}'",
            where=str(path),
            expected=one_of(tables) if tables else "a table (.csv) in the archive",
            hint="say which is the form's with the option 'table'",
        )
    return forms[0]


def _table(data: bytes, path: Path | str, options: Mapping[str, Any]) -> dict[str, Any]:
    found = find_encoding(data, path, options.get("encoding"))
    delimiter = str(options.get("delimiter") or _delimiter(found.text))
    rows = csvfile.rows_of(found.text, path, delimiter)
    if not rows:
        raise DataError("has no header", where=str(path))
    names = column_names(rows[0][1])
    csvfile.require_width(rows, len(names), Path(path))
    table = csvfile.columns_of(names, rows[1:], options.get("drop", ()))
    named = [name.strip() for name in str(options.get("multiple", "")).split(",") if name.strip()]
    columns, sets = _multiple(table["columns"], named)
    report = [
        f"its encoding is {found.encoding}: {found.why}",
        f"cells are divided by {delimiter!r}",
    ]
    return table | {
        "columns": columns,
        "sets": sets,
        "encoding": found.encoding,
        "report": report,
    }


def _delimiter(text: str) -> str:
    """The sign the header line has most of, outside quotation marks."""
    header = text.splitlines()[0] if text else ""
    bare = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def _multiple(columns: list[tuple[str, list]], named: list[str]) -> tuple[list, list]:
    """Columns with those of named questions split, and the sets among them."""
    split = [made for name, cells in columns if name in named for made in _split(name, cells)]
    known = {name for name, _ in columns}
    columns = [*columns, *((name, cells) for name, cells in split if name not in known)]
    groups: dict[str, list[tuple[str, bool]]] = {}
    for name, cells in columns:
        question, slash, _ = name.rpartition(BETWEEN)
        if slash and question in known:
            given = {str(cell).lower() for cell in cells if cell is not None}
            groups.setdefault(question, []).append((name, given <= TRUTHS))
    sets = [
        {
            "name": question,
            "kind": "dichotomy",
            "variables": [name for name, _ in group],
            "label": "",
            "counted": "1",
        }
        for question, group in groups.items()
        if all(truths for _, truths in group)
    ]
    truths = {name for one in sets for name in one["variables"]}
    return [(n, _ones(cells) if n in truths else cells) for n, cells in columns], sets


def _split(name: str, cells: list) -> list[tuple[str, list]]:
    """`a c` as the columns name/a and name/c: 1 chosen, 0 not, None no answer."""
    answers = [cell.split() if cell is not None else None for cell in cells]
    options = dict.fromkeys(option for answer in answers if answer for option in answer)
    return [
        (
            f"{name}{BETWEEN}{option}",
            [None if answer is None else "1" if option in answer else "0" for answer in answers],
        )
        for option in options
    ]


def _ones(cells: list) -> list:
    words = {"true": "1", "false": "0", "1.0": "1", "0.0": "0"}
    return [None if cell is None else words.get(cell.lower(), cell) for cell in cells]


def _link(table: Mapping[str, Any]) -> tuple[str, str] | None:
    names = {name for name, _ in table["columns"]}
    return next((link for link in LINKS if link[0] in names), None)


def _orphans(child: Mapping[str, Any], tables: Mapping[str, Any]) -> list[str]:
    """Parents that no table of the archive has."""
    link = _link(child)
    if link is None:
        return []
    keys = {
        cell
        for table in tables.values()
        for name, cells in table["columns"]
        if name == link[1]
        for cell in cells
    }
    parents = next(cells for name, cells in child["columns"] if name == link[0])
    return [str(cell) for cell in parents if cell not in keys]
