"""Perception beside violations, and numbers on which sources differ, as tables."""

from __future__ import annotations

import pytest

from survey.errors import ReportError
from tests.unit.report.samples import row
from tests.unit.tables.test_kinds import built, material, printed, spec

__all__ = ["material"]
OPTIONS = {"score": "trust", "violations": "tiny", "counts": "per_half", "rates": "per_store"}


def score(wave: str, kind: str, **values):
    return row(wave=wave, kind=kind, period=f"{wave[:4]}-06-30", **values)


def count(wave: str, value: float, **values):
    told = {"indicator": "per_half", "statistic": "total", "unit": "count", "kind": "published"}
    nan = float("nan")
    told |= {"variant": "sum_of_quarters", "ci_low": nan, "ci_high": nan}
    return row(**{**told, "wave": wave, "estimate": value, **values})


def rate(wave: str, value: float, **values):
    told = {"indicator": "per_store", "statistic": "ratio", "unit": "ratio", "kind": "published"}
    ends = {"variant": "pooled", "ci_low": value / 2, "ci_high": value * 2}
    return row(**{**told, **ends, "wave": wave, "estimate": value, **values})


class TestDivergence:
    def rows(self):
        published = {"ci_low": float("nan"), "ci_high": float("nan"), "estimate": 6.5}
        return (
            score("2019H1", "published", variant="published", **published),
            score("2019H1", "simulated", estimate=6.51),
            count("2018H2", 63),
            rate("2018H2", 0.66, quality="caution", reason="fewer than 8 degrees of freedom"),
            count("2019H1", 42, quality="caution", reason="only 2019Q2"),
        )

    def table(self, material, lang="en"):
        made = material(*self.rows(), lang=lang)
        return built(spec("divergence", options=OPTIONS), made), made

    def test_periods_only_one_side_knows_stay(self, material):
        table, made = self.table(material)
        assert [line[0] for line in printed(table, made.words)] == ["2018 H2", "2019 H1"]

    def test_each_side_carries_its_own_uncertainty(self, material):
        table, made = self.table(material)
        assert printed(table, made.words)[1] == [
            "2019 H1",
            "6.5 (error unpublished)",
            "6.51 (SIMULATED)",
            "6.20 to 6.40",
            "42†",
            "–",
            "–",
        ]
        assert printed(table, made.words)[0][5:] == ["0.66†", "0.33 to 1.32"]

    def test_the_table_says_that_errors_are_simulated_and_that_nothing_is_joined(self, material):
        table, _ = self.table(material)
        assert table.simulated == "part"
        told = " ".join(table.notes)
        assert "not joined" in told
        assert "simulated errors" in told
        assert "hold only the quarters found" in told

    def test_chinese_says_the_same(self, material):
        table, made = self.table(material, lang="zh")
        assert printed(table, made.words)[1][1] == "6.5（误差未公布）"

    def test_one_side_alone_is_no_comparison(self, material):
        made = material(score("2019H1", "published"))
        with pytest.raises(ReportError, match="one side of the comparison has no rows"):
            built(spec("divergence", options=OPTIONS), made)

    def test_missing_options_are_named(self, material):
        fewer = {name: value for name, value in OPTIONS.items() if name != "rates"}
        with pytest.raises(ReportError, match="options lack 'rates'"):
            built(spec("divergence", options=fewer), material(row()))


class TestReadings:
    def test_both_numbers_stand_in_one_line_with_their_sources(self, material):
        shared = {"indicator": "trust", "statistic": "total", "unit": "count", "kind": "published"}
        shared |= {"wave": "2019Q3", "quality": "caution", "reason": "sources differ"}
        made = material(
            row(**shared, variant="register", estimate=350733, design="a page; derived"),
            row(**shared, variant="reading", estimate=327729, design="another page"),
            row(**{**shared, "wave": "2019Q4"}, variant="register", estimate=5),
        )
        table = built(spec("readings"), made)
        (line,) = printed(table, made.words)
        assert line[1:] == ["Q3 2019", "350,733", "327,729", "a page; derived", "another page"]


class TestNotices:
    def test_a_models_fill_is_no_entry_of_the_register(self, material):
        shared = {"indicator": "trust", "statistic": "total", "unit": "count"}
        gap = {"estimate": float("nan"), "variant": "published", "quality": "caution"}
        made = material(
            row(**shared, wave="2019Q1", kind="published", estimate=42, variant="published"),
            row(**shared, wave="2019Q2", kind="published", **gap),
            row(**shared, wave="2019Q2", kind="simulated", estimate=37, variant="model_fill"),
        )
        table = built(spec("notices"), made)
        assert [line[1] for line in printed(table, made.words)] == ["42", "–"]
        assert table.simulated == ""
