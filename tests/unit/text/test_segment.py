"""Answers become words, the same ones everywhere and without a trace on disk."""

import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import InstrumentError
from survey.text.segment import folded_text, segmenter

MIXED = "ＡＰＰ过度收集个人信息，经常收到骚扰电话 and I'm worried about data leaks!! ５Ｇ"


class TestWords:
    def test_chinese_and_latin_in_one_answer(self):
        assert segmenter().tokens(MIXED) == [
            "app", "过度收集", "个人信息", "经常", "收到", "骚扰电话",
            "and", "i'm", "worried", "about", "data", "leaks", "5g",
        ]  # fmt: skip

    def test_stop_words_and_bare_numbers_are_left_out(self):
        words = segmenter(stop=["收到"]).words(MIXED + " 12345 x")
        assert {"and", "i'm", "收到", "12345", "x"}.isdisjoint(words)
        assert "骚扰电话" in words

    def test_stems_join_endings_where_a_language_is_named(self):
        assert segmenter(stem="english").words("leaks leaked leaking") == ["leak"] * 3
        with pytest.raises(InstrumentError, match="no stemmer for 'klingon'"):
            segmenter(stem="klingon")

    def test_a_word_of_the_dictionary_stays_whole(self):
        assert "网络谣言库" not in segmenter().tokens("网络谣言库太多")
        assert "网络谣言库" in segmenter(dictionary=["网络谣言库"]).tokens("网络谣言库太多")

    def test_masks_are_no_words(self):
        assert segmenter().tokens("电话[mobile number]打不通") == segmenter().tokens("电话 打不通")

    def test_accents_hyphens_and_apostrophes_stay_in_words(self):
        assert segmenter().tokens("l’été vie-privée naïve") == ["l'été", "vie-privée", "naïve"]

    @given(st.text(max_size=40))
    def test_no_sign_is_made_up(self, text):
        folded = folded_text(text).replace("’", "'")
        assert all(token in folded for token in segmenter().tokens(text))


class TestTraces:
    def test_nothing_is_written_and_nothing_said(self, tmp_path):
        code = "from survey.text.segment import segmenter; print(segmenter().tokens('信息泄露'))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True,
            env={"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "", "PYTHONUTF8": "1"},
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        assert done.stdout == "['信息泄露']\n"
        assert done.stderr == ""
        assert list(tmp_path.iterdir()) == []

    def test_the_package_is_silent(self, caplog):
        with caplog.at_level(logging.DEBUG):
            segmenter(dictionary=["一个新词儿"]).tokens("一个新词儿")
        assert caplog.text == ""
        assert not (Path(tempfile.gettempdir()) / "jieba.cache").exists()
