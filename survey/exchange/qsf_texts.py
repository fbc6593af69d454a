"""Texts of a Qualtrics survey in every language, plain, with formatting counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from survey.exchange.draft import Draft
from survey.exchange.markup import marked_up, plain
from survey.exchange.qsf_payload import pairs
from survey.instrument.model import Text


class Texts:
    """Wordings of questions and choices.

    Attributes
    ----------
    formatted : texts that held HTML so far
    """

    def __init__(self, draft: Draft, language: str, code: Callable[[str], str]) -> None:
        self.draft, self.language, self.code = draft, language, code
        self.formatted = 0

    def of(self, payload: dict[str, Any], key: str) -> Text:
        text = {self.language: self._words(payload.get(key), str(payload.get("DataExportTag")))}
        for written, parts in pairs(payload.get("Language")):
            told = parts.get(key)
            if told:
                lang = self._spoken(written)
                text[lang] = self._words(told, "")
        return text

    def of_choice(self, payload: dict[str, Any], part: str, key: str) -> Text:
        choices = dict(pairs(payload.get(part)))
        text = {self.language: self._words(choices.get(key, {}).get("Display"), key)}
        for written, parts in pairs(payload.get("Language")):
            told = dict(pairs(parts.get(part))).get(key, {}).get("Display")
            if told:
                text[self._spoken(written)] = self._words(told, "")
        return text

    def _words(self, told: Any, otherwise: str) -> str:
        text = str(told or "")
        self.formatted += marked_up(text)
        return plain(text) or otherwise

    def _spoken(self, written: str) -> str:
        lang = self.code(written)
        if lang not in self.draft.languages:
            self.draft.languages.append(lang)
        return lang
