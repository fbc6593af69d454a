"""``python -m tests.simulation.run``: the whole simulation, and its report in docs/.

Measurements are kept in ``build/simulation``, one file per cell, so that a run that was stopped
goes on where it ended (``--keep``) and the report can be written again (``--report-only``).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "simulation"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
SAMPLES, SAMPLES_OF_DEFECT = 10_000, 2_000
LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels")


def main(arguments: list[str] | None = None) -> int:
    """Run the cells that are asked for; 0 if everything judged passed and every defect failed."""
    options = _parser().parse_args(arguments)
    for name in ONE_THREAD:  # before numpy starts in the processes
        os.environ[name] = "1"
    from tests.simulation.cells import cells
    from tests.simulation.defects import DEFECTS

    wanted = [name for name in (*cells(), *DEFECTS) if re.match(options.cells, name)]
    KEPT.mkdir(parents=True, exist_ok=True)
    if not options.report_only:
        _measure([n for n in wanted if not (options.keep and _kept(n, options.samples))], options)
    from tests.simulation.report import write

    return write(wanted, KEPT, Path(options.out), samples=options.samples)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.run", description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument(
        "--cells", default="", help="only those whose name begins with this pattern"
    )
    parser.add_argument("--keep", action="store_true", help="take cells that were measured before")
    parser.add_argument("--report-only", action="store_true")
    parser.add_argument("--out", default=str(ROOT / "docs" / "simulation.md"))
    return parser


def _measure(names: list[str], options: argparse.Namespace) -> None:
    """Measure cells chunk by chunk; a cell is written when its last chunk has come."""
    from tests.simulation.harness import CHUNK, chunk, joined

    counts = {name: _count(name, options.samples) for name in names}
    tasks = [
        (name, start, min(start + CHUNK, count))
        for name, count in counts.items()
        for start in range(0, count, CHUNK)
    ]
    begun = time.time()
    waiting: dict[str, dict] = {name: {} for name in names}
    spent: dict[str, float] = dict.fromkeys(names, 0.0)
    context = multiprocessing.get_context("spawn")
    with context.Pool(options.processes) as pool:
        for (name, start, _), samples, seconds in pool.imap_unordered(chunk, tasks):
            waiting[name][start] = samples
            spent[name] += seconds
            if len(waiting[name]) * CHUNK >= counts[name]:
                parts = waiting.pop(name)
                _write(name, joined([parts[key] for key in sorted(parts)]), spent[name])
                print(f"{time.time() - begun:7.0f} s  {name}", file=sys.stderr, flush=True)


def _write(name: str, samples, seconds: float) -> None:
    import numpy as np

    record = {
        "names": samples.names,
        "kinds": samples.kinds,
        "seconds": seconds,
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
    }
    np.savez_compressed(
        KEPT / f"{name}.npz",
        record=json.dumps(record),
        **{key: getattr(samples, key) for key in ("value", "se", "df", "low", "high")},
    )


def _count(name: str, samples: int) -> int:
    from tests.simulation.defects import DEFECTS

    return min(samples, SAMPLES_OF_DEFECT) if name in DEFECTS else samples


def _kept(name: str, samples: int) -> bool:
    from tests.simulation.report import read

    path = KEPT / f"{name}.npz"
    return path.exists() and len(read(path)[0].value) == _count(name, samples)


if __name__ == "__main__":
    raise SystemExit(main())
