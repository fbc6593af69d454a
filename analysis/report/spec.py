"""A report's own files as frozen models: report.yml, facts.yml, sources.yml.

`report.yml` names studies, chapters and tables; `facts.yml` holds what others published, each
with the key of a source in `sources.yml`. Whether a chapter may print a number is decided in
context.py and lint.py; what a table looks like, in analysis/tables.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pydantic import Field, field_validator

from analysis.tables.spec import TableSpec
from survey.errors import InstrumentError, ReportError, collect, did_you_mean, one_of
from survey.instrument.model import Entry, Identifier, Text
from survey.io.yamlfile import Document, entries, read_yaml, to_model
from survey.project import Project


class Report(Entry):
    """What is printed around the chapters, and which chapters there are.

    `notice` stands on the cover, `running` in the head of every page and sheet: a report on
    simulated data says so in both. `allow` lists patterns of digits a chapter may type.
    """

    title: Text
    subtitle: Text = Field(default_factory=dict)
    edition: Text = Field(default_factory=dict)
    publisher: Text
    issued: dt.date
    notice: Text
    running: Text
    copyright: Text = Field(default_factory=dict)
    languages: list[str] = Field(default_factory=lambda: ["zh", "en"])
    studies: list[Identifier]
    waves: dict[Identifier, list[str]] = Field(default_factory=dict)  # none: every wave of a study
    chapters: list[str]  # files of chapters/<lang>/, without .md
    tables: list[TableSpec] = Field(default_factory=list)
    allow: list[str] = Field(default_factory=list)

    @field_validator("allow")
    @classmethod
    def _compiles(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as fault:
                raise ValueError(f"'{pattern}' is not a regular expression: {fault}") from None
        return patterns

    def table_numbers(self) -> dict[str, str]:
        """Number of each table: 1, 2, ... in the body, A-1, A-2, ... in the annex."""
        body = [table.name for table in self.tables if not table.annex]
        annex = [table.name for table in self.tables if table.annex]
        numbers = {name: str(place) for place, name in enumerate(body, 1)}
        return numbers | {name: f"A-{place}" for place, name in enumerate(annex, 1)}


class Source(Entry):
    """Where facts were read; `text` is the full citation."""

    text: Text
    url: str = ""
    retrieved: str = ""


class Fact(Entry):
    """Something published by others, as it is printed, and where it stands in its source."""

    value: Text
    source: Identifier
    locator: Text = Field(default_factory=dict)
    note: Text = Field(default_factory=dict)


@dataclass(frozen=True)
class Spec:
    """A report's files, loaded and held against each other."""

    name: str
    report: Report
    facts: dict[str, Fact]
    sources: dict[str, Source]


def load_spec(project: Project, name: str) -> Spec:
    """Load a report's files.

    Raises
    ------
    UsageError
        If there is no such report.
    ReportError
        With every fault: unknown keys, missing languages, facts without a source, unknown studies.
    """
    folder = project.templates(project.require_report(name))
    head = _document(project, folder / "report.yml")
    try:
        report = to_model(Report, head)
        facts, fact_file = _entries(project, folder / "facts.yml", Fact)
        sources, _ = _entries(project, folder / "sources.yml", Source)
    except InstrumentError as error:
        raise ReportError(faults=error.faults) from None
    with collect(ReportError) as faults:
        _check_report(project, head, report, faults)
        for key, fact in facts.items():
            if fact.source not in sources:
                faults.add(
                    f"fact '{key}' names the source '{fact.source}', which sources.yml lacks",
                    where=fact_file.where(key, "source"),
                    hint=did_you_mean(fact.source, sources),
                )
    return Spec(name, report, facts, sources)


def _document(project: Project, path) -> Document:
    return read_yaml(path, project.relative(path))


def _entries(project: Project, path, model) -> tuple[dict, Document]:
    """A mapping of entries, each a `model`; a missing file is an empty one."""
    if not path.exists():
        return {}, Document(project.relative(path), {})
    document = _document(project, path)
    found = {}
    with collect(ReportError) as faults:
        for key in entries(document, dict, "a mapping of entries, key: {value: ...},"):
            try:
                found[key] = to_model(model, document, key)
            except InstrumentError as error:
                faults.take(error)
    return found, document


def _check_report(project: Project, head: Document, report: Report, faults) -> None:
    known = project.studies()
    for place, study in enumerate(report.studies):
        if study not in known:
            faults.add(
                f"there is no study '{study}'",
                where=head.where("studies", place),
                expected=one_of(known),
                hint=did_you_mean(study, known),
            )
    seen: set[str] = set()
    for place, table in enumerate(report.tables):
        if table.name in seen:
            faults.add(f"two tables are called '{table.name}'", where=head.where("tables", place))
        seen.add(table.name)
        if table.study and table.study not in report.studies:
            faults.add(
                f"table '{table.name}' is of study '{table.study}', which the report does not name",
                where=head.where("tables", place, "study"),
                expected=one_of(report.studies),
            )
    texts = {"title": report.title, "publisher": report.publisher, "notice": report.notice}
    texts |= {"running": report.running}
    texts |= {f"tables.{table.name}.title": table.title for table in report.tables}
    for field, text in texts.items():
        for lang in report.languages:
            if lang not in text:
                faults.add(f"'{field}' lacks the language '{lang}'", where=head.where(field))
