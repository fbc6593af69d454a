"""Open answers that are no language, Latin and Chinese."""

import pytest

from survey.clean.gibberish import Cutoffs, is_gibberish

LIMITS = Cutoffs(run=4, keys=5, consonants=6, diversity=0.3)


@pytest.mark.parametrize(
    "text",
    ["哈哈哈哈哈", "aaaaa", "。。。。。", "ASDFGH", "ｑｗｅｒｔｙ", "lkjhgf", "abcdefg", "xkcdwrt",
     "好好吗好好吗好好吗好好吗", "abababababab"],
)  # fmt: skip
def test_keys_runs_and_few_letters_are_gibberish(text):
    assert is_gibberish(text, LIMITS)


@pytest.mark.parametrize(
    "text",
    ["没有意见", "希望运营商加强对个人信息的保护，减少骚扰电话。", "无", "-", "13", "1111111",
     "the rhythm of strengths", "No comment at all", "Größe und Maß", "哈哈哈，挺好", "https",
     "不知道", "Nothing, really nothing to say about this"],
)  # fmt: skip
def test_short_answers_numbers_and_sentences_are_none(text):
    assert not is_gibberish(text, LIMITS)


def test_each_cut_off_is_looked_at_only_where_it_is_set():
    texts = {
        "run": "嗯嗯嗯嗯嗯",
        "keys": "qwerty",
        "consonants": "xkcdwrt",
        "diversity": "xoxoxoxo",
    }
    for name, text in texts.items():
        alone = Cutoffs(**{name: getattr(LIMITS, name)})
        assert [other for other, t in texts.items() if is_gibberish(t, alone)] == [name]
        assert not is_gibberish(text, Cutoffs())


def test_variety_is_judged_from_enough_letters_on():
    assert not is_gibberish("哈哈", Cutoffs(diversity=0.9, signs=3))
    assert is_gibberish("哈哈哈", Cutoffs(diversity=0.9, signs=3))
