"""What a monitoring study declares beyond items and waves: frozen models and their loader.

Four files of `instruments/<study>/`: groups.yml (which permission or behaviour means what, since
when), categories.yml (the list of app categories and how many apps each has), notices.yml (the
ministry's register: window, sums to check, problem kinds) and simulation.yml (how the simulated
scans are made). How records are mapped, counted and drawn is decided in analysis/monitoring and
survey/synthetic.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal, cast

from pydantic import Field, model_validator

from survey.errors import InstrumentError, collect, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Entry, Identifier, Text
from survey.instrument.register import QUARTER as QUARTER
from survey.instrument.register import Regime as Regime
from survey.instrument.register import Register
from survey.instrument.register import quarter_end as quarter_end
from survey.io.yamlfile import Document, read_yaml, to_model
from survey.project import Project

Share = Annotated[float, Field(ge=0, le=1)]
Chance = Share
Evidence = Literal["read", "requested", "embedded", "unused", "embedded_or_unused"]
ANY = "any"  # the group of a measure of unused permissions that looks at all of them


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
    is in the manifest; `embedded` a component (SDK) of the group is in the package; `unused` a
    permission of the group (or of `any`) was requested whose use was not observed, among the apps
    that request one whose use could be; `embedded_or_unused` a behaviour or component of the group
    was found, or any permission was requested whose use was not. What was requested and what was
    read meet in the last two alone, whose names say so.
    """

    evidence: Evidence
    group: Identifier
    about: bool = False  # its overall level was published as "about", so categories get a band


class Grouping(Entry):
    sources: dict[str, str]
    permissions: list[Permission]
    behaviours: list[Sign]
    sdks: list[Sign] = Field(default_factory=list)
    measures: dict[Identifier, Measure]  # indicator -> measure

    @model_validator(mode="after")
    def _fits_together(self) -> Grouping:
        observed = {sign.name for sign in self.behaviours}
        signs = (*self.permissions, *self.behaviours, *self.sdks)
        groups = {sign.group for sign in signs}
        for sign in signs:
            if sign.source not in self.sources:
                raise ValueError(f"'{sign.name}' names the unknown source '{sign.source}'")
        for permission in self.permissions:
            unknown = sorted(set(permission.used_by) - observed)
            if unknown:
                hint = did_you_mean(unknown[0], observed)
                raise ValueError(
                    f"'{permission.name}' is used by the unknown behaviour '{unknown[0]}'; {hint}"
                )
        seen = {
            "read": {sign.group for sign in self.behaviours},
            "requested": {permission.group for permission in self.permissions},
            "embedded": {sign.group for sign in self.sdks},
            "unused": {ANY} | {entry.group for entry in self.permissions if entry.used_by},
        }
        for indicator, measure in self.measures.items():
            if measure.group not in groups | {ANY}:
                raise ValueError(f"measure '{indicator}' names the unknown group '{measure.group}'")
            if measure.group not in seen.get(measure.evidence, groups):
                raise ValueError(
                    f"measure '{indicator}' counts what was {measure.evidence} in the group "
                    f"'{measure.group}', which nothing of that kind belongs to"
                )
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
    installs_log_mean: float  # of an app's installs, natural logarithm
    installs_log_sd: float
    installs_unknown: Chance  # chance that a store shows no number
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
