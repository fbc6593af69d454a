"""Makes grid.csv: invented answers to four five-point items, two strata of six PSUs.

Run from the project's root: python tests/data/reliability/make_grid.py
"""

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20180630


def make() -> pd.DataFrame:
    draw = np.random.Generator(np.random.Philox(SEED))
    n = 360
    psu = np.repeat(np.arange(12), 30)
    trait = draw.normal(size=n) + draw.normal(scale=0.4, size=12)[psu]
    loadings = (0.9, 0.7, 0.6, 0.8)
    frame = pd.DataFrame({"psu": psu + 1, "stratum": psu // 6 + 1})
    frame["weight"] = np.round(np.exp(draw.normal(scale=0.5, size=n)) * 100) / 4
    for number, loading in enumerate(loadings, start=1):
        latent = loading * trait + draw.normal(scale=0.7, size=n)
        answer = np.clip(np.rint(latent * 1.1 + 3), 1, 5)
        answer = 6 - answer if number == 3 else answer
        frame[f"item{number}"] = pd.array(answer, dtype="Int64")
        frame.loc[draw.random(n) < 0.04, f"item{number}"] = pd.NA
    return frame


if __name__ == "__main__":
    make().to_csv(Path(__file__).with_name("grid.csv"), index=False, lineterminator="\n")
