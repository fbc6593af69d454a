"""What a monitoring study declares about its scan records: frozen model of scans.yml.

Which records are one app, one version or one record twice; what happens to a renamed permission,
an app that changes category, a store that is gone, a scan window that overlaps another; how scans
are broken down; which waves scanned every app there was. How these rules are carried out is decided
in analysis/monitoring. A study without the file has the defaults below.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import pandas as pd
from pydantic import Field, model_validator

from survey.errors import InstrumentError, collect, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Entry
from survey.io.yamlfile import read_yaml, to_model
from survey.project import Project

FILE = "scans.yml"
Part = Literal["category", "store", "period"]


class Rename(Entry):
    """A permission that Android calls `new` since a release; `old` is its name in groups.yml."""

    old: str
    new: str
    since: dt.date
    source: str  # key of `sources`


class InBlocks(Entry):
    """From how many records on a Parquet file is measured in blocks, and why."""

    above: int = Field(ge=0)
    unit: Literal["records"] = "records"
    source: str


class ScanRules(Entry):
    """The rules; see docs/scan-records.md for each in words.

    same_app : fields that make two records one app.
    same_version : fields that make two records one version of an app.
    newest_by : field whose largest value is an app's newest version; a field the wave does not map
        is passed over for the next.
    category : where an app is listed in several categories, the one most of its counted records
        give (the earlier of the scale on a tie), or the one scanned last (the same on a tie).
    overlapping_windows : what happens to scans on days that two waves share: they count in the wave
        that starts first, or the study is refused.
    period : calendar part a scan day belongs to.
    breakdowns : combinations of category, store and period that get rows beside `all` and those of
        study.yml.
    complete : wave -> who says that every app of the frame was scanned, so that no interval is due.
    in_blocks : a Parquet file of more records than this, its lists as list columns, is measured in
        blocks; not declared: every file is measured in memory.
    """

    sources: dict[str, str] = Field(default_factory=dict)
    same_app: tuple[Literal["app", "signer"], ...] = ("app",)
    same_version: tuple[Literal["app", "signer", "version", "version_code"], ...] = (
        "app",
        "signer",
        "version",
    )
    newest_by: tuple[Literal["version_code", "version", "scan_date"], ...] = (
        "version_code",
        "version",
    )
    category: Literal["most_records", "last_scan"] = "most_records"
    overlapping_windows: Literal["first", "refuse"] = "refuse"
    period: Literal["month", "quarter", "half"] = "quarter"
    breakdowns: list[list[Part]] = Field(default_factory=list)
    renames: list[Rename] = Field(default_factory=list)
    complete: dict[str, str] = Field(default_factory=dict)
    in_blocks: InBlocks | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> ScanRules:
        if "app" not in self.same_app:
            raise ValueError("'same_app' needs the field 'app'")
        if not set(self.same_app) <= set(self.same_version):
            raise ValueError("two records of one version are of one app: add 'same_app' to it")
        for rename in self.renames:
            if rename.source not in self.sources:
                raise ValueError(f"'{rename.new}' names the unknown source '{rename.source}'")
        for names, what in (
            ([rename.new for rename in self.renames], "is given twice as a new name"),
            ([*{r.old for r in self.renames}, *(r.new for r in self.renames)], "is renamed again"),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"'{twice[0]}' {what}; name the first old name for every new one")
        for parts in self.breakdowns:
            if not parts or len(set(parts)) < len(parts):
                raise ValueError("a breakdown names one part or several different ones")
        return self

    def identity(self, mapped: set[str]) -> list[str]:
        """Fields that make an app, of those the wave maps."""
        return [field for field in self.same_app if field in mapped]


def load_rules(project: Project, instrument: Instrument) -> ScanRules:
    """scans.yml of a study, or the defaults.

    Raises
    ------
    InstrumentError
        With every fault: of the file, a wave it names that is not there, or waves whose windows
        overlap where that is refused.
    """
    path = project.instrument(instrument.study.id) / FILE
    if not path.exists():
        rules, where = ScanRules(), f"instruments/{instrument.study.id}"
    else:
        document = read_yaml(path, project.relative(path))
        rules, where = to_model(ScanRules, document), document.where()
    with collect(InstrumentError) as faults:
        for wave in rules.complete:
            if wave not in instrument.waves:
                faults.add(
                    f"wave '{wave}' is not defined",
                    where=where,
                    expected=one_of(instrument.waves),
                    hint=did_you_mean(wave, instrument.waves),
                )
        for later, earlier in overlaps(instrument):
            if rules.overlapping_windows == "refuse":
                faults.add(
                    f"the scan windows of {earlier} and {later} overlap",
                    where=where,
                    hint="declare 'overlapping_windows: first', or mend the periods of the waves",
                )
    return rules


def overlaps(instrument: Instrument) -> list[tuple[str, str]]:
    """Pairs (later, earlier) of waves whose windows share a day; earlier is the one starting first.

    Waves that start on one day are in the order of their names.
    """
    order = sorted(instrument.waves, key=lambda w: (instrument.waves[w].period.start, w))
    return [
        (later, earlier)
        for place, later in enumerate(order)
        for earlier in order[:place]
        if instrument.waves[later].period.start <= instrument.waves[earlier].period.end
    ]


def taken_days(instrument: Instrument, wave: str) -> list[tuple[str, dt.date, dt.date]]:
    """Days of a wave's window that count in a wave that starts before it: (wave, first, last)."""
    if wave not in instrument.waves:
        return []
    window = instrument.waves[wave].period
    found = []
    for later, earlier in overlaps(instrument):
        if later == wave:
            other = instrument.waves[earlier].period
            found.append((earlier, window.start, min(window.end, other.end)))
    return found


def period_of(days: pd.Series, part: str) -> pd.Series:
    """Name of the calendar part of each day: a month 2018-03, a quarter 2018Q1, a half 2018H1."""
    year = days.dt.year.astype("Int64").astype("str")
    month = days.dt.month.astype("Int64")
    if part == "month":
        return year + "-" + month.astype("str").str.zfill(2)
    length, mark = {"quarter": (3, "Q"), "half": (6, "H")}[part]
    return year + mark + ((month - 1) // length + 1).astype("str")
