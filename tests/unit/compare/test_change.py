"""Changes between waves: against R, and what has no error or may not be shown."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.compare.change import changes
from analysis.compare.overlap import shared_covariance
from analysis.estimate.unitnames import design_units
from analysis.results.schema import conform
from survey.design.build import make_design
from tests import twin
from tests.ratios import ratios

GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "design.json").read_text())


def wave_mean(name, keep=None):
    """Mean score of a wave of the twin with base weights: ratios, and its PSUs."""
    frame = twin.read_responses(name)
    frame = frame if keep is None else frame[frame["psu"].isin(keep)]
    stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
    design = make_design(frame["respondent"], strata={"s": stratum}, psu=frame["psu"])
    y = frame["score"].to_numpy(float)
    y = np.where((y >= 0) & (y <= 10), y, np.nan)
    return ratios(y, frame["base_weight"], design), design_units(design)


def row(wave, estimate, se, **changes):
    told = {
        "kind": "collected",
        "study": "s",
        "wave": wave,
        "indicator": "score",
        "statistic": "mean",
        "domain": "all",
        "base_kind": "all",
        "analysis_unit": "person",
        "variant": "raked",
        "estimate": estimate,
        "unit": "points10",
        "se": se,
        "conf_level": 0.95,
        "df": 40,
        "n": 500,
        "period": "2020-06-30",
    }
    return conform(pd.DataFrame([told | changes]))


class TestAgainstR:
    def test_independent_waves_add_their_variances(self):
        (old, _), (new, _) = wave_mean("2020H1"), wave_mean("2021H1")
        change = changes(
            row("b", new.estimate[0, 0], new.se[0, 0], df=new.df[0]),
            row("a", old.estimate[0, 0], old.se[0, 0], df=old.df[0]),
            relation="later",
        ).iloc[0]
        want = GOLDEN["change_none"]
        assert change["estimate"] == pytest.approx(want["estimate"], rel=1e-8)
        assert change["se"] == pytest.approx(want["se"], rel=1e-6)
        assert change["df"] == want["df"]

    def test_waves_that_share_every_psu_give_what_svycontrast_gives(self):
        psus = set(twin.read_responses("2020H1")["psu"]) & set(twin.read_responses("2021H1")["psu"])
        (old, ours), (new, theirs) = wave_mean("2020H1", psus), wave_mean("2021H1", psus)
        covariance = shared_covariance(new.factor[:, 0, 0], theirs, old.factor[:, 0, 0], ours)
        change = changes(
            row("b", new.estimate[0, 0], new.se[0, 0]),
            row("a", old.estimate[0, 0], old.se[0, 0]),
            relation="later",
            covariance=np.array([covariance]),
        ).iloc[0]
        want = GOLDEN["change_full"]
        assert change["estimate"] == pytest.approx(want["estimate"], rel=1e-8)
        assert change["se"] == pytest.approx(want["se"], rel=1e-6)


class TestChanges:
    def test_interval_and_p_value_belong_together(self):
        made = changes(row("b", 6.3, 0.03), row("a", 6.5, 0.04), relation="year-on-year").iloc[0]
        assert made["estimate"] == pytest.approx(-0.2)
        assert made["se"] == pytest.approx(0.05)
        assert made["ci_high"] < 0
        assert made["p_value"] < 0.05
        assert (made["statistic"], made["reference"]) == ("change", "a")
        assert made["variant"] == "raked, year-on-year"

    def test_numbers_of_two_kinds_are_never_subtracted(self):
        new = row("b", 6.3, 0.03, kind="collected")
        assert changes(new, row("a", 6.5, 0.04, kind="simulated"), relation="later").empty

    def test_published_numbers_give_a_difference_and_no_error(self):
        new = row("b", 6.3, np.nan, kind="published", df=np.nan, n=np.nan, conf_level=np.nan)
        old = row("a", 6.5, np.nan, kind="published", df=np.nan, n=np.nan, conf_level=np.nan)
        made = changes(new, old, relation="later").iloc[0]
        assert made["estimate"] == pytest.approx(-0.2)
        assert made[["se", "ci_low", "ci_high", "p_value"]].isna().all()

    def test_a_change_of_a_suppressed_row_is_suppressed(self):
        old = row("a", np.nan, np.nan, n=np.nan, df=np.nan, quality="suppressed", reason="few")
        made = changes(row("b", 6.3, 0.03), old, relation="later").iloc[0]
        assert made["quality"] == "suppressed"
        assert made["reason"] == "few"
        assert made[["estimate", "se", "ci_low", "n", "df"]].isna().all()

    def test_caution_and_its_reasons_are_kept_once(self):
        new = row("b", 6.3, 0.03, quality="caution", reason="old margin; small")
        made = changes(new, row("a", 6.5, 0.04, quality="caution", reason="small"), relation="x")
        assert made.iloc[0]["quality"] == "caution"
        assert made.iloc[0]["reason"] == "old margin; small"
