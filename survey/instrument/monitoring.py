"""What a monitoring study declares beyond items and waves: frozen models and their loader.

Four files of `instruments/<study>/`: groups.yml (which permission or behaviour means what, since
when), categories.yml (the list of app categories and how many apps each has), notices.yml (the
ministry's register: window, sums to check, problem kinds) and simulation.yml (how the simulated
scans are made). How records are mapped, counted and drawn is decided in analysis/monitoring and
survey/synthetic.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Literal, cast

from pydantic import Field, StringConstraints, field_validator, model_validator

from survey.errors import InstrumentError, collect, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Entry, Identifier, Text
from survey.io.yamlfile import Document, read_yaml, to_model
from survey.project import Project

QUARTER = re.compile(r"^(\d{4})Q([1-4])$")
Quarter = Annotated[str, StringConstraints(pattern=QUARTER.pattern)]
Share = Annotated[float, Field(ge=0, le=1)]
Chance = Share
Evidence = Literal["read", "requested", "embedded_or_unused"]


# -- groups.yml --------------------------------------------------------------------------------


class Sign(Entry):
    """A permission or behaviour that counts towards a group on scans made in [since, until)."""

    name: str
    group: Identifier
    since: dt.date
    until: dt.date | None = None
    source: str  # key of `sources`


class Permission(Sign):
    # behaviours that show the permission in use; none: never judged unused
    used_by: list[str] = Field(default_factory=list)


class Measure(Entry):
    """One yes-or-no statement about an app, counted as an indicator.

    evidence: `read` a behaviour of the group was observed; `requested` a permission of the group
    is in the manifest; `embedded_or_unused` a behaviour of the group was observed, or any
    permission was requested whose use was not. The three are never mixed in one indicator.
    """

    evidence: Evidence
    group: Identifier
    about: bool = False  # its overall level was published as "about", so categories get a band


class Grouping(Entry):
    sources: dict[str, str]
    permissions: list[Permission]
    behaviours: list[Sign]
    measures: dict[Identifier, Measure]  # indicator -> measure

    @model_validator(mode="after")
    def _fits_together(self) -> Grouping:
        observed = {sign.name for sign in self.behaviours}
        groups = {sign.group for sign in (*self.permissions, *self.behaviours)}
        for sign in (*self.permissions, *self.behaviours):
            if sign.source not in self.sources:
                raise ValueError(f"'{sign.name}' names the unknown source '{sign.source}'")
        for permission in self.permissions:
            unknown = sorted(set(permission.used_by) - observed)
            if unknown:
                hint = did_you_mean(unknown[0], observed)
                raise ValueError(
                    f"'{permission.name}' is used by the unknown behaviour '{unknown[0]}'; {hint}"
                )
        for indicator, measure in self.measures.items():
            if measure.group not in groups:
                raise ValueError(f"measure '{indicator}' names the unknown group '{measure.group}'")
        return self


# -- categories.yml ----------------------------------------------------------------------------


class CategoryMix(Entry):
    """How many of all apps each category has. `rest` is shared evenly by those without a share."""

    item: Identifier
    source: str
    published: dict[str, Share]
    rest: Share
    rest_source: str

    def weights(self, codes: list[str]) -> dict[str, float]:
        """Share of apps per category, in the order of `codes`; sums to 1."""
        left = [code for code in codes if code not in self.published]
        each = self.rest / len(left) if left else 0.0
        raw = {code: self.published.get(code, each) for code in codes}
        total = sum(raw.values())
        return {code: share / total for code, share in raw.items()}


# -- notices.yml -------------------------------------------------------------------------------


class SumCheck(Entry):
    """Quarters whose counts must add up to a total somebody published."""

    quarters: list[Quarter]
    total: int
    source: str


class Regime(Entry):
    """A time in which notices count the same thing; counts of two regimes are never joined."""

    id: Identifier
    since: Quarter
    until: Quarter | None = None
    text: Text


class ProblemKind(Entry):
    """One kind of problem, `column` being its column in the register."""

    code: Identifier
    column: str
    since: Quarter
    wording: str  # as printed in the notices
    source: str


class Register(Entry):
    """The ministry's quarterly notices as this study uses them."""

    file: str
    named_file: str
    since: Quarter
    regimes: list[Regime]
    checks: list[SumCheck]
    kinds: list[ProblemKind]
    unassigned_column: str
    known_splits: list[Quarter]  # quarters whose split by kind is known for every app
    known_splits_source: str

    @field_validator("regimes")
    @classmethod
    def _in_order(cls, regimes: list[Regime]) -> list[Regime]:
        starts = [regime.since for regime in regimes]
        if starts != sorted(starts):
            raise ValueError("regimes are listed in order of time")
        return regimes


def quarter_end(quarter: str) -> dt.date:
    """Last day of a quarter: ``quarter_end("2014Q1")`` is 2014-03-31."""
    found = QUARTER.match(quarter)
    if found is None:
        raise InstrumentError(
            f"'{quarter}' is not a quarter", expected="a year and a quarter, such as YYYYQ1"
        )
    year, part = int(found[1]), int(found[2])
    following = dt.date(year + part // 4, part % 4 * 3 + 1, 1)
    return following - dt.timedelta(days=1)


# -- simulation.yml ----------------------------------------------------------------------------


class Simulation(Entry):
    """Parameters of the simulated scans; see survey/synthetic/apps.py for what each does."""

    seed: int
    apps: int
    stores: int
    store_exponent: float
    further_stores: float  # mean number of further stores holding the newest version
    older_versions: Chance  # chance that some store still holds an older version
    extra_reads: Chance  # chance of each behaviour an older version shows on top
    lost_reads: Chance  # chance that a scan in a further store misses a behaviour
    repeated_records: int
    malformed_records: int
    outside_records: int
    moved_category: Chance  # chance that a further store lists the app elsewhere
    repeated_permission: Chance
    common: dict[str, Chance]  # permissions of no group: chance of each
    read: dict[str, Chance]  # behaviour -> chance, given that its group is read
    unused: dict[str, Chance]  # permission -> chance of being requested without use
    no_permissions: Chance  # of apps that read nothing and embed nothing
    note: Text


# -- all of them -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Monitoring:
    """The four files of one study, loaded and held against its items and scales."""

    grouping: Grouping
    mix: CategoryMix
    register: Register
    simulation: Simulation


MODELS: dict[str, type[Entry]] = {
    "groups": Grouping,
    "categories": CategoryMix,
    "notices": Register,
    "simulation": Simulation,
}


def load_monitoring(project: Project, instrument: Instrument) -> Monitoring:
    """Load the files of a monitoring study.

    Raises
    ------
    InstrumentError
        With every fault of every file.
    """
    folder = project.instrument(instrument.study.id)
    loaded: dict[str, Entry] = {}
    documents: dict[str, Document] = {}
    with collect(InstrumentError) as faults:
        for name, model in MODELS.items():
            path = folder / f"{name}.yml"
            try:
                documents[name] = read_yaml(path, project.relative(path))
                loaded[name] = to_model(model, documents[name])
            except InstrumentError as error:
                faults.take(error)
    with collect(InstrumentError) as faults:
        _check_categories(loaded["categories"], documents["categories"], instrument, faults)
        _check_simulation(loaded["simulation"], loaded["groups"], documents["simulation"], faults)
    return Monitoring(
        grouping=cast(Grouping, loaded["groups"]),
        mix=cast(CategoryMix, loaded["categories"]),
        register=cast(Register, loaded["notices"]),
        simulation=cast(Simulation, loaded["simulation"]),
    )


def _check_categories(mix, document: Document, instrument: Instrument, faults) -> None:
    if mix.item not in instrument.items:
        faults.add(
            f"item '{mix.item}' is not defined",
            where=document.where("item"),
            hint=did_you_mean(mix.item, instrument.items),
        )
        return
    scale = instrument.scale_of(mix.item)
    known = [scale.code(value) for value in scale.values()]
    for code in mix.published:
        if code not in known:
            faults.add(
                f"category '{code}' is not in the scale of '{mix.item}'",
                where=document.where("published", code),
                expected=one_of(known, most=30),
                hint=did_you_mean(code, known),
            )


def _check_simulation(simulation, grouping, document: Document, faults) -> None:
    known = {
        "read": {sign.name for sign in grouping.behaviours},
        "unused": {permission.name for permission in grouping.permissions},
    }
    for field, names in known.items():
        for name in getattr(simulation, field):
            if name not in names:
                faults.add(
                    f"'{name}' is not in groups.yml",
                    where=document.where(field, name),
                    hint=did_you_mean(name, names),
                )
