"""Differences of wording: what is marked, and how alike two wordings are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument.comparability.wording import likeness, segments

TEXTS = st.text(alphabet="安全 个人信息ab,。safe1?", max_size=30)


def side(found, kind):
    return "".join(s.text for s in found if s.kind in ("same", kind))


class TestSegments:
    @given(TEXTS, TEXTS)
    def test_hold_both_texts_whole(self, old, new):
        found = segments(old, new)
        assert (side(found, "old"), side(found, "new")) == (old, new)

    def test_chinese_is_marked_by_the_character_and_english_by_the_word(self):
        told = [(s.kind, s.text) for s in segments("请用1到10分打分", "请用0到10分打分")]
        assert told == [("same", "请用"), ("old", "1"), ("new", "0"), ("same", "到10分打分")]
        told = [(s.kind, s.text) for s in segments("How safe?", "How secure?")]
        assert told == [("same", "How "), ("old", "safe"), ("new", "secure"), ("same", "?")]


class TestLikeness:
    @given(TEXTS)
    def test_of_a_text_with_itself_is_one(self, text):
        assert likeness(text, text) == 1

    @pytest.mark.parametrize("new", ["您信任吗", "您信任吗 ?", "您信任吗！"])
    def test_punctuation_space_and_width_say_nothing(self, new):
        assert likeness("您信任吗？", new) == 1

    def test_is_twice_the_pieces_in_common_over_all_pieces(self):
        assert likeness("a b c d", "a b x d") == pytest.approx(2 * 3 / 8)

    def test_of_texts_with_nothing_in_common_is_zero(self):
        assert likeness("安全", "trust") == 0
