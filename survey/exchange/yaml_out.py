"""A draft as a study's YAML files: readable, with comments for the person who confirms them.

Decided here: what is written for a new study and what beside an old one, which blanks `???` are
left, and that nothing which exists is overwritten. An item or scale the study has already, word
for word, is used; one that differs is a fault, because an id is never given a second meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from survey.errors import InstrumentError, UsageError, collect
from survey.exchange.draft import Draft
from survey.instrument.blanks import BLANK
from survey.instrument.load import Instrument, load_instrument
from survey.instrument.model import Entry
from survey.io.atomic import write_text
from survey.project import Project

WIDTH = 96  # columns up to which a mapping stays on one line
POLICIES = {  # what every study must decide: unit of the number
    "conf_level": "confidence level",
    "min_base": "respondents",
    "min_cell": "respondents in the numerator and outside it",
    "caution_cv": "standard error relative to the estimate",
    "caution_df": "degrees of freedom",
}


def write_study(
    project: Project, study: str, draft: Draft, *, wave: str | None = None
) -> list[Path]:
    """Write a draft into `instruments/<study>/`; returns the files written.

    Raises
    ------
    UsageError
        If a file it would write exists.
    InstrumentError
        If the study has an item of the same id with other content.
    """
    folder = project.instrument(study)
    old = load_instrument(project, study) if (folder / "study.yml").exists() else None
    files = study_files(study, draft, wave=wave, old=old)
    with collect(UsageError) as faults:
        for name in files:
            if (folder / name).exists():
                faults.add(
                    "exists and is not overwritten",
                    where=project.relative(folder / name),
                    hint="give the questionnaire another name with --name",
                )
    return [write_text(folder / name, text) for name, text in files.items()]


def study_files(
    study: str, draft: Draft, *, wave: str | None = None, old: Instrument | None = None
) -> dict[str, str]:
    """The files of a draft: path below the study's folder -> text."""
    items, scales = _new(draft, old)
    files: dict[str, str] = {}
    if old is None:
        files["study.yml"] = _study(study, draft)
        files["methods.yml"] = _methods()
    used = [item for item in draft.items if item in items and item not in draft.unused]
    for name, chosen in ((draft.name, used), (f"{draft.name}_unused", draft.unused)):
        texts = [_item(draft.items[item].model_dump(exclude_defaults=True)) for item in chosen]
        if texts:
            head = "# Not asked in this questionnaire.\n" if name.endswith("_unused") else ""
            files[f"items/{name}.yml"] = head + "".join(texts)
    for name in scales:
        files[f"scales/{name}.yml"] = _mapping(_dump(draft.scales[name]))
    files[f"questionnaires/{draft.name}.yml"] = _head(draft) + _questionnaire(draft)
    if wave is not None:
        files[f"waves/{wave}.yml"] = _wave(draft)
    return files


def _new(draft: Draft, old: Instrument | None) -> tuple[list[str], list[str]]:
    """Items and scales the study does not have yet."""
    if old is None:
        return list(draft.items), list(draft.scales)
    with collect(InstrumentError) as faults:
        for kind, mine, theirs in (
            ("item", draft.items, old.items),
            ("scale", draft.scales, old.scales),
        ):
            for name, entry in mine.items():
                if name in theirs and theirs[name] != entry:
                    faults.add(
                        f"{kind} '{name}' means something else in this study",
                        where=old.where(kind, name),
                        hint="an id is never given a second meaning: rename it in the form, or "
                        "make the two alike if they are the same",
                    )
    return (
        [name for name in draft.items if name not in old.items],
        [name for name in draft.scales if name not in old.scales],
    )


# -- files -------------------------------------------------------------------------------------


def _study(study: str, draft: Draft) -> str:
    title = {lang: draft.title.get(lang, BLANK) for lang in draft.languages}
    return _mapping(
        {
            "id": study,
            "title": title,
            "universe": dict.fromkeys(draft.languages, BLANK),
            "languages": draft.languages,
            "report": study,
            **({"identifiers": draft.identifiers} if draft.identifiers else {}),
            "indicators": [],
            "domains": [],
        }
    )


def _methods() -> str:
    blank = {"value": BLANK, "unit": "", "source": BLANK}
    return "# Numbers that are choices: value, unit, and where they come from.\n" + _mapping(
        {name: blank | {"unit": unit} for name, unit in POLICIES.items()}
    )


def _head(draft: Draft) -> str:
    if not draft.not_expressed:
        return ""
    lines = ["# What the imported file says and these files do not:"]
    for told in draft.not_expressed:
        lines.append("#   " + " ".join(str(told).split()))
    return "\n".join(lines) + "\n"


def _questionnaire(draft: Draft) -> str:
    data = _dump(draft.questionnaire())
    data.setdefault("blocks", [])
    return _mapping(data)


def _wave(draft: Draft) -> str:
    options = draft.raw.get("options")
    raw = {"file": BLANK, "origin": draft.raw.get("origin", "csv")}
    if options:
        raw["options"] = options
    return f"# Fill in every {BLANK}.\n" + _mapping(
        {
            "period": {"start": BLANK, "end": BLANK},
            "questionnaire": draft.name,
            "mode": BLANK,
            "raw": raw,
            "columns": {item: _dump(column) for item, column in draft.columns.items()},
            "design": {"kind": BLANK},
        }
    )


# -- YAML as a person writes it ------------------------------------------------------------------


def _dump(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(mode="python", by_alias=True, exclude_defaults=True)


def _item(data: Mapping[str, Any]) -> str:
    line = flow(data)
    if len(line) + 2 <= WIDTH:
        return f"- {line}\n"
    lines = _mapping(data).splitlines()
    return "".join(f"{'- ' if place == 0 else '  '}{text}\n" for place, text in enumerate(lines))


def _mapping(data: Mapping[str, Any], indent: int = 0) -> str:
    """Block style; what fits on a line stays on it."""
    pad = " " * indent
    lines = []
    for key, value in data.items():
        name = f"{pad}{scalar(key)}:"
        if isinstance(value, str) and _plain_lines(value):
            below = "".join(f"{pad}  {text}\n" for text in value.split("\n"))
            lines.append(f"{name} |-\n{below}")
            continue
        line = flow(value)
        if len(name) + 1 + len(line) <= WIDTH or not isinstance(value, (Mapping, list, tuple)):
            lines.append(f"{name} {line}\n")
        elif isinstance(value, Mapping):
            lines.append(f"{name}\n{_mapping(value, indent + 2)}")
        else:
            lines.append(f"{name}\n{_entries(value, indent + 2)}")
    return "".join(lines)


def _entries(values: Iterable[Any], indent: int) -> str:
    pad = " " * indent
    lines = []
    for value in values:
        line = flow(value)
        if len(line) + indent + 2 <= WIDTH or not isinstance(value, Mapping):
            lines.append(f"{pad}- {line}\n")
        else:
            inner = _mapping(value, indent + 2)
            lines.append(f"{pad}- {inner[indent + 2 :]}")
    return "".join(lines)


def _plain_lines(text: str) -> bool:
    """Whether a text of several lines can stand as it is, line by line."""
    lines = text.split("\n")
    odd = any(ord(char) < 32 or char in "\x85\u2028\u2029\ufeff" for line in lines for char in line)
    return len(lines) > 1 and not odd and all(line and line == line.strip() for line in lines)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """One word, number or text, quoted where YAML needs it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    style = '"' if any(ord(char) < 32 or char in "\x85\u2028\u2029" for char in text) else None
    told = yaml.safe_dump(
        [text],
        default_flow_style=True,
        default_style=style,
        allow_unicode=True,
        width=10**9,
    )
    return told.strip()[1:-1]
