"""The study of tests/data/imputation with answers made where a test shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from survey.clean.audit import Ledger
from survey.clean.rules import Routing
from survey.instrument.edits import Edits
from survey.instrument.imputation import Imputation
from survey.instrument.load import Instrument, load_instrument
from survey.project import Project

DATA = Path(__file__).parents[2] / "data" / "imputation"
WAVE = "2020H1"
USUAL = {
    "region": 1, "psu": "p1", "base_weight": 1.0, "sex": 1, "kind": 1, "age": 30, "score": 5,
    "issues__1": 1, "issues__2": 0, "issues__9": 0, "incident": 2, "loss": -3,
}  # fmt: skip


def gaps(
    *steps: dict, edits: list[dict] | None = None, trust: dict | None = None, **policies: object
) -> Instrument:
    """The study with other steps, edits and policies."""
    loaded = load_instrument(Project(DATA), "gaps")
    methods = dict(loaded.methods)
    for name, value in policies.items():
        methods[name] = methods[name].model_copy(update={"value": value})
    imputation = Imputation.model_validate({"seed": 11, "steps": list(steps)}) if steps else None
    told = [{"reason": {"zh": "因", "en": "why"}, **edit} for edit in edits or []]
    return replace(
        loaded,
        methods=methods,
        imputation=imputation,
        edits=Edits.model_validate({"edits": told, "trust": trust or {}}),
    )


def answers(*rows: dict) -> pd.DataFrame:
    """Mapped answers: the usual ones, changed as each row says."""
    people = [{"respondent": f"r{k:03d}", **USUAL, **row} for k, row in enumerate(rows)]
    frame = pd.DataFrame(people, index=pd.RangeIndex(1, len(rows) + 1, name="source_row"))
    types = {
        name: "Int8" if "__" in name else "str" if name in ("respondent", "psu") else "Int64"
        for name in frame.columns
        if name != "base_weight"
    }
    return frame.astype(types)


def ledger_of(*rows: dict) -> Ledger:
    return Ledger(answers(*rows))


def routing_of(instrument: Instrument) -> Routing:
    return Routing(instrument, WAVE)
