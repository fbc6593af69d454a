"""Makes households.csv: an invented sample of whole households, from a fixed seed.

Run from the project's root: python tests/data/calibration/make_households.py
Persons with amounts (age, hours, income) to calibrate on; every household has one base weight.
Licence CC0-1.0. R reads the same file (tests/golden/calibrate.R).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20200607
STRATA, PSUS, HOUSEHOLDS = 4, 5, 9


def main() -> None:
    draws = np.random.default_rng(SEED)
    rows = []
    for stratum in range(STRATA):
        for psu in range(PSUS):
            effect = draws.normal(0, 0.3)
            for household in range(HOUSEHOLDS):
                base = round(float(draws.lognormal(4 + 0.2 * stratum, 0.6)), 2)
                for person in range(int(draws.choice([1, 2, 3, 4], p=[0.3, 0.4, 0.2, 0.1]))):
                    row = {"household": f"{stratum}{psu}{household}", "person": person}
                    row |= {"stratum": f"s{stratum}", "psu": f"p{stratum}{psu}", "base": base}
                    rows.append(row | _answers(draws, effect))
    frame = pd.DataFrame(rows)
    order = draws.permutation(len(frame))
    frame = frame.iloc[order].reset_index(drop=True)
    frame.to_csv(Path(__file__).parent / "households.csv", index=False, lineterminator="\n")


def _answers(draws: np.random.Generator, effect: float) -> dict[str, object]:
    age = int(np.clip(draws.normal(44, 17), 18, 90))
    hours = round(float(draws.gamma(2.0, 9.0)), 1)
    income = round(float(draws.lognormal(8 + 0.01 * hours + effect, 0.5)), 2)
    sex = str(draws.choice(["female", "male"], p=[0.54, 0.46]))
    score = round(float(np.clip(6 + effect + 0.02 * (hours - 18) + draws.normal(0, 2), 0, 10)), 1)
    return {"sex": sex, "age": age, "hours": hours, "income": income, "score": score}


if __name__ == "__main__":
    main()
