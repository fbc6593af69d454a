from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.results.covariance import (
    Factors,
    Shared,
    Units,
    read_factors,
    row_key,
    write_between,
    write_factors,
)
from analysis.results.schema import conform
from analysis.results.select import one
from survey.errors import EstimateError

ROWS = conform(
    pd.DataFrame(
        [
            {"kind": "simulated", "study": "s", "wave": w, "indicator": "x", "statistic": "mean",
             "domain": d, "cov_family": w}
            for w, d in (("w1", "all"), ("w1", "sex=male"), ("w2", "all"))
        ]
    )
)  # fmt: skip
A, B, C = one(ROWS, wave="w1"), one(ROWS, wave="w1", domain="sex=male"), one(ROWS, wave="w2")


@pytest.fixture
def factors():
    vectors = {A: [3.0, 4.0], B: [1.0, 0.0], C: [2.0]}
    return Factors(
        {row_key(row.key()): np.array(v) for row, v in vectors.items()},
        {row_key(row.key()): row.cov_family for row in vectors},
    )


class TestFactors:
    def test_variance_and_covariance_are_products(self, factors):
        assert factors.variance(A) == 25
        assert factors.covariance(A, B) == 3

    def test_covariance_across_families_must_be_declared_nothing(self, factors):
        with pytest.raises(EstimateError, match="unknown"):
            factors.covariance(A, C)
        assert factors.covariance(A, C, independent=True) == 0

    def test_factors_survive_the_disk(self, factors, tmp_path):
        write_factors(factors, tmp_path / "f.parquet")
        assert read_factors(tmp_path / "f.parquet").covariance(A, B) == 3

    def test_units_and_covariances_between_waves_survive_the_disk(self, factors, tmp_path):
        pair = (row_key(C.key()), row_key(A.key()))
        units = Units(("p", "q"), ("h", "h"), np.array([0.5, 0.5]))
        more = replace(factors, units={"w1": units}, between={pair: Shared(1.5, 1.0)})
        write_factors(more, tmp_path / "factors.parquet")
        write_between(more, tmp_path / "covariances.parquet")
        back = read_factors(tmp_path / "factors.parquet")
        assert back.between == {pair: (1.5, 1.0)}
        assert list(back.units) == ["w1"]
        assert back.units["w1"].labels == units.labels
        assert back.units["w1"].strata == units.strata
        assert back.units["w1"].fraction.tolist() == [0.5, 0.5]
