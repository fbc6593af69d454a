"""Writes twin_<wave>.config.json for pipeline_score.R, and the lines to run it.

Run from the project's root: python -m tests.golden.twin_configs
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests import twin
from tests.golden.export_wave import wave_config

HERE = Path(__file__).parent
FILES = {
    "2020H1": ("2020H1", "instrument/targets/2020H1.csv"),
    "2021H1": ("2021H1", "instrument/targets/2021H1.csv"),
    "altered": ("2021H1", "altered_targets.csv"),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        instrument = twin.instrument(Path(folder))
    for name, (wave, targets) in FILES.items():
        answers = "altered_2021H1" if name == "altered" else wave
        told = wave_config(
            instrument,
            wave,
            responses=f"../data/twin/{answers}.csv",
            targets=f"../data/twin/{targets}",
        )
        path = HERE / f"twin_{name}.config.json"
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        stem = f"tests/golden/twin_{name}"
        print(f"Rscript tests/golden/pipeline_score.R {stem}.config.json {stem}.json")


if __name__ == "__main__":
    main()
