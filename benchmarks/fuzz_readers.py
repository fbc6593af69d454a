"""Ten thousand mutated files through every reader (`make fuzz`).

Each must be read or refused with a fault a person can act on: never a traceback, more than 10
seconds of the processor, or more than 2 GiB of memory. Prints counts per reader and writes them as
JSON; ends with 1 if anything failed. `--again NUMBER` writes one mutation to look at.

    .venv/bin/python benchmarks/fuzz_readers.py --files 10000 --out build/fuzz/readers.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from survey.errors import DataError  # noqa: E402
from survey.io import isolated  # noqa: E402
from survey.io.atomic import write_text  # noqa: E402
from survey.io.labelledfile import read_labelled  # noqa: E402
from survey.io.readers import read_raw  # noqa: E402
from tests.fuzz.seeds import Seed, seeds  # noqa: E402
from tests.fuzz.trial import FAILURES, Job, Outcome, tried  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"


def main() -> int:
    given = _arguments()
    for module in isolated.READERS.values():
        import_module(import_module(module).LIBRARY)
    import_module("pyarrow.parquet")
    with tempfile.TemporaryDirectory() as folder:
        known = seeds(Path(folder), SHARED if SHARED.is_dir() else None)
        if given.again is not None:
            return _again(known, given.again)
        return _run(known, given, Path(folder))


def job(known: list[Seed], number: int) -> Job:
    """The seed and the mutation of one number."""
    other = known[(number * 7 + 1) % len(known)]
    return Job(known[number % len(known)], number, other.data)


def _run(known: list[Seed], given: argparse.Namespace, folder: Path) -> int:
    begun, counts, checked = time.monotonic(), Counter(), Counter()
    failures: list[dict] = []
    slowest, largest = 0.0, 0.0
    jobs = {n: job(known, n) for n in range(given.start, given.start + given.files)}
    for done, outcome in enumerate(tried_in_batches(jobs, folder, given.batch), start=1):
        seed = jobs[outcome.number].seed
        counts[seed.origin, Path(seed.name).suffix, outcome.kind] += 1
        slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.megabytes)
        if outcome.kind in FAILURES:
            failures.append({"seed": seed.name, **vars(outcome)})
            print(f"{outcome.number} {seed.origin} {seed.name}: {outcome.kind} {outcome.told}")
        if given.real and outcome.number % given.real == 0:
            checked[_as_in_use(jobs[outcome.number], folder, outcome)] += 1
        if done % 500 == 0 or done == len(jobs):
            told = {
                "files": done,
                "seeds": len(known),
                "seconds": round(time.monotonic() - begun),
                "most_processor_seconds": round(slowest, 2),
                "most_megabytes": round(largest),
                "outcomes": _sums(counts),
                "by_reader": {" ".join(key): count for key, count in sorted(counts.items())},
                "through_the_child_process": dict(checked),
                "failures": failures,
            }
            write_text(given.out, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
            print(f"{done} files, {told['seconds']} s, {told['outcomes']}", flush=True)
    print(json.dumps({k: v for k, v in told.items() if k != "failures"}, indent=1))
    return int(bool(failures) or bool(checked["other"]))


def tried_in_batches(jobs: dict[int, Job], folder: Path, size: int) -> Iterator[Outcome]:
    numbers = list(jobs)
    for start in range(0, len(numbers), size):
        yield from tried([jobs[n] for n in numbers[start : start + size]], folder)


def _sums(counts: Counter) -> dict[str, int]:
    sums: Counter = Counter()
    for key, count in counts.items():
        sums[key[2]] += count
    return dict(sums)


def _as_in_use(job: Job, folder: Path, outcome: Outcome) -> str:
    """Read the same file as a person would, in a child process: is it the same?"""
    seed, path = job.seed, folder / job.seed.name
    path.write_bytes(job.data())
    try:
        read_labelled(path) if seed.origin == "labelled" else read_raw(path, seed.origin, {})
        seen = "read"
    except DataError:
        seen = "refused"
    same = seen == outcome.kind or (seen == "refused" and outcome.kind == "contained")
    if not same:
        print(f"in use {seed.name} is {seen}, in the fork {outcome.kind}: {outcome.told[:200]}")
    return "same" if same else "other"


def _again(known: list[Seed], number: int) -> int:
    made = job(known, number)
    path = Path(f"mutation_{number}_{made.seed.name}")
    path.write_bytes(made.data())
    print(path, made.seed.origin)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="mutated files through every reader")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=1)
    parser.add_argument("--batch", type=int, default=40, help="files a fork")
    parser.add_argument("--real", type=int, default=200, help="every so many in a child process")
    parser.add_argument("--again", type=int, help="write the file of one number and stop")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz/readers.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
