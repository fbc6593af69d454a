"""Wordings with HTML in them as plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = ("br", "p", "div", "li", "h1", "h2", "h3", "h4", "tr", "ul", "ol")


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs) -> None:
        if tag in ("script", "style"):
            self.silent += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def plain(text: str) -> str:
    """The words of a text with mark-up; paragraphs stay on lines of their own."""
    if "<" not in text and "&" not in text:
        return _tidy(text)
    reader = _Plain()
    reader.feed(text)
    reader.close()
    return _tidy("".join(reader.parts))


def marked_up(text: str) -> bool:
    """Whether a text holds mark-up that `plain` takes out."""
    return bool(re.search(r"<[a-zA-Z/!]", text))


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.replace("\u200b", "").splitlines()]
    return "\n".join(line for line in lines if line)
