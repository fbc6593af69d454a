"""The tasks of benchmarks/statistics.py in svy, on the same columns; run by benchmarks/peers.py.

    PYTHON benchmarks/svy_tasks.py FILE.parquet MARGINS.csv TASKS(comma-separated)

Needs svy and Polars, not this project. Writes seconds (wall, CPU) as JSON to standard output.
"""

import csv
import json
import sys
import time

import polars as pl
import svy

ITEMS = ["score", *(f"issue{k}" for k in range(1, 9))]


def main():
    frame = pl.read_parquet(sys.argv[1])
    wanted = sys.argv[3].split(",")
    controls = {}
    with open(sys.argv[2], newline="") as file:  # noqa: PTH123
        for row in csv.DictReader(file):
            controls.setdefault(row["margin"], {})[int(row["level"])] = float(row["count"])
    design = svy.Design(stratum="stratum", psu="psu", wgt="weight")

    def sample():
        return svy.Sample(frame, design)

    def raked(start):
        return start.weighting.rake(controls=controls, tol=1e-10, max_iter=500)

    def means(start, method):
        for item in ITEMS:
            start.estimation.mean(item, method=method)
            start.estimation.mean(item, by="province", method=method)

    def replicated():
        return sample().weighting.create_bs_wgts(200, rstate=1)

    work = {
        "rake": lambda: raked(sample()),
        "linearised": lambda: means(sample(), "taylor"),
        "linearised (raked)": lambda: means(raked(sample()), "taylor"),
        "bootstrap": lambda: means(replicated(), "replication"),
        "re-rake": lambda: means(raked(replicated()), "replication"),
    }
    seconds = {}
    for name in wanted:
        wall, cpu = time.perf_counter(), time.process_time()
        work[name]()
        seconds[name] = (time.perf_counter() - wall, time.process_time() - cpu)
    print(json.dumps({"version": svy.__version__, "seconds": seconds}))


if __name__ == "__main__":
    main()
