"""Numerators, bases, intervals, and the rows made of them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.monitoring.shares import band_rows, share_rows, tally, wilson
from survey.errors import EstimateError

GOLDEN = Path(__file__).parents[2] / "golden" / "wilson.json"


class TestWilson:
    def test_equals_r(self):
        golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
        low, high = wilson(golden["count"], golden["n"], golden["conf_level"])
        np.testing.assert_allclose(low, golden["low"], rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(high, golden["high"], rtol=1e-8, atol=1e-12)

    def test_stays_inside_zero_and_one_at_the_ends(self):
        low, high = wilson([0, 5], [5, 5], 0.95)
        assert low[0] == 0
        assert high[1] == 1
        assert 0 < high[0] < 1

    def test_an_empty_base_has_no_interval(self):
        assert np.isnan(wilson([0], [0], 0.95)).all()

    def test_a_numerator_over_its_base_is_refused(self):
        with pytest.raises(EstimateError, match="outside its base"):
            wilson([6], [5], 0.95)


class TestTally:
    APPS = pd.DataFrame({"category": ["b", "a", "b"]})
    FLAGS = pd.DataFrame({"x": [True, False, False], "y": [False, False, False]})

    def test_counts_and_bases_by_domain_in_scale_order(self):
        found = tally(self.APPS, self.FLAGS, {"category": ["a", "b", "c"]})
        assert found.to_dict("split")["data"] == [
            ["x", "all", 1, 3],
            ["y", "all", 0, 3],
            ["x", "category=a", 0, 1],
            ["x", "category=b", 1, 2],
            ["y", "category=a", 0, 1],
            ["y", "category=b", 0, 2],
        ]

    def test_a_level_without_apps_has_no_row(self):
        found = tally(self.APPS, self.FLAGS, {"category": ["a", "b", "c"]})
        assert "category=c" not in set(found["domain"])


class TestShareRows:
    COUNTS = pd.DataFrame(
        {"indicator": ["x", "x"], "domain": ["all", "category=a"], "count": [40, 3], "n": [80, 4]}
    )

    def test_the_interval_is_named(self):
        rows = share_rows(self.COUNTS, level=0.95, min_base=30)
        assert rows["variant"].tolist() == ["wilson", "wilson"]
        assert rows["estimate"].tolist() == [0.5, 0.75]
        assert rows["design"].str.contains("not a probability sample").all()

    def test_a_small_base_is_marked_with_the_reason(self):
        rows = share_rows(self.COUNTS, level=0.95, min_base=30)
        assert rows["quality"].tolist() == ["ok", "caution"]
        assert rows["reason"].tolist() == ["", "fewer than 30 apps"]


class TestBandRows:
    def test_a_band_has_ends_and_no_estimate(self):
        rows = band_rows(
            {"x": 0.8},
            variable="category",
            weights={"a": 0.3, "b": 0.7},
            tolerance={"x": 0.025},
            spread=0.6,
        )
        assert rows["domain"].tolist() == ["category=a", "category=b"]
        assert rows["variant"].eq("band").all()
        assert "estimate" not in rows
        assert (rows["ci_low"] < 0.775).all()
        assert (rows["ci_high"] > 0.825).all()
