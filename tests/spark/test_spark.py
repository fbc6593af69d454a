"""Spark in local mode leaves the bytes of every other engine; needs PySpark and Java."""

import shutil

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.cells import CellSample
from analysis.results.store import write_rows
from survey.design.engines import psu_cell_totals
from survey.errors import EstimateError
from tests.unit.design.test_engines import WHOLE, sample

pytestmark = pytest.mark.slow
pyspark = pytest.importorskip("pyspark", reason="PySpark is an optional extra")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    builder = SparkSession.builder.master("local[2]").appName("perception-test")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.warehouse.dir": str(folder),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def parts(folder, data):
    """The rows in three Parquet files, in another order."""
    folder.mkdir()
    shuffled = data.sample(frac=1, random_state=4)
    for place in range(3):
        shuffled.iloc[place::3].to_parquet(folder / f"{place}.parquet")
    return folder


class TestSpark:
    def test_leaves_the_bytes_of_compiled_loops(self, session, tmp_path):
        data = sample()
        folder = parts(tmp_path / "parts", data)
        want = psu_cell_totals(data, **WHOLE).digest()
        assert psu_cell_totals(folder, engine="spark", **WHOLE).digest() == want
        frame = session.read.parquet(str(folder))
        assert psu_cell_totals(frame, **WHOLE).digest() == want

    def test_leaves_the_bytes_of_the_estimates_file(self, session, tmp_path):
        data = sample()
        folder = parts(tmp_path / "parts", data)
        files = []
        for engine in ("spark", "duckdb", "polars"):
            found = CellSample(psu_cell_totals(folder, engine=engine, **WHOLE))
            rows = [
                found.means(by).rows(level=0.95, kind="simulated", study="s", wave="w")
                for by in ((), ("region",))
            ]
            path = write_rows(pd.concat(rows, ignore_index=True), tmp_path / f"{engine}.out")
            files.append(path.read_bytes())
        assert files[0] == files[1] == files[2]

    @pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
    def test_a_weight_that_is_no_positive_number_is_refused(self, session, tmp_path, bad):
        data = sample(60)
        data.loc[3, "weight"] = bad
        folder = parts(tmp_path / "parts", data)
        with pytest.raises(EstimateError, match=r"weights must be finite.*got 1 missing"):
            psu_cell_totals(folder, engine="spark", **WHOLE)

    def test_a_psu_in_two_strata_is_named(self, session, tmp_path):
        data = sample(600)
        data.loc[data.index[data["psu"] == 905][:2], "stratum"] = "south"
        folder = parts(tmp_path / "parts", data)
        with pytest.raises(EstimateError, match=r"PSU '905' lies in two strata: stratum 'south'"):
            psu_cell_totals(folder, engine="spark", **WHOLE)
