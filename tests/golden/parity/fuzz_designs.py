"""Five hundred random designs, with tiny samples, for R and for the suite to answer.

    .venv/bin/python -m tests.golden.parity.fuzz_designs     -> fuzz.json.gz

Strata with one PSU under every policy, finite populations, two stages, empty domains, missing
answers, weights over six orders of magnitude, and waves that share none, half or all of their
PSUs. The seed is fixed; fuzz.R reads the file, whose hash stands beside its answers.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np

SEED = 41
COUNT = 500
OUT = Path(__file__).with_name("fuzz.json.gz")
POLICIES = ("fail", "certainty", "adjust", "average")
OVERLAPS = (0, 50, 100)


def design(number: int) -> dict:
    """One design: columns of equal length, and how to read them."""
    draw = np.random.default_rng([SEED, number])
    lonely = POLICIES[number % 4]
    stages = 2 if number % 3 == 0 else 1
    fpc = stages == 2 or number % 5 < 2
    strata = int(draw.integers(2, 6))
    sizes = draw.integers(2, 6, strata)
    if lonely != "fail":
        sizes[: int(draw.integers(1, max(2, strata - 1)))] = 1
    rows = _rows(draw, sizes, stages, lonely)
    columns = _columns(draw, rows, number)
    columns |= _populations(draw, rows, sizes, stages, lonely) if fpc else {}
    found = {
        "id": number,
        "lonely": lonely,
        "stages": stages,
        "fpc": fpc,
        "overlap": None,
        "first": columns,
    }
    if stages == 1:
        found["overlap"] = OVERLAPS[number // 4 % 3]
        found["second"] = _second(draw, number, rows, found["overlap"], columns)
    return found


def _rows(draw, sizes, stages: int, lonely: str) -> dict[str, np.ndarray]:
    """Stratum, PSU and second-stage unit of every respondent."""
    stratum, psu, unit = [], [], []
    number = 0
    for h, size in enumerate(sizes):
        for _ in range(size):
            number += 1
            low = 2 if lonely in ("fail", "average") and stages == 2 else 1
            for second in range(int(draw.integers(low, 5))):
                people = int(draw.integers(1, 3)) if stages == 2 else 1
                stratum += [h + 1] * people
                psu += [number] * people
                unit += [second + 1] * people
    return {name: np.array(v) for name, v in (("h", stratum), ("p", psu), ("u", unit))}


def _columns(draw, rows: dict, number: int) -> dict:
    n = len(rows["h"])
    spread = 3.0 if number % 3 == 1 else 0.5  # decades around the middle
    effect = draw.normal(0, 2, rows["p"].max() + 1)[rows["p"]]
    y = np.round(50 + 5 * rows["h"] + effect + draw.normal(0, 10, n), 3)
    missing = draw.random(n) < draw.choice([0.0, 0.1, 0.3])
    group = draw.choice(["a", "b", "c"], n, p=[0.6, 0.35, 0.05])
    if number % 7 == 0:
        group = np.where(rows["h"] == 1, "a", "b")
    return {
        **{name: column.tolist() for name, column in rows.items()},
        "w": [float(f"{v:.12g}") for v in 10 ** draw.uniform(-spread, spread, n)],
        "y": [None if gone else value for gone, value in zip(missing, y.tolist(), strict=True)],
        "x": np.round(draw.gamma(2.0, 3.0, n) + 0.5, 3).tolist(),
        "s": draw.integers(0, 2, n).tolist(),
        "g": group.tolist(),
    }


def _populations(draw, rows, sizes, stages: int, lonely: str) -> dict:
    """Units in the population of every respondent's stratum, and PSU."""
    total = {
        h + 1: int(size + draw.integers(0 if size > 1 else 1, 12)) for h, size in enumerate(sizes)
    }
    found = {"N": [total[h] for h in rows["h"].tolist()]}
    if stages == 2:
        taken = {p: len(set(rows["u"][rows["p"] == p].tolist())) for p in set(rows["p"].tolist())}
        more = {p: k + int(draw.integers(0 if k > 1 else 1, 9)) for p, k in sorted(taken.items())}
        found["M"] = [more[p] for p in rows["p"].tolist()]
    return found


def _second(draw, number: int, rows: dict, overlap: int, first: dict) -> dict:
    """The next wave: the same PSUs, half of them, or none; others of its own take their place."""
    kept = np.ones(rows["p"].max() + 1, dtype=bool)
    if overlap == 0:
        kept[:] = False
    elif overlap == 50:
        kept = np.arange(len(kept)) % 2 == 0
    again = {
        "h": rows["h"],
        "p": np.where(kept[rows["p"]], rows["p"], rows["p"] + 1000),
        "u": rows["u"],
    }
    if overlap < 100 and number % 3 == 1:  # and the last stratum, never of one PSU, grows by one
        last = rows["h"].max()
        again = {
            "h": np.append(again["h"], [last, last]),
            "p": np.append(again["p"], [2000, 2000]),
            "u": np.append(again["u"], [1, 2]),
        }
    columns = _columns(draw, again, number)
    shift = np.round(draw.normal(0, 3), 3)
    columns["y"] = [None if v is None else round(v + shift, 3) for v in columns["y"]]
    if "N" in first:
        grown = dict(zip(first["h"], first["N"], strict=True))
        columns["N"] = [grown[h] + (overlap < 100) for h in columns["h"]]
    return columns


def main() -> None:
    """Write the designs, one per line."""
    lines = ",\n".join(json.dumps(design(k), separators=(",", ":")) for k in range(COUNT))
    OUT.write_bytes(gzip.compress(f"[\n{lines}\n]\n".encode(), mtime=0))


if __name__ == "__main__":
    main()
