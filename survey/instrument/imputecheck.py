"""Whether a study's imputation can be carried out: every fault of imputation.yml at once.

Looked at: items and variables that must exist and be of a kind that can be imputed or compared,
the order of steps, items that are asked only because of another, policies that methods.yml must
set, and waves whose errors the chosen method cannot hold. Whether there are donors enough is known
only with the data (survey/impute/classes.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from survey.errors import Faults, InstrumentError, did_you_mean, one_of
from survey.instrument.editcheck import design_items
from survey.instrument.expression import items_in
from survey.instrument.imputation import ALWAYS, IMPUTATION, NEEDED, VARIANCE, Step
from survey.instrument.load import Instrument

KINDS = ("single", "number", "multiple")


def check_imputation(instrument: Instrument, faults: Faults) -> None:
    """Every fault of a study's imputation."""
    if instrument.imputation is None:
        return
    for place, step in enumerate(instrument.imputation.steps):
        where = instrument.where("step", str(place))
        _names(step, instrument, where, faults)
    for wave in instrument.waves:
        _order(instrument.imputation.of(wave), instrument, wave, faults)
    _policies(instrument, faults)


def _names(step: Step, instrument: Instrument, where: str, faults: Faults) -> None:
    for wave in step.waves:
        _known(wave, instrument.waves, "wave", where, faults)
    for item in step.items:
        if not _known(item, instrument.items, "item", where, faults):
            continue
        entry = instrument.items[item]
        if entry.derive is not None:
            faults.add(
                f"'{item}' is derived and not imputed itself",
                where=where,
                hint=f"impute '{entry.derive.source}': what is derived follows",
            )
        elif entry.kind not in KINDS:
            faults.add(
                f"'{item}' is {entry.kind}, which is not imputed",
                where=where,
                expected=one_of(KINDS),
            )
        elif item in design_items(instrument):
            faults.add(f"'{item}' says how respondents were drawn and is not imputed", where=where)
    for variable in step.variables():
        if not _known(variable, instrument.items, "variable", where, faults):
            continue
        entry = instrument.items[variable]
        kinds = ("single",) if variable in step.classes else ("single", "number")
        if entry.kind not in kinds:
            faults.add(
                f"'{variable}' is {entry.kind}",
                where=where,
                expected=f"a {' or '.join(kinds)} item",
            )
        source = variable if entry.derive is None else entry.derive.source
        if {variable, source} & set(step.items):
            faults.add(f"donors of '{step.name}' are chosen by '{variable}' itself", where=where)


def _order(steps: Sequence[Step], instrument: Instrument, wave: str, faults: Faults) -> None:
    """Each item once, after what its donors are chosen by, beside what it is asked because of."""
    assert instrument.imputation is not None
    questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
    step_of: dict[str, int] = {}
    for place, step in enumerate(steps):
        where = instrument.where("step", str(instrument.imputation.steps.index(step)))
        for item in step.items:
            if item in step_of:
                faults.add(f"'{item}' is imputed twice in {wave}", where=where)
            step_of[item] = place
    for place, step in enumerate(steps):
        where = instrument.where("step", str(instrument.imputation.steps.index(step)))
        for variable in step.variables():
            later = step_of.get(_root(variable, instrument), -1)
            if later > place:
                faults.add(
                    f"donors of '{step.name}' are chosen by '{variable}', which is imputed later",
                    where=where,
                    hint="put its step first",
                )
    for entry in instrument.items.values():
        asked = f"({entry.universe}) and ({questionnaire.ask_if.get(entry.id, 'all')})"
        try:
            needs = {_root(name, instrument) for name in items_in(asked, instrument.items)}
        except InstrumentError:
            continue  # told by check.py
        for filter_ in sorted(needs & set(step_of)):
            if step_of.get(entry.id) != step_of[filter_]:
                faults.add(
                    f"'{entry.id}' is asked because of '{filter_}', which is imputed without it",
                    where=f"instruments/{instrument.study.id}/{IMPUTATION}",
                    hint="impute both in one step, from one donor",
                )


def _policies(instrument: Instrument, faults: Faults) -> None:
    """Numbers that must be set, and waves that do not go with the method for errors."""
    assert instrument.imputation is not None
    where = f"instruments/{instrument.study.id}/methods.yml"
    method = instrument.choice(VARIANCE)
    for name in (*ALWAYS, *NEEDED.get(method, ())):
        if name not in instrument.methods:
            faults.add(f"imputation needs policy '{name}'", where=where)
            continue
        value = instrument.methods[name].value
        least = 2 if name in NEEDED.get(method, ()) else 1
        if not isinstance(value, int) or value < least:
            faults.add(
                f"policy '{name}' is {value!r}",
                where=where,
                expected=f"a whole number of at least {least}",
            )
    for wave, entry in instrument.waves.items():
        if not instrument.imputation.of(wave):
            continue
        place = instrument.where("wave", wave)
        shared = sorted(
            {*entry.overlap, *(w for w, e in instrument.waves.items() if wave in e.overlap)}
        )
        if shared and method in NEEDED:
            faults.add(
                f"{wave} shares units with {one_of(shared)}, and '{method}' keeps no covariance "
                "between waves",
                where=place,
                hint=f"set {VARIANCE} to rao_shao",
            )
        if method == "reimputation" and entry.design.fpc:
            faults.add(
                f"{wave} has population sizes, and re-imputation draws PSUs with replacement",
                where=place,
                hint=f"set {VARIANCE} to multiple",
            )


def _root(name: str, instrument: Instrument) -> str:
    item = instrument.items.get(name)
    return name if item is None or item.derive is None else item.derive.source


def _known(name: str, known, role: str, where: str, faults: Faults) -> bool:
    if name in known:
        return True
    faults.add(f"{role} '{name}' is not defined", where=where, hint=did_you_mean(name, known))
    return False
