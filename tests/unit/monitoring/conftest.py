"""The shipped monitoring study, and ways to make small scan tables."""

from __future__ import annotations

import pandas as pd
import pytest

from survey.instrument.load import Instrument, load_instrument
from survey.instrument.model import Wave
from survey.instrument.monitoring import Monitoring, load_monitoring
from survey.project import Project

STUDY, WAVE = "app_monitoring", "2018H1"


@pytest.fixture(scope="session")
def instrument(checkout: Project) -> Instrument:
    return load_instrument(checkout, STUDY)


@pytest.fixture(scope="session")
def monitoring(checkout: Project, instrument: Instrument) -> Monitoring:
    return load_monitoring(checkout, instrument)


@pytest.fixture(scope="session")
def wave(instrument: Instrument) -> Wave:
    return instrument.waves[WAVE]


@pytest.fixture(scope="session")
def raw_folder(checkout: Project):
    return checkout.raw(STUDY, WAVE)


def scan(**changed: str) -> dict[str, str]:
    """One good scan record with some cells changed."""
    return {
        "app_id": "com.example.one",
        "store": "store001",
        "category": "games",
        "version": "1.0",
        "scan_date": "2018-03-01",
        "permissions": "android.permission.INTERNET",
        "behaviours": "",
        "signer": "5f",
        "installs": "1000",
    } | changed


def table(*records: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(records, dtype="str")


def apps(*rows: tuple[tuple[str, ...], tuple[str, ...]], day: str | None = None) -> pd.DataFrame:
    """Apps from (permissions, behaviours) pairs."""
    made = pd.DataFrame({"permissions": [p for p, _ in rows], "behaviours": [b for _, b in rows]})
    if day is not None:
        made["scan_date"] = pd.Timestamp(day)
    return made
