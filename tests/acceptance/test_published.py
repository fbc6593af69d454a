"""The shipped study, built from its raw files, agrees with what was published."""

import pandas as pd
import pytest

from analysis.results.select import many, one
from analysis.results.store import read_estimates

SAME = ("wave", "indicator", "statistic", "category", "domain")
TOLERANCE = {"points10": 0.01, "share": 0.0002}  # of the score; of a share (0.02 points)


@pytest.fixture(scope="module")
def rows(built) -> pd.DataFrame:
    return read_estimates(built, "security_perception")


@pytest.fixture(scope="module")
def published(rows) -> pd.DataFrame:
    return many(rows, kind="published", statistic=["mean", "share"], domain="all")


def disagreements(rows: pd.DataFrame, published: pd.DataFrame) -> list[str]:
    """Published numbers that the computed ones miss, by wave, indicator and category."""
    missed = []
    for row in published.to_dict("records"):
        same = {name: row[name] for name in SAME}
        computed = one(rows, **same)
        assert computed.kind == "simulated"
        if abs(computed.estimate - row["estimate"]) > TOLERANCE[row["unit"]]:
            missed.append(f"{row['wave']} {row['indicator']} {row['category']}".strip())
    return missed


class TestPublished:
    def test_every_published_number_is_met_by_the_computed_one(self, rows, published):
        assert len(published) == 6
        assert disagreements(rows, published) == []

    def test_a_published_number_that_is_not_met_is_named(self, rows, published):
        moved = published.copy()
        score = (moved["wave"] == "2018H1") & (moved["indicator"] == "score")
        moved.loc[score, "estimate"] += 0.02
        moved.loc[moved["category"] == "sold", "estimate"] -= 0.0005
        assert sorted(disagreements(rows, moved)) == ["2018H1 issues sold", "2018H1 score"]

    def test_computed_numbers_have_errors_and_intervals(self, rows, published):
        for row in published.to_dict("records"):
            computed = one(rows, **{name: row[name] for name in SAME})
            assert computed.se > 0
            assert computed.ci_low < computed.estimate < computed.ci_high

    @pytest.mark.parametrize(("since", "printed"), [("2017H1", "−0.2"), ("2013H1", "−0.1")])
    def test_changes_print_as_published_and_have_errors(self, rows, since, printed):
        from analysis.results.wording import Words

        change = one(rows, indicator="score", statistic="change", wave="2018H1", reference=since)
        assert Words.of({}, "zh").signed(change.estimate) == printed
        assert change.se > 0
        assert change.p_value < 1

    def test_only_the_same_half_of_the_year_before_is_year_on_year(self, rows):
        changes = many(rows, statistic="change", domain="all", indicator="score", category="")
        told = {(row.wave, row.reference): row.variant for row in changes.itertuples()}
        assert "year-on-year" in told["2018H1", "2017H1"]
        assert "year-on-year" not in told["2018H1", "2013H1"]
        assert "year-on-year" not in told["2017H1", "2013H1"]


class TestPrivacyInRows:
    def test_no_identifier_reaches_the_clean_data(self, built):
        for study in ("security_perception", "browser_privacy"):
            for path in sorted((built.root / "data" / "clean" / study).rglob("*.parquet")):
                text = pd.read_parquet(path).astype(str).to_csv()
                assert "203.0.113." not in text, path
