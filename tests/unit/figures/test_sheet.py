"""What holds for every kind: words in both languages, inside the sheet, and the simulated mark."""

from __future__ import annotations

import itertools
import re

import pytest

from analysis.figures.registry import KINDS, draw
from analysis.figures.theme import theme
from analysis.results.wording import Words
from tests.unit.figures.boxes import words_of
from tests.unit.figures.conftest import EXAMPLES, example, figure_spec, trend, words_in

CHINESE = re.compile("[\u4e00-\u9fff]")
every_kind = pytest.mark.parametrize("kind", EXAMPLES)


def made(kind: str, words: Words, **options):
    rows, spec = example(kind)
    return draw(kind)(rows, words, spec, **options)


def marks_of(figure) -> list[str]:
    return [note.text for note in figure.layout.annotations if note.name == "simulated-mark"]


class TestEveryKind:
    def test_every_kind_has_an_example_here(self):
        assert set(EXAMPLES) == set(KINDS)

    @every_kind
    def test_no_words_leave_the_sheet(self, kind, words):
        figure = made(kind, words)
        for box in words_of(figure):
            assert box.left >= 0, box
            assert box.right <= figure.layout.width, box
            assert box.top >= 0, box
            assert box.bottom <= figure.layout.height, box

    @every_kind
    def test_no_words_stand_on_other_words(self, kind, words):
        boxes = words_of(made(kind, words))
        clashes = [(a.text, b.text) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]
        assert clashes == []

    @every_kind
    def test_the_two_languages_draw_the_same_numbers(self, kind):
        zh, en = (made(kind, words_in(lang)) for lang in ("zh", "en"))
        for first, second in zip(zh.data, en.data, strict=True):
            assert (first.x, first.y) == (second.x, second.y)

    @every_kind
    def test_english_figures_have_no_chinese_but_the_mark(self, kind, english):
        figure = made(kind, english)
        texts = [note.text for note in figure.layout.annotations if not note.name]
        texts += [text for trace in figure.data for text in (trace.hovertext or ())]
        texts += [trace.name for trace in figure.data if trace.name]
        texts += [*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext]
        assert [text for text in texts if CHINESE.search(text)] == []

    @every_kind
    def test_the_footnote_names_source_and_note(self, kind, chinese):
        texts = [note.text for note in made(kind, chinese).layout.annotations]
        assert any("资料来源：某白皮书" in text and "注：这是说明。" in text for text in texts)

    @every_kind
    def test_all_text_is_in_the_committed_font(self, kind, words):
        figure = made(kind, words)
        fonts = [note.font.family for note in figure.layout.annotations]
        fonts += [figure.layout.font.family, figure.layout.xaxis.tickfont.family]
        assert set(fonts) == {theme().font}

    @every_kind
    def test_values_lie_within_their_axis(self, kind, words):
        figure = made(kind, words)
        for trace in figure.data:
            for values, letter in ((trace.x, "x"), (trace.y, "y")):
                name = (trace[f"{letter}axis"] or letter).replace(letter, f"{letter}axis")
                ends = sorted(figure.layout[name].range)
                assert all(ends[0] - 1e-9 <= value <= ends[1] + 1e-9 for value in values)

    @every_kind
    def test_a_bare_figure_has_no_heading_but_keeps_its_mark(self, kind, words):
        full, bare = made(kind, words), made(kind, words, bare=True)
        title = example(kind)[1].title[words.lang]
        assert not any(title in note.text for note in bare.layout.annotations)
        assert marks_of(bare) == marks_of(full)
        assert bare.layout.height < full.layout.height

    @every_kind
    def test_drawing_twice_gives_the_same_json(self, kind, words):
        assert made(kind, words).to_json() == made(kind, words).to_json()


class TestSimulatedMark:
    @pytest.mark.parametrize("kind", ["quarter_counts", "kinds_split", "gap_bars"])
    def test_published_or_collected_rows_have_none(self, kind, words):
        assert marks_of(made(kind, words)) == []

    def test_simulated_rows_have_it_in_both_languages_at_once(self, words):
        assert marks_of(made("score_dots", words)) == ["<b>模拟数据 SIMULATED</b>"]

    def test_a_mixture_says_that_a_part_is(self, words):
        assert marks_of(made("issue_bars", words)) == ["<b>含模拟数据 PARTLY SIMULATED</b>"]

    def test_the_footnote_says_it_too(self, english):
        texts = [note.text for note in made("score_dots", english).layout.annotations]
        assert any("Simulated data are generated" in text for text in texts)

    def test_it_goes_when_only_published_rows_are_left(self, words):
        figure = draw("score_trend")(trend("published"), words, figure_spec("score_trend"))
        assert marks_of(figure) == []
        assert figure.layout.meta["simulated"] is False
