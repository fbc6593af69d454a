"""Times the summary of 12 quarterly scans of a million apps by category, store, group and period.

The records (about 40 permissions each, made up, seeded) are written once under build/bench. The
summary runs in a process of its own, on two cores and under a limit of its memory; seconds and peak
memory are printed beside their limits, and on a sample of apps the summary is held against the path
for small files. Nothing is asserted about times; sums that differ end with an error.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "bench" / "monitoring"
STUDY = "app_monitoring"
APPS, SCANS = 1_000_000, 12
CORES, SECONDS, BYTES = 2, 60.0, 4 * 2**30
SAMPLED = 250  # one app of so many is in the sample for the small path
BLOCK = 250_000
STORES = 170
PARTS = ([], ["category"], ["period"], ["category", "period"], ["store"], ["store", "period"],
         ["category", "store", "period"])  # fmt: skip
FIRST_YEAR = 2016


def main() -> int:
    apps = int(sys.argv[1]) if len(sys.argv) > 1 else APPS
    path, sample = FOLDER / f"scans-{apps}.parquet", FOLDER / f"sample-{apps}.parquet"
    if not (path.exists() and sample.exists()):
        start = time.perf_counter()
        FOLDER.mkdir(parents=True, exist_ok=True)
        in_memory = write_scans(path, sample, apps)
        path.with_suffix(".json").write_text(json.dumps({"in_memory": in_memory}))
        print(f"made {apps * SCANS:,} records in {time.perf_counter() - start:.0f} s")
    told = json.loads(path.with_suffix(".json").read_text())
    print(
        f"{path.stat().st_size / 2**20:,.0f} MiB of Parquet, "
        f"{told['in_memory'] / 2**30:.1f} GiB as a table of texts in memory"
    )
    done = subprocess.run(
        [sys.executable, __file__, "summarise", str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(CORES)},
    )
    if done.returncode:
        sys.exit(done.stderr)
    result = json.loads(done.stdout.splitlines()[-1])
    for step, seconds in result["steps"].items():
        print(f"  {step:<34} {seconds:6.1f} s")
    print(
        f"{result['read']:,} records, {result['rejected']:,} set aside, {result['repeated']:,} "
        f"repeated; {result['apps']:,} apps, {result['rows']:,} numbers"
    )
    ratio, memory = result["seconds"] / SECONDS, result["peak"] / BYTES
    print(f"time   {result['seconds']:6.1f} s    limit {SECONDS:.0f} s    ratio {ratio:.2f}")
    print(f"       {result['busy']:6.1f} s of processor time on {CORES} cores, load "
          f"{os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"memory {result['peak'] / 2**30:6.2f} GiB  limit 4 GiB   ratio {memory:.2f}")
    compared = same_as_small_path(sample)
    print(f"equal to the path for small files in {compared:,} numbers of 1 app in {SAMPLED}")
    return 0


# -- the summary, in its own process ---------------------------------------------------------


def summarise(path: Path) -> dict:
    """Read, merge and count under the limits."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    start = time.perf_counter()
    from analysis.monitoring import bulk, bulkcounts
    from analysis.monitoring.bulkread import read_narrow

    instrument, grouping, rules, wave = study()
    steps = {}

    def mark(step: str) -> None:
        steps[step] = time.perf_counter() - start - sum(steps.values())

    narrow = read_narrow(
        path, wave, instrument, grouping, rules, rejects=path.with_name("rejects.parquet")
    )
    mark("read, judge, map to bits")
    read, rejected = narrow.read, sum(narrow.rejected.values())
    records, repeated = bulk.distinct(narrow)
    del narrow
    mark("records that repeat another")
    found = bulkcounts.tables(records, PARTS, grouping, rules, threads=CORES)
    mark("apps, measures and counts")
    rows = sum(len(table) for table in found.values())
    apps = int(found[()]["n"].max())
    return {
        "seconds": time.perf_counter() - start,
        "busy": time.process_time(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "steps": steps,
        "read": read,
        "rejected": rejected,
        "repeated": repeated,
        "apps": apps,
        "rows": rows,
    }


def same_as_small_path(sample: Path) -> int:
    """Number of rows compared; ends the program where one differs."""
    from analysis.monitoring import breakdowns, bulk, bulkcounts
    from analysis.monitoring.bulkread import read_narrow
    from analysis.monitoring.scans import read_scans

    instrument, grouping, rules, wave = study()
    scans = read_scans(sample, wave, instrument, rules=rules)
    small = breakdowns.with_period(scans.records, rules)
    scale = instrument.scale_of("category")
    order = [scale.code(value) for value in scale.values()]
    narrow = read_narrow(
        sample,
        wave,
        instrument,
        grouping,
        rules,
        rejects=sample.with_name("sample-rejects.parquet"),
    )
    records, _ = bulk.distinct(narrow)
    if narrow.rejected != scans.rejects["reason"].value_counts().to_dict():
        sys.exit("the two paths set different records aside")
    compared = 0
    found = bulkcounts.tables(records, PARTS, grouping, rules, threads=CORES)
    for parts in PARTS:
        one = breakdowns.counts(small, parts, grouping=grouping, rules=rules, order=order)
        two = found[tuple(parts)]
        if not one.astype("str").equals(two.astype("str")):
            sys.exit(f"the two paths differ by {parts}")
        compared += len(one)
    return compared


def study():
    """The shipped study with a wave that spans the simulated quarters."""
    from survey.instrument.load import load_instrument
    from survey.instrument.monitoring import load_monitoring
    from survey.instrument.scanrules import load_rules
    from survey.project import Project

    project = Project(ROOT)
    instrument = load_instrument(project, STUDY)
    wave = next(iter(instrument.waves.values()))
    last = FIRST_YEAR + (SCANS - 1) // 4
    changed = {
        **wave.model_dump(exclude={"calibrate"}),
        "period": {"start": f"{FIRST_YEAR}-01-01", "end": f"{last}-12-31"},
        "columns": {item: {"column": item} for item in COLUMNS},
    }
    grouping = load_monitoring(project, instrument).grouping
    return instrument, grouping, load_rules(project, instrument), type(wave).model_validate(changed)


# -- the records -----------------------------------------------------------------------------

COLUMNS = (
    "app",
    "signer",
    "store",
    "category",
    "version",
    "scan_date",
    "permissions",
    "behaviours",
)


def write_scans(path: Path, sample: Path, apps: int) -> int:
    """Write the records quarter by quarter; returns their size as texts in memory, in bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    instrument, grouping, _, _ = study()
    scale = instrument.scale_of("category")
    kinds = [scale.code(value) for value in scale.values()]
    known = [entry.name for entry in grouping.permissions]
    names = known + [f"com.example.permission.P{k:03d}" for k in range(140)]
    does = list(dict.fromkeys(entry.name for entry in grouping.behaviours))
    likely = np.random.default_rng(1).permutation(len(names))
    table = np.repeat(likely, np.maximum(400 // (np.arange(len(names)) + 10), 1)).astype(np.uint8)
    in_memory = 0
    kept = []
    writer = None
    for quarter in range(SCANS):
        for start in range(0, apps, BLOCK):
            count = min(BLOCK, apps - start)
            rng = np.random.default_rng([20180630, quarter, start])
            block, app, held = _block(rng, quarter, start, count, apps, names, does, kinds, table)
            writer = writer or pq.ParquetWriter(path, block.schema, compression="zstd")
            writer.write_table(block, row_group_size=BLOCK)
            in_memory += block.nbytes + held * 30  # codes of names, then their texts
            kept.append(block.filter(pa.array(app % SAMPLED == 0)))
    assert writer is not None
    writer.close()
    pq.write_table(
        pa.concat_tables(kept, promote_options="permissive").unify_dictionaries(), sample
    )
    return in_memory


def _block(rng, quarter, start, count, apps, names, does, kinds, table):
    """Records of one quarter: most apps once, some gone, some again in other stores or versions."""
    import pyarrow as pa

    app = np.arange(start, start + count)
    copies = rng.random(count) < 0.13
    app = np.where(copies, rng.integers(0, apps, count), app)
    older = copies & (rng.random(count) < 0.4)
    home = (app * 7919) % STORES
    size = (np.arange(1, STORES + 1) ** -0.8).cumsum()
    elsewhere = np.searchsorted(size / size[-1], rng.random(count))
    store = np.where(copies, elsewhere, home)
    kind = (app * 31) % 14
    moved = rng.random(count) < 0.01
    kind = np.where(moved, rng.integers(0, 14, count), kind)
    major = quarter + 1 - older
    minor = (app * 13 + quarter) % 20
    first = np.datetime64(f"{FIRST_YEAR + quarter // 4}-{quarter % 4 * 3 + 1:02d}-01")
    day = first + rng.integers(0, 90, count)
    text = [f"com.example.sim{number:07d}" for number in app.tolist()]
    for place in np.flatnonzero(rng.random(count) < 0.0005).tolist():
        text[place] = "not a package"
    lengths = np.where(rng.random(count) < 0.02, 0, rng.integers(20, 61, count))
    shows = rng.random((count, len(does))) < 0.3
    seen = np.broadcast_to(np.arange(len(does), dtype=np.int8), shows.shape)[shows]
    asked = table[rng.integers(0, len(table), int(lengths.sum()))]
    block = pa.table(
        {
            "app": pa.array(text),
            "signer": _words((app % 50_000).astype(np.int32), [f"{k:040x}" for k in range(50_000)]),
            "store": _words(store, [f"store{k + 1:03d}" for k in range(STORES)]),
            "category": _words(kind, kinds),
            "version": pa.array([f"{a}.{b}" for a, b in zip(major, minor, strict=True)]),
            "scan_date": pa.array(day.astype("datetime64[D]")),
            "permissions": _lists(asked, lengths, names),
            "behaviours": _lists(seen, shows.sum(axis=1), does),
        }
    )
    again = np.where(rng.random(count) < 0.001, rng.integers(0, count, count), np.arange(count))
    return block.take(again), app[again], int(lengths.sum())


def _words(codes: np.ndarray, words: list[str]):
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words))


def _lists(codes: np.ndarray, lengths: np.ndarray, names: list[str]):
    import pyarrow as pa

    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _words(codes, names))


if __name__ == "__main__":
    if sys.argv[1:2] == ["summarise"]:
        print(json.dumps(summarise(Path(sys.argv[2]))))
        sys.exit(0)
    sys.exit(main())
