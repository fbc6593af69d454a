"""A figure as data: `instruments/<study>/figures.yml`, one entry per figure.

What an entry may say is decided here; which `options` a kind understands is that kind's own model,
gathered in registry.py. A wrong file is told with every fault at once, by file:line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

import pandas as pd
from pydantic import Field, StringConstraints, field_validator

from analysis.figures.joined import over_bridges
from analysis.results.bases import require_same_base_in
from analysis.results.schema import COLUMNS, NUMBERS
from analysis.results.select import many
from survey.errors import InstrumentError, ReportError, collect, did_you_mean, one_of
from survey.instrument.model import Entry, Text
from survey.io.yamlfile import entries, read_yaml, to_model
from survey.project import Project

LATEST = "latest"  # as a wave: the last one in time among the rows otherwise selected
SELECTABLE = tuple(column for column in COLUMNS if column not in NUMBERS)
WIDE = "[\u2018-\u201d\u3001-\u9fff\uff01-\uff60]"
FOLD = re.compile(f"(?<={WIDE}) (?={WIDE})")
STRAIGHT = str.maketrans("‘’“”", "''\"\"")
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^([A-Z]-)?[1-9][0-9]*$")]


class Options(Entry):
    """Options of a kind that has none; kinds with options derive from it."""

    @classmethod
    def of(cls, spec: FigureSpec) -> Self:
        """The options of a figure as this kind reads them."""
        return cls.model_validate(spec.options)


class FigureSpec(Entry):
    """One figure of a study.

    select: words (or lists of words) per column of `estimates`; a list also gives the order in
    which its words are drawn. Unlike everywhere else, published rows are selected too unless
    `kind` says otherwise: a figure shows which is which. ``wave: latest`` is the last wave in time
    that has such rows.
    """

    name: Name
    number: Number
    kind: str
    select: dict[str, str | list[str]]
    title: Text
    subtitle: Text = Field(default_factory=dict)
    note: Text = Field(default_factory=dict)
    source: Text = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("number", mode="before")
    @classmethod
    def _as_text(cls, number: object) -> object:
        return str(number) if isinstance(number, int) else number

    @field_validator("select")
    @classmethod
    def _known_columns(cls, select: dict) -> dict:
        for column in select:
            if column not in SELECTABLE:
                raise ValueError(f"rows cannot be selected by '{column}'")
        return select

    def said(self, field: str, lang: str) -> str:
        """Words of `title`, `subtitle`, `note` or `source`; "" if there are none.

        The space that folding a YAML text leaves between two Chinese characters is taken out, and
        English quotes are straight: the font draws curly ones as wide as a Chinese character.
        """
        text = getattr(self, field).get(lang, "")
        return FOLD.sub("", text) if lang == "zh" else text.translate(STRAIGHT)

    def order(self, column: str) -> list[str]:
        """Order in which the words of a column are to be drawn; empty if not said."""
        words = self.select.get(column, [])
        return [words] if isinstance(words, str) else list(words)


def load(
    project: Project, study: str, kinds: Mapping[str, type[Options]]
) -> tuple[FigureSpec, ...]:
    """The figures of a study, in file order; none if it has no figures.yml.

    Raises
    ------
    InstrumentError
        With every unknown key, kind, option, missing language and repeated name or number.
    """
    path = project.instrument(study) / "figures.yml"
    if not path.exists():
        return ()
    document = read_yaml(path, project.relative(path))
    specs: list[FigureSpec] = []
    with collect(InstrumentError) as faults:
        for place in entries(document, list, "a list of figures"):
            try:
                spec = to_model(FigureSpec, document, place)
                model = _options_of(spec, kinds, document.where(place, "kind"))
                if spec.options:
                    to_model(model, document, place, "options")
                specs.append(spec)
            except InstrumentError as error:
                faults.take(error)
                continue
            for field in ("title", "subtitle", "note", "source"):
                words = getattr(spec, field)
                if (words or field == "title") and not {"zh", "en"} <= set(words):
                    faults.add(
                        f"'{field}' of '{spec.name}' lacks a language",
                        where=document.where(place, field),
                        expected="both zh and en",
                    )
            for field in ("name", "number"):
                if any(getattr(spec, field) == getattr(other, field) for other in specs[:-1]):
                    faults.add(
                        f"{field} '{getattr(spec, field)}' is given to two figures",
                        where=document.where(place, field),
                    )
    return tuple(specs)


def _options_of(spec: FigureSpec, kinds: Mapping[str, type[Options]], where: str) -> type[Options]:
    if spec.kind not in kinds:
        raise InstrumentError(
            f"there is no kind of figure '{spec.kind}'",
            where=where,
            expected=one_of(kinds),
            hint=did_you_mean(spec.kind, kinds),
        )
    return kinds[spec.kind]


def selected(rows: pd.DataFrame, spec: FigureSpec) -> pd.DataFrame:
    """The rows a figure is made of.

    Raises
    ------
    ReportError
        If there are none, naming the first word of `select` that matches nothing; or if they hold
        shares of different bases, naming both.
    """
    chosen = rows
    for column, wanted in spec.select.items():
        if (column, wanted) == ("wave", LATEST):
            continue
        before = chosen
        key = {column: wanted} if column == "kind" else {"kind": _any_kind(chosen), column: wanted}
        chosen = many(chosen, **key)
        if chosen.empty:
            known = sorted(set(before[column]))
            raise ReportError(
                f"figure '{spec.name}' finds no estimate with {column} {wanted}",
                expected=one_of(known) if known else "an estimate before it",
                hint="; ".join(
                    filter(None, (did_you_mean(word, known) for word in spec.order(column)))
                ),
            )
    chosen = _latest(chosen) if spec.select.get("wave") == LATEST else chosen
    chosen = over_bridges(chosen, rows)
    require_same_base_in(chosen, where=f"figure '{spec.name}'")
    return chosen


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the last wave, in time, that is more than a published number."""
    own = rows[rows["kind"].ne("published")]
    last = (own if len(own) else rows).sort_values(["period", "wave"], kind="stable")
    return rows[rows["wave"] == last["wave"].iloc[-1]]


def _any_kind(rows: pd.DataFrame) -> list[str]:
    return sorted(set(rows["kind"]))
