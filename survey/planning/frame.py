"""A frame read from a CSV file: strata to split a sample over, or units to draw.

Every cell stays the text it is, so that a sample's rows are the frame's rows; columns become
numbers where a plan asks for numbers, and every cell that is none is named with its line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from survey.errors import DataError, collect, did_you_mean, one_of
from survey.io.csvfile import read

_MOST = 20  # faults of a column that are told


@dataclass(frozen=True, eq=False)
class Frame:
    """Rows of a CSV file.

    Attributes
    ----------
    path : Path
    columns : dict of name to list of str, or None where a cell is blank
    size : int
        Number of rows.
    """

    path: Path
    columns: dict[str, list[str | None]]
    size: int

    def texts(self, name: str) -> list[str]:
        """A column without blanks.

        Raises
        ------
        DataError
            If there is no such column, or a cell is blank.
        """
        cells = self._cells(name)
        with collect(DataError) as faults:
            for row in [row for row, cell in enumerate(cells) if cell is None][:_MOST]:
                faults.add(f"column '{name}' is blank", where=self._place(row))
        return [cell or "" for cell in cells]

    def numbers(self, name: str) -> np.ndarray:
        """A column of numbers, shape (n,).

        Raises
        ------
        DataError
            If there is no such column, or a cell is no number.
        """
        result = np.full(self.size, np.nan)
        with collect(DataError) as faults:
            for row, cell in enumerate(self._cells(name)):
                try:
                    result[row] = float(cell or "")
                except ValueError:
                    if len(faults.items) < _MOST:
                        told = "blank" if cell is None else f"'{cell}'"
                        faults.add(
                            f"column '{name}' is {told}",
                            where=self._place(row),
                            expected="a number",
                        )
        return result

    def keys(self, name: str) -> list:
        """A column to sort by: numbers where every cell is one, else text; blanks first."""
        cells = self._cells(name)
        try:
            return [float("-inf") if cell is None else float(cell) for cell in cells]
        except ValueError:
            return [cell or "" for cell in cells]

    def _cells(self, name: str) -> list[str | None]:
        if name not in self.columns:
            raise DataError(
                f"there is no column '{name}'",
                where=str(self.path),
                expected=one_of(self.columns),
                hint=did_you_mean(name, self.columns),
            )
        return self.columns[name]

    def _place(self, row: int) -> str:
        return f"{self.path}, row {row + 1} after the header"


def read_frame(path: Path) -> Frame:
    """A frame from a CSV file, plain or gzipped.

    Raises
    ------
    DataError
        If the file is missing, not well-formed, or has no rows.
    """
    if not path.is_file():
        raise DataError("file is missing", where=str(path))
    columns = dict(read(path, {})["columns"])
    size = len(next(iter(columns.values()), []))
    if not size:
        raise DataError("has a header but no rows", where=str(path))
    return Frame(path, columns, size)


def csv_text(header: Sequence[str], rows: Sequence[Sequence]) -> str:
    """Rows as a CSV file's text; None is a blank cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def read_sizes(path: Path) -> Mapping[str, int]:
    """Sizes by stratum from a CSV file with the columns ``stratum`` and ``n``.

    Raises
    ------
    DataError
        If a stratum occurs twice or a size is no whole number.
    """
    frame = read_frame(path)
    strata, numbers = frame.texts("stratum"), frame.numbers("n")
    with collect(DataError) as faults:
        for stratum in sorted({label for label in strata if strata.count(label) > 1})[:_MOST]:
            faults.add(f"stratum '{stratum}' occurs more than once", where=str(path))
        for row in np.flatnonzero((numbers != np.rint(numbers)) | (numbers < 0))[:_MOST]:
            faults.add(
                f"stratum '{strata[row]}' has the size {numbers[row]:g}",
                where=str(path),
                expected="a whole number of at least 0",
            )
    return {label: int(number) for label, number in zip(strata, numbers, strict=True)}
