"""Passes over rows: compiled and NumPy leave the same bytes, and refuse codes out of range."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.design import kernels
from survey.design.totals import fix
from survey.errors import EstimateError


def both_ways(work):
    """Results by NumPy and by compiled loops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "CHUNK", 64)
        patch.setattr(kernels, "compiled", lambda rows: None)
        plain = work()
        patch.setattr(kernels, "compiled", lambda rows: kernels._compiled())
        return plain, work()


class TestTwoWays:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 9999), st.integers(1, 400), st.integers(0, 61))
    def test_integer_sums_are_those_of_python_integers(self, seed, n, bits):
        picks = np.random.default_rng(seed)
        values = picks.integers(-(2**bits), 2**bits, n) // n
        codes = picks.integers(0, 5, n)
        want = [sum(values[codes == k].tolist()) for k in range(5)]
        plain, compiled = both_ways(lambda: kernels.exact_sums(codes, values, 5))
        assert plain.tolist() == compiled.tolist() == want

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 9999), st.integers(1, 400))
    def test_units_extent_and_spread(self, seed, n):
        picks = np.random.default_rng(seed)
        values = 10.0 ** picks.uniform(-4, 4, n)
        cell = picks.integers(0, 3, n).astype(np.int32)
        for work in (
            lambda: kernels.whole_units(values, 2.0**-30),
            lambda: np.array(kernels.extent(values)[:2]),
            lambda: (
                kernels.spread(fix(values).units, 2.0**-30, 0.3, values[:3].copy(), cell)
                if n > 2
                else values
            ),
            lambda: kernels.ordered_sums(cell.astype(int) - 1, values[:, None] / 7, 2),
            lambda: kernels.ordered_product(values[:, None] / 3, values[None] / 7),
        ):
            plain, compiled = both_ways(work)
            assert plain.tobytes() == compiled.tobytes()

    @pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
    def test_extent_tells_of_what_is_no_weight(self, bad):
        values = np.ones(300)
        values[211] = bad
        for low, high, _ in both_ways(lambda: kernels.extent(values)):
            assert not (low >= 0 and high < np.inf)

    def test_extent_holds_the_sum_to_rounding(self):
        values = np.random.default_rng(1).lognormal(0, 2, 1000)
        for _, _, total in both_ways(lambda: kernels.extent(values)):
            assert total == pytest.approx(math.fsum(values), rel=1e-13)

    def test_codes_of_several_columns(self):
        columns = [np.array([0, 1, 2], dtype=np.int8), np.array([1, 0, 1])]
        for code in both_ways(lambda: kernels.mixed_radix(columns, [3, 2])):
            assert code.tolist() == [1, 2, 5]

    @pytest.mark.parametrize("codes", [[0, 3], [-1, 0]])
    def test_codes_out_of_range_are_refused_before_a_loop_sees_them(self, codes):
        for work in (
            lambda: kernels.exact_sums(np.array(codes), np.array([1, 1]), 3),
            lambda: kernels.mixed_radix([np.array(codes)], [3]),
        ):
            with pytest.raises(EstimateError, match="expected levels from 0 to 2"):
                both_ways(work)


class TestImport:
    def test_no_heavy_library_is_loaded_before_it_is_needed(self):
        modules = "survey.design.engines, analysis.estimate.cell_replicates"
        code = f"import sys, {modules}; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        loaded = set(done.stdout.split())
        assert "survey.design.kernels" in loaded
        assert not loaded & {"numba", "polars", "duckdb", "pyspark", "narwhals", "statsmodels"}
