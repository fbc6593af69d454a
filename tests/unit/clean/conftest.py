"""The clinic study of tests/data/cleaning: one of everything."""

from __future__ import annotations

import pytest

from survey.clean.pipeline import Cleaned, clean_wave
from survey.instrument.load import Instrument, load_instrument
from survey.project import Project
from tests.unit.clean.clinic_answers import DATA, WAVE, raw_table


@pytest.fixture(scope="session")
def clinic() -> Instrument:
    return load_instrument(Project(DATA / "cleaning"), "clinic")


@pytest.fixture(scope="session")
def cleaned(clinic):
    """Clean rows given as changes to the usual answers."""

    def clean(*rows: dict, instrument: Instrument = clinic, **fields) -> Cleaned:
        return clean_wave(raw_table(*rows, **fields), instrument, WAVE)

    return clean
