"""The rules of rules.yml, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from survey.instrument.entry import Entry, MissingKind
from survey.io.yamlfile import read_yaml, to_model

Evidence = Literal["name", "wording", "options", "readable", "distribution", "position"]


class Rules(Entry):
    """See rules.yml."""

    weights: dict[Evidence, float]
    proof: dict[Evidence, float]
    unproven_at_most: float
    least_readable: float
    least: float
    sure: float
    margin: float
    likeness_of_labels: float
    reserved: dict[str, dict[str, list[str]]]
    missing_words: dict[MissingKind, list[str]]
    patterns: list[str]
    most_words: int
    most_unread: int
    separators: list[str]


@cache
def rules() -> Rules:
    path = Path(__file__).with_name("rules.yml")
    return to_model(Rules, read_yaml(path, path.name))
