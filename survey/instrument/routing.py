"""Whether a questionnaire leads every respondent through: all faults of its routing at once.

Found here: items nobody can be asked, options nobody can be offered, dead ends, items whose routes
depend on each other, items used before they are asked or never asked, codes and ranges that do not
exist, exclusive options, texts missing in a language. `walk` in walk.py sends simulated
respondents down every path. Names that exist nowhere are told by check.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from survey.errors import Fault, InstrumentError
from survey.instrument import expression
from survey.instrument.model import Item, Questionnaire, Scale, Text
from survey.instrument.reach import Reach, names_of, tree_of

NO_CODES = ("open", "note", "file", "place", "computed", "tokens", "time", "datetime", "date")
MOST_TOLD = 40  # missing texts of a language told one by one
NONE_WORDS = ("none of", "none_of", "以上都没有", "以上都不", "没有以上", "都没有", "no_problem")


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
    where: str = "",
    known: Iterable[str] = (),
) -> Findings:
    """Everything that is wrong with the way through one questionnaire.

    Parameters
    ----------
    items, scales : by id; items may hold more than the questionnaire asks
    languages : every text must exist in each
    where : the file, for messages
    known : items that have a value without being asked (from the sample, derived)
    """
    return _Router(questionnaire, items, scales, languages, where, set(known)).all()


class _Router:
    def __init__(self, questionnaire, items, scales, languages, where, known) -> None:
        self.questionnaire: Questionnaire = questionnaire
        self.items: Mapping[str, Item] = items
        self.scales: Mapping[str, Scale] = scales
        self.languages: Sequence[str] = languages
        self.where: str = where
        self.order = [item for item in questionnaire.order() if item in items]
        self.place = {item: number for number, item in enumerate(self.order)}
        self.known = known | {item for item, entry in items.items() if entry.derive is not None}
        self.findings = Findings()
        self.unspoken: dict[str, list[str]] = {}

    def all(self) -> Findings:
        sound = True
        for item in self.order:
            for role, text in self.conditions(item):
                sound &= self.names(item, role, text)
        self.loops()
        for item in self.order:
            self.exclusive(self.items[item])
            self.texts(self.items[item])
        self.grids()
        for name in dict.fromkeys(s for i in self.order if (s := self.items[i].scale)):
            if name in self.scales:
                self.scale_texts(name, self.scales[name])
        for name, group in self.questionnaire.groups.items():
            if group.text:
                self.spoken(group.text, f"group '{name}'")
        self.untold()
        if sound:  # a search over names that do not exist would tell nothing
            self.reachable()
        return self.findings

    def fault(self, what: str, *, expected: str = "", hint: str = "") -> None:
        self.findings.faults.append(Fault(what, self.where, expected, hint))

    def note(self, what: str, *, hint: str = "") -> None:
        self.findings.notes.append(Fault(what, self.where, "", hint))

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

    # -- answers -----------------------------------------------------------------------------------

    def exclusive(self, item: Item) -> None:
        scale = self.scales.get(item.scale or "")
        if item.exclusive and item.kind != "multiple":
            self.fault(f"'{item.id}' is {item.kind} and cannot have exclusive options")
        if scale is None:
            if item.kind == "number" and item.valid is None:
                self.note(
                    f"'{item.id}' is a number of any size", hint="give it a scale with a range"
                )
            return
        values = scale.values()
        if item.exclusive and set(item.exclusive) >= set(values):
            self.fault(f"every option of '{item.id}' excludes the others: it is a single answer")
        if item.most is not None and not 1 <= item.most <= len(values):
            self.fault(
                f"'{item.id}' takes at most {item.most} of {len(values)} options",
                expected=f"1 to {len(values)}",
            )
        if item.kind != "multiple":
            return
        for code, point in scale.points.items():
            words = " ".join([point.code, *point.text.values()]).lower()
            alike = any(word in words for word in NONE_WORDS) or point.code == "none"
            if alike and code not in item.exclusive:
                self.note(
                    f"option {code} of '{item.id}' reads as none of them, and does not exclude",
                    hint=f"exclusive: [{code}]",
                )

    def grids(self) -> None:
        for grid in self.questionnaire.grids:
            scales = {self.items[item].scale for item in grid if item in self.items}
            if len(scales) > 1:
                self.fault(f"the grid of {', '.join(grid[:3])} mixes scales")

    # -- texts ---------------------------------------------------------------------------------

    def texts(self, item: Item) -> None:
        self.spoken(item.text, f"item '{item.id}'")
        for part, text in (("hint", item.hint), ("message", item.valid_text)):
            if text:
                self.spoken(text, f"the {part} of '{item.id}'")

    def scale_texts(self, name: str, scale: Scale) -> None:
        for code, point in scale.points.items():
            self.spoken(point.text, f"option {code} of scale '{name}'")
        for code, text in scale.ends.items():
            self.spoken(text, f"end {code} of scale '{name}'")

    def spoken(self, text: Text, what: str) -> None:
        for lang in self.languages:
            if not text.get(lang, "").strip():
                self.unspoken.setdefault(lang, []).append(what)

    def untold(self) -> None:
        """Missing texts: one by one, or counted where a language is hardly there at all."""
        for lang, things in self.unspoken.items():
            if len(things) <= MOST_TOLD:
                for what in things:
                    self.fault(f"{what} has no text in {lang}")
            else:
                first = ", ".join(things[:3])
                self.fault(f"{len(things)} texts are missing in {lang}: {first} and more")

    # -- reachability ----------------------------------------------------------------------------

    def reachable(self) -> None:
        reach = Reach(self.questionnaire, self.items, self.scales)
        unsure = []
        for item in self.order:
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


def cycles(needs: Mapping[str, set[str]]) -> list[list[str]]:
    """Rounds of a graph, each once, in a fixed order."""
    found: list[list[str]] = []
    state: dict[str, int] = {}
    for start in needs:
        if state.get(start):
            continue
        path: list[str] = []
        stack: list[tuple[str, list[str]]] = [(start, sorted(needs[start]))]
        state[start] = 1
        path.append(start)
        while stack:
            node, waiting = stack[-1]
            if not waiting:
                stack.pop()
                path.pop()
                state[node] = 2
                continue
            following = waiting.pop(0)
            if state.get(following) == 1:
                found.append(path[path.index(following) :])
            elif following in needs and not state.get(following):
                state[following] = 1
                path.append(following)
                stack.append((following, sorted(needs[following])))
    return found


def _shown(text: str) -> str:
    return text if len(text) < 160 else f"{text[:157]}..."
