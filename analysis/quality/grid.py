"""Which other rules a headline is estimated under: the grid of a robustness band.

Declared in methods.yml: `band_exclude_flags`, sets of signs that exclude, separated by a slash
(`none` excludes by no sign); `band_<cut-off>`, values of a cut-off to try, separated by blanks. The
grid is every set with every value of the cut-offs of its signs; a cut-off of a sign that does not
exclude changes nothing and is not varied. The study's own rules are always among the choices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from survey.clean.judge import cutoffs_of, excluding, signs_named
from survey.errors import InstrumentError
from survey.instrument.cutoffs import CUTOFFS, EXCLUDE
from survey.instrument.load import Instrument

BAND = "band_"
NOBODY = "none"


@dataclass(frozen=True)
class Choice:
    """One set of rules.

    Attributes
    ----------
    signs : those that exclude, in the order in which they do
    cut : cut-offs of these signs, (policy, value), sorted
    own : whether these are the study's own rules
    """

    signs: tuple[str, ...]
    cut: tuple[tuple[str, float], ...]
    own: bool = False


def choices(instrument: Instrument, wave: str) -> list[Choice]:
    """The study's own rules, then every other choice of its grid, each once.

    Raises
    ------
    InstrumentError
        If a policy of the grid names no sign or no cut-off, or a value is no number.
    """
    base = cutoffs_of(instrument, wave)
    own = _choice(excluding(instrument, wave), base, own=True)
    found = {(own.signs, own.cut): own}
    tried = _tried(instrument)
    for chosen in _sets(instrument):
        varied = {name: values for name, values in tried.items() if CUTOFFS[name] in chosen}
        for values in product(*varied.values()):
            choice = _choice(chosen, base | dict(zip(varied, values, strict=True)))
            found.setdefault((choice.signs, choice.cut), choice)
    return list(found.values())


def _choice(chosen: list[str], cut: Mapping[str, float], *, own: bool = False) -> Choice:
    used = tuple(sorted((name, value) for name, value in cut.items() if CUTOFFS[name] in chosen))
    return Choice(tuple(chosen), used, own)


def _sets(instrument: Instrument) -> Iterator[list[str]]:
    policy = instrument.methods.get(BAND + EXCLUDE)
    where = f"instruments/{instrument.study.id}/methods.yml"
    for words in str(policy.value).split("/") if policy is not None else ():
        yield [] if words.strip() == NOBODY else signs_named(words, where=where)


def _tried(instrument: Instrument) -> dict[str, list[float]]:
    """Cut-off -> the values to try."""
    found: dict[str, list[float]] = {}
    where = f"instruments/{instrument.study.id}/methods.yml"
    for name, policy in sorted(instrument.methods.items()):
        cut = name.removeprefix(BAND)
        if cut in (name, EXCLUDE):
            continue
        if cut not in CUTOFFS:
            raise InstrumentError(f"'{name}' tries '{cut}', which is no cut-off", where=where)
        try:
            found[cut] = [float(word) for word in str(policy.value).split()]
        except ValueError:
            raise InstrumentError(
                f"'{name}' is {policy.value!r}", where=where, expected="numbers between blanks"
            ) from None
    return found
