"""Makes the twin: two waves of an invented survey shaped like the real ones, from a fixed seed.

Run from the project's root: python tests/data/twin/make_twin.py
Writes 2020H1.csv, 2021H1.csv (clean responses), altered_2021H1.csv (200 answers changed), and the
targets of both. Half of the PSUs of 2021H1 are those of 2020H1. R reads the same files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20180630
REGIONS, RESIDENCES, PSUS, COMPLETES = 6, 2, 4, 12
OPTIONS = {1: 0.40, 2: 0.28, 3: 0.25, 4: 0.15}  # shares of the issues; 5 is none of these
TARGETS = {
    "sex": {"male": 5_200_000, "female": 4_800_000},
    "age_group": {
        "young": 2_600_000,
        "adult": 3_500_000,
        "middle": 2_400_000,
        "old": 1_500_000,
    },
    "residence": {"urban": 7_000_000, "rural": 3_010_000},  # 0.1 % over: scaled
}


def main() -> None:
    draws = np.random.default_rng(SEED)
    first = _wave(draws, first_psu=0, lift=0.0)
    second = _wave(draws, first_psu=2, lift=-0.3)
    altered = _alter(draws, second)
    for name, frame in (("2020H1", first), ("2021H1", second), ("altered_2021H1", altered)):
        frame.to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")
    for name in ("2020H1", "2021H1"):
        _targets(TARGETS).to_csv(
            HERE / "instrument" / "targets" / f"{name}.csv", index=False, lineterminator="\n"
        )
    moved = {**TARGETS, "age_group": {**TARGETS["age_group"], "old": 1_540_000}}
    _targets(moved).to_csv(HERE / "altered_targets.csv", index=False, lineterminator="\n")


def _wave(draws: np.random.Generator, *, first_psu: int, lift: float) -> pd.DataFrame:
    rows = []
    for region in range(1, REGIONS + 1):
        for residence in range(1, RESIDENCES + 1):
            for psu in range(first_psu, first_psu + PSUS):
                effect = draws.normal(0, 0.7)
                weight = draws.uniform(500, 2500) * (1 + region / 6)
                for _ in range(int(draws.integers(COMPLETES - 4, COMPLETES + 5))):
                    row = {"region": region, "residence": residence}
                    row["psu"] = f"{region}{residence}{psu:02d}"
                    row["base_weight"] = round(weight * draws.uniform(0.5, 2.0), 3)
                    rows.append(row | _answers(draws, effect + lift + 0.3 * (residence - 1)))
    frame = pd.DataFrame(rows)
    order = draws.permutation(len(frame))
    frame.insert(0, "respondent", [f"r{place:04d}" for place in order])
    frame.insert(1, "included", True)
    return frame.sort_values("respondent", ignore_index=True)


def _answers(draws: np.random.Generator, effect: float) -> dict[str, int | None]:
    score = int(np.clip(np.rint(6.4 + effect + draws.normal(0, 2)), 0, 10))
    score = int(draws.choice([score, 98, 99, -3], p=[0.94, 0.03, 0.02, 0.01]))
    trust = int(np.clip(np.rint(3 + 0.4 * effect + draws.normal(0, 1)), 1, 5))
    answers: dict[str, int | None] = {
        "sex": int(draws.choice([1, 2, 3], p=[0.46, 0.52, 0.02])),
        "age_group": int(draws.choice([1, 2, 3, 4], p=[0.35, 0.35, 0.2, 0.1])),
        "score": score,
        "trust": int(draws.choice([trust, 8], p=[0.96, 0.04])),
    }
    chosen = {option: int(draws.random() < share) for option, share in OPTIONS.items()}
    chosen[5] = int(not any(chosen.values()))
    asked = draws.random() < 0.97
    return answers | {f"issues__{k}": value if asked else None for k, value in chosen.items()}


def _alter(draws: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    for place in draws.choice(len(frame), 200, replace=False):
        if draws.random() < 0.7:
            frame.loc[place, "score"] = int(draws.integers(0, 11))
        else:
            frame.loc[place, "sex"] = 3 - min(int(frame.loc[place, "sex"]), 2)
    return frame


def _targets(margins: dict[str, dict[str, int]]) -> pd.DataFrame:
    rows = [
        {
            "margin": name,
            "level": level,
            "items": name,
            "count": count,
            "unit": "persons",
            "universe": "everybody",
            "date": "2020-06-30",
            "source": "invented",
        }
        for name, levels in margins.items()
        for level, count in levels.items()
    ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
