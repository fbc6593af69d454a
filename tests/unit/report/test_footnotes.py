"""Marks of facts become footnotes, wherever they stand in a sentence."""

from __future__ import annotations

import re

import pytest

from analysis.report.context import SOURCE
from analysis.report.footnotes import with_citations
from analysis.report.spec import load_spec
from analysis.results.wording import Words


@pytest.fixture
def cited(demo):
    """A text with its facts cited, in English."""
    spec = load_spec(demo, "demo")
    phrases = {"cited": "{text}.", "locator": ", {place}", "retrieved": " (accessed {date})"}
    words = Words("en", {}, {name: {"en": text} for name, text in phrases.items()})
    return lambda text: with_citations(text, spec, words), f"[^{SOURCE}{next(iter(spec.facts))}]"


class TestWithCitations:
    @pytest.mark.parametrize("after", [":", ".", ", and so on"])
    def test_a_mark_is_a_note_whatever_follows_it(self, cited, after):
        tell, mark = cited
        told = tell(f"It began in a year{mark}{after} much was done.")
        assert told.startswith(f"It began in a year[^cite-1]{after}")
        assert len(re.findall(r"^\[\^cite-1\]: ", told, re.MULTILINE)) == 1

    def test_a_note_typed_in_a_chapter_is_left_alone(self, cited):
        tell, _ = cited
        assert tell("Said[^own].\n\n[^own]: Typed.").startswith("Said[^own].\n\n[^own]: Typed.")
