"""From a study's files to one frozen `Instrument`.

Reads everything under `instruments/<study>/` and reports every fault of every file at once.
Whether the files fit together (an item names a scale that exists, ...) is decided in check.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from survey.errors import InstrumentError, collect
from survey.instrument.codeframe import ALONE, CodeFrame
from survey.instrument.cutoffs import FROZEN, Frozen, Keep
from survey.instrument.edits import EDITS, Edits
from survey.instrument.imputation import IMPUTATION, Imputation
from survey.instrument.model import (
    CHOICES,
    WORDS,
    Comparability,
    Correction,
    Entry,
    Item,
    Policy,
    Questionnaire,
    Scale,
    Study,
    Target,
    Wave,
)
from survey.io.text import text_of
from survey.io.yamlfile import Document, entries, read_yaml, to_model
from survey.project import WAVE_NAME, Project

Row = TypeVar("Row", bound=Entry)


@dataclass(frozen=True)
class Instrument:
    """A study's files, loaded. Mappings are keyed by id (items, scales) or file name (waves)."""

    study: Study
    items: dict[str, Item]
    scales: dict[str, Scale]
    questionnaires: dict[str, Questionnaire]
    waves: dict[str, Wave]  # in order of time
    methods: dict[str, Policy]
    comparability: tuple[Comparability, ...]
    targets: dict[str, tuple[Target, ...]] = field(default_factory=dict)
    corrections: dict[str, tuple[Correction, ...]] = field(default_factory=dict)
    keep: dict[str, tuple[Keep, ...]] = field(default_factory=dict)  # exclusions taken back
    frozen: dict[str, tuple[Frozen, ...]] = field(default_factory=dict)  # see cutoffs.py
    codeframes: dict[str, CodeFrame] = field(default_factory=dict)  # their scales are in `scales`
    edits: Edits = field(default_factory=Edits)
    imputation: Imputation | None = None  # none: nothing is imputed
    places: dict[str, str] = field(default_factory=dict)  # "item:id", "wave:name" ... -> file:line

    def scale_of(self, item: str) -> Scale:
        """Scale of an item; a derived item without its own scale has none and is a KeyError."""
        name = self.items[item].scale
        if name is None:
            raise KeyError(item)
        return self.scales[name]

    def policy(self, name: str) -> float:
        """A number of methods.yml."""
        if name not in self.methods:
            raise InstrumentError(
                f"methods.yml does not set '{name}'",
                where=f"instruments/{self.study.id}/methods.yml",
            )
        policy = self.methods[name].value
        try:
            return float(policy)
        except ValueError:
            raise InstrumentError(
                f"policy '{name}' is not a number",
                got=repr(policy),
                where=f"instruments/{self.study.id}/methods.yml",
            ) from None

    def choice(self, name: str) -> str:
        """A policy that is a word of a list (model.py); the first word where none is declared."""
        return str(self.methods[name].value) if name in self.methods else CHOICES[name][0]

    def words(self, name: str) -> tuple[str, ...]:
        """A policy that is some words of a list (model.py); all of them where none is declared."""
        if name not in self.methods:
            return WORDS[name]
        return tuple(str(self.methods[name].value).replace(",", " ").split())

    def previous(self, wave: str) -> str | None:
        """The wave before in time, whatever its distance."""
        order = list(self.waves)
        place = order.index(wave)
        return order[place - 1] if place else None

    def year_before(self, wave: str) -> str | None:
        """The wave of the same half of the year before, if there is one (同比)."""
        this = self.waves[wave]
        if this.half is None:
            return None
        for name, other in self.waves.items():
            if other.half == this.half and other.period.end.year == this.period.end.year - 1:
                return name
        return None

    def asked_as(self, item: str) -> str:
        """The item a respondent was asked: codes of an open answer come from the open item."""
        frame = self.codeframes.get(self.items[item].scale or "")
        return item if frame is None else frame.item

    def asked_by(self, questionnaire: str) -> Instrument:
        """The instrument with its items as one questionnaire asks them."""
        changed = self.questionnaires[questionnaire].asked
        if not changed:
            return self
        other = {name: entry.of(self.items[name]) for name, entry in changed.items()}
        return replace(self, items={**self.items, **other})

    def at(self, wave: str) -> Instrument:
        """The instrument with its items as a wave's questionnaire asked them."""
        return self.asked_by(self.waves[wave].questionnaire)

    def where(self, kind: str, name: str) -> str:
        return self.places.get(f"{kind}:{name}", f"instruments/{self.study.id}")


def load_instrument(project: Project, study: str) -> Instrument:
    """Load every file of a study.

    Raises
    ------
    UsageError
        If the study does not exist.
    InstrumentError
        With every fault of every file.
    """
    project.require_study(study)
    folder = project.instrument(study)
    places: dict[str, str] = {}
    with collect(InstrumentError) as faults:

        def tried(read: Callable, *args, otherwise):
            try:
                return read(*args)
            except InstrumentError as error:
                faults.take(error)
                return otherwise

        def document(path: Path) -> Document:
            return read_yaml(path, project.relative(path))

        def one(path: Path, model):
            return to_model(model, document(path))

        head = tried(one, folder / "study.yml", Study, otherwise=None)
        items = tried(_items, project, folder, places, otherwise={})
        named: dict[str, dict] = {}
        for kind, model in (("scales", Scale), ("questionnaires", Questionnaire), ("waves", Wave)):
            named[kind] = {}
            for path in sorted((folder / kind).glob("*.yml")):
                places[f"{kind[:-1]}:{path.stem}"] = f"{project.relative(path)}:1"
                if not WAVE_NAME.match(path.stem):
                    faults.add(f"'{path.stem}' is not a name", where=project.relative(path))
                loaded = tried(one, path, model, otherwise=None)
                if loaded is not None:
                    named[kind][path.stem] = loaded
                if isinstance(loaded, Questionnaire):
                    places |= _routes(document(path), path.stem, loaded)
        frames = tried(_codeframes, project, folder, places, named["scales"], otherwise={})
        methods = tried(_methods, project, folder, otherwise={})
        comparability = tried(_comparability, project, folder, places, otherwise=())
        frozen = tried(_frozen, project, folder, otherwise={})
        edits = tried(_edits, project, folder, places, otherwise=Edits())
        imputation = tried(_imputation, project, folder, places, otherwise=None)
        targets, corrections, keep = {}, {}, {}
        for wave in named["waves"]:
            name = f"{wave}.csv"
            targets[wave] = tried(_rows, project, folder / "targets" / name, Target, otherwise=())
            corrections[wave] = tried(
                _rows, project, folder / "corrections" / name, Correction, otherwise=()
            )
            keep[wave] = tried(_rows, project, folder / "keep" / name, Keep, otherwise=())
    order = sorted(named["waves"], key=lambda w: (named["waves"][w].period.end, w))
    return Instrument(
        study=head,
        items=_with_exclusive(items, frames),
        scales=named["scales"] | {name: frame.scale() for name, frame in frames.items()},
        questionnaires=named["questionnaires"],
        waves={wave: named["waves"][wave] for wave in order},
        methods=methods,
        comparability=comparability,
        targets=targets,
        corrections=corrections,
        keep=keep,
        frozen=frozen,
        codeframes=frames,
        edits=edits,
        imputation=imputation,
        places=places,
    )


def _items(project: Project, folder: Path, places: dict[str, str]) -> dict[str, Item]:
    items: dict[str, Item] = {}
    with collect(InstrumentError) as faults:
        for path in sorted((folder / "items").glob("*.yml")):
            try:
                document = read_yaml(path, project.relative(path))
                places_of_items = entries(document, list, "a list of items")
            except InstrumentError as error:
                faults.take(error)
                continue
            for index in places_of_items:
                try:
                    item = to_model(Item, document, index)
                except InstrumentError as error:
                    faults.take(error)
                    continue
                if item.id in items:
                    faults.add(
                        f"item '{item.id}' is defined twice",
                        where=document.where(index),
                        hint=f"the first is at {places[f'item:{item.id}']}",
                    )
                items[item.id] = item
                places[f"item:{item.id}"] = document.where(index)
    return items


def _codeframes(
    project: Project, folder: Path, places: dict[str, str], scales: Mapping[str, Scale]
) -> dict[str, CodeFrame]:
    """Code frames by name; each is also the scale of that name."""
    frames: dict[str, CodeFrame] = {}
    with collect(InstrumentError) as faults:
        for path in sorted((folder / "codeframes").glob("*.yml")):
            name = project.relative(path)
            places[f"codeframe:{path.stem}"] = places[f"scale:{path.stem}"] = f"{name}:1"
            if path.stem in scales:
                faults.add(f"there is a scale '{path.stem}' too", where=name)
            try:
                frames[path.stem] = to_model(CodeFrame, read_yaml(path, name))
            except InstrumentError as error:
                faults.take(error)
    return frames


def _with_exclusive(items: dict[str, Item], frames: Mapping[str, CodeFrame]) -> dict[str, Item]:
    """Items of coded answers with the codes that stand alone: none, and not coded."""
    return {
        name: item.model_copy(update={"exclusive": frames[item.scale].ids_of(*ALONE)})
        if item.scale is not None and item.scale in frames
        else item
        for name, item in items.items()
    }


def _methods(project: Project, folder: Path) -> dict[str, Policy]:
    path = folder / "methods.yml"
    document = read_yaml(path, project.relative(path))
    names = entries(document, dict, "a mapping of policies")
    return dict(zip(names, _each(Policy, document, names), strict=True))


def _edits(project: Project, folder: Path, places: dict[str, str]) -> Edits:
    path = folder / EDITS
    if not path.exists():
        return Edits()
    document = read_yaml(path, project.relative(path))
    edits = to_model(Edits, document)
    for place, edit in enumerate(edits.edits):
        places[f"edit:{edit.id}"] = document.where("edits", place)
    return edits


def _imputation(project: Project, folder: Path, places: dict[str, str]) -> Imputation | None:
    path = folder / IMPUTATION
    if not path.exists():
        return None
    document = read_yaml(path, project.relative(path))
    imputation = to_model(Imputation, document)
    for place in range(len(imputation.steps)):
        places[f"step:{place}"] = document.where("steps", place)
    return imputation


def _frozen(project: Project, folder: Path) -> dict[str, tuple[Frozen, ...]]:
    """Freezes by wave, the oldest first; absent means none."""
    path = folder / FROZEN
    if not path.exists():
        return {}
    document = read_yaml(path, project.relative(path))
    records: dict[str, tuple[Frozen, ...]] = {}
    with collect(InstrumentError) as faults:
        for wave in entries(document, dict, "freezes by wave"):
            try:
                places = range(len(document.data[wave]))
                records[wave] = tuple(to_model(Frozen, document, wave, k) for k in places)
            except InstrumentError as error:
                faults.take(error)
    return records


def _routes(document: Document, name: str, questionnaire: Questionnaire) -> dict[str, str]:
    """Places of the conditions of a questionnaire."""
    routed = questionnaire.ask_if
    return {f"route:{name}:{item}": document.where("ask_if", item) for item in routed}


def _comparability(
    project: Project, folder: Path, places: dict[str, str]
) -> tuple[Comparability, ...]:
    path = folder / "comparability.yml"
    if not path.exists():
        return ()
    document = read_yaml(path, project.relative(path))
    if not document.data:  # a file of comments
        return ()
    told = entries(document, list, "a list of decisions")
    places |= {f"decision:{number}": document.where(number) for number in told}
    return tuple(_each(Comparability, document, told))


def _each(model: type[Row], document: Document, places: Sequence[str | int]) -> list[Row]:
    """The values at `places` as models; raises with the faults of all."""
    found: list[Row] = []
    with collect(InstrumentError) as faults:
        for place in places:
            try:
                found.append(to_model(model, document, place))
            except InstrumentError as error:
                faults.take(error)
    return found


def _rows(project: Project, path: Path, model: type[Row]) -> tuple[Row, ...]:
    """A CSV file of entries; absent means none."""
    if not path.exists():
        return ()
    name = project.relative(path)
    rows: list[Row] = []
    text = text_of(path, name, InstrumentError)
    with collect(InstrumentError) as faults:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        for record in reader:
            if None in record:
                faults.add("has more cells than the header", where=f"{name}:{reader.line_num}")
                continue
            filled = {key: value for key, value in record.items() if value not in ("", None)}
            try:
                rows.append(model.model_validate(filled))
            except ValidationError as error:
                for entry in error.errors(include_url=False):
                    column = ".".join(str(step) for step in entry["loc"])
                    faults.add(
                        f"column '{column}': {entry['msg'].lower()}",
                        where=f"{name}:{reader.line_num}",
                    )
    return tuple(rows)
