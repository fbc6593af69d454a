"""The card of a row says what is known of it, and no more."""

from __future__ import annotations

import pytest

from analysis.report.book import load_book
from analysis.report.context import Context
from analysis.report.rowcard import card
from tests.unit.report.samples import row

SOURCE = "An institute, A paper, 2020"


@pytest.fixture
def book(demo):
    return load_book(demo, "demo")


def told(book, **values) -> dict[str, str]:
    words = Context(book, "en").words
    return dict(card(row(**values), words, "0" * 64)["pairs"])


class TestCard:
    def test_a_published_row_has_its_source_and_no_wording_or_quality_of_ours(self, book):
        pairs = told(book, kind="published", design=SOURCE)
        assert pairs["Source"] == SOURCE
        assert not {"Question", "Quality", "Method"} & set(pairs)

    def test_a_row_of_ours_has_its_question_and_method(self, book):
        pairs = told(book, design="simple random")
        assert pairs["Method"].startswith("simple random")
        assert {"Question", "Quality"} <= set(pairs)

    def test_a_range_without_a_level_is_not_called_a_confidence_interval(self, book):
        pairs = told(book, kind="published", conf_level=float("nan"))
        assert pairs["Interval"].startswith("6.20 to 6.40 (a range")
