"""Trends a study asks for: series, breaks, what overlapping waves share."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.compare.run import compare
from analysis.compare.trends import trends
from analysis.results.covariance import Factors, Units, row_keys
from analysis.results.schema import conform
from survey.instrument.model import Comparability, Overlap, Period
from tests import twin

WAVES = ("2018H1", "2019H1", "2020H1", "2022H1")
PSUS = Units(tuple("abcdefgh"), ("h",) * 8, np.zeros(8))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The twin's study with four waves, the trend of whose score is asked for."""
    instrument = twin.instrument(tmp_path_factory.mktemp("twin"))
    wave = next(iter(instrument.waves.values()))
    waves = {}
    for name in WAVES:
        year = int(name[:4])
        period = Period(start=dt.date(year, 1, 1), end=dt.date(year, 6, 30))
        waves[name] = wave.model_copy(update={"period": period, "half": 1})
    study = instrument.study.model_copy(update={"trends": ["score"]})
    return replace(instrument, waves=waves, study=study)


def overlapping(instrument):
    waves = {}
    for place, (name, wave) in enumerate(instrument.waves.items()):
        before = {other: Overlap(unit="psu") for other in WAVES[:place]}
        waves[name] = wave.model_copy(update={"overlap": before})
    return replace(instrument, waves=waves)


@pytest.fixture
def contributions():
    """Centred contributions of 8 PSUs to a mean in four waves, alike from wave to wave."""
    draws = np.random.default_rng(8)
    values = draws.normal(size=(8, 1)) + 0.5 * draws.normal(size=(8, 4))
    return (values - values.mean(axis=0)) / 10


@pytest.fixture
def rows(contributions):
    return conform(
        pd.DataFrame(
            {
                "wave": WAVES, "estimate": [6.0, 6.3, 6.2, 6.8],
                "se": np.sqrt((contributions**2).sum(axis=0)),
                "period": [f"{w[:4]}-06-30" for w in WAVES], "cov_family": WAVES,
            }
        ).assign(
            kind="collected", study="twin", indicator="score", statistic="mean", domain="all",
            df=7.0, n=100.0, conf_level=0.95, unit="points10", variant="raked",
        )
    )  # fmt: skip


@pytest.fixture
def factors(rows, contributions):
    keys = row_keys(rows)
    return Factors(
        dict(zip(keys, contributions.T, strict=True)),
        dict(zip(keys, WAVES, strict=True)),
        dict.fromkeys(WAVES, PSUS),
    )


def slope_of(made):
    return made[made["category"] == "slope per year"].iloc[0]


class TestTrends:
    def test_independent_waves_are_weighted_least_squares(self, plain, rows, factors):
        found = slope_of(trends(rows, "score", factors, plain))
        years = np.array([0, 365, 731, 1461]) / 365.25
        X = np.column_stack([np.ones(4), years])
        bread = np.linalg.inv(X.T @ np.diag(1 / rows["se"] ** 2) @ X)
        want = bread @ X.T @ (rows["estimate"] / rows["se"] ** 2).to_numpy()
        assert found["estimate"] == pytest.approx(want[1], rel=1e-10)
        assert found["se"] == pytest.approx(np.sqrt(bread[1, 1]), rel=1e-10)
        assert found["df"] == 28

    def test_shared_psus_give_their_covariance_and_count_once(
        self, plain, rows, factors, contributions
    ):
        found = slope_of(trends(rows, "score", factors, overlapping(plain)))
        X = np.column_stack([np.ones(4), np.array([0, 365, 731, 1461]) / 365.25])
        inverse = np.linalg.inv(contributions.T @ contributions)
        assert found["se"] == pytest.approx(
            np.sqrt(np.linalg.inv(X.T @ inverse @ X)[1, 1]), rel=1e-8
        )
        assert found["df"] == 7

    def test_a_broken_item_is_a_step(self, plain, rows, factors):
        reason = {"zh": "改了", "en": "changed"}
        entry = Comparability(
            item="score", waves=("2019H1", "2020H1"), status="broken", reason=reason
        )
        made = trends(rows, "score", factors, replace(plain, comparability=(entry,)))
        assert made["category"].tolist() == ["slope per year"]
        assert 0 < slope_of(made)["estimate"] < 0.35

    def test_are_among_the_comparisons_with_their_own_families(self, plain, rows, factors):
        made = compare(rows, factors, plain)
        trend = made[made["statistic"] == "contrast"]
        assert trend["family_id"].nunique() == 4
        assert trend["p_adjusted"].to_numpy() == pytest.approx(trend["p_value"].to_numpy())

    def test_a_study_that_asks_for_none_has_none(self, plain, rows, factors):
        quiet = replace(plain, study=plain.study.model_copy(update={"trends": []}))
        assert "contrast" not in set(compare(rows, factors, quiet)["statistic"])
