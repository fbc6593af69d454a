"""Packed yes-no columns give the same integers as adding every column by itself."""

import numpy as np
import pandas as pd
import pytest

from survey.design import kernels
from survey.design.engines import psu_cell_totals

compiled = pytest.importorskip("survey.design.compiled", reason="numba is not installed")


def frame(n: int, *, odd_at: int | None = None, first: int = 0) -> pd.DataFrame:
    """n invented rows; `odd_at` holds a 2 among the yes-no answers."""
    draw = np.random.Generator(np.random.Philox(5))
    columns = {"psu": draw.integers(100, 160, n).astype(np.int32)}
    columns["w"] = draw.uniform(0.5, 3, n)
    columns["score"] = draw.integers(0, 11, n).astype(np.int8)
    for k in range(9):
        columns[f"yes{k}"] = draw.integers(0, 2, n).astype(np.int8)
    if odd_at is not None:
        columns["yes3"][odd_at] = 2
    return pd.DataFrame(columns).iloc[first:]


def table(data: pd.DataFrame, threads: int) -> str:
    items = [name for name in data.columns if name not in ("psu", "w")]
    return psu_cell_totals(
        data, psu="psu", cells=[], weight="w", values=items, threads=threads
    ).digest()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("n", "odd_at", "first"),
    [(300_008, None, 0), (300_003, None, 0), (300_008, 170_001, 0), (300_008, None, 3)],
    ids=["whole words", "rows left over", "a two in the middle", "not at a word"],
)
def test_packed_sums_are_those_of_numpy(monkeypatch, n, odd_at, first, threads):
    data = frame(n, odd_at=odd_at, first=first)
    packed = table(data, threads)
    monkeypatch.setattr(kernels, "compiled", lambda rows: None)
    assert table(data, threads) == packed


def test_columns_are_packed_where_they_can_be(monkeypatch):
    from survey.design import packed

    seen = []
    whole = packed.Packed.add

    def add(self, *arguments):
        seen.append(whole(self, *arguments))
        return seen[-1]

    monkeypatch.setattr(packed.Packed, "add", add)
    table(frame(300_008), 1)
    assert sum(seen) == 300_008
