"""From an answer to words: Chinese by jieba, other scripts by the edges of words.

Decided here: an answer is folded first (full width to half width, small letters), masks of
identifiers are no words, Chinese runs are segmented and everything else is split where letters and
digits end. Stop words and additions to the dictionary are data: words.yml beside this file, and
`stop` and `dictionary` of a code frame. The same text gives the same words on every machine: the
dictionary is the one of the pinned jieba, read from its package; no cache is written.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from survey.errors import InstrumentError, one_of
from survey.io.yamlfile import read_yaml

WORDS = Path(__file__).with_name("words.yml")
HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MASK = re.compile(r"\[[A-Za-z][A-Za-z \-]{2,24}\]")
_RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<word>[^\W_{HAN}]+(?:['’\-][^\W_{HAN}]+)*)")


def folded_text(text: str) -> str:
    """An answer as rules and words look at it: half width, small letters, single blanks.

    >>> folded_text("ＡＰＰ　收集 [mobile number] 太多")
    'app 收集 太多'
    """
    text = unicodedata.normalize("NFKC", _MASK.sub(" ", text)).casefold()
    return " ".join(text.split())


@dataclass(frozen=True)
class Segmenter:
    """Answers to words.

    Attributes
    ----------
    dictionary : words jieba should keep whole
    stop : words that are left out of `words`, never of `tokens`
    stem : a Snowball language, or nothing; words in other scripts than Chinese are cut to stems
    """

    dictionary: tuple[str, ...] = ()
    stop: frozenset[str] = field(default_factory=frozenset)
    stem: str = ""

    def tokens(self, text: str) -> list[str]:
        """Every word of an answer, in order."""
        found: list[str] = []
        for run in _RUN.finditer(folded_text(text)):
            if run["han"]:
                found += _jieba(self.dictionary).cut(run["han"], HMM=True)
            else:
                found.append(self._stemmed(run["word"].replace("’", "'")))
        return found

    def words(self, text: str) -> list[str]:
        """Words with a meaning: no stop words, no single letters, no bare numbers."""
        return [
            word
            for word in self.tokens(text)
            if word not in self.stop
            and not word.isdigit()
            and (len(word) > 1 or "\u3400" <= word <= "\u9fff")
        ]

    def _stemmed(self, word: str) -> str:
        return _stemmer(self.stem).stemWord(word) if self.stem else word


def segmenter(
    *, dictionary: Iterable[str] = (), stop: Collection[str] = (), stem: str = ""
) -> Segmenter:
    """A segmenter with the words of words.yml and those given.

    Raises
    ------
    InstrumentError
        If there is no stemmer of that name.
    """
    data = read_yaml(WORDS, WORDS.name).data
    known = [folded_text(word) for word in (*data["dictionary"], *dictionary)]
    stopped = {folded_text(word) for word in (*data["stop"], *stop)}
    if stem:
        stopped |= {_stemmer(stem).stemWord(word) for word in stopped if word.isascii()}
    return Segmenter(tuple(dict.fromkeys(known)), frozenset(stopped), stem)


@cache
def _jieba(dictionary: tuple[str, ...]) -> Any:
    """A tokenizer with jieba's own dictionary and additions, made without its cache on disk."""
    import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    for word in dictionary:
        tokenizer.add_word(word)
    return tokenizer


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    if language not in snowballstemmer.algorithms():
        raise InstrumentError(
            f"there is no stemmer for '{language}'",
            expected=one_of(sorted(snowballstemmer.algorithms()), most=40),
        )
    return snowballstemmer.stemmer(language)
