"""All comparisons of a study: broken items, relations, families."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.compare.run import compare
from analysis.results.covariance import Factors
from analysis.results.schema import conform
from survey.instrument.model import Comparability, Policy
from tests import twin


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    return twin.instrument(tmp_path_factory.mktemp("twin"))


@pytest.fixture
def rows():
    cells = [
        (wave, indicator, domain)
        for wave in twin.WAVES
        for indicator in ("score", "trust")
        for domain in ("all", "sex=male", "sex=female")
    ]
    frame = pd.DataFrame(cells, columns=["wave", "indicator", "domain"])
    frame = frame.assign(
        kind="collected", study="twin", statistic="mean", se=0.1, df=30, n=100, conf_level=0.95
    )
    return conform(frame.assign(estimate=[0.1 * k for k in range(len(frame))]))


def decided(instrument, status):
    reason = {"zh": "改了", "en": "changed"}
    entry = Comparability(item="trust", waves=twin.WAVES, status=status, reason=reason)
    return replace(instrument, comparability=(entry,))


class TestCompare:
    def test_a_year_apart_is_year_on_year(self, rows, instrument):
        made = compare(rows, Factors({}, {}), instrument)
        changes = made[made["statistic"] == "change"]
        assert len(changes) == 6
        assert changes["variant"].str.endswith("year-on-year").all()

    def test_a_broken_item_is_not_compared_and_says_why(self, rows, instrument):
        made = compare(rows, Factors({}, {}), decided(instrument, "broken"))
        changes = made[made["statistic"] == "change"]
        assert set(changes.loc[changes["estimate"].notna(), "indicator"]) == {"score"}
        lost = changes[changes["indicator"] == "trust"]
        assert len(lost) == 3
        assert lost[["estimate", "se", "ci_low", "ci_high", "p_value", "n"]].isna().all(axis=None)
        assert set(lost["reason"]) == {"not comparable with 2020H1: the question changed"}
        assert set(lost["quality"]) == {"suppressed"}

    def test_a_minor_break_says_so(self, rows, instrument):
        made = compare(rows, Factors({}, {}), decided(instrument, "minor"))
        status = made.groupby("indicator")["comparable"].first()
        assert status.to_dict() == {"score": "same", "trust": "minor"}

    def test_levels_of_one_domain_are_one_family(self, rows, instrument):
        made = compare(rows, Factors({}, {}), instrument)
        score = made[(made["indicator"] == "score") & (made["statistic"] == "change")]
        assert score.groupby("family_id").size().tolist() == [1, 2]

    def test_no_rows_give_no_comparisons(self, instrument):
        assert compare(conform(pd.DataFrame()), Factors({}, {}), instrument).empty

    def test_the_adjustment_is_the_policy_of_the_study(self, rows, instrument):
        policy = Policy(value="benjamini-hochberg", unit="method", source="a test")
        other = replace(instrument, methods={**instrument.methods, "multiplicity": policy})
        holm, false_discovery = (
            compare(rows, Factors({}, {}), study)["p_adjusted"] for study in (instrument, other)
        )
        assert (false_discovery <= holm).all()
        assert (false_discovery < holm).any()

    def test_families_are_the_policy_of_the_study(self, rows, instrument):
        policy = Policy(value="wave reference", unit="equal within", source="a test")
        other = replace(instrument, methods={**instrument.methods, "multiplicity_family": policy})
        apart, together = (compare(rows, Factors({}, {}), study) for study in (instrument, other))
        tested = together[together["p_value"].notna() & together["statistic"].eq("change")]
        assert tested["family_id"].nunique() == 1
        assert (together["p_adjusted"] >= apart["p_adjusted"]).sum() == together[
            "p_adjusted"
        ].count()
        assert (together["p_adjusted"] > apart["p_adjusted"]).any()
