"""Rankings of every tool give the same ranks by option."""

import numpy as np
import pandas as pd
import pytest

from survey.clean.pipeline import clean_wave
from survey.errors import DataError
from survey.instrument.load import load_instrument
from survey.io.atomic import sha256
from survey.io.readers import RawTable, read_raw
from tests.conftest import edit

SCALE = """\
points:
  1: {code: price, text: {zh: 价格, en: Price}}
  2: {code: speed, text: {zh: 网速, en: Speed}}
  3: {code: privacy, text: {zh: 隐私→保护, en: Privacy}}
missing: {-3: not_asked}
"""
ITEM = "- {id: order, kind: ranking, scale: order, text: {zh: 请排序, en: Please rank}}\n"
RANKS = np.array([[1, 2, 3], [np.nan, 2, 1], [np.nan] * 3])  # by person and option
WAYS = {
    "a column per option": (
        {"a": [1.0, None, None], "b": [2.0, 2.0, None], "c": [3.0, 1.0, None]},
        "{columns: {1: a, 2: b, 3: c}}",
    ),
    "zeros for what was not ranked": (
        {"a": ["1", "0", "-3"], "b": ["2", "2", "-3"], "c": ["3", "1", "-3"]},
        "{columns: {1: a, 2: b, 3: c}}",
    ),
    "a column per rank": (
        {"a": ["价格", "Privacy", None], "b": ["2", "speed", None], "c": ["3", None, None]},
        "{columns: {1: a, 2: b, 3: c}, by: rank}",
    ),
    "joined in order": (
        {"a": ["价格→网速→隐私→保护", "隐私→保护→网速", "(跳过)"]},
        '{column: a, split: "→"}',
    ),
    "joined by blanks": ({"a": ["price speed privacy", "3 2", None]}, '{column: a, split: " "}'),
}


@pytest.fixture
def ranked(tiny):
    """The answers of a wave whose ranking stands in given columns."""
    folder = tiny.instrument("tiny")
    (folder / "scales" / "order.yml").write_text(SCALE, encoding="utf-8")
    (folder / "items" / "more.yml").write_text(ITEM, encoding="utf-8")

    def clean(cells: dict, place: str) -> pd.DataFrame:
        edit(
            tiny, "waves/2020H1.yml", "trust: {column: t}", f"trust: {{column: t}}, order: {place}"
        )
        frame = pd.DataFrame({"id": ["1", "2", "3"], "s": "1", "t": "5", **cells}, dtype=object)
        raw = RawTable(frame, path="raw.csv", missing_words={"(跳过)": "not_asked"})
        return clean_wave(raw, load_instrument(tiny, "tiny"), "2020H1").responses

    return clean


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_ranks_is_one(ranked, way):
    made = ranked(*WAYS[way])[["order__1", "order__2", "order__3"]]
    np.testing.assert_array_equal(made.to_numpy(float, na_value=np.nan), RANKS)


def test_a_rank_beyond_the_options_is_refused(ranked):
    cells = {"a": ["1", "4", None], "b": ["2", "x", None], "c": ["3", "1", None]}
    with pytest.raises(DataError) as error:
        ranked(cells, "{columns: {1: a, 2: b, 3: c}}")
    assert "unknown answer '4'" in str(error.value)
    assert "unknown answer 'x'" in str(error.value)
    assert "a rank from 1 to 3 is expected" in str(error.value)


class TestWjxSav:
    """The .sav of 问卷星: ranks by option, or options by place."""

    def read(self, tmp_path, names, labels, cells, words=None):
        import pyreadstat

        path = tmp_path / "r.sav"
        frame = pd.DataFrame(cells, columns=names, dtype=float)
        frame.insert(0, "index", [1.0, 2.0, 3.0])
        labels = {"index": "序号", **dict(zip(names, labels, strict=True))}
        pyreadstat.write_sav(frame, path, column_labels=labels, variable_value_labels=words or {})
        assert sha256(path)
        return read_raw(path, "wjx", {}).frame

    def test_ranks_by_option(self, tmp_path):
        made = self.read(
            tmp_path,
            ["Q7_1", "Q7_2", "Q7_3"],
            ["请排序(价格)", "请排序(网速)", "请排序(隐私)"],
            [[1, 2, 3], [-2, 2, 1], [-3, -3, -3]],
        )
        assert made["第7题(价格)"].to_list() == [1.0, None, "(跳过)"]
        assert made["第7题(隐私)"].to_list() == [3.0, 1.0, "(跳过)"]

    def test_options_by_place_become_ranks_by_option(self, tmp_path):
        words = {1.0: "1.价格", 2.0: "2.网速", 3.0: "3.隐私"}
        names = ["Q7_1", "Q7_2", "Q7_3"]
        made = self.read(
            tmp_path,
            names,
            ["请排序(第1位)", "请排序(第2位)", "请排序(第3位)"],
            [[1, 2, 3], [3, 2, -2], [-3, -3, -3]],
            dict.fromkeys(names, words),
        )
        ranks = made[["第7题(价格)", "第7题(网速)", "第7题(隐私)"]]
        assert ranks.iloc[0].to_list() == [1.0, 2.0, 3.0]
        assert ranks.iloc[1].to_list() == [None, 2.0, 1.0]
        assert set(ranks.iloc[2]) == {"(跳过)"}
