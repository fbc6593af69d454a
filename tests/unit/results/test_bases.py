"""Shares of different units or frames are never set against each other."""

from __future__ import annotations

import pytest

from analysis.figures.spec import FigureSpec, selected
from analysis.report import claims
from analysis.report.bound import Bound
from analysis.results.bases import base_of, require_same_base, same_base
from analysis.tables.build import build_tables
from survey.errors import ReportError
from tests.unit.report.samples import frame, row

SHARE = {"statistic": "share", "unit": "share", "estimate": 0.8, "ci_low": 0.7, "ci_high": 0.9}
SCANS = {**SHARE, "indicator": "device", "analysis_unit": "app", "frame": "scans"}
NOTICES = {**SHARE, "indicator": "bundling", "analysis_unit": "app", "frame": "notices"}
PEOPLE = {**SHARE, "indicator": "issues", "analysis_unit": "person", "frame": "numbers"}


def spec(**select) -> FigureSpec:
    title = {"zh": "图", "en": "Figure"}
    return FigureSpec(name="figure-1", number="1", kind="share_bars", select=select, title=title)


class TestSameBase:
    @pytest.mark.parametrize(
        ("first", "second", "alike"),
        [
            (SCANS, {**SCANS, "domain": "category=games"}, True),
            (SCANS, NOTICES, False),
            (SCANS, PEOPLE, False),
            (SCANS, {**SCANS, "base_kind": "mentions"}, False),
            (SCANS, {**SCANS, "frame": "model"}, True),
            ({**SCANS, "frame": ""}, SCANS, True),
            (SCANS, {**SCANS, "wave": "2019H1", "frame": "scans of 2019"}, True),
            (SCANS, {**SCANS, "wave": "2019H1", "analysis_unit": "household"}, False),
            (SCANS, {**NOTICES, "wave": "2019H1"}, False),
        ],
    )
    def test_needs_unit_frame_and_base(self, first, second, alike):
        assert same_base(base_of(row(**first)), base_of(row(**second))) is alike

    def test_counts_and_scores_are_not_asked(self):
        require_same_base([row(**SCANS), row(unit="count", statistic="total", frame="notices")])

    def test_the_message_names_both_bases_and_what_differs(self):
        with pytest.raises(ReportError) as caught:
            require_same_base([row(**SCANS), row(**PEOPLE)])
        told = str(caught.value)
        assert "'device' 2020H1: unit app of 'scans' (all)" in told
        assert "'issues' 2020H1: unit person of 'numbers' (all)" in told
        assert "they differ in unit, frame" in told


class TestCharts:
    def test_a_figure_of_two_frames_fails_by_name(self):
        rows = frame(row(**SCANS), row(**NOTICES))
        with pytest.raises(ReportError, match="figure 'figure-1': shares of different bases"):
            selected(rows, spec(statistic="share"))

    def test_a_figure_of_one_frame_is_drawn(self):
        rows = frame(row(**SCANS), row(**NOTICES))
        assert len(selected(rows, spec(indicator="device"))) == 1


class TestTables:
    def test_a_table_of_two_bases_fails_by_name(self, monkeypatch):
        from analysis.tables import build
        from analysis.tables.material import Draft
        from analysis.tables.spec import TableSpec

        mixed = Draft((), (), (row(**SCANS), row(**PEOPLE)))
        monkeypatch.setitem(build.KINDS, "mixed", lambda entry, material: mixed)
        entry = TableSpec(name="t", kind="mixed", title={"zh": "表", "en": "Table"})
        with pytest.raises(ReportError, match="table 't': shares of different bases"):
            build_tables([entry], None, {"t": "1"})


class TestSentences:
    def test_nothing_is_highest_over_two_bases(self):
        one = row(**{**SCANS, "category": "a", "estimate": 0.9})
        other = row(**{**NOTICES, "category": "b"})
        with pytest.raises(ReportError, match="different bases"):
            claims.highest([one, other], [])

    @pytest.mark.parametrize(
        "compare",
        [
            lambda a, b: a - b,
            lambda a, b: a / b,
            lambda a, b: a > b,
            lambda a, b: a < b,
            lambda a, b: a + b,
        ],
    )
    def test_a_template_cannot_compute_across_bases(self, compare):
        first, second = Bound(row(**SCANS)).estimate, Bound(row(**PEOPLE)).estimate
        with pytest.raises(ReportError, match="different bases"):
            compare(first, second)
        assert compare(first, 0.5) == compare(0.8, 0.5)

    def test_a_share_may_be_computed_within_one_row(self):
        counted = Bound(row(**{**NOTICES, "n": 134.0, "count": 109.0}))
        assert counted.count / counted.n == pytest.approx(109 / 134)
