"""One shipped wave, read and judged once, with few other rules to try."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pytest

from analysis.quality.band import Band, robustness
from analysis.quality.findings import Findings, findings
from survey.clean.judge import Verdict, excluding, judge
from survey.clean.pipeline import Prepared
from survey.clean.run import prepare_wave
from survey.instrument.load import Instrument, load_instrument

STUDY, WAVE = "security_perception", "2017H1"
TRIED = "none / attention / duplicate attention straight"


@dataclass(frozen=True)
class Judged:
    """A wave with its report's numbers."""

    instrument: Instrument
    ready: Prepared
    start: pd.DataFrame
    verdict: Verdict
    band: Band

    def findings(self, **columns) -> Findings:
        """The findings, with some columns of the answers put otherwise."""
        return findings(
            self.ready.ledger.frame.assign(**columns),
            self.ready.ledger.audit(),
            self.ready.measures,
            self.verdict,
            excluding(self.instrument, WAVE),
            self.instrument,
            self.band,
        )


@pytest.fixture(scope="session")
def judged(checkout) -> Judged:
    shipped = load_instrument(checkout, STUDY).at(WAVE)
    tried = shipped.methods["band_exclude_flags"].model_copy(update={"value": TRIED})
    methods = {n: p for n, p in shipped.methods.items() if not n.startswith("band_speed")}
    instrument = replace(shipped, methods=methods | {"band_exclude_flags": tried})
    ready = prepare_wave(checkout, instrument, WAVE)
    start = ready.ledger.frame.copy(deep=False)
    verdict = judge(ready.ledger, ready.measures, instrument, WAVE)
    band = robustness(ready.measures, start, instrument, WAVE, kind="simulated")
    return Judged(instrument, ready, start, verdict, band)
