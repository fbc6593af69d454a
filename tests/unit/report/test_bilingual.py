"""The white paper's chapters: every language binds the same things and survives a new wave.

Templates are compared by their syntax trees, so that a translation may phrase and order its
sentences freely, but neither drop a number nor add one. No estimates are needed here.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from jinja2 import nodes

from analysis.report.lint import unbound_numbers
from analysis.report.spec import load_spec
from survey.io.yamlfile import read_yaml
from survey.project import Project

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "report_templates" / "whitepaper" / "chapters"
SPEC = load_spec(Project(ROOT), "whitepaper")
CHAPTERS = SPEC.report.chapters
LANGS = SPEC.report.languages
PLACED = ("figure", "table")

# Kinds of the wave reported and of the wave before it.
SIMULATED = ("simulated", "simulated")
COLLECTED = ("collected", "collected")
FIRST_COLLECTED = ("collected", "simulated")


def environment() -> jinja2.Environment:
    return jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        comment_start_string="<!--#",
        comment_end_string="#-->",
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source(lang: str, chapter: str) -> str:
    return (FOLDER / lang / f"{chapter}.md").read_text(encoding="utf-8")


def tree(lang: str, chapter: str) -> nodes.Template:
    return environment().parse(source(lang, chapter))


def calls(lang: str, chapter: str) -> list[nodes.Call]:
    return list(tree(lang, chapter).find_all(nodes.Call))


def named(call: nodes.Call) -> str:
    return getattr(call.node, "name", "")


def placed(lang: str) -> list[str]:
    """Figures and tables in the order in which a language's chapters place them."""
    every = [call for chapter in CHAPTERS for call in calls(lang, chapter)]
    return [call.args[0].value for call in every if named(call) in PLACED]


def facts_used(lang: str) -> set[str]:
    every = [call for chapter in CHAPTERS for call in calls(lang, chapter)]
    return {call.args[0].value for call in every if named(call) == "fact"}


class TestBothLanguages:
    def test_have_the_same_chapters(self):
        found = {lang: sorted(path.stem for path in (FOLDER / lang).glob("*.md")) for lang in LANGS}
        assert all(names == sorted(CHAPTERS) for names in found.values())

    @pytest.mark.parametrize("chapter", CHAPTERS)
    @pytest.mark.parametrize("kind", [nodes.Call, nodes.Filter, nodes.If, nodes.Assign])
    def test_bind_the_same_rows_and_facts(self, chapter, kind):
        first, *others = [
            Counter(repr(node.test if kind is nodes.If else node) for node in found)
            for found in (tree(lang, chapter).find_all(kind) for lang in LANGS)
        ]
        assert all(other == first for other in others)

    def test_place_the_same_figures_and_tables_in_the_same_order(self):
        first, *others = [placed(lang) for lang in LANGS]
        assert all(other == first for other in others)

    @pytest.mark.parametrize("chapter", CHAPTERS)
    def test_have_the_same_headings_and_one_lead(self, chapter):
        def shape(lang):
            lines = source(lang, chapter).splitlines()
            return [line.split(" ")[0] for line in lines if line.startswith(("#", ":::"))]

        first, *others = [shape(lang) for lang in LANGS]
        assert first.count(":::") == 2  # the lead box opens and closes
        assert all(other == first for other in others)


class TestChapters:
    @pytest.mark.parametrize("lang", LANGS)
    def test_place_every_table_of_the_report_once_in_its_order(self, lang):
        tables = [name for name in placed(lang) if name.startswith("table-")]
        assert tables == [table.name for table in SPEC.report.tables]

    @pytest.mark.parametrize("lang", LANGS)
    def test_place_every_figure_of_the_studies_once(self, lang):
        figures = [name for name in placed(lang) if name.startswith("figure-")]
        drawn = [
            entry["name"]
            for study in SPEC.report.studies
            for entry in read_yaml(ROOT / "instruments" / study / "figures.yml").data
        ]
        assert sorted(figures) == sorted(drawn)

    def test_use_every_fact_and_no_other(self):
        assert all(facts_used(lang) == set(SPEC.facts) for lang in LANGS)

    def test_cite_every_source(self):
        assert {fact.source for fact in SPEC.facts.values()} == set(SPEC.sources)

    @pytest.mark.parametrize("lang", LANGS)
    @pytest.mark.parametrize("chapter", CHAPTERS)
    def test_type_no_number(self, lang, chapter):
        assert unbound_numbers(source(lang, chapter), SPEC.report.allow, chapter) == []

    @pytest.mark.parametrize("lang", LANGS)
    @pytest.mark.parametrize("chapter", CHAPTERS)
    @pytest.mark.parametrize("kinds", [SIMULATED, COLLECTED, FIRST_COLLECTED])
    @pytest.mark.parametrize("wave", ["2018H1", "2018H2"])
    def test_render_with_and_without_a_wave_nobody_has_published(self, lang, chapter, kinds, wave):
        text = rendered(lang, chapter, wave=wave, kinds=kinds)
        assert "{%" not in text
        assert ":::\n" in text

    @pytest.mark.parametrize("lang", LANGS)
    @pytest.mark.parametrize("chapter", CHAPTERS)
    @pytest.mark.parametrize("wave", ["2018H1", "2018H2"])
    def test_never_word_a_change_of_simulated_rows(self, lang, chapter, wave):
        text = rendered(lang, chapter, wave=wave, kinds=SIMULATED)
        assert "change of simulated" not in text

    @pytest.mark.parametrize("lang", LANGS)
    def test_word_the_change_of_a_new_wave_of_real_answers(self, lang):
        text = rendered(lang, "03-domestic", wave="2018H2", kinds=COLLECTED)
        assert "change of collected" in text


class TestConventions:
    """Numbers of the suite that the text quotes are those the programs use."""

    def test_tolerances_and_spread_are_those_of_the_monitoring(self):
        methods = read_yaml(ROOT / "instruments" / "app_monitoring" / "methods.yml").data
        scale = {"about_tolerance": 100, "about_tolerance_small": 100, "category_spread": 1}
        for name, factor in scale.items():
            assert float(SPEC.facts[name].value["en"]) == pytest.approx(
                methods[name]["value"] * factor
            )

    def test_the_detectable_table_and_the_text_assume_one_spread(self):
        table = next(t for t in SPEC.report.tables if t.kind == "detectable")
        assert float(SPEC.facts["assumed_sd"].value["en"]) == table.options["sd"]
        for chapter in CHAPTERS:
            for call in calls("zh", chapter):
                if named(call) == "detectable":
                    said = {word.key: word.value.value for word in call.kwargs}
                    assert said["sd"] == table.options["sd"]


class _Row(SimpleNamespace):
    """A row of any indicator: numbers are 1, words are words."""

    def __getattr__(self, name: str) -> float:
        return 1.0


def rendered(lang: str, chapter: str, *, wave: str, kinds: tuple[str, str]) -> str:
    """A chapter with stand-ins for everything a template may call."""

    def say(value, digits=1):
        return "x"

    def one(**key):
        return _Row(kind=key.get("kind", kinds[key.get("wave") != wave]))

    def change(**key):
        assert "kind" in key or kinds[0] == kinds[1], "two kinds of data have no change"
        return _Row(kind=key.get("kind", kinds[0]))

    made = environment()
    made.globals.update(
        one=one,
        change=change,
        fact=lambda key, *, cite=True: "x",
        figure=lambda name: f"\n\n@@figure {name}@@\n\n",
        table=lambda name: f"\n\n@@table {name}@@\n\n",
        ref=lambda name: name,
        detectable=lambda *, n, deff, sd, power=0.8: 0.1,
        trend=lambda **key: _Row(kind="published", verdict="none", turned=True),
        design=lambda study, wave: {"n": 1, "n_eff": 1, "deff": 1},
        words=SimpleNamespace(wave=str, universe=str),
        report=SimpleNamespace(
            wave=wave,
            previous_wave="2018H1" if wave == "2018H2" else "2017H1",
            published_waves=["2013H1", "2017H1", "2018H1"],
        ),
        lang=lang,
    )
    made.filters.update(dict.fromkeys(["percent", "points", "thousands", "signed", "pp"], say))
    made.filters["interval"] = say
    made.filters["sentence"] = lambda row: f"change of {row.kind}"
    return made.from_string(source(lang, chapter)).render()
