"""Makes a small panel: two waves that share some PSUs and some respondents, from a fixed seed.

Run from the project's root: python tests/data/change/make_panel.py
Writes old.csv and new.csv. Of 5 strata with 3 to 7 PSUs a wave, about half of the PSUs are in both
waves; in those PSUs about two thirds of the respondents are. In the column `cluster` the new wave's
respondents stand in areas drawn up anew, so that the panel is there but no PSU is. R reads the same
files (tests/golden/change.R).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20200630
STRATA = {"a": (3, 3, 2), "b": (4, 5, 2), "c": (7, 6, 4), "d": (4, 4, 4), "e": (5, 5, 1)}
KEPT = 0.65


def main() -> None:
    draws = np.random.default_rng(SEED)
    old, new, person = [], [], 0
    for stratum, (before, now, shared) in STRATA.items():
        for psu in range(before + now - shared):
            effect = draws.normal(0, 0.8)
            in_old, in_new = psu < before, psu >= before - shared
            for _ in range(int(draws.integers(7, 13))):
                person += 1
                someone = _person(draws, f"p{person:04d}", stratum, f"{stratum}{psu:02d}", effect)
                stays = in_old and in_new and draws.random() < KEPT
                if in_old:
                    old.append(_answers(draws, someone, shift=0.0))
                if stays:
                    new.append(_answers(draws, someone, shift=-0.3))
                elif in_new:
                    other = _person(draws, f"n{person:04d}", stratum, someone["psu"], effect)
                    new.append(_answers(draws, other, shift=-0.3))
    _write(old, "old", draws)
    frame = pd.DataFrame(new)
    frame["cluster"] = [
        f"{stratum}-{draws.integers(0, 5)}" for stratum in frame["stratum"]
    ]  # areas cut anew across PSUs, five in every stratum
    frame["both_weight"] = np.where(
        frame["id"].isin([row["id"] for row in old]), (frame["w"] * 1.7).round(3), np.nan
    )
    _write(frame, "new", draws)


def _person(draws, name: str, stratum: str, psu: str, effect: float) -> dict:
    return {
        "id": name,
        "stratum": stratum,
        "psu": psu,
        "sex": int(draws.integers(1, 3)),
        "age": int(draws.integers(1, 4)),
        "w": round(float(draws.uniform(20, 120)), 3),
        "own": effect + float(draws.normal(0, 1.5)),
    }


def _answers(draws, someone: dict, *, shift: float) -> dict:
    row = {k: v for k, v in someone.items() if k != "own"}
    level = someone["own"] + shift + 0.2 * someone["age"]
    row["y"] = round(6.2 + level + float(draws.normal(0, 0.8)), 2)
    row["x"] = "abc"[int(np.clip(np.rint(1 + 0.6 * level + draws.normal(0, 0.5)), 0, 2))]
    for option, share in enumerate((0.5, 0.3, 0.2), start=1):
        row[f"q_{option}"] = int(draws.random() < share + 0.05 * level)
    if draws.random() < 0.04:
        row["y"] = np.nan
    return row


def _write(rows, name: str, draws) -> None:
    frame = pd.DataFrame(rows)
    frame = frame.iloc[draws.permutation(len(frame))]
    frame.to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
