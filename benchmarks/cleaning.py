"""Times cleaning a million returns of sixty columns: read, coded, ruled, flagged, audited, written.

The returns (returns.py, simulated, seeded) are written once under build/bench. The clean stage runs
on them as `perception responses` runs it, in a process of its own, on two cores; seconds and peak
memory are printed beside their limits. Every sign of quality is looked for, near-identical answers
among them. Nothing is asserted about times; a stage that found other counts than were planted ends
with an error.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "bench" / "cleaning"
ROWS = 1_000_000
CORES, SECONDS, BYTES = 2, 60.0, 4 * 2**30
PLANTED = ("speed", "straight", "duplicate", "match", "attention", "gibberish", "routing")


def main() -> int:
    from benchmarks.returns import STUDY, WAVE, write_project

    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    folder = FOLDER / str(rows)
    start = time.perf_counter()
    raw = write_project(folder, rows)
    print(
        f"{rows:,} returns of 60 columns, {raw.stat().st_size / 2**20:,.0f} MiB of CSV "
        f"(made in {time.perf_counter() - start:.0f} s)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.cleaning", "clean", str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": str(CORES), "POLARS_MAX_THREADS": str(CORES)},
    )
    if done.returncode:
        sys.exit(done.stderr)
    result = json.loads(done.stdout.splitlines()[-1])
    for step, seconds in result["steps"].items():
        print(f"  {step:<34} {seconds:6.1f} s")
    told = json.loads((folder / "data" / "clean" / STUDY / WAVE / "cleaning.json").read_text())
    changed = sum(told["changed_answers"].values())
    flagged = ", ".join(
        f"{flag.removeprefix('flag_')} {n:,}" for flag, n in told["flagged"].items()
    )
    print(f"{told['respondents']:,} respondents, {told['included']:,} included; flagged: {flagged}")
    print(f"{changed:,} answers changed, {result['audit']:,} rows of audit")
    ratio, memory = result["seconds"] / SECONDS, result["peak"] / BYTES
    print(f"time   {result['seconds']:6.1f} s    limit {SECONDS:.0f} s    ratio {ratio:.2f}")
    print(f"       {result['busy']:6.1f} s of processor time on {CORES} cores, load "
          f"{os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"memory {result['peak'] / 2**30:6.2f} GiB  limit 4 GiB   ratio {memory:.2f}")
    missed = [sign for sign in PLANTED if not told["flagged"][f"flag_{sign}"]]
    if told["respondents"] != rows or missed or told["not_looked_for"]:
        sys.exit(
            f"not as planted: no {', '.join(missed)}; not looked for: {told['not_looked_for']}"
        )
    return 0


def clean(folder: Path) -> dict:
    """The clean stage on one wave; what it took. Import of the stage is part of it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    start = time.perf_counter()
    from benchmarks.returns import STUDY, WAVE
    from survey.clean import pipeline, run
    from survey.instrument.load import load_instrument
    from survey.io.tables import read_parquet
    from survey.project import Project

    steps: dict[str, float] = {}

    def timed(name: str, step):
        def stepped(*args, **kwargs):
            begin = time.perf_counter()
            result = step(*args, **kwargs)
            steps[name] = steps.get(name, 0.0) + time.perf_counter() - begin
            return result

        return stepped

    for module, function, name in (
        (run, "check_files", "sha256 of the file"),
        (run, "read_wave", "read"),
        (pipeline, "map_wave", "door, codes, blanks"),
        (pipeline, "apply_range", "ranges"),
        (pipeline, "apply_routing", "routing"),
        (pipeline, "apply_exclusive", "exclusive options"),
        (pipeline, "judge", "signs of quality, exclusions"),
        (pipeline, "finish", "derived items, order"),
        (run, "write_parquet", "written"),
    ):
        setattr(module, function, timed(name, getattr(module, function)))
    project = Project(folder)
    run.clean_to_disk(project, load_instrument(project, STUDY), WAVE)
    seconds, busy = time.perf_counter() - start, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    audit = read_parquet(project.clean(STUDY, WAVE) / "audit.parquet", ["item"])
    return {"seconds": seconds, "busy": busy, "peak": peak, "steps": steps, "audit": len(audit)}


if __name__ == "__main__":
    if sys.argv[1:2] == ["clean"]:
        print(json.dumps(clean(Path(sys.argv[2]))))
        sys.exit(0)
    sys.exit(main())
