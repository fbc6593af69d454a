"""The card of raw files: complete, and true of the files beside it."""

import pytest

from survey.errors import DataError
from survey.io.atomic import sha256
from survey.io.source import check_files, read_source

CARD = """\
producer: a test
licence: CC0-1.0
kind: simulated
received: 2020-07-01
files:
  raw.csv: {digest}
"""


@pytest.fixture
def card(tiny):
    raw = tiny.raw("tiny", "2020H1") / "raw.csv"
    path = raw.with_name("source.yml")
    path.write_text(CARD.format(digest=sha256(raw)), encoding="utf-8")
    return path


class TestCard:
    def test_a_true_card_is_read(self, tiny, card):
        source = check_files(tiny, "tiny", "2020H1", "raw.csv")
        assert source.kind == "simulated"
        assert source.received.isoformat() == "2020-07-01"

    def test_a_changed_file_is_refused(self, tiny, card):
        card.with_name("raw.csv").write_text("id,s,t\n1,1,8\n2,2,98\n")
        with pytest.raises(DataError, match=r"2020H1/raw.csv: is not the file that was received"):
            check_files(tiny, "tiny", "2020H1", "raw.csv")

    def test_a_file_that_is_not_on_the_card_is_told_with_the_line_to_add(self, tiny, card):
        other = card.with_name("more.csv")
        other.write_text("x\n1\n")
        with pytest.raises(DataError, match=f"more.csv: {sha256(other)}"):
            check_files(tiny, "tiny", "2020H1", "more.csv")

    def test_without_a_card_one_is_offered(self, tiny):
        with pytest.raises(
            DataError, match=r"source.yml: file is missing(.|\n)*raw.csv: [0-9a-f]{64}"
        ):
            read_source(tiny, "tiny", "2020H1")

    def test_an_unknown_kind_is_a_data_error_with_its_line(self, tiny, card):
        card.write_text(card.read_text().replace("simulated", "invented"))
        with pytest.raises(DataError, match=r"source.yml:3: 'kind'"):
            read_source(tiny, "tiny", "2020H1")

    def test_a_missing_file_is_named(self, tiny, card):
        card.with_name("raw.csv").unlink()
        with pytest.raises(DataError, match=r"raw.csv: file is missing"):
            check_files(tiny, "tiny", "2020H1", "raw.csv")
