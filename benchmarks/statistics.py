"""Times the statistics core at a million and at ten million respondents; prints a Markdown table.

Every figure is the median of five runs, wall and CPU seconds, beside its limit, beside a plain read
of the same columns in the same run, and beside R `survey` and svy where they are installed
(Rscript on PATH; svy importable, or BENCH_SVY_PYTHON naming a Python that has it). Nothing is
asserted: a busy machine is slower, so the load stands above the table.

    python -m benchmarks.statistics [--quick] [--no-peers]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from analysis.estimate.cell_replicates import replicate_means, reraked_means
from analysis.estimate.cells import CellSample
from benchmarks.peers import peers
from benchmarks.population import ITEMS, MARGINS, draw, margins, write_parquet
from benchmarks.reading import float_pass, read
from survey.design.engines import psu_cell_totals
from survey.design.kernels import threads
from survey.design.multipliers import rao_wu
from survey.weights.calibrate import calibrate

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
REPLICATES = 200
BY = ((), ("province",))
DESIGN = ("psu", "stratum", "weight")
COLUMNS = {
    "rake": ("weight", *MARGINS),
    "linearised": (*DESIGN, "province", *ITEMS),
    "linearised (raked)": (*DESIGN, *MARGINS, *ITEMS),
    "bootstrap": (*DESIGN, "province", *ITEMS),
    "re-rake": (*DESIGN, *MARGINS, *ITEMS),
}
ALONE = ("rake", "linearised", "bootstrap", "re-rake")  # what peers are asked for
TOGETHER = ALONE[:2]  # what they do at a million respondents within minutes
LIMITS = {"rake": 0.05, "linearised": 0.06, "bootstrap": 0.15, "re-rake": 0.6}  # seconds, n = 1e6
WHOLE_LIMITS = {"sorted by PSU": 1.5, "in random order": 2.5}  # seconds, n = 1e7
MEMORY = 600  # MB


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the respondents")
    parser.add_argument("--no-peers", action="store_true", help="leave R and svy aside")
    parser.add_argument("--everything", metavar="FILE", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.everything:
        print(json.dumps(everything(Path(chosen.everything))))
        return 0
    part = 20 if chosen.quick else 1
    print(machine())
    for n, compared in ((1_000_000 // part, TOGETHER), (20_000, ALONE)):
        columns = draw(n)
        times = tasks(columns)
        told = {} if chosen.no_peers else peers(columns, margins(columns), compared)
        print(table_of_tasks(columns, times, told))
    print(told_import(imports()))
    big = draw(10_000_000 // part)
    print(told_pass(big))
    print(told_whole(big, part))
    print(f"\nload at the end: {load()}")
    return 0


def tasks(columns: dict[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of every task, from columns in memory to estimates."""
    frame = pd.DataFrame(columns)
    targets = margins(columns)
    classes = [columns[name] for name in MARGINS]

    def table(cells):
        return psu_cell_totals(
            frame, psu="psu", cells=cells, strata=["stratum"], weight="weight", values=ITEMS
        )

    def rake():
        done = calibrate(columns["weight"], classes, targets, tolerance=1e-10, most_sweeps=500)
        assert done.error <= 1e-10

    def linearised():
        sample = CellSample(table(["province"]))
        return [sample.means(by) for by in BY]

    def aware():
        sample = CellSample(table(list(MARGINS)), margins=targets)
        return [sample.means(by) for by in BY]

    def bootstrap():
        sample = CellSample(table(["province"]))
        return replicate_means(sample, rao_wu(sample.design, REPLICATES, 1), BY)

    def rerake():
        sample = CellSample(table(list(MARGINS)), margins=targets)
        done = reraked_means(sample, rao_wu(sample.design, REPLICATES, 1), BY)
        assert (done[0].errors <= 1e-10).all()

    work = dict(zip(COLUMNS, (rake, linearised, aware, bootstrap, rerake), strict=True))
    return {name: timed(function) for name, function in work.items()}


def everything(path: Path) -> dict[str, float]:
    """All tasks of one Parquet file in one process: wall, CPU, peak memory."""
    targets = [
        margin.__class__(**vars(margin) | {"counts": np.array(counts)})
        for margin, counts in zip(
            margins(draw(100_000)), json.loads(path.with_suffix(".json").read_text()), strict=True
        )
    ]

    def work():
        table = psu_cell_totals(
            path, psu="psu", cells=list(MARGINS), strata=["stratum"], weight="weight", values=ITEMS
        )
        sample = CellSample(table, margins=targets)
        linear = [sample.means(by) for by in BY]
        draws = rao_wu(sample.design, REPLICATES, 1)
        return linear, replicate_means(sample, draws, BY), reraked_means(sample, draws, BY)

    work()
    peak = peak_memory()  # of one run: repeated, the allocator keeps some 100 MB more
    wall, cpu = timed(work)
    return {"wall": wall, "cpu": cpu, "peak": peak, "kept": peak_memory()}


def peak_memory() -> float:
    """MB that this process held at most (its parent's are in `ru_maxrss`, so not from there)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: Callable[[], object], runs: int = RUNS) -> tuple[float, float]:
    """Medians of wall and CPU seconds, after one run that loads what is loaded once."""
    work()
    found = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return median(f[0] for f in found), median(f[1] for f in found)


def table_of_tasks(columns, times, told) -> str:
    n = len(columns["weight"])
    lines = [
        f"\n### {n:,} respondents, 62 strata, {len(np.unique(columns['psu'])):,} PSUs\n",
        "Ratios to a read of the task's columns (wall), to R and to svy (CPU; one run each).\n",
        "| task | wall s | limit | CPU s | x read | R, CPU s | x R | svy, CPU s | x svy |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (wall, cpu) in times.items():
        plain = timed(lambda name=name: read([columns[c] for c in COLUMNS[name]]))[0]
        limit = f"{LIMITS[name]:g}" if name in LIMITS and n == 1_000_000 else ""
        line = f"| {name} | {wall:.4f} | {limit} | {cpu:.4f} | {wall / plain:,.0f} |"
        for peer in ("R", "svy"):
            theirs = told.get(peer, {}).get(name)
            line += f" {theirs[1]:.3g} | {theirs[1] / cpu:,.0f} |" if theirs else "  |  |"
        lines.append(line)
    return "\n".join(lines)


def told_pass(columns) -> str:
    """The linearised pass in memory against reading its columns, and against float sums."""
    frame = pd.DataFrame(columns)
    names = ("psu", "weight", *ITEMS)
    n = len(frame)

    def integers(cells=()):
        psu_cell_totals(frame, psu="psu", cells=cells, weight="weight", values=ITEMS)

    def floats():
        float_pass([columns[name] for name in names])

    lines = [f"\n### The linearised pass over {n:,} respondents in memory\n"]
    lines += ["| pass | wall s | CPU s | share of the speed of reading |", "|---|---|---|---|"]
    plain = timed(lambda: read([columns[name] for name in names]))
    size = sum(columns[name].itemsize for name in names)
    lines.append(f"| read of {size} bytes a row | {plain[0]:.4f} | {plain[1]:.4f} | 100 % |")
    passes = {
        "sums by PSU, whole numbers (quantum, checks and table included)": integers,
        "the same by PSU and province": lambda: integers(["province"]),
        "sums by PSU, floats (the bare loop)": floats,
    }
    for name, work in passes.items():
        wall, cpu = timed(work)
        lines.append(f"| {name} | {wall:.4f} | {cpu:.4f} | {plain[0] / wall:.0%} |")
    return "\n".join(lines)


def told_whole(columns, part: int) -> str:
    lines = [
        f"\n### Everything from Parquet, {len(columns['weight']):,} respondents\n",
        "Table, raking, linearised errors (calibration-aware), 200 replicates, 200 re-raked "
        "replicates; one process; the memory is that of one run, interpreter included.\n",
        "| rows | wall s | CPU s | limit | peak MB | limit | MB after six runs |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for order, limit in WHOLE_LIMITS.items():
            path = Path(folder) / f"{order.split()[0]}.parquet"
            told = columns
            if order.startswith("sorted"):
                places = np.argsort(columns["psu"], kind="stable")
                told = {name: column[places] for name, column in columns.items()}
            write_parquet(told, path)
            counts = [margin.counts.tolist() for margin in margins(columns)]
            path.with_suffix(".json").write_text(json.dumps(counts))
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.statistics", "--everything", str(path)],
                cwd=ROOT,
                check=True,
                capture_output=True,
            )
            got = json.loads(done.stdout)
            shown = (f"{limit:g}", f"{MEMORY}") if part == 1 else ("", "")
            lines.append(
                f"| {order} | {got['wall']:.2f} | {got['cpu']:.2f} | {shown[0]} | "
                f"{got['peak']:.0f} | {shown[1]} | {got['kept']:.0f} |"
            )
    return "\n".join(lines)


def imports() -> dict[str, float]:
    """Seconds to import, median of nine fresh interpreters each, taken in turn."""
    modules = (
        "pandas",
        "analysis.estimate.survey",
        "analysis.estimate.cells",
        "survey.design.engines",
    )
    found: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(9):
        for name in modules:
            clock = "time.perf_counter()"
            code = f"import time; s = {clock}; import {name}; print({clock} - s)"
            done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
            found[name].append(float(done.stdout))
    return {name: median(times) for name, times in found.items()}


def told_import(times: dict[str, float]) -> str:
    lines = ["\n### Importing\n", "| module | s | x pandas | limit |", "|---|---|---|---|"]
    for name, seconds in times.items():
        limit = "" if name == "pandas" else "1.5"
        lines.append(f"| {name} | {seconds:.2f} | {seconds / times['pandas']:.2f} | {limit} |")
    return "\n".join(lines)


def machine() -> str:
    import duckdb
    import numba
    import polars

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {"numpy": np, "pandas": pd, "numba": numba, "duckdb": duckdb, "polars": polars}
    told = ", ".join(f"{name} {module.__version__}" for name, module in versions.items())
    rscript = "R and survey found" if shutil.which("Rscript") else "no R"
    return (
        f"{threads()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, {told}, {rscript}; load at the start: {load()}"
    )


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
