"""Files with labels, by their ending, as a `Labelled`.

Decided here: which reader an ending means, and how a reader's answer becomes a `Labelled`. SPSS,
Stata and SAS files are read in the child of isolated.py; CSV and Parquet have their dictionary
beside or in them (write/dictionary.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from survey.errors import DataError, one_of
from survey.io.isolated import Limits, read_isolated
from survey.io.labelled import Labelled, Variable
from survey.io.mrsets import MultipleSet

READERS = {
    ".sav": "spss",
    ".zsav": "spss",
    ".por": "por",
    ".dta": "stata",
    ".sas7bdat": "sas",
    ".xpt": "sas",
}
OWN = (".parquet", ".csv", ".csv.gz")
LIMITS = Limits(seconds=600, megabytes=16384)


def read_labelled(path: Path | str, *, encoding: str = "") -> Labelled:
    """Read one file with all it says of its values.

    Parameters
    ----------
    encoding : str
        Overrides what the file says of its texts.

    Raises
    ------
    DataError
        If it is missing, of no known kind, or broken.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError("file is missing", where=str(path))
    ending = ending_of(path)
    if ending in OWN:
        from survey.io.write.dictionary import read_own

        return read_own(path, ending)
    options = {"exact": True} | ({"encoding": encoding} if encoding else {})
    return labelled(read_isolated(READERS[ending], path, options))


def ending_of(path: Path) -> str:
    """The ending by which a file is read.

    Raises
    ------
    DataError
        If no reader knows it.
    """
    known = (*READERS, *OWN)
    for ending in sorted(known, key=len, reverse=True):
        if path.name.lower().endswith(ending):
            return ending
    raise DataError(
        "is of no known kind", where=str(path), expected=f"a name that ends in {one_of(known)}"
    )


def labelled(answer: Mapping[str, Any]) -> Labelled:
    """A reader's answer (see isolated.py) as a model."""
    if "own" in answer:
        return _own(answer)
    words, spans = answer.get("value_labels", {}), answer.get("user_missing", {})
    shown = answer.get("variables", {})
    variables = {
        name: Variable(
            label=answer.get("labels", {}).get(name, ""),
            value_labels=dict(tuple(pair) for pair in words.get(name, ())),
            missing=tuple((low, high) for low, high in spans.get(name, ())),
            **shown.get(name, {}),
        )
        for name, _ in answer["columns"]
    }
    texts = {name for name, one in variables.items() if one.is_text()}
    return Labelled(
        frame=pd.DataFrame(
            {name: series(cells, text=name in texts) for name, cells in answer["columns"]}
        ),
        variables=variables,
        sets=tuple(
            MultipleSet(**(one | {"variables": tuple(one["variables"])}))
            for one in answer.get("sets", ())
        ),
        weight=answer.get("weight", ""),
        title=answer.get("title", ""),
        notes=tuple(answer.get("notes", ())),
        texts={int(subtype): text for subtype, text in answer.get("texts", {}).items()},
        encoding=answer.get("encoding", ""),
        not_read=tuple(answer.get("not_read", ())),
    )


def _own(answer: Mapping[str, Any]) -> Labelled:
    """A Stata file that was written here, and has its whole dictionary in it."""
    from survey.io.write.dictionary import from_json

    told = from_json(answer["own"], answer["path"])
    kinds = told.pop("kinds")
    frame = {name: series(cells, text=kinds[name] == "text") for name, cells in answer["columns"]}
    return Labelled(frame=pd.DataFrame(frame), encoding=answer["encoding"], **told)


def series(cells: list, *, text: bool = False) -> pd.Series:
    """Cells as float64 where all are numbers or blank, else as objects."""
    numbers = not text and all(cell is None or isinstance(cell, float) for cell in cells)
    return pd.Series(cells, dtype="float64" if numbers else object)
