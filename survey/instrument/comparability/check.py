"""What of comparability a study's check insists on.

A study is refused while an item that is estimated, or that groups people, changed between two
neighbouring waves and nobody has decided what that means; while a draft stands unconfirmed, a
decision has no reason, or a bridge names something that is not there.
"""

from __future__ import annotations

from itertools import pairwise

from survey.errors import Faults, did_you_mean, one_of
from survey.instrument.comparability.rules import rules
from survey.instrument.comparability.standing import Compared, Standings
from survey.instrument.decisions import EVERY_ITEM, Bridge, Comparability
from survey.instrument.load import Instrument

FILE = "comparability.yml"


def check_decisions(instrument: Instrument, faults: Faults) -> None:
    """Every decision of the file: names, reasons, drafts, bridges."""
    about: dict[tuple[str, frozenset[str]], str] = {}
    for number, decision in enumerate(instrument.comparability):
        where = place_of(instrument, number)
        if decision.item != EVERY_ITEM and decision.item not in instrument.items:
            faults.add(
                f"item '{decision.item}' is not defined",
                where=where,
                expected=one_of(sorted(instrument.items)),
                hint=did_you_mean(decision.item, instrument.items),
            )
        for wave in decision.waves:
            if wave not in instrument.waves:
                faults.add(
                    f"wave '{wave}' is not defined",
                    where=where,
                    expected=one_of(list(instrument.waves)),
                    hint=did_you_mean(wave, instrument.waves),
                )
        key = (decision.item, frozenset(decision.waves))
        if key in about:
            faults.add(
                f"'{decision.item}' is decided twice for {' and '.join(decision.waves)}",
                where=where,
                hint=f"the first is at {about[key]}",
            )
        about.setdefault(key, where)
        _reason(instrument, decision, where, faults)
        if decision.bridge is not None:
            _bridge(instrument, decision, decision.bridge, where, faults)


def check_undecided(instrument: Instrument, faults: Faults) -> None:
    """Items that changed between neighbouring waves without a decision, if anything is made of
    them; the instrument's names must be sound."""
    if instrument.study.pipeline != "survey":
        return
    standings = Standings(instrument)
    drafted = {
        (d.item, frozenset(d.waves)) for d in instrument.comparability if d.status == "proposed"
    }
    study = instrument.study
    estimated = dict.fromkeys(indicator.item for indicator in study.indicators)
    crossed = (name for pair in study.crossed_domains for name in pair)
    groups = dict.fromkeys([*study.domains, *crossed])
    for old, new in pairwise(instrument.waves):
        for item in estimated:
            _undecided(instrument, standings.standing(item, old, new).steps, drafted, faults)
        for item in groups:
            if item not in estimated:
                steps = standings.of_group(item, old, new).steps
                _undecided(instrument, steps, drafted, faults)


def place_of(instrument: Instrument, number: int) -> str:
    """File and line of a decision, counted from 0."""
    whole = f"instruments/{instrument.study.id}/{FILE}"
    return instrument.places.get(f"decision:{number}", whole)


def _undecided(
    instrument: Instrument, steps: tuple[Compared, ...], drafted: set, faults: Faults
) -> None:
    for step in steps:
        old, new = step.waves
        if not step.open or (step.item, frozenset(step.waves)) in drafted:  # a draft tells itself
            continue
        names = rules().aspects
        told = [j.difference.aspect for j in step.found if j.proposal != "same"]
        changed = ", ".join(names[aspect]["en"].lower() for aspect in told)
        faults.add(
            f"'{step.item}' changed between {old} and {new} ({changed}), and nobody has decided "
            "whether it may be compared",
            where=f"instruments/{instrument.study.id}/{FILE}",
            expected=f"a decision for {{item: {step.item}, waves: [{old}, {new}]}}",
            hint=f"the rules propose '{step.proposal}'; see perception diff-waves {old} {new} "
            f"--study {instrument.study.id}",
        )


def _reason(instrument: Instrument, decision: Comparability, where: str, faults: Faults) -> None:
    if not decision.decided:
        proposal = f", the rules propose '{decision.proposal}'" if decision.proposal else ""
        faults.add(
            f"'{decision.item}' between {' and '.join(decision.waves)} is a draft{proposal}",
            where=where,
            expected="status same, minor or broken, and a reason in every language",
            hint="a person decides; what changed is shown by perception diff-waves",
        )
        return
    absent = [lang for lang in instrument.study.languages if not decision.reason.get(lang, "")]
    if absent:
        faults.add(
            f"the decision on '{decision.item}' has no reason in {', '.join(absent)}", where=where
        )


def _bridge(
    instrument: Instrument, decision: Comparability, bridge: Bridge, where: str, faults: Faults
) -> None:
    uses = [i for i in instrument.study.indicators if i.item == decision.item]
    if bridge.kind == "linear":
        absent = [lang for lang in instrument.study.languages if not bridge.reason.get(lang, "")]
        if absent:
            faults.add(f"the formula has no reason in {', '.join(absent)}", where=where)
        if uses and not any("mean" in i.statistic for i in uses):
            faults.add(
                f"a formula carries means, and '{decision.item}' has none",
                where=where,
                hint="shares are carried by a split ballot",
            )
        return
    order = [wave for wave in instrument.waves if wave in decision.waves]
    wave = bridge.wave or (order[-1] if order else "")
    if wave not in instrument.waves:
        faults.add(
            f"the split ballot names wave '{wave}', which is not defined",
            where=where,
            expected=one_of(list(instrument.waves)),
        )
        return
    if order and list(instrument.waves).index(wave) < list(instrument.waves).index(order[-1]):
        faults.add(
            f"the split ballot of {wave} lies before the later wording came",
            where=where,
            expected=f"{order[-1]} or a wave after it",
        )
    asked = instrument.questionnaires[instrument.waves[wave].questionnaire].order()
    for item in (decision.item, bridge.old or ""):
        if item not in asked:
            faults.add(
                f"the split ballot of {wave} did not ask '{item}'",
                where=where,
                expected="both wordings in one questionnaire, each of a random half",
                hint=did_you_mean(item, asked),
            )
    kinds = {instrument.items[i].kind for i in (decision.item, bridge.old) if i in instrument.items}
    if len(kinds) > 1:
        faults.add("the two wordings are questions of different kinds", where=where)
