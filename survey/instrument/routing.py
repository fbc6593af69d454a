"""Whether a questionnaire leads every respondent through: all faults of its routing at once.

Found here: items nobody can be asked, options nobody can be offered, dead ends, items whose routes
depend on each other, items used before they are asked or never asked, codes and ranges that do not
exist, exclusive options, texts missing in a language. `walk` in walk.py sends simulated
respondents down every path. Names that exist nowhere are told by check.py.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from survey.errors import Fault, InstrumentError
from survey.instrument import expression
from survey.instrument.answerchecks import AnswerChecks
from survey.instrument.cycles import cycles
from survey.instrument.model import Item, Questionnaire, Scale
from survey.instrument.reach import Reach, names_of, tree_of

NO_CODES = ("open", "note", "file", "place", "computed", "tokens", "time", "datetime", "date")


@dataclass
class Findings:
    """faults: must be mended; notes: worth a look."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)

    def require(self) -> None:
        """Raise the faults, if there are any.

        Raises
        ------
        InstrumentError
        """
        if self.faults:
            raise InstrumentError(faults=self.faults)


def check_routing(
    questionnaire: Questionnaire,
    items: Mapping[str, Item],
    scales: Mapping[str, Scale],
    languages: Sequence[str],
    *,
    where: str | Callable[[str], str] = "",
    known: Iterable[str] = (),
) -> Findings:
    """Everything that is wrong with the way through one questionnaire.

    Parameters
    ----------
    items, scales : by id; items may hold more than the questionnaire asks
    languages : every text must exist in each
    where : the file, for messages; or a function of an item ("" for none) that gives its place
    known : items that have a value without being asked (from the sample, derived)
    """
    return _Router(questionnaire, items, scales, languages, where, set(known)).all()


class _Router:
    def __init__(self, questionnaire, items, scales, languages, where, known) -> None:
        self.questionnaire: Questionnaire = questionnaire
        self.items: Mapping[str, Item] = items
        self.scales: Mapping[str, Scale] = scales
        self.languages: Sequence[str] = languages
        self.where: str | Callable[[str], str] = where
        self.at = ""  # the item that is looked at
        self.order = [item for item in questionnaire.order() if item in items]
        self.place = {item: number for number, item in enumerate(self.order)}
        self.known = known | {item for item, entry in items.items() if entry.derive is not None}
        self.findings = Findings()
        self.answers = AnswerChecks(
            questionnaire, items, scales, languages, fault=self.fault, note=self.note
        )

    def all(self) -> Findings:
        sound = True
        for item in self.order:
            self.at = item
            for role, text in self.conditions(item):
                sound &= self.names(item, role, text)
        self.loops()
        for item in self.order:
            self.at = item
            self.answers.exclusive(self.items[item])
            self.answers.texts(self.items[item])
        self.at = ""
        self.answers.grids()
        for name in dict.fromkeys(s for i in self.order if (s := self.items[i].scale)):
            if name in self.scales:
                self.answers.scale_texts(name, self.scales[name])
        for name, group in self.questionnaire.groups.items():
            if group.text:
                self.answers.spoken(group.text, f"group '{name}'")
        self.answers.untold()
        if sound:  # a search over names that do not exist would tell nothing
            self.reachable()
        return self.findings

    def fault(self, what: str, *, expected: str = "", hint: str = "") -> None:
        self.findings.faults.append(Fault(what, self.place_of(), expected, hint))

    def note(self, what: str, *, hint: str = "") -> None:
        self.findings.notes.append(Fault(what, self.place_of(), "", hint))

    def place_of(self) -> str:
        return self.where if isinstance(self.where, str) else self.where(self.at)

    def conditions(self, item: str) -> list[tuple[str, str]]:
        """The conditions of an item with their role; those that cannot be read are told."""
        entry = self.items[item]
        found = [("who is asked", entry.universe)] if entry.universe != "all" else []
        if item in self.questionnaire.ask_if:
            found.append(("who is asked", self.questionnaire.ask_if[item]))
        if entry.valid:
            found.append(("which answers are taken", entry.valid))
        found += [("which options are offered", text) for text in entry.show_if]
        readable = []
        for role, text in found:
            try:
                expression.parse(text)
                readable.append((role, text))
            except InstrumentError as error:
                self.fault(f"{item}: {error.faults[0].what}", hint=error.faults[0].hint)
        return readable

    # -- names and values ------------------------------------------------------------------------

    def item_of(self, name: str) -> str:
        return name if name in self.items else name.rpartition("__")[0]

    def names(self, item: str, role: str, text: str) -> bool:
        """What a condition uses exists, comes before, and has the codes it asks for."""
        sound = True
        for name in sorted(names_of(text)):
            used = self.item_of(name)
            if used not in self.items:
                self.fault(f"{role} of '{item}' depends on '{name}', which does not exist")
                sound = False
            elif used not in self.place and used not in self.known:
                self.fault(
                    f"{role} of '{item}' depends on '{used}', which is never asked",
                    hint=f"ask '{used}' in a block before it",
                )
                sound = False
            elif used in self.place and self.place[used] > self.place[item]:
                self.fault(
                    f"{role} of '{item}' depends on '{used}', which is asked later",
                    hint=f"move '{used}' before '{item}'",
                )
            elif used == item and role == "who is asked":
                self.fault(f"whether '{item}' is asked depends on its own answer")
            sound &= used not in self.items or self.has_codes(item, role, name, used)
        for node in ast.walk(tree_of(text)):
            if isinstance(node, ast.Compare):
                self.codes(item, role, node)
        return sound

    def has_codes(self, item: str, role: str, name: str, used: str) -> bool:
        entry = self.items[used]
        if entry.kind in NO_CODES:
            self.fault(
                f"{role} of '{item}' depends on '{used}', a {entry.kind} item without codes",
                hint="answers of this kind are not kept, so a condition cannot look at them",
            )
            return False
        if entry.kind == "multiple" and name == used:
            self.fault(
                f"{role} of '{item}' looks at '{used}' as one answer, but it is a set",
                hint=f"name an option: {used}__1 == 1",
            )
            return False
        option = name.rpartition("__")[2]
        scale = self.scales.get(entry.scale or "")
        if name != used and scale is not None and option not in [str(c) for c in scale.values()]:
            self.fault(f"{role} of '{item}' depends on '{name}', an option '{used}' does not have")
            return False
        return True

    def codes(self, item: str, role: str, node: ast.Compare) -> None:
        """Values compared with a scale's item must be answers it can have."""
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            name, value = (left, right) if isinstance(left, ast.Name) else (right, left)
            if isinstance(name, ast.Name) and not isinstance(value, ast.Name):
                told = ast.literal_eval(value)
                values = told if isinstance(told, (tuple, list)) else (told,)
                if isinstance(op, (ast.Eq, ast.In, ast.NotEq, ast.NotIn)):
                    for each in values:
                        self.code(item, role, name.id, each)
            left = right

    def code(self, item: str, role: str, name: str, value: object) -> None:
        entry = self.items.get(name)
        scale = self.scales.get(entry.scale or "") if entry else None
        if entry is None or scale is None:
            return
        if value in scale.missing:
            kind = scale.missing[value]  # type: ignore[index]
            self.fault(
                f"{role} of '{item}' asks for {name} == {value}, which is a missing code ({kind})",
                hint="conditions see a missing answer as none: this never holds",
            )
        elif value not in scale.values():
            low, high = min(scale.values()), max(scale.values())
            self.fault(
                f"{role} of '{item}' asks for {name} == {value}, an answer '{name}' cannot have",
                expected=f"a code of scale '{entry.scale}' ({low} to {high})",
            )

    def loops(self) -> None:
        """Items whose being asked depends on each other, directly or round a corner."""
        needs = {
            item: {
                used
                for role, text in self._asked(item)
                for name in names_of(text)
                if (used := self.item_of(name)) in self.place and used != item
            }
            for item in self.order
        }
        for round_ in cycles(needs):
            self.at = round_[0]
            told = " → ".join([*round_, round_[0]])
            self.fault(f"these items wait for each other: {told}", hint="drop one of the routes")

    def _asked(self, item: str) -> list[tuple[str, str]]:
        entry = self.items[item]
        found = []
        for text in (entry.universe, self.questionnaire.ask_if.get(item, "all")):
            try:
                expression.parse(text)
                found.append(("who is asked", text))
            except InstrumentError:
                continue
        return found

    # -- reachability ----------------------------------------------------------------------------

    def reachable(self) -> None:
        reach = Reach(self.questionnaire, self.items, self.scales)
        unsure = []
        for item in self.order:
            self.at = item
            route = reach.routes.get(item)
            asked = [(route, True)] if route else []
            found = reach.possible(asked)
            if found is False:
                self.fault(
                    f"nobody can be asked '{item}': {_shown(route or '')} never holds",
                    hint="mend the condition, or take the item out of the questionnaire",
                )
                continue
            if found is None:
                unsure.append(item)
                continue
            self.options(reach, self.items[item], asked)
        self.at = ""
        if unsure:
            self.note(f"not settled whether these can be asked: {', '.join(unsure)}")

    def options(self, reach: Reach, item: Item, asked: list[tuple[str, bool]]) -> None:
        """Options nobody is offered, and a question left without any."""
        for condition, codes in item.show_if.items():
            if reach.possible([*asked, (condition, True)]) is False:
                told = ", ".join(str(code) for code in codes)
                self.fault(f"nobody can be offered options {told} of '{item.id}'")
        scale = self.scales.get(item.scale or "")
        if scale is not None and item.show_if:
            bound = {code for codes in item.show_if.values() for code in codes}
            if bound >= set(scale.values()):
                none = [(condition, False) for condition in item.show_if]
                found = reach.possible([*asked, *none])
                if isinstance(found, dict):
                    told = ", ".join(f"{k} = {v}" for k, v in found.items() if v is not None)
                    told = told or "nothing is answered"
                    if item.required:
                        self.fault(f"'{item.id}' is a dead end where {told}: no option is offered")
                    else:
                        self.note(f"'{item.id}' has no options where {told}")
        if item.valid and item.kind in ("single", "number"):
            given = f"{item.id} == {item.id}"
            if reach.possible([*asked, (given, True)]) is False:
                self.fault(f"'{item.id}' takes no answer at all: {_shown(item.valid)} never holds")


def _shown(text: str) -> str:
    return text if len(text) < 160 else f"{text[:157]}..."
