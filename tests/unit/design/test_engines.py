"""Sums by (PSU, cell): the same bytes from every engine, any row order and any threads."""

import math

import numpy as np
import pandas as pd
import polars as pl
import pytest

from analysis.estimate.cells import CellSample
from analysis.results.store import write_rows
from survey.design import kernels
from survey.design.engines import psu_cell_totals
from survey.errors import DataError, EstimateError

SMALL = pd.DataFrame(
    {
        "psu": ["b", "a", "a", "b", "c", "c"],
        "stratum": [1, 1, 1, 1, 2, 2],
        "sex": [1, 0, 0, 1, 1, 0],
        "w": [0.5, 1.0, 2.0, 4.0, 0.25, 3.0],
        "y": [3, 5, 7, 1, 0, 10],
        "z": [1.5, np.nan, 2.25, np.nan, -4.0, 0.1],
    }
)
ASKED = {"psu": "psu", "cells": ["sex"], "strata": ["stratum"], "weight": "w", "values": ["y", "z"]}
ENGINES = ["arrays", "pandas", "polars", "duckdb"]


def sample(n: int = 4_000, seed: int = 5) -> pd.DataFrame:
    """Weights over six orders of magnitude, items with gaps, words and numbers as keys."""
    picks = np.random.default_rng(seed)
    unit = picks.integers(0, 48, n)
    income = picks.lognormal(9, 1, n)
    income[picks.random(n) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "psu": 900 + unit,
            "stratum": np.array(["east", "north", "west"])[unit % 3],
            "region": unit % 4,
            "sex": np.array(["f", "m"])[picks.integers(0, 2, n)],
            "age": picks.integers(1, 7, n).astype(np.int8),
            "weight": 10.0 ** picks.uniform(-3, 3, n),
            "score": picks.integers(0, 11, n).astype(np.int8),
            "member": picks.random(n) < 0.3,
            "income": income,
        }
    )


WHOLE = {
    "psu": "psu",
    "cells": ["region", "sex", "age"],
    "strata": ["stratum"],
    "weight": "weight",
    "values": ["score", "member", "income"],
}


class TestTotals:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_are_the_sums_that_can_be_done_by_hand(self, engine):
        data = pl.DataFrame(SMALL) if engine == "polars" else SMALL
        if engine == "duckdb":
            import duckdb

            data = duckdb.sql("select * from SMALL")
        table = psu_cell_totals(data, engine=engine, **ASKED)
        assert table.psus.tolist() == ["a", "b", "c"]
        assert table.psu.tolist() == [0, 1, 2, 2]
        assert table.level["sex"].tolist() == [0, 1, 0, 1]
        assert table.strata["stratum"].tolist() == [1, 1, 2]
        assert table.n.tolist() == [2, 2, 1, 1]
        assert (table.weight * table.quantum).tolist() == [3.0, 4.5, 3.0, 0.25]
        sums = table.sums * table.item_quantum
        assert sums[:, 0].tolist() == [19.0, 5.5, 30.0, 0.0]
        assert sums[:, 1] == pytest.approx([4.5, 0.75, 0.3, -1.0], rel=1e-9)
        assert (table.base[:, 1] * table.quantum).tolist() == [2.0, 0.5, 3.0, 0.25]
        assert table.counts[:, 1].tolist() == [1, 1, 1, 1]

    @pytest.mark.parametrize("seed", range(4))
    def test_are_within_a_quantum_of_exact_sums(self, seed):
        data = sample(seed=seed)
        table = psu_cell_totals(data, **WHOLE)
        want = data.groupby(["psu", "region", "sex", "age"]).apply(
            lambda rows: math.fsum(rows["weight"] * rows["score"]), include_groups=False
        )
        assert len(want) == len(table.n)
        off = np.abs(table.sums[:, 0] * table.item_quantum[0] - want.to_numpy())
        assert (off <= 10 * table.n * table.item_quantum[0]).all()


class TestSameBytes:
    def test_in_shuffled_rows_in_one_thread_and_two_and_in_every_engine(self, tmp_path):
        data = sample()
        data.sample(frac=1, random_state=2).to_parquet(tmp_path / "s.parquet", row_group_size=900)
        shuffled = data.sample(frac=1, random_state=1)
        want = psu_cell_totals(data, threads=1, **WHOLE).digest()
        seen = {
            "shuffled": psu_cell_totals(shuffled, threads=2, **WHOLE),
            "pandas": psu_cell_totals(shuffled, engine="pandas", **WHOLE),
            "polars frame": psu_cell_totals(pl.DataFrame(shuffled), **WHOLE),
            "polars lazily": psu_cell_totals(tmp_path / "s.parquet", engine="polars", **WHOLE),
            "duckdb": psu_cell_totals(tmp_path / "s.parquet", threads=2, **WHOLE),
            "one file of several": psu_cell_totals(tmp_path / "*.parquet", threads=1, **WHOLE),
            "categories": psu_cell_totals(
                data.assign(sex=pd.Categorical(data["sex"], categories=["m", "f"])), **WHOLE
            ),
        }
        assert {name: table.digest() == want for name, table in seen.items()} == dict.fromkeys(
            seen, True
        )

    def test_in_compiled_loops_and_in_numpy(self, monkeypatch):
        data = sample(60_000)
        monkeypatch.setattr(kernels, "CHUNK", 7_000)
        plain = psu_cell_totals(data, **WHOLE)
        whole = psu_cell_totals(data, **WHOLE | {"values": ["score", "member"]})
        monkeypatch.setattr(kernels, "compiled", lambda rows: kernels._compiled())
        assert psu_cell_totals(data, threads=2, **WHOLE).digest() == plain.digest()
        again = psu_cell_totals(data, threads=2, **WHOLE | {"values": ["score", "member"]})
        assert again.digest() == whole.digest()

    @pytest.mark.parametrize("values", [["score"], ["score", "income", "member"]])
    def test_in_compiled_loops_over_files(self, monkeypatch, tmp_path, values):
        data = sample(20_000).assign(member=lambda d: d["member"].astype(int))
        codes = {name: pd.factorize(data[name], sort=True)[0] for name in ("sex", "stratum")}
        data = data.assign(**codes)
        for place in range(2):
            data.iloc[place::2].to_parquet(tmp_path / f"{place}.parquet", row_group_size=3_000)
        asked = WHOLE | {"values": values}
        want = psu_cell_totals(data, **asked).digest()
        monkeypatch.setattr(kernels, "compiled", lambda rows: kernels._compiled())
        monkeypatch.setattr("survey.design.engine_frames.totals_of_lazy", None)  # not by DuckDB
        for threads in (1, 2):
            got = psu_cell_totals(tmp_path, engine="arrays", threads=threads, **asked)
            assert got.digest() == want

    def test_where_codes_are_too_many_for_a_table(self, monkeypatch):
        data = sample(60_000)
        plain = psu_cell_totals(data, **WHOLE).digest()
        monkeypatch.setattr(kernels, "compiled", lambda rows: kernels._compiled())
        monkeypatch.setattr(kernels, "CHUNK", 7_000)
        monkeypatch.setattr("survey.design.engine_arrays.DENSE", 100)
        assert psu_cell_totals(data, threads=2, **WHOLE).digest() == plain
        monkeypatch.setattr("survey.design.engine_arrays._PLACES", 100)
        assert psu_cell_totals(data, threads=2, **WHOLE).digest() == plain

    def test_float_sums_would_not_have_them(self):
        data = sample()
        orders = [data, data.sample(frac=1, random_state=1), data.sample(frac=1, random_state=2)]
        assert len({rows["weight"].to_numpy().cumsum()[-1] for rows in orders}) > 1

    @pytest.mark.parametrize("mean", [1.0, 1.0 + 2.0**-30, 1.0 - 2.0**-30])
    def test_where_the_mean_weight_is_a_power_of_two(self, mean, tmp_path):
        data = sample()
        data["weight"] *= mean * len(data) / math.fsum(data["weight"])
        data.to_parquet(tmp_path / "s.parquet")
        want = psu_cell_totals(data, **WHOLE)
        found = psu_cell_totals(tmp_path / "s.parquet", **WHOLE)
        assert found.digest() == want.digest()
        assert want.quantum <= math.fsum(data["weight"]) / len(data) * 2.0**-36 * (1 + 1e-12)

    def test_of_the_estimates_file(self, tmp_path):
        data = sample()
        data.to_parquet(tmp_path / "s.parquet", row_group_size=900)
        shuffled = data.sample(frac=1, random_state=1)
        sources = {
            "pandas": (shuffled, {"threads": 1}),
            "two threads": (data, {"threads": 2}),
            "pandas group-by": (data, {"engine": "pandas"}),
            "polars": (pl.DataFrame(shuffled), {}),
            "polars lazily": (pl.LazyFrame(data), {}),
            "duckdb": (tmp_path / "s.parquet", {}),
        }
        files = {}
        for name, (source, options) in sources.items():
            found = CellSample(psu_cell_totals(source, **WHOLE, **options))
            rows = [
                found.means(by).rows(level=0.95, kind="simulated", study="s", wave="w")
                for by in ((), ("region",), ("region", "sex"))
            ]
            path = write_rows(pd.concat(rows, ignore_index=True), tmp_path / f"{name}.out")
            files[name] = path.read_bytes()
        assert len(set(files.values())) == 1
        assert len(pd.read_parquet(tmp_path / "duckdb.out")) == 3 * (1 + 4 + 8)


class TestLargeAnswers:
    def test_get_a_coarser_quantum_of_their_own_in_every_engine(self, tmp_path):
        data = sample().assign(income=lambda d: d["income"] * 1e6)
        data.to_parquet(tmp_path / "s.parquet")
        table = psu_cell_totals(data, **WHOLE)
        assert table.item_quantum[2] > table.item_quantum[0] == table.quantum
        assert psu_cell_totals(tmp_path / "s.parquet", **WHOLE).digest() == table.digest()
        total = (table.sums[:, 2] * table.item_quantum[2]).sum()
        assert total == pytest.approx((data["weight"] * data["income"]).sum(), rel=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
class TestBadInput:
    def run(self, engine, tmp_path, **changed):
        data = SMALL.assign(**changed)
        data.to_parquet(tmp_path / "s.parquet")
        source = tmp_path / "s.parquet" if engine in ("polars", "duckdb") else data
        return psu_cell_totals(source, engine=engine, **ASKED)

    def test_in_files_read_by_compiled_loops(self, engine, tmp_path, monkeypatch):
        monkeypatch.setattr(kernels, "compiled", lambda rows: kernels._compiled())
        data = SMALL.assign(psu=[2, 1, 1, 2, 3, 3])
        data.assign(w=[np.nan, 1, 1, 1, 1, 1]).to_parquet(tmp_path / "w.parquet")
        with pytest.raises(EstimateError, match=r"weights must be finite.*got 1 missing"):
            psu_cell_totals(tmp_path / "w.parquet", engine="arrays", **ASKED)
        data.assign(stratum=[1, 1, 1, 2, 2, 2]).to_parquet(tmp_path / "s.parquet")
        with pytest.raises(EstimateError, match=r"PSU '2' lies in two strata: stratum '1' and '2'"):
            psu_cell_totals(tmp_path / "s.parquet", engine="arrays", **ASKED)

    @pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
    def test_a_weight_that_is_no_positive_number_is_refused(self, engine, tmp_path, bad):
        with pytest.raises(EstimateError, match="weights must be finite, not negative"):
            self.run(engine, tmp_path, w=[bad, 1, 1, 1, 1, 1])

    def test_a_psu_in_two_strata_is_named_with_both(self, engine, tmp_path):
        with pytest.raises(EstimateError, match=r"PSU 'b' lies in two strata: stratum '1' and '2'"):
            self.run(engine, tmp_path, stratum=[1, 1, 1, 2, 2, 2])

    def test_a_missing_key_is_named(self, engine, tmp_path):
        with pytest.raises(EstimateError, match=r"1 respondents have no value of the key .* 'psu'"):
            self.run(engine, tmp_path, psu=["b", None, "a", "b", "c", "c"])

    def test_words_in_place_of_numbers_are_named(self, engine, tmp_path):
        with pytest.raises(EstimateError, match="column 'y' is not numeric"):
            self.run(engine, tmp_path, y=list("abcdef"))

    def test_an_infinite_answer_is_named(self, engine, tmp_path):
        with pytest.raises(EstimateError, match="column 'z' holds an infinite value"):
            self.run(engine, tmp_path, z=[1, 2, 3, 4, 5, np.inf])


class TestAsking:
    def test_columns_that_are_not_there_are_named_all_at_once(self):
        with pytest.raises(EstimateError) as caught:
            psu_cell_totals(SMALL, psu="psus", weight="w", values=["x"])
        assert [fault.what for fault in caught.value.faults] == [
            "there is no column 'psus'",
            "there is no column 'x'",
        ]
        assert caught.value.faults[0].hint == "did you mean 'psu'?"

    def test_a_path_without_files_is_named(self, tmp_path):
        with pytest.raises(DataError, match="there is no Parquet file"):
            psu_cell_totals(tmp_path, psu="psu", weight="w")

    def test_an_unknown_engine_is_named(self):
        with pytest.raises(EstimateError, match="unknown engine 'abacus'"):
            psu_cell_totals(SMALL, psu="psu", weight="w", engine="abacus")
