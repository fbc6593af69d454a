"""Tables of two coders for kappa.R: textbook ones, and drawn ones with few and many categories."""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
TEXTBOOK = {
    "fleiss_1981": [[75, 1, 4], [5, 4, 1], [0, 0, 10]],
    "cohen_1960": [[88, 14, 18], [10, 40, 10], [2, 6, 12]],
    "two_by_two": [[20, 5], [10, 15]],
    "rare": [[1, 2], [1, 96]],
    "below_chance": [[2, 9], [8, 3]],
}


def main() -> None:
    rng = np.random.default_rng(20180701)
    tables = dict(TEXTBOOK)
    for q in (2, 3, 5, 8):
        for times in range(4):
            table = rng.poisson(3 + times, (q, q)) + np.diag(rng.poisson(20, q))
            tables[f"drawn_{q}_{times}"] = table.tolist()
    (HERE / "kappa_tables.json").write_text(json.dumps(tables, indent=1) + "\n")


if __name__ == "__main__":
    main()
