"""An invented sample with non-respondents; writes sample.csv beside this file, always the same.

Run: python tests/data/nonresponse/make_sample.py. Columns: id, stratum, psu, weight (design weight,
unequal), region, sex, age (known for everybody), responded (0/1).
"""

from pathlib import Path

import numpy as np
import pandas as pd

N, PSUS, SEED = 600, 40, 20180401


def sample() -> pd.DataFrame:
    draw = np.random.default_rng(SEED)
    psu = np.sort(draw.integers(0, PSUS, N))
    region = np.array(["north", "south", "east", "west"])[psu % 4]
    sex = draw.choice(["female", "male"], N)
    age = draw.integers(18, 80, N)
    effect = {"north": -0.6, "south": 0.2, "east": 0.0, "west": 0.5}
    z = 0.1 + np.array([effect[r] for r in region]) - 0.4 * (sex == "male") + 0.02 * (age - 45)
    responded = draw.random(N) < 1 / (1 + np.exp(-z))
    return pd.DataFrame(
        {
            "id": np.arange(N),
            "stratum": psu % 4,
            "psu": psu,
            "weight": np.round(draw.lognormal(4, 0.5, N), 3),
            "region": region,
            "sex": sex,
            "age": age,
            "responded": responded.astype(int),
        }
    )


if __name__ == "__main__":
    sample().to_csv(Path(__file__).with_name("sample.csv"), index=False, lineterminator="\n")
