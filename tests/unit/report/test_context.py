"""What a chapter may call, and what is recorded of it."""

from __future__ import annotations

import pytest

from analysis.report.book import load_book
from analysis.report.bound import row_id, without_links
from analysis.report.chapters import compose
from analysis.report.context import Context
from survey.errors import ReportError


@pytest.fixture
def book(demo):
    return load_book(demo, "demo")


@pytest.fixture
def zh(book):
    return Context(book, "zh")


def write(demo, text: str, lang: str = "zh") -> None:
    path = demo.templates("demo") / "chapters" / lang / "01-result.md"
    path.write_text(text, encoding="utf-8")


class TestNumbers:
    def test_a_number_leads_to_its_row(self, zh):
        trust = zh.one(indicator="trust", statistic="mean")
        assert zh.points(trust) == f'[6.3]{{.n data-row="{row_id(trust.row)}"}}'
        assert list(zh.bindings.rows) == [row_id(trust.row)]

    def test_the_newest_wave_is_meant_unless_one_is_said(self, zh):
        assert zh.one(indicator="trust", statistic="mean").wave == "2020H1"
        assert zh.one(indicator="trust", statistic="mean", wave="2019H1").estimate == 6.5

    def test_a_base_is_bound_like_an_estimate(self, zh):
        assert without_links(zh.thousands(zh.one(indicator="trust", statistic="mean").n)) == "2,000"

    def test_simulated_is_said_beside_the_number(self, zh):
        made_up = zh.one(indicator="trust", domain="sex=male", kind="simulated")
        assert without_links(zh.points(made_up)) == "6.1^模拟^"

    def test_a_suppressed_number_is_not_printed(self, zh):
        hidden = zh.one(indicator="trust", domain="sex=female")
        assert without_links(zh.points(hidden)) == "不公布"
        assert without_links(zh.interval(hidden)) == "不公布"

    def test_the_wrong_filter_is_refused(self, zh):
        with pytest.raises(ReportError, match="points10, not in share"):
            zh.percent(zh.one(indicator="trust", statistic="mean"))

    def test_a_bare_row_is_not_printed(self, zh):
        with pytest.raises(TypeError, match="filter"):
            str(zh.one(indicator="trust", statistic="mean"))


class TestSentence:
    def test_a_fall_is_told_with_its_interval(self, zh):
        told = without_links(zh.sentence(zh.change(indicator="trust")))
        assert told == "信任为6.3分，较2019年上半年下降0.2分（变化的95%置信区间为−0.3～−0.1）"

    def test_english_tells_the_same(self, book):
        en = Context(book, "en")
        told = without_links(en.sentence(en.change(indicator="trust")))
        assert told.startswith("Trust fell by 0.2 points from the first half of 2019 to 6.3 (95%")

    def test_both_levels_are_recorded_with_the_change(self, zh):
        zh.sentence(zh.change(indicator="trust"))
        assert {row.wave for row in zh.bindings.rows.values()} == {"2019H1", "2020H1"}
        assert len(zh.bindings.rows) == 3

    def test_only_a_change_becomes_a_sentence(self, zh):
        with pytest.raises(ReportError, match="words a change"):
            zh.sentence(zh.one(indicator="trust", statistic="mean"))


class TestFiguresAndTables:
    def test_references_are_numbered_links(self, zh):
        assert zh.ref("figure-1") == "[图 1](#figure-1){.ref}"
        assert zh.ref("table-detectable") == "[附表 A-1](#table-detectable){.ref}"

    def test_an_unknown_figure_gets_a_hint(self, zh):
        with pytest.raises(ReportError, match="did you mean 'figure-1'"):
            zh.figure("figure-l")


class TestCompose:
    def test_a_fact_is_cited_once_a_section_and_then_by_number(self, book):
        text = compose(book, "zh").markdown
        assert "8.02亿[^cite-1]" in text
        assert "8.02亿[1]{.again}" in text
        assert text.count("[^cite-1]:") == 1
        assert "来源：某网络中心《统计报告》，第1页 <https://example.org/report>" in text

    def test_both_languages_bind_the_same(self, book):
        zh, en = (compose(book, lang).bindings.record() for lang in ("zh", "en"))
        assert zh == en
        assert zh["figures"] == ["figure-1"]

    def test_headings_have_one_anchor_in_every_language(self, book):
        zh, en = ([h.anchor for h in compose(book, lang).headings] for lang in ("zh", "en"))
        assert zh == en == ["s-1", "s-1-1", "s-1-2", "s-2", "s-2-1"]

    def test_faults_in_templates_name_file_and_line(self, demo):
        write(demo, "# 一\n\n{{ fact('userz') }}\n")
        with pytest.raises(ReportError) as caught:
            compose(load_book(demo, "demo"), "zh")
        [fault] = caught.value.faults
        assert fault.where == "report_templates/demo/chapters/zh/01-result.md:3"
        assert fault.hint == "did you mean 'users'?"

    def test_an_unknown_name_is_a_fault_and_no_traceback(self, demo):
        write(demo, "{{ nobody }}")
        with pytest.raises(ReportError, match="'nobody' is undefined"):
            compose(load_book(demo, "demo"), "zh")

    def test_a_claim_on_simulated_data_stops_the_build(self, demo):
        write(demo, '{{ highest(indicator="trust", kind="simulated", domain="sex") | points }}')
        with pytest.raises(ReportError, match="simulated"):
            compose(load_book(demo, "demo"), "zh")

    def test_a_missing_chapter_is_named(self, demo):
        (demo.templates("demo") / "chapters" / "en" / "02-annex.md").unlink()
        with pytest.raises(ReportError, match="'02-annex' is missing"):
            compose(load_book(demo, "demo"), "en")


class TestSpec:
    def test_an_unknown_key_and_a_fact_without_source_are_told(self, demo):
        report = demo.templates("demo") / "report.yml"
        report.write_text(report.read_text("utf-8") + "titel: x\n", encoding="utf-8")
        with pytest.raises(ReportError, match="did you mean 'title'"):
            load_book(demo, "demo")

    def test_a_fact_needs_a_known_source(self, demo):
        facts = demo.templates("demo") / "facts.yml"
        facts.write_text("a: {value: {zh: 一, en: one}, source: networc}\n", encoding="utf-8")
        with pytest.raises(ReportError, match=r"facts\.yml:1: fact 'a' names the source 'networc'"):
            load_book(demo, "demo")


class TestTrend:
    """The rule's verdict as a sentence whose numbers lead to their models."""

    @pytest.fixture
    def slopes(self, demo):
        from analysis.results.store import read_estimates, write_rows
        from tests.unit.report.samples import frame, row

        def add(**since):
            shared = {"kind": "published", "statistic": "coefficient", "unit": "log_per_year"}
            shared |= {"wave": "2020Q2", "indicator": "trust"}
            down = {"reference": "2018Q1", "estimate": -0.105, "ci_low": -0.2, "ci_high": -0.01}
            rows = [row(**shared, **down, variant=f"{model}, nb") for model in ("count", "rate")]
            if since:
                told = {**shared, "variant": "count, nb", "reference": "2019Q1", **since}
                rows.append(row(**told))
            kept = read_estimates(demo, "tiny")
            kept = kept[kept["statistic"] != "change"]
            import pandas as pd

            write_rows(pd.concat([kept, frame(*rows)], ignore_index=True), demo.estimates("tiny"))
            return {lang: Context(load_book(demo, "demo"), lang) for lang in ("zh", "en")}

        return add

    def test_a_fall_both_models_grant_is_written(self, slopes):
        made = slopes()
        told = {
            lang: without_links(made[lang].sentence(made[lang].trend(indicator="trust")))
            for lang in made
        }
        assert "呈下降趋势" in told["zh"]
        assert "falling trend" in told["en"]
        assert "counts since Q1 2018: −10.0% a year, 95% confidence interval" in told["en"]

    def test_a_rise_since_a_break_makes_it_no_clear_trend(self, slopes):
        made = slopes(estimate=0.2, ci_low=0.1, ci_high=0.3)
        told = {
            lang: without_links(made[lang].sentence(made[lang].trend(indicator="trust")))
            for lang in made
        }
        assert "无明显趋势" in told["zh"]
        assert "no clear trend" in told["en"]
        assert made["en"].trend(indicator="trust").turned

    def test_every_slope_told_leads_to_its_row(self, slopes):
        en = slopes()["en"]
        en.sentence(en.trend(indicator="trust"))
        assert len(en.bindings.rows) == 2

    def test_a_series_without_models_has_no_trend(self, zh):
        with pytest.raises(ReportError, match="no trend was estimated for trust"):
            zh.trend(indicator="trust")

    def test_a_trend_is_not_printed_without_its_filter(self, slopes):
        with pytest.raises(TypeError, match="sentence"):
            str(slopes()["en"].trend(indicator="trust"))


class TestBases:
    def test_a_share_does_not_exceed_one_of_another_base(self, demo):
        from analysis.results.store import write_rows
        from tests.unit.report.samples import frame, row

        shared = {"indicator": "trust", "statistic": "share", "unit": "share", "estimate": 0.5}
        shared |= {"ci_low": 0.4, "ci_high": 0.6}
        people = row(**shared, category="a", frame="phones")
        apps = row(**shared, category="b", frame="scans", analysis_unit="app")
        write_rows(frame(people, apps), demo.estimates("tiny"))
        en = Context(load_book(demo, "demo"), "en")
        first, second = (en.one(indicator="trust", category=name) for name in "ab")
        with pytest.raises(ReportError, match="different bases") as caught:
            en.exceeds(first, second)
        assert "'phones'" in str(caught.value)
        assert "'scans'" in str(caught.value)
        assert not en.exceeds(first, 0.45)
