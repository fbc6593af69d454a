"""One sample with gaps, imputed, weighted and estimated: what tests of its errors begin with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from analysis.estimate.wave import WaveEstimates, estimate_wave
from survey.clean.audit import Ledger
from survey.impute.fill import impute
from survey.instrument.fieldwork import Calibration
from survey.instrument.load import Instrument
from survey.instrument.model import Target
from survey.weights.weigh import weigh
from tests.simulation.imputation import sample
from tests.unit.impute.gaps_study import WAVE, gaps, routing_of

SCORE = {"items": ["score"], "classes": ["kind"]}
SEX = {"items": ["sex"], "classes": ["kind"]}
BOTH = {"items": ["sex", "score"], "classes": ["kind"]}
NEAR = {"items": ["score"], "method": "nearest", "auxiliaries": {"age": 1}, "neighbours": 3}


class Done:
    """One sample imputed, weighted and estimated."""

    def __init__(self, instrument: Instrument, *, number: int = 3, shuffle: bool = False) -> None:
        frame = sample(number)
        rng = np.random.default_rng(number)
        frame.loc[rng.random(len(frame)) < 0.2, "sex"] = -2
        if shuffle:
            frame = frame.sample(frac=1, random_state=5)
        ledger = Ledger(frame)
        self.table = impute(ledger, routing_of(instrument)).table
        self.got = set(self.table.loc[self.table["imputed"], "respondent"])
        self.instrument = instrument
        self.people = ledger.frame.sort_values("respondent", ignore_index=True)
        self.weighted = weigh(ledger.frame, instrument, WAVE)
        self.done = self.estimates()

    def estimates(self, **policies: object) -> WaveEstimates:
        methods = dict(self.instrument.methods)
        for name, value in policies.items():
            methods[name] = methods[name].model_copy(update={"value": value})
        return estimate_wave(
            self.people,
            self.weighted.weights,
            self.weighted.record,
            replace(self.instrument, methods=methods),
            WAVE,
            kind="simulated",
            imputed=self.table,
        )

    def rows(self, done: WaveEstimates | None = None) -> pd.DataFrame:
        rows = (done or self.done).rows
        return rows[rows["indicator"] == "score"].reset_index(drop=True)


@cache
def made(*names: str, calibrated: bool = False) -> Done:
    steps = {"score": SCORE, "sex": SEX, "both": BOTH, "near": NEAR}
    instrument = gaps(*(steps[name] for name in names))
    return Done(raked(instrument) if calibrated else instrument)


def raked(instrument: Instrument) -> Instrument:
    """The study with weights calibrated to regions."""
    wave = instrument.waves[WAVE]
    codes = instrument.scale_of("region")
    targets = tuple(
        Target(
            margin="region", items="region", level=codes.code(value), count=1000.0 * value,
            unit="person", universe="all", date="2020-03-01", source="a test",
        )
        for value in (1, 2, 3, 4)
    )  # fmt: skip
    return replace(
        instrument,
        waves={WAVE: wave.model_copy(update={"calibrate": Calibration(margins=["region"])})},
        targets={WAVE: targets},
    )
