"""Codes proposed by the rules of a code frame, with the words that fired.

A proposal is for a person to take or leave; it is never a code by itself, except where a coding by
rules alone is asked for and recorded as such. Rules are data (survey/instrument/codeframe.py); how
an answer becomes words is decided in segment.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from survey.instrument.codeframe import Code, CodeFrame, Rule
from survey.text.segment import HAN, Segmenter, folded_text, segmenter

_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True)
class Proposal:
    """A code, and what in the answer speaks for it."""

    code: int
    fired: tuple[str, ...]


@dataclass(frozen=True)
class Coder:
    """The rules of a frame's newest version."""

    frame: CodeFrame

    @cached_property
    def segmenter(self) -> Segmenter:
        frame = self.frame
        return segmenter(dictionary=frame.dictionary, stop=frame.stop, stem=frame.stem)

    def propose(self, text: str) -> list[Proposal]:
        """Codes an answer seems to speak of, in the order of the frame, at most `most`.

        A code that stands alone (nothing to code) is only proposed where no other is.
        """
        answer = _Answer(text, self.segmenter)
        found = [
            Proposal(code.id, fired)
            for code in self.frame.alive()
            if (fired := _fired(code, answer))
        ]
        alone = set(self.frame.ids_of("none", "uncoded"))
        others = [proposal for proposal in found if proposal.code not in alone]
        return (others or found)[: self.frame.most]

    def examples_missed(self) -> list[tuple[int, str]]:
        """Examples of codes with rules that their own rules do not find."""
        return [
            (code.id, example)
            for code in self.frame.alive()
            for example in code.examples
            if code.rules and not _fired(code, _Answer(example, self.segmenter))
        ]


class _Answer:
    def __init__(self, text: str, segment: Segmenter) -> None:
        self.text = folded_text(text)
        self.segment = segment

    @cached_property
    def tokens(self) -> list[str]:
        return self.segment.tokens(self.text)

    def holds(self, phrase: str) -> bool:
        wanted = folded_text(phrase)
        if _HAN.search(wanted):
            return wanted in self.text
        return bool(_words_of(wanted).search(self.text))


def _words_of(phrase: str) -> re.Pattern[str]:
    """Whole words of a phrase in Latin letters; `*` at the end of one stands for any ending."""
    words = (
        re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")
        for word in phrase.split()
    )
    return re.compile(r"(?<![^\W_])" + r"\W+".join(words) + r"(?![^\W_])")


def _fired(code: Code, answer: _Answer) -> tuple[str, ...]:
    """What spoke for a code: the phrases of the first rule that holds."""
    for rule in code.rules:
        found = _holds(rule, answer)
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _holds(rule: Rule, answer: _Answer) -> Sequence[str]:
    if any(answer.holds(phrase) for phrase in rule.none):
        return ()
    if not all(answer.holds(phrase) for phrase in rule.all):
        return ()
    either = [phrase for phrase in rule.any if answer.holds(phrase)]
    if rule.words:
        tokens = set(answer.tokens)
        either += [word for word in rule.words if _as_token(word, answer.segment) in tokens]
    if rule.pattern:
        match = re.search(rule.pattern, answer.text)
        either += [match[0]] if match else []
    if (rule.any or rule.words or rule.pattern) and not either:
        return ()
    return [*either, *rule.all]


def _as_token(word: str, segment: Segmenter) -> str:
    tokens = segment.tokens(word)
    return tokens[0] if len(tokens) == 1 else folded_text(word)
