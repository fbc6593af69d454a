"""R `survey` and svy on the columns of the benchmark, where they are installed.

One run each: they take seconds to minutes. R reads columns as binary files, svy a Parquet file;
reading is not timed.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.population import write_parquet
from survey.weights.margins import Margin

HERE = Path(__file__).parent
ALLOWED = 1800  # seconds


def peers(columns: dict[str, np.ndarray], targets: Sequence[Margin], tasks: Sequence[str]) -> dict:
    """Wall and CPU seconds by peer and task; a peer that is absent or fails is left out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_margins(targets, folder / "margins.csv")
        found = {}
        if shutil.which("Rscript"):
            for column, values in columns.items():
                values.astype(np.float64).tofile(folder / f"{column}.bin")
            script = ["Rscript", HERE / "statistics.R", folder, len(columns["weight"])]
            found["R"] = _run([*script, ",".join(tasks)])
        python = _svy_python()
        if python:
            file = write_parquet(columns, folder / "columns.parquet")
            script = [python, "-P", HERE / "svy_tasks.py", file, folder / "margins.csv"]
            found["svy"] = _run([*script, ",".join(tasks)])
    return {peer: seconds for peer, seconds in found.items() if seconds}


def _svy_python() -> str | None:
    named = os.environ.get("BENCH_SVY_PYTHON")
    if named:
        return named
    have = subprocess.run([sys.executable, "-c", "import svy"], capture_output=True)
    return sys.executable if have.returncode == 0 else None


def _run(command: list) -> dict[str, tuple[float, float]] | None:
    try:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=ALLOWED
        )
        return json.loads(done.stdout)["seconds"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError) as fault:
        print(f"{command[0]} gave no times: {fault}", file=sys.stderr)
        if isinstance(fault, json.JSONDecodeError):
            print(done.stderr[-800:], file=sys.stderr)
        return None


def _write_margins(targets: Sequence[Margin], path: Path) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["margin", "level", "count"])
        for margin in targets:
            for level, count in zip(margin.levels, margin.counts, strict=True):
                rows.writerow([margin.name, level, repr(float(count))])
