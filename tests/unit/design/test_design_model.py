"""Designs: strata and PSUs from labels, lonely PSUs, contributions to the variance."""

import json
from pathlib import Path

import numpy as np
import pytest

from survey.design.build import make_design
from survey.design.stages import contributions
from survey.errors import EstimateError
from tests import twin
from tests.ratios import ratios

GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "design.json").read_text())


def score(frame):
    values = frame["score"].to_numpy(float)
    return np.where((values >= 0) & (values <= 10), values, np.nan)


class TestMakeDesign:
    def test_psus_of_a_stratum_stand_together(self):
        design = make_design(
            list("abcdef"), strata={"area": list("yxyxyx")}, psu=["5", "1", "2", "3", "5", "1"]
        )
        assert design.strata == ("area=x", "area=y")
        assert design.psus == ("1", "3", "2", "5")
        assert design.psu.tolist() == [3, 0, 2, 1, 3, 0]
        assert design.first.tolist() == [0, 2]

    def test_two_columns_make_crossed_strata(self):
        design = make_design(
            list("abcd"), strata={"b": [1, 2, 1, 2], "a": [1, 1, 1, 1]}, lonely="certainty"
        )
        assert design.strata == ("a=1&b=1", "a=1&b=2")

    def test_without_psus_every_respondent_is_one(self):
        design = make_design(["b", "a"])
        assert design.psus == ("a", "b")
        assert design.psu.tolist() == [1, 0]
        assert design.person_psu

    def test_a_psu_in_two_strata_is_named_with_both(self):
        with pytest.raises(EstimateError, match=r"'7' lies in 2 strata: one of s=1, s=2"):
            make_design(list("abcd"), strata={"s": [1, 1, 2, 2]}, psu=["7", "8", "7", "9"])

    def test_psu_numbers_may_start_again_in_every_stratum(self):
        design = make_design(
            list("abcd"), strata={"s": [1, 1, 2, 2]}, psu=[1, 2, 1, 2], nested=True
        )
        assert design.psus == ("1", "2", "1", "2")
        assert len(set(design.psu)) == 4

    def test_a_missing_stratum_is_an_error(self):
        with pytest.raises(EstimateError, match=r"1 respondents have no value of .* 's'"):
            make_design(["a", "b"], strata={"s": ["x", None]})

    def test_lonely_strata_fail_by_name_and_all_at_once(self):
        with pytest.raises(EstimateError, match=r"2 strata have one PSU: 's=1', 's=3'"):
            make_design(list("abcd"), strata={"s": [1, 2, 2, 3]})


class TestLonelyPsu:
    @pytest.mark.parametrize("policy", ["certainty", "adjust", "average"])
    def test_policy_gives_what_r_gives(self, policy):
        frame = twin.read_responses("2020H1")
        stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
        lost = stratum.isin(["1-1", "4-2"]) & ~frame["psu"].isin(["1100", "4200"])
        kept, stratum = frame[~lost], stratum[~lost]
        design = make_design(
            kept["respondent"], strata={"s": stratum}, psu=kept["psu"], lonely=policy
        )
        got = ratios(score(kept), kept["base_weight"], design)
        want = GOLDEN["lonely"][policy]
        assert got.estimate[0, 0] == pytest.approx(want["estimate"], rel=1e-8)
        assert got.se[0, 0] == pytest.approx(want["se"], rel=1e-6)

    def test_average_needs_a_stratum_to_average(self):
        design = make_design(["a", "b"], strata={"s": [1, 2]}, lonely="average")
        with pytest.raises(EstimateError, match="every stratum has one PSU"):
            contributions(design, np.ones((2, 1)))


class TestKindsOfDesign:
    @pytest.mark.parametrize("kind", ["strata_only", "psu_only", "nested"])
    def test_domain_means_are_those_of_r(self, kind):
        frame = twin.read_responses("2020H1")
        stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
        psu = frame["psu"] if kind == "psu_only" else frame["psu"].rank(method="dense") % 4
        design = make_design(
            frame["respondent"],
            strata=None if kind == "psu_only" else {"s": stratum},
            psu=None if kind == "strata_only" else psu,
            nested=kind == "nested",
        )
        level = frame["region"].to_numpy(int) - 1
        got = ratios(score(frame), frame["base_weight"], design, level=level)
        want = GOLDEN[kind]
        assert got.estimate[:, 0] == pytest.approx(want["estimate"], rel=1e-8)
        assert got.se[:, 0] == pytest.approx(want["se"], rel=1e-6)
        assert got.df.tolist() == want["df"]

    def test_full_design_effect_is_that_of_r(self):
        frame = twin.read_responses("2020H1")
        stratum = frame["region"].astype(str) + "-" + frame["residence"].astype(str)
        design = make_design(frame["respondent"], strata={"s": stratum}, psu=frame["psu"])
        got = ratios(score(frame), frame["base_weight"], design)
        assert got.deff[0, 0] == pytest.approx(GOLDEN["deff"], rel=1e-6)
