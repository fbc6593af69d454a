"""A sentence that prints shares of different bases fails the build, unless it says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.report.book import load_book
from analysis.report.bound import Bindings, without_links
from analysis.report.chapters import compose
from analysis.report.mixing import check_text, declared, sentences
from analysis.results.store import write_rows
from survey.errors import ReportError
from tests.unit.report.samples import frame, row

SHARE = {"statistic": "share", "unit": "share"}
APPS = row(**SHARE, indicator="device", estimate=0.8, analysis_unit="app", frame="scans")
NOTED = row(**SHARE, indicator="bundling", estimate=0.84, analysis_unit="app", frame="notices")
PEOPLE = row(**SHARE, indicator="issues", estimate=0.4, analysis_unit="person", frame="phones")
MENTIONS = row(
    **SHARE, indicator="issues", estimate=0.3, analysis_unit="person", frame="phones",
    base_kind="mentions", category="leak",
)  # fmt: skip
LATER = row(
    **SHARE, indicator="issues", estimate=0.35, analysis_unit="person", frame="phones of 2021",
    wave="2021H1",
)  # fmt: skip


@pytest.fixture
def bindings() -> Bindings:
    return Bindings()


def share(bindings, which) -> str:
    return bindings.link(which, f"{which.estimate:.0%}", share=True)


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("One is 5.8. Another is not.", 2),
            ("A rate of 5.8 percent, e.g. here.", 1),
            ("一句话。又一句“话。”第三句！", 3),
            ("# Head\n\nText", 2),
            ("- one\n- two", 2),
            ("a line\nof one sentence", 1),
        ],
    )
    def test_end_where_a_reader_ends_them(self, text, count):
        assert len([s for s in sentences(text) if s.strip()]) == count
        assert "".join(sentences(text)) == text


class TestMixedSentence:
    @pytest.mark.parametrize("other", [NOTED, PEOPLE])
    def test_two_units_or_frames_in_one_sentence_are_refused_by_line(self, bindings, other):
        source = "# Head\n\n{{ a }} of apps, and as many as {{ b }} of others do."
        first, second = share(bindings, APPS), share(bindings, other)
        made = f"# Head\n\n{first} of apps, and as many as {second} of others do."
        with pytest.raises(ReportError) as caught:
            check_text(made, bindings, source=source, where="ch.md")
        told = str(caught.value)
        assert "ch.md:3" in told
        assert f"80% of apps, and as many as {other.estimate:.0%} of others do." in told
        assert "different_bases" in told

    def test_two_base_kinds_are_refused_in_chinese_too(self, bindings):
        made = f"{share(bindings, PEOPLE)}的人有此问题，提及者中占{share(bindings, MENTIONS)}。"
        with pytest.raises(ReportError, match="base kind"):
            check_text(made, bindings)

    def test_every_such_sentence_of_a_chapter_is_told(self, bindings):
        one = f"{share(bindings, APPS)} against {share(bindings, PEOPLE)}."
        with pytest.raises(ReportError) as caught:
            check_text(f"{one} And {one}", bindings)
        assert len(caught.value.faults) == 2

    def test_two_sentences_two_waves_and_printed_bases_are_let_through(self, bindings):
        two = f"{share(bindings, APPS)} of apps. {share(bindings, PEOPLE)} of people."
        waves = f"It went from {share(bindings, PEOPLE)} to {share(bindings, LATER)}."
        base = f"{share(bindings, APPS)} of apps, {bindings.link(NOTED, '134')} named apps."
        for text in (two, waves, base):
            assert check_text(text, bindings) == text


class TestDeclared:
    def mixed(self, bindings) -> str:
        return f"{share(bindings, APPS)} of apps and {share(bindings, PEOPLE)} of people."

    def test_a_passage_with_a_reason_passes_and_loses_its_marks(self, bindings):
        text = self.mixed(bindings)
        made = f"Before. {declared(text, 'two sides of one question', bindings)} After."
        assert check_text(made, bindings) == f"Before. {text} After."

    @pytest.mark.parametrize("place", ["{declared} And again {text}", "And again {text}{declared}"])
    def test_it_covers_no_sentence_beside_it(self, bindings, place):
        text = self.mixed(bindings)
        made = place.format(text=text, declared=declared(text, "two sides", bindings))
        with pytest.raises(ReportError, match="And again") as caught:
            check_text(made, bindings)
        assert len(caught.value.faults) == 1

    @pytest.mark.parametrize("reason", ["", "  ", None])
    def test_without_a_reason_it_is_refused(self, bindings, reason):
        with pytest.raises(ReportError, match="without a reason"):
            declared(self.mixed(bindings), reason, bindings)

    def test_where_nothing_is_mixed_it_is_refused(self, bindings):
        with pytest.raises(ReportError, match="no sentence of this passage"):
            declared(f"{share(bindings, APPS)} of apps.", "to be safe", bindings)


class TestInAChapter:
    @pytest.fixture
    def write(self, demo):
        """Writes a chapter of the demo report; its rows hold a share of apps and one of people."""
        told = {"study": "tiny", "indicator": "trust"}
        people = replace(PEOPLE, **told, wave="2020H1")
        apps = replace(APPS, **told, wave="2020H1")
        write_rows(frame(people, apps), demo.estimates("tiny"))
        write_rows(frame(), demo.comparisons("tiny"))

        def to_file(sentence: str, lang: str = "en") -> None:
            path = demo.templates("demo") / "chapters" / lang / "01-result.md"
            units = '{% set apps = one(indicator="trust", analysis_unit="app") %}\n'
            units += '{% set people = one(indicator="trust", analysis_unit="person") %}\n'
            path.write_text(f"{units}\n# Result\n\n{sentence}\n", encoding="utf-8")

        return to_file

    def test_the_build_fails_with_file_and_line(self, demo, write):
        write("Of apps {{ apps | percent }} do, of people {{ people | percent }}.")
        with pytest.raises(ReportError) as caught:
            compose(load_book(demo, "demo"), "en")
        told = str(caught.value)
        assert "01-result.md:6" in told
        assert "in “Of apps 80.0% do, of people 40.0%.”" in told

    def test_the_same_in_chinese(self, demo, write):
        write("应用中{{ apps | percent }}如此，而受访者中{{ people | percent }}如此。", "zh")
        with pytest.raises(ReportError, match=r"01-result\.md:6"):
            compose(load_book(demo, "demo"), "zh")

    def test_a_declared_passage_is_built(self, demo, write):
        write(
            '{% filter different_bases("both sides of one question") %}Of apps '
            "{{ apps | percent }} do, of people {{ people | percent }}.{% endfilter %}"
        )
        made = without_links(compose(load_book(demo, "demo"), "en").markdown)
        assert "Of apps 80.0% do, of people 40.0%." in made
        assert "\ue000" not in made

    def test_a_needless_declaration_fails_by_line(self, demo, write):
        write('{% filter different_bases("to be safe") %}{{ apps | percent }}{% endfilter %}')
        with pytest.raises(ReportError, match=r"01-result\.md:6"):
            compose(load_book(demo, "demo"), "en")
