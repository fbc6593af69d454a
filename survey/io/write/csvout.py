"""CSV in UTF-8 with every digit, and its dictionary beside it (dictionary.py)."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

from survey.io.atomic import write_bytes, write_text
from survey.io.labelled import Labelled
from survey.io.write.dictionary import dictionary_path, to_json


def write(file: Labelled, path: Path) -> tuple[str, ...]:
    """Write `answers.csv` (or .csv.gz) and `answers.dictionary.json`.

    Numbers have as many digits as they need to read back equal; whole numbers have no point.
    Returns what is not kept (see `write_labelled`).
    """
    columns = {
        name: [_text(cell) for cell in file.frame[name]]
        if file.frame[name].dtype == float
        else file.frame[name]
        for name in file.frame.columns
    }
    text = io.StringIO()
    file.frame.assign(**columns).to_csv(text, index=False, lineterminator="\n")
    data = text.getvalue().encode()
    write_bytes(path, gzip.compress(data, mtime=0) if path.name.lower().endswith("gz") else data)
    write_text(dictionary_path(path), to_json(file))
    return file.not_read


def _text(number: float) -> str:
    if number != number:
        return ""
    whole = number.is_integer() and abs(number) < 1e15
    return f"{number:.0f}" if whole else repr(float(number))
