"""What comes into cleaning beside the raw file, and which items are kept as they come.

Decided here: which cells are looked at for identifiers because nothing turns them into codes. The
key for hashes is read in run.py (survey/privacy/keyed.py says from where).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from survey.clean.coded import Coding
from survey.clean.identifiers import Hashing
from survey.errors import DataError, collect
from survey.instrument.identifying import hashed_columns
from survey.instrument.load import Instrument
from survey.privacy.keyed import HashKey, read_key
from survey.privacy.search import kind_in, masked
from survey.project import Project


@dataclass(frozen=True)
class Intake:
    """What a wave is cleaned with, besides its raw table.

    Attributes
    ----------
    key : the secret that identifiers are hashed with, where the study declares it
    codings : codes of open answers, by item
    """

    key: HashKey | None = None
    codings: Mapping[str, Coding] = field(default_factory=dict)

    def hashing(self, instrument: Instrument) -> Hashing:
        study = instrument.study
        return Hashing(study.id, tuple(hashed_columns(study.identifiers)), self.key)


NOTHING = Intake()


def key_for(instrument: Instrument) -> HashKey | None:
    """The key of the environment, where the study declares hashes.

    Raises
    ------
    DataError
        If it declares them and there is no key, or none that will do.
    """
    return read_key() if hashed_columns(instrument.study.identifiers) else None


def kept_as_they_are(instrument: Instrument) -> tuple[list[str], list[str]]:
    """Items whose cells are kept unchanged: keys, and numbers that no range bounds."""
    keys = [item.id for item in instrument.items.values() if item.kind == "key"]
    numbers = [
        item.id
        for item in instrument.items.values()
        if item.kind == "number"
        and (item.scale is None or instrument.scales[item.scale].range is None)
    ]
    return keys, numbers


def refuse_telling_names(project: Project, study: str, wave: str) -> None:
    """Names of files stand in manifests and messages, so they may not name a person.

    Raises
    ------
    DataError
        With every file of the wave whose name holds an identifier.
    """
    folder = project.raw(study, wave)
    with collect(DataError) as faults:
        for path in sorted(folder.rglob("*")):
            name = Path(path).relative_to(folder).as_posix()
            kind = kind_in([name])
            if kind is not None:
                faults.add(
                    f"the name of a raw file holds {_article(kind)}",
                    where=masked(project.relative(path)),
                    hint="rename the file, on its card and in the wave file too",
                )


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeioI' else 'a'} {kind}"
