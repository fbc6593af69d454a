"""Makes the twins of survey files that may not be shipped, and the shipped part of RECS.

    .venv/bin/python -m tests.golden.parity.make_twins               twins into tests/data/parity
    .venv/bin/python -m tests.golden.parity.make_twins recs FOLDER   parts of the real files

A twin has the columns and the design structure of its original (strata, PSUs, stages, finite
populations, where answers are missing) and values drawn here with a fixed seed; no answer of the
original is read. RECS 2015 (CC BY-SA 4.0) and NHANES II (US public data) are copied in part.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pandas as pd

from tests.golden.parity import twin_polls, twin_samples
from tests.golden.parity.datasets import DATASETS

OUT = Path(__file__).parents[2] / "data" / "parity"
TWINS = (*twin_samples.TWINS, *twin_polls.TWINS)


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """What a file holds, before it is packed."""
    return frame.to_csv(index=False, lineterminator="\n").encode()


def write(frame: pd.DataFrame, name: str) -> None:
    """One csv, packed where its data set says so, with no time of day in it."""
    shipped = {spec["shipped"] for spec in DATASETS.values()}
    text = csv_bytes(frame)
    if f"{name}.csv" in shipped:
        (OUT / f"{name}.csv").write_bytes(text)
    else:
        assert f"{name}.csv.gz" in shipped, name
        (OUT / f"{name}.csv.gz").write_bytes(gzip.compress(text, mtime=0))


def copies(folder: Path) -> None:
    """Parts of the files that may be shipped."""
    columns = list(DATASETS["recs"]["columns"].values())
    recs = pd.read_csv(folder / DATASETS["recs"]["shared"], dtype=str, keep_default_na=False)
    write(recs.loc[::12, columns], "recs")
    columns = list(DATASETS["nhanes2"]["columns"].values())
    full = pd.read_csv(folder / DATASETS["nhanes2"]["shared"], dtype=str, keep_default_na=False)
    write(full.loc[::3, columns], "nhanes2")


def main(argv: list[str]) -> None:
    """Twins, or the shipped parts."""
    OUT.mkdir(parents=True, exist_ok=True)
    if argv:
        copies(Path(argv[-1]))
    else:
        for make in TWINS:
            write(make(), make.__name__)


if __name__ == "__main__":
    main(sys.argv[1:])
