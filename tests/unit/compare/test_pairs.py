"""Which waves are compared, and what the comparison may be called."""

import datetime as dt
from dataclasses import replace

import pytest

from analysis.compare.pairs import wave_pairs
from survey.instrument.model import Period
from tests import twin


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    return twin.instrument(tmp_path_factory.mktemp("twin"))


def with_waves(instrument, *names):
    """The instrument with waves called like 2018H1."""
    wave = next(iter(instrument.waves.values()))
    waves = {}
    for name in names:
        year, half = int(name[:4]), int(name[-1])
        day = dt.date(year, 6 * half, 30)
        period = Period(start=dt.date(year, 6 * half - 5, 1), end=day)
        waves[name] = wave.model_copy(update={"period": period, "half": half})
    return replace(instrument, waves=waves)


def told(instrument, *names):
    pairs = wave_pairs(with_waves(instrument, *names))
    return {(pair.new, pair.old): pair.relation for pair in pairs}


class TestWavePairs:
    def test_year_on_year_only_against_the_same_half_of_the_year_before(self, instrument):
        assert told(instrument, "2013H1", "2017H1", "2018H1") == {
            ("2017H1", "2013H1"): "since the previous wave",
            ("2018H1", "2013H1"): "since an earlier wave",
            ("2018H1", "2017H1"): "year-on-year",
        }

    def test_a_new_half_year_has_no_year_on_year_row_without_last_years(self, instrument):
        pairs = told(instrument, "2017H1", "2018H1", "2018H2")
        assert pairs["2018H2", "2018H1"] == "half-on-half"
        assert pairs["2018H2", "2017H1"] == "since an earlier wave"
        assert "year-on-year" not in [pairs[key] for key in pairs if key[0] == "2018H2"]

    def test_both_the_half_before_and_the_year_before_are_compared(self, instrument):
        pairs = told(instrument, "2017H1", "2017H2", "2018H1", "2018H2")
        assert pairs["2018H1", "2017H2"] == "half-on-half"
        assert pairs["2018H1", "2017H1"] == "year-on-year"
        assert ("2018H1", "2017H1") in pairs
        assert ("2018H2", "2017H1") in pairs  # the latest wave against all before it

    def test_one_wave_has_nothing_to_be_compared_with(self, instrument):
        assert told(instrument, "2018H1") == {}
