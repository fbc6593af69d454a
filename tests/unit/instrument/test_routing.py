"""Faults of a questionnaire's routing, each in a questionnaire small enough to see it."""

import pytest

from survey.instrument.cycles import cycles
from survey.instrument.model import Block, Item, Point, Questionnaire, Scale
from survey.instrument.routing import check_routing

SCALES = {
    "yn": Scale(
        points={
            1: Point(code="yes", text={"en": "Yes"}),
            2: Point(code="no", text={"en": "No"}),
        },
        missing={98: "dont_know"},
    ),
    "age": Scale(range=(10, 99), numeric=True),
    "parts": Scale(
        points={
            1: Point(code="a", text={"en": "A"}),
            2: Point(code="b", text={"en": "B"}),
            3: Point(code="none", text={"en": "None of these"}),
        }
    ),
}


def item(name, kind="single", scale="yn", **more):
    scale = scale if kind in ("single", "multiple", "number", "ranking") else None
    return Item(id=name, kind=kind, scale=scale, text={"en": name}, **more)


def faults(*items, ask_if=None, languages=("en",), order=None, notes=False, **more):
    questionnaire = Questionnaire(
        blocks=[Block(id="main", items=order or [entry.id for entry in items])],
        ask_if=ask_if or {},
        **more,
    )
    known = {entry.id: entry for entry in items}
    found = check_routing(questionnaire, known, SCALES, languages)
    return [fault.what for fault in (found.notes if notes else found.faults)]


class TestReach:
    def test_a_sound_questionnaire_has_no_faults(self):
        assert faults(item("a"), item("b"), ask_if={"b": "a == 1"}) == []

    def test_two_answers_at_once_reach_nobody(self):
        told = faults(item("a"), item("b"), ask_if={"b": "a == 1 and a == 2"})
        assert told == ["nobody can be asked 'b': (a == 1 and a == 2) never holds"]

    def test_a_number_outside_its_range_reaches_nobody(self):
        told = faults(item("n", "number", "age"), item("b"), ask_if={"b": "n > 99"})
        assert told == ["nobody can be asked 'b': (n > 99) never holds"]

    def test_an_item_behind_one_that_its_own_condition_closes_reaches_nobody(self):
        routes = {"b": "a == 1", "c": "a == 2 and b == 1"}
        told = faults(item("a"), item("b"), item("c"), ask_if=routes)
        assert told == ["nobody can be asked 'c': (a == 2 and b == 1) never holds"]

    def test_an_exclusive_option_never_stands_beside_another(self):
        chosen = item("m", "multiple", "parts", exclusive=[3])
        told = faults(chosen, item("b"), ask_if={"b": "m__3 == 1 and m__1 == 1"})
        assert told == ["nobody can be asked 'b': (m__3 == 1 and m__1 == 1) never holds"]

    def test_a_question_whose_options_nobody_is_offered_is_a_dead_end(self):
        bound = item("b", required=True, show_if={"a == 1": [1, 2]})
        told = faults(item("a"), bound)
        assert told == ["'b' is a dead end where a = 2: no option is offered"]

    def test_a_check_that_never_holds_takes_no_answer(self):
        told = faults(item("n", "number", "age", valid="n > 120"))
        assert told == ["'n' takes no answer at all: n > 120 never holds"]


class TestOrder:
    def test_an_item_used_before_it_is_asked(self):
        told = faults(item("a"), item("b"), ask_if={"a": "b == 1"})
        assert "who is asked of 'a' depends on 'b', which is asked later" in told

    def test_items_that_wait_for_each_other(self):
        told = faults(item("a"), item("b"), ask_if={"a": "b == 1", "b": "a == 1"})
        assert "these items wait for each other: a → b → a" in told

    def test_an_item_that_is_never_asked(self):
        told = faults(item("a"), item("b"), ask_if={"b": "a == 1"}, order=["b"])
        assert told == ["who is asked of 'b' depends on 'a', which is never asked"]

    def test_an_item_that_does_not_exist(self):
        told = faults(item("b"), ask_if={"b": "a == 1"})
        assert told == ["who is asked of 'b' depends on 'a', which does not exist"]

    def test_a_round_of_three_is_found_once(self):
        assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


class TestAnswers:
    def test_an_answer_the_scale_does_not_have(self):
        told = faults(item("a"), item("b"), ask_if={"b": "a == 3"})
        assert "who is asked of 'b' asks for a == 3, an answer 'a' cannot have" in told

    def test_a_missing_code_is_seen_as_no_answer(self):
        told = faults(item("a"), item("b"), ask_if={"b": "a == 98"})
        assert any("which is a missing code (dont_know)" in fault for fault in told)

    def test_a_set_is_asked_by_its_options(self):
        told = faults(item("m", "multiple", "parts"), item("b"), ask_if={"b": "m == 1"})
        assert told == ["who is asked of 'b' looks at 'm' as one answer, but it is a set"]

    def test_text_is_not_kept_and_cannot_route(self):
        told = faults(item("t", "open"), item("b"), ask_if={"b": "t == 'x'"})
        assert told == ["who is asked of 'b' depends on 't', a open item without codes"]

    def test_none_of_these_ought_to_exclude(self):
        told = faults(item("m", "multiple", "parts"), notes=True)
        assert told == ["option 3 of 'm' reads as none of them, and does not exclude"]

    def test_more_options_may_be_chosen_than_there_are(self):
        told = faults(item("m", "multiple", "parts", exclusive=[3], most=4))
        assert told == ["'m' takes at most 4 of 3 options"]


class TestTexts:
    def test_every_missing_text_is_told_at_once(self):
        told = faults(item("a", hint={"en": "hint"}), languages=("en", "zh"))
        assert told == [
            "item 'a' has no text in zh",
            "the hint of 'a' has no text in zh",
            "option 1 of scale 'yn' has no text in zh",
            "option 2 of scale 'yn' has no text in zh",
        ]


@pytest.mark.parametrize("study", ["security_perception", "browser_privacy"])
def test_the_studies_of_this_project_have_no_faults(checkout, study):
    from survey.instrument.load import load_instrument

    instrument = load_instrument(checkout, study)
    for questionnaire in instrument.questionnaires.values():
        found = check_routing(
            questionnaire, instrument.items, instrument.scales, instrument.study.languages
        )
        assert found.faults == []
