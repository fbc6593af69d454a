"""Power and sizes for changes: R's power.prop.test, simulation with shared respondents."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.compare.power import (
    Waves,
    detectable_change,
    power_of_change,
    power_of_share_change,
    smallest_detectable_change,
)
from analysis.compare.wave_size import (
    psu_correlation,
    size_for_change,
    size_for_share_change,
    size_of_new_wave,
)
from survey.errors import UsageError
from tests import golden

GOLDEN = json.loads((Path(golden.__file__).parent / "planning.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["shares"], ids=lambda case: f"{case['old']}-{case['new']}")
class TestSharesAgainstR:
    def test_power(self, case):
        def found(n, **options):
            return power_of_share_change(case["old"], case["new"], Waves(n, n), **options)

        assert found(1500) == pytest.approx(case["power1500"], rel=1e-10)
        assert found(1500, both=True) == pytest.approx(case["power1500_both"], rel=1e-10)
        assert found(700, alpha=0.1) == pytest.approx(case["power700"], rel=1e-10)

    def test_size(self, case):
        usual = size_for_share_change(case["old"], case["new"])
        strict = size_for_share_change(case["old"], case["new"], power=0.95, alpha=0.01)
        assert usual.n_old == usual.n_new == pytest.approx(case["n80"], rel=1e-8)
        assert strict.n_old == pytest.approx(case["n95"], rel=1e-8)


plans = st.tuples(
    st.floats(0.3, 1), st.floats(0.8, 3), st.floats(0, 1), st.floats(-0.5, 0.9), st.floats(0.1, 3)
)


class TestSizesAndPower:
    @given(plans)
    def test_a_wave_of_the_size_found_has_the_power_asked_for(self, plan):
        ratio, deff, overlap, correlation, change = plan
        waves = size_for_change(
            change, 2.0, ratio=ratio, deff=deff, overlap=overlap, correlation=correlation, power=0.9
        )
        assert detectable_change(waves, 2.0, power=0.9) == pytest.approx(change)
        se = math.sqrt(waves.variance(2.0, 2.0))
        assert power_of_change(change, se, both=False) == pytest.approx(0.9)

    def test_a_new_wave_makes_up_for_what_the_old_one_lacks(self):
        waves = size_of_new_wave(0.3, 2.0, 1200, deff=1.4, overlap=0.25, correlation=0.5)
        assert detectable_change(waves, 2.0) == pytest.approx(0.3)

    def test_equal_waves_agree_with_the_short_formula(self):
        waves = Waves(1000, 1000, deff=1.5, overlap=0.5, correlation=0.6)
        assert detectable_change(waves, 2.0) == pytest.approx(
            smallest_detectable_change(1000, 1.5, 2.0, rho=0.3)
        )

    def test_variance_is_that_of_simulated_waves_with_shared_respondents(self):
        n_old, n_new, shared, rho, runs = 60, 40, 24, 0.7, 20_000
        draws = np.random.default_rng(6)
        old = draws.normal(0, 2.0, (runs, n_old))
        new = draws.normal(0, 3.0, (runs, n_new))
        same = rho * old[:, :shared] / 2.0 + math.sqrt(1 - rho**2) * new[:, :shared] / 3.0
        new[:, :shared] = 3.0 * same
        change = new.mean(axis=1) - old.mean(axis=1)
        planned = Waves(n_old, n_new, overlap=shared / n_new, correlation=rho).variance(2.0, 3.0)
        assert change.var() == pytest.approx(planned, rel=4 * math.sqrt(2 / runs))

    def test_correlation_of_psu_means_is_that_of_simulated_psus(self):
        icc, take, stability, psus = 0.1, 12, 0.8, 60_000
        draws = np.random.default_rng(7)
        common, first, second = draws.normal(size=(3, psus))
        level = [
            math.sqrt(icc) * (math.sqrt(stability) * common + math.sqrt(1 - stability) * own)
            for own in (first, second)
        ]
        means = [one + draws.normal(0, math.sqrt((1 - icc) / take), psus) for one in level]
        wanted = psu_correlation(icc, take, stability=stability)
        assert np.corrcoef(means)[0, 1] == pytest.approx(wanted, abs=4 / math.sqrt(psus))

    def test_power_at_no_change_is_alpha(self):
        assert power_of_change(0.0, 1.0, alpha=0.05) == pytest.approx(0.05)


class TestRefusals:
    def test_more_shared_than_the_old_wave_has(self):
        with pytest.raises(UsageError, match=r"at most 0\.5"):
            Waves(500, 1000, overlap=0.6)

    def test_every_number_out_of_range_is_named(self):
        with pytest.raises(UsageError) as caught:
            Waves(0, -1, deff=0, overlap=2, correlation=3)
        assert len(caught.value.faults) >= 5

    def test_an_old_wave_too_small_says_what_it_can_find(self):
        with pytest.raises(UsageError, match=r"a change over 0\.56") as caught:
            size_of_new_wave(0.2, 2.0, 100)
        assert "old wave alone is too small" in str(caught.value)

    def test_no_change_cannot_be_looked_for(self):
        with pytest.raises(UsageError, match="change of 0"):
            size_for_change(0.0, 2.0)
