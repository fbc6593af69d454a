"""The neutral draft between a file of some tool and a study's files.

An importer fills a `Draft`, yaml_out.py writes it; `draft_of` makes one of a study, and the
exporters write that. Decided here: how names of a tool become ids and codes, and how what cannot
be said is kept: `not_expressed` lists it, with whether it is kept word by word under `form`.
What a format's parts mean is decided in its own module.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from survey.errors import UsageError, did_you_mean, one_of
from survey.instrument.load import Instrument
from survey.instrument.model import Block, Column, Group, Item, Questionnaire, Scale, Text

SECONDS = "seconds"  # the reserved item that holds the length of the interview
ANSWERED = ("single", "multiple", "number")  # kinds whose answers a condition may use


@dataclass(frozen=True)
class Unexpressed:
    """Something one side says and the other has no place for.

    Attributes
    ----------
    where : item, option or part of the file
    what : in one sentence
    kept : whether it stands word by word under `form`, so that the same tool gets it back
    """

    where: str
    what: str
    kept: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (" (kept word by word)" if self.kept else "")


@dataclass
class Draft:
    """One questionnaire with everything it needs.

    Attributes
    ----------
    columns : item -> where the tool's export holds it
    identifiers : columns of that export that identify a person
    raw : origin and reader options of that export
    unused : items the file defines and does not ask
    technical : items of the questionnaire that nobody is asked (numbers, times, weights)
    """

    name: str
    title: Text = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    ask_if: dict[str, str] = field(default_factory=dict)
    attention: dict[str, int] = field(default_factory=dict)
    grids: list[list[str]] = field(default_factory=list)
    columns: dict[str, Column] = field(default_factory=dict)
    identifiers: list[str] = field(default_factory=list)
    raw: dict = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    technical: list[str] = field(default_factory=list)
    form: dict[str, str] = field(default_factory=dict)
    not_expressed: list[Unexpressed] = field(default_factory=list)

    def questionnaire(self) -> Questionnaire:
        """The order and routing as the study's file says them."""
        return Questionnaire(
            blocks=self.blocks,
            groups=self.groups,
            ask_if=self.ask_if,
            attention=self.attention,
            grids=self.grids,
            form=self.form,
        )

    def asked(self) -> list[Item]:
        """What is put to a respondent, in the order of asking."""
        order = [item for block in self.blocks for item in block.items]
        return [self.items[item] for item in order if item not in self.technical]

    def scale_of(self, item: Item) -> Scale | None:
        return self.scales.get(item.scale) if item.scale else None

    def lacks(self, where: str, what: str, *, kept: bool = False) -> None:
        """Note something that is not expressed; the same thing only once."""
        told = Unexpressed(where, what, kept)
        if told not in self.not_expressed:
            self.not_expressed.append(told)


def draft_of(
    instrument: Instrument, *, wave: str | None = None, questionnaire: str | None = None
) -> Draft:
    """A study's questionnaire as a draft, for export.

    Parameters
    ----------
    wave, questionnaire : str, optional
        Which one; without both the newest wave's, or the only questionnaire.

    Raises
    ------
    UsageError
        If it does not exist, or there are several and no wave.
    """
    study = instrument.study
    if wave is not None:
        _require("wave", wave, instrument.waves)
    elif questionnaire is None and instrument.waves:
        wave = list(instrument.waves)[-1]
    if questionnaire is None and wave is not None:
        questionnaire = instrument.waves[wave].questionnaire
    if questionnaire is None and len(instrument.questionnaires) == 1:
        questionnaire = next(iter(instrument.questionnaires))
    if questionnaire is None:
        raise UsageError(
            f"study '{study.id}' has {len(instrument.questionnaires)} questionnaires and no wave",
            expected=one_of(instrument.questionnaires) if instrument.questionnaires else "",
            hint="name one with --questionnaire",
        )
    _require("questionnaire", questionnaire, instrument.questionnaires)
    chosen = instrument.questionnaires[questionnaire]
    instrument = instrument.asked_by(questionnaire)
    order = chosen.order()
    needed = {scale for item in order if (scale := instrument.items[item].scale)}
    return Draft(
        name=f"{study.id}_{questionnaire}",
        title=dict(study.title),
        languages=list(study.languages),
        items={item: instrument.items[item] for item in order},
        scales={name: scale for name, scale in instrument.scales.items() if name in needed},
        blocks=list(chosen.blocks),
        groups=dict(chosen.groups),
        ask_if=_routes(instrument, chosen),
        attention=dict(chosen.attention),
        grids=[list(grid) for grid in chosen.grids],
        columns=dict(instrument.waves[wave].columns) if wave else {},
        technical=_technical(instrument, order, wave),
        form=dict(chosen.form),
    )


def _technical(instrument: Instrument, order: list[str], wave: str | None) -> list[str]:
    """Keys, the length of the interview and the base weight: no questions."""
    design = instrument.waves[wave].design if wave else None
    set_by_tools = {SECONDS, design.base_weight if design else None}
    return [
        item
        for item in order
        if item in set_by_tools
        or (instrument.items[item].kind == "key" and "type" not in instrument.items[item].form)
    ]


def _routes(instrument: Instrument, questionnaire: Questionnaire) -> dict[str, str]:
    """Routing and universes together, as the pipeline applies them."""
    routes = {}
    for item in questionnaire.order():
        both = [instrument.items[item].universe, questionnaire.ask_if.get(item, "all")]
        said = [text for text in dict.fromkeys(both) if text != "all"]
        if said:
            routes[item] = said[0] if len(said) == 1 else " and ".join(f"({s})" for s in said)
    return routes


def _require(kind: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise UsageError(
            f"there is no {kind} '{name}'",
            expected=one_of(known) if known else f"a {kind} that exists",
            hint=did_you_mean(name, known),
        )


# -- names -------------------------------------------------------------------------------------


def slug(text: str, otherwise: str = "q") -> str:
    """An id made of a tool's name: small letters, digits and single underscores."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.strip())
    plain = re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")
    if not plain:
        return otherwise
    if not plain[0].isalpha():
        plain = f"{otherwise}_{plain}"
    return f"{plain}_" if keyword.iskeyword(plain) or plain == "all" else plain


def code_word(text: str, otherwise: str) -> str:
    """A point's lasting name made of its wording: at most five words of it."""
    plain = re.sub(r"[^A-Za-z0-9+]+", "_", text.strip()).strip("_").lower()
    short = "_".join(plain.split("_")[:5])
    return short or otherwise


def digits(value: float) -> str:
    """A number with all its digits and no more."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


class Names:
    """Ids given out so far; a second use of a name gets a number."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def new(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name
