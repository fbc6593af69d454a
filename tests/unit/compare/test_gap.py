"""Gaps between groups of one wave, against R and by the stage."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.compare.gap import gaps
from analysis.compare.power import smallest_detectable_change
from analysis.results.covariance import Factors, row_key
from analysis.results.schema import KEY, conform
from survey.design.build import make_design
from survey.instrument.model import Gap
from tests import twin
from tests.ratios import ratios

GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "design.json").read_text())


def estimates(variable, names):
    """Rows and factors of the mean score by one variable, with base weights."""
    frame = twin.read_responses("2020H1")
    stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
    design = make_design(frame["respondent"], strata={"s": stratum}, psu=frame["psu"])
    y = frame["score"].to_numpy(float)
    y = np.where((y >= 0) & (y <= 10), y, np.nan)
    got = ratios(y, frame["base_weight"], design, level=frame[variable].to_numpy(int) - 1)
    rows = conform(
        pd.DataFrame(
            {
                "kind": "collected",
                "study": "twin",
                "wave": "2020H1",
                "indicator": "score",
                "statistic": "mean",
                "domain": [f"{variable}={name}" for name in names],
                "estimate": got.estimate[:, 0],
                "se": got.se[:, 0],
                "df": got.df,
                "n": got.n,
                "conf_level": 0.95,
                "cov_family": "twin/2020H1",
            }
        )
    )
    keys = [row_key({column: row[column] for column in KEY}) for row in rows.to_dict("records")]
    vectors = {key: got.factor[:, k, 0] for k, key in enumerate(keys)}
    return rows, Factors(vectors, dict.fromkeys(keys, "twin/2020H1"))


class TestGaps:
    @pytest.mark.parametrize(
        ("variable", "names"),
        [("residence", ["urban", "rural"]), ("sex", ["male", "female", "other"])],
    )
    def test_is_what_svycontrast_gives(self, variable, names):
        rows, factors = estimates(variable, names)
        gap = Gap(indicator="score", domain=variable, level=names[0], reference=names[1])
        made = gaps(rows, gap, factors).iloc[0]
        want = GOLDEN[f"gap_{variable}"]
        assert made["estimate"] == pytest.approx(want["estimate"], rel=1e-8)
        assert made["se"] == pytest.approx(want["se"], rel=1e-6)
        assert (made["statistic"], made["domain"], made["reference"]) == (
            "gap",
            f"{variable}={names[0]}",
            names[1],
        )

    def test_a_gap_to_a_suppressed_group_is_suppressed(self):
        rows, factors = estimates("sex", ["male", "female", "other"])
        rows.loc[1, ["estimate", "se", "df", "n"]] = np.nan
        rows.loc[1, "quality"] = "suppressed"
        gap = Gap(indicator="score", domain="sex", level="male", reference="female")
        made = gaps(rows, gap, factors).iloc[0]
        assert made["quality"] == "suppressed"
        assert made[["estimate", "se", "p_value", "n"]].isna().all()


class TestSmallestDetectableChange:
    def test_doubling_the_sample_divides_it_by_the_root_of_two(self):
        one = smallest_detectable_change(1000, 1.5, 2.0)
        assert smallest_detectable_change(2000, 1.5, 2.0) == pytest.approx(one / np.sqrt(2))

    def test_shared_units_make_smaller_changes_visible(self):
        independent = smallest_detectable_change(1000, 1.5, 2.0)
        assert smallest_detectable_change(1000, 1.5, 2.0, rho=0.75) == pytest.approx(
            independent / 2
        )

    def test_is_found_with_the_power_it_promises(self):
        change = smallest_detectable_change(400, 1.0, 1.0, power=0.8)
        draws = np.random.default_rng(3).normal(change, np.sqrt(2 / 400), 20_000)
        found = np.abs(draws) / np.sqrt(2 / 400) > 1.959964
        assert found.mean() == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 20_000))

    def test_a_sample_of_nobody_is_refused(self):
        with pytest.raises(ValueError, match="n and deff must be positive"):
            smallest_detectable_change(0, 1.5, 2.0)
