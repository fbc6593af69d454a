"""Survey files written with labels, declared missing values and weights, one module a format."""

from __future__ import annotations

from pathlib import Path

from survey.errors import UsageError, one_of
from survey.io.labelled import Labelled


def write_labelled(file: Labelled, path: Path | str) -> tuple[str, ...]:
    """Write one file in the format of its ending.

    Returns
    -------
    tuple of str
        What the format cannot hold, a phrase each; empty where the file reads back equal.

    Raises
    ------
    UsageError
        If the ending means no format that is written.
    """
    from survey.io.write import csvout, dta, parquet, sav

    writers = {
        ".csv.gz": csvout.write,
        ".sav": sav.write,
        ".zsav": sav.write,
        ".dta": dta.write,
        ".csv": csvout.write,
        ".parquet": parquet.write,
    }
    path = Path(path)
    for ending, write in writers.items():
        if path.name.lower().endswith(ending):
            return write(file, path)
    raise UsageError(
        "is no format that is written",
        where=str(path),
        expected=f"a name that ends in {one_of(writers)}",
    )
