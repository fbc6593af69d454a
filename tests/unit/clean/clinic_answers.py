"""Raw tables of the clinic study, made where a test shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from survey.instrument.load import Instrument
from survey.instrument.model import Column
from survey.io.readers import RawTable

DATA = Path(__file__).parents[2] / "data"
WAVE = "2020H1"
USUAL = {
    "id": "A1",
    "time": "100",
    "date": "2020/1/5 10:00:00",
    "area": "p1",
    "w": "1.5",
    "q1": "1",
    "q2": "30",
    "q3": "1",
    "q4": "7",
    "q5": "1",
    "q6": None,
    "q7a": "1",
    "q7b": "2",
    "q7c": "3",
    "q8": "3",
}


def raw_table(*rows: dict, **fields) -> RawTable:
    """A raw table whose rows are the usual answers, changed as each row says."""
    people = [USUAL | {"id": f"A{place}"} | row for place, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(people, dtype=object)
    return RawTable(frame=frame, origin="csv", path="answers.csv", **fields)


def with_columns(instrument: Instrument, **columns) -> Instrument:
    """The instrument with some items placed elsewhere (None: not placed at all)."""
    wave = instrument.waves[WAVE]
    places = {name: place for name, place in wave.columns.items() if name not in columns}
    places |= {name: Column(**place) for name, place in columns.items() if place is not None}
    return replace(instrument, waves={WAVE: wave.model_copy(update={"columns": places})})
