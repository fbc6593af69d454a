"""Strict YAML: duplicates refused, words stay words, every value knows its line.

Only ``true``/``false`` are booleans (YAML 1.2), so an option called ``no`` or ``on`` stays a word,
and dates stay text until a model asks for a date. A model's complaint is turned into faults that
name ``file:line``; what is right for a file is decided by the models in survey/instrument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from survey.errors import Faults, InstrumentError, did_you_mean, one_of
from survey.io.text import text_of

Place = tuple[str | int | float, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """One parsed file: its data and the line on which each value stands."""

    name: str
    data: Any
    lines: dict[Place, int] = field(default_factory=dict)

    def where(self, *place: str | int | float) -> str:
        """``file:line`` of a value, or of the nearest thing around it."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return f"{self.name}:{self.lines[place[:end]]}"
        return self.name


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """SafeLoader (in C where PyYAML has it) without YAML 1.1's surprises."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rx) for tag, rx in pairs if tag.rsplit(":", 1)[1] not in ("bool", "timestamp")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read_yaml(path: Path, name: str | None = None) -> Document:
    """Parse one file; `name` is how messages call it.

    Raises
    ------
    InstrumentError
        If the file is missing or cannot be opened, is not YAML or UTF-8, or repeats a key.
    """
    name = name or str(path)
    return parse_yaml(text_of(path, name, InstrumentError), name)


def parse_yaml(text: str, name: str = "<text>") -> Document:
    """Parse YAML text; see `read_yaml`."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[Place, int] = {(): 1}
        faults = Faults()
        data = _build(loader, node, (), lines, name, faults) if node is not None else {}
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise InstrumentError(
            f"not valid YAML: {fault.problem or fault.context}", where=f"{name}{line}"
        ) from None
    except yaml.reader.ReaderError as fault:  # a sign YAML does not know, such as NUL
        raise InstrumentError(
            f"holds the control sign U+{fault.character:04X}", where=name, hint="take it out"
        ) from None
    finally:
        if loader is not None:
            loader.dispose()
    if faults.items:
        raise InstrumentError(faults=faults.items)
    return Document(name, data, lines)


def _build(loader, node, place: Place, lines, name: str, faults: Faults) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result: dict = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, (str, int, float, bool)):
                faults.add("a key must be a word or a number", where=f"{name}:{line}")
                continue
            if key in result:
                faults.add(
                    f"'{key}' stands here a second time",
                    where=f"{name}:{line}",
                    hint=f"the first is on line {lines[(*place, key)]}; keep one of them",
                )
                continue
            result[key] = _build(loader, value_node, (*place, key), lines, name, faults)
            lines[(*place, key)] = line
        return result
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(loader, child, (*place, index), lines, name, faults)
            for index, child in enumerate(node.value)
        ]
    return loader.construct_object(node, deep=True)


def entries(document: Document, kind: type[list] | type[dict], what: str) -> list[Any]:
    """Where each entry of a file stands: the places in a list, or the keys of a mapping.

    Raises
    ------
    InstrumentError
        If the file holds something else; `what` says what was expected, such as "a list of items".
    """
    if not isinstance(document.data, kind):
        raise InstrumentError(f"{what} is expected", where=document.where())
    return list(document.data) if kind is dict else list(range(len(document.data)))


def to_model(model: type[Model], document: Document, *place: str | int) -> Model:
    """The value at `place` as `model`, or an InstrumentError with every fault and its line."""
    data = document.data
    for step in place:
        data = data[step]
    try:
        return TypeAdapter(model).validate_python(data)
    except ValidationError as error:
        faults = Faults()
        for entry in error.errors(include_url=False):
            _fault(model, document, place, entry, faults)
        raise InstrumentError(faults=faults.items) from None


def _fault(model, document: Document, place: Place, entry, faults: Faults) -> None:
    steps = tuple(step for step in entry["loc"] if step != "[key]")
    where = document.where(*place, *steps)
    path = ".".join(str(step) for step in (steps or place[-1:])) or "the file"
    if entry["type"] == "extra_forbidden":
        known = _known_keys(model, steps[:-1])
        faults.add(
            f"unknown key '{steps[-1]}'",
            where=where,
            expected=one_of(known, most=30) if known else "",
            hint=did_you_mean(str(steps[-1]), known),
        )
    elif entry["type"] == "missing":
        faults.add(f"'{path}' is missing", where=where)
    else:
        told = entry["msg"].removeprefix("Value error, ")
        shown = entry.get("input")
        got = f" (got {shown!r})" if isinstance(shown, (str, int, float, bool)) else ""
        faults.add(f"'{path}': {told[:1].lower()}{told[1:]}{got}", where=where)


def _known_keys(model: Any, steps: Place) -> list[str]:
    """Names of the fields a model has at `steps`, for hints; empty when it cannot be told."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    if not steps:
        return [info.alias or name for name, info in model.model_fields.items()]
    field_info = model.model_fields.get(str(steps[0]))
    if field_info is None:
        return []
    for inner in _models_in(field_info.annotation):
        rest = steps[1:]
        while rest and str(rest[0]) not in inner.model_fields:
            rest = rest[1:]  # a list index or a free key of a mapping
        known = _known_keys(inner, rest)
        if known:
            return known
    return []


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _models_in(part)]
