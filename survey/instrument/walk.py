"""Simulated respondents who walk every path of a questionnaire.

A path parts where an answer decides who is asked what later. Decided here: answers that decide the
same about everything later are one, so that the paths can be counted; every step from one such
state to the next is taken by at least one respondent. Whether the way is sound is told by
routing.py; that an exported form asks the same people the same is tested by walking it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from survey.instrument.model import Item, Questionnaire, Scale
from survey.instrument.reach import Answers, Reach, names_of, truth

MOST_COMBINATIONS = 4096  # of the options of one set that conditions look at
MOST_STATES = 200  # after one item


@dataclass(frozen=True)
class Respondent:
    """answers: name -> code (an option of a set as `set__3`: 1 or 0), None for no answer."""

    answers: Answers
    asked: tuple[str, ...]


@dataclass
class Walk:
    """respondents; steps: how many different steps they take; complete: none was left out."""

    respondents: list[Respondent]
    steps: int
    complete: bool = True

    def asked(self) -> set[str]:
        """Items that at least one respondent is asked."""
        return {item for person in self.respondents for item in person.asked}


State = tuple  # what the answers so far decide about later items
Step = tuple[State, bool, State]


@dataclass
class _Layer:
    """All states before one item, each with the answers of somebody in it, and the steps on."""

    states: dict[State, Answers]
    steps: dict[Step, Answers] = field(default_factory=dict)


def walk(
    questionnaire: Questionnaire, items: Mapping[str, Item], scales: Mapping[str, Scale]
) -> Walk:
    """Respondents who together take every step of the questionnaire."""
    walker = _Walker(Reach(questionnaire, items, scales))
    layers = walker.layers()
    people = list(walker.people(layers))
    return Walk(people, sum(len(layer.steps) for layer in layers), walker.complete)


class _Walker:
    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.order = [i for i in reach.questionnaire.order() if i in reach.items]
        self.complete = True
        conditions: dict[str, int] = {}  # condition -> place of the last item it is needed for
        for place, item in enumerate(self.order):
            for text in [*reach.items[item].show_if, reach.routes.get(item, "all")]:
                conditions[text] = place
        self.conditions = [text for text in conditions if text != "all"]
        self.number = {text: number for number, text in enumerate(self.conditions)}
        self.using: dict[str, list[int]] = {}  # name -> conditions that look at it
        for number, text in enumerate(self.conditions):
            for name in names_of(text):
                self.using.setdefault(name, []).append(number)
        last = [conditions[text] for text in self.conditions]
        self.needed = [
            sum(1 << n for n, until in enumerate(last) if until >= place)
            for place in range(len(self.order) + 1)
        ]

    # -- forwards --------------------------------------------------------------------------------

    def layers(self) -> list[_Layer]:
        """The states before each item; nobody has answered anything before the first."""
        outside: Answers = {
            name: None for name in self.using if self.reach.item_of(name) not in self.order
        }
        current = _Layer({self.state(0, (0, 0, ()), outside, outside): outside})
        layers = [current]
        for place, item in enumerate(self.order):
            following: dict[State, Answers] = {}
            for state, answers in current.states.items():
                asked = self.is_asked(item, state)
                found = 0
                for given in self.answers(place, item, answers, asked):
                    looked_at = {n: v for n, v in given.items() if n in self.using}
                    then = answers | looked_at
                    after = self.state(place + 1, state, looked_at, then)
                    if after not in following:
                        if len(following) >= MOST_STATES and found:
                            self.complete = False
                            continue
                        following[after] = then
                    found += 1
                    current.steps.setdefault((state, asked, after), given)
            current = _Layer(following)
            layers.append(current)
        return layers

    def is_asked(self, item: str, state: State) -> bool:
        route = self.reach.routes.get(item)
        return route is None or bool(state[1] >> self.number[route] & 1)

    def state(self, place: int, before: State, given: Answers, answers: Answers) -> State:
        """What is decided about each later condition; where it is open, the answers it needs.

        (bits of the settled conditions, bits of those that hold, answers to the open ones)
        """
        settled, holding, partly = before
        open_parts = dict(partly)
        for number in {n for name in given for n in self.using[name]}:
            if settled >> number & 1:
                continue
            text = self.conditions[number]
            found = truth(text, answers)
            if found is None:
                known = ((n, answers[n]) for n in sorted(names_of(text)) if n in answers)
                open_parts[number] = tuple(known)
            else:
                open_parts.pop(number, None)
                settled |= 1 << number
                holding |= found << number
        needed = self.needed[place]
        left = tuple(sorted((n, part) for n, part in open_parts.items() if needed >> n & 1))
        return settled & needed, holding & needed, left

    def answers(self, place: int, item: str, before: Answers, asked: bool) -> Iterator[Answers]:
        """The answers of one item that decide something later, or one answer if none does."""
        entry = self.reach.items[item]
        names = self.names(entry)
        if not asked or not names:
            yield dict.fromkeys(names)
            return
        needed = self.needed[place + 1]
        live = [n for n in names if any(needed >> c & 1 for c in self.using.get(n, ()))]
        if entry.kind == "multiple":
            yield from self.sets(entry, live, before)
            return
        given = [v for v in self.reach.domain(item) if v is not None]
        fitting: list[float | None] = [v for v in given if self.accepted(entry, v, before)]
        if not live:
            fitting = fitting[:1]
        elif not entry.required:
            fitting.append(None)
        for value in fitting or [None]:
            yield {item: value}

    def names(self, item: Item) -> list[str]:
        if item.kind == "multiple":
            scale = self.reach.scales.get(item.scale or "")
            return [f"{item.id}__{code}" for code in scale.values()] if scale else []
        return [] if item.kind == "note" else [item.id]

    def accepted(self, item: Item, value: float, before: Answers) -> bool:
        for condition, codes in item.show_if.items():
            if value in codes and truth(condition, before) is not True:
                return False
        return item.valid is None or truth(item.valid, before | {item.id: value}) is not False

    def sets(self, item: Item, live: list[str], before: Answers) -> Iterator[Answers]:
        scale = self.reach.scales[item.scale or ""]
        offered = [code for code in scale.values() if self.offered(item, code, before)]
        nothing = {f"{item.id}__{code}": 0 for code in scale.values()}
        one = {f"{item.id}__{offered[0]}": 1} if offered else {}
        if not live:
            yield {**nothing, **one}
            return
        can = [name for name in live if int(name.rpartition("__")[2]) in offered]
        for chosen in self.combinations(can):
            codes = {int(name.rpartition("__")[2]) for name in chosen}
            if len(codes) > 1 and codes & set(item.exclusive):
                continue
            if item.most is not None and len(codes) > item.most:
                continue
            if not codes:  # another option, or no answer at all
                rest = [code for code in offered if f"{item.id}__{code}" not in live]
                if rest:
                    yield {**nothing, f"{item.id}__{rest[0]}": 1}
                if not item.required or not rest:
                    yield dict.fromkeys(nothing)
                continue
            yield {**nothing, **dict.fromkeys(chosen, 1)}

    def offered(self, item: Item, code: int, before: Answers) -> bool:
        bound = [text for text, codes in item.show_if.items() if code in codes]
        return all(truth(text, before) is True for text in bound)

    def combinations(self, names: list[str]) -> Iterator[tuple[str, ...]]:
        if 2 ** len(names) <= MOST_COMBINATIONS:
            for picked in product((False, True), repeat=len(names)):
                yield tuple(n for n, yes in zip(names, picked, strict=True) if yes)
            return
        self.complete = False  # none, each alone, all but each, all
        yield ()
        for name in names:
            yield (name,)
            yield tuple(other for other in names if other != name)
        yield tuple(names)

    # -- people ----------------------------------------------------------------------------------

    def people(self, layers: list[_Layer]) -> Iterator[Respondent]:
        """Walk until every step was taken; each walk prefers steps nobody took."""
        onward: list[dict[State, list[Step]]] = []
        for layer in layers[:-1]:
            by_state: dict[State, list[Step]] = {}
            for step in layer.steps:
                by_state.setdefault(step[0], []).append(step)
            onward.append(by_state)
        back = self._back(layers)
        left = [set(layer.steps) for layer in layers[:-1]]
        start = next(iter(layers[0].states.values()))
        for place, layer in enumerate(layers[:-1]):
            for step in layer.steps:
                if step not in left[place]:
                    continue
                way = [*self._way_to(back, place, step[0]), step]
                while len(way) < len(self.order):
                    here = onward[len(way)][way[-1][2]]
                    fresh = [s for s in here if s in left[len(way)]]
                    way.append((fresh or here)[0])
                yield self._person(way, layers, left, start)

    def _back(self, layers: list[_Layer]) -> list[dict[State, Step]]:
        back: list[dict[State, Step]] = [{}]
        for layer in layers[:-1]:
            found: dict[State, Step] = {}
            for step in layer.steps:
                found.setdefault(step[2], step)
            back.append(found)
        return back

    def _way_to(self, back: list[dict[State, Step]], place: int, state: State) -> list[Step]:
        way: list[Step] = []
        while place:
            step = back[place][state]
            way.append(step)
            place, state = place - 1, step[0]
        return way[::-1]

    def _person(self, way, layers, left, start: Answers) -> Respondent:
        answers, asked = dict(start), []
        for place, step in enumerate(way):
            left[place].discard(step)
            answers |= layers[place].steps[step]
            if step[1]:
                asked.append(self.order[place])
        return Respondent(answers, tuple(asked))
