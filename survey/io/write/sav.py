"""SPSS files (.sav, .zsav): pyreadstat writes values and labels, savinsert.py adds the rest.

Decided here: what pyreadstat is told, and which widths text columns get. Texts are UTF-8 in the
written file, whatever they were before; that is no loss and is not reported.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from survey.errors import DataError
from survey.io.atomic import replacing
from survey.io.labelled import Labelled
from survey.io.savinsert import insert_records

LONGEST_TEXT = 32767


def write(file: Labelled, path: Path) -> tuple[str, ...]:
    """Write one file; returns what .sav cannot hold (see `write_labelled`).

    Raises
    ------
    DataError
        If SPSS knows no such name, width or label.
    """
    import pyreadstat

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".unfinished") as folder:
        plain = Path(folder) / f"plain{path.suffix.lower()}"
        try:
            pyreadstat.write_sav(
                _cells(file), plain, compress=path.suffix.lower() == ".zsav", **_told(file)
            )
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError) as fault:
            raise DataError(f"cannot be written as .sav: {fault}", where=str(path)) from None
        with replacing(path) as full:
            insert_records(
                plain,
                full,
                sets=file.sets,
                weight=file.weight,
                alignment={name: one.alignment for name, one in file.variables.items()},
                texts=file.texts,
            )
    return file.not_read


def _told(file: Labelled) -> dict[str, Any]:
    variables = file.variables
    return {
        "file_label": file.title,
        "note": list(file.notes) or None,
        "column_labels": {name: one.label for name, one in variables.items() if one.label},
        "variable_value_labels": {
            name: dict(one.value_labels) for name, one in variables.items() if one.value_labels
        },
        "missing_ranges": {
            name: [{"lo": low, "hi": high} for low, high in one.missing]
            for name, one in variables.items()
            if one.missing
        },
        "variable_display_width": {n: one.width for n, one in variables.items() if one.width},
        "variable_measure": {name: one.measure for name, one in variables.items()},
        "variable_format": {n: one.format for n, one in variables.items() if one.format},
    }


def _cells(file: Labelled) -> pd.DataFrame:
    """The frame, with the first text of each column padded to the column's width.

    pyreadstat takes the width of a text column from its longest text; SPSS reads blanks at the
    end as nothing.
    """
    columns: dict[str, Any] = {}
    for name in file.frame.columns:
        cells = file.frame[name]
        if cells.dtype != float:
            texts = [text if isinstance(text, str) else "" for text in cells]
            if texts:
                texts[0] = _padded(texts[0], min(file.variables[name].text_width(), LONGEST_TEXT))
            cells = pd.Series(texts, dtype=object)
        columns[name] = cells
    return pd.DataFrame(columns)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - len(text.encode()))
