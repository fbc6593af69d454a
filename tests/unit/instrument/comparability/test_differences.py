"""Each kind of change between two waves is seen, measured and judged by the declared rules."""

import pytest

from survey.instrument.comparability.rules import rules
from tests.conftest import edit


def scale(two_waves, name, text):
    (two_waves.instrument("tiny") / "scales" / f"{name}.yml").write_text(text, encoding="utf-8")


POINTS = """\
points:
  {0}: {{code: bad, text: {{zh: 差, en: Bad}}}}
  {1}: {{code: fair, text: {{zh: 一般, en: {fair}}}}}
  {2}: {{code: good, text: {{zh: 好, en: Good}}}}
{more}numeric: true
missing: {{{missing}}}
"""


def mood(*values, fair="Fair", more="", missing="98: dont_know"):
    return POINTS.format(*values, fair=fair, more=more, missing=missing)


class TestQuestions:
    def test_nothing_changed_is_no_difference(self, found):
        assert found("mood") == []

    def test_punctuation_alone_is_the_same(self, found):
        text = "asked: {mood: {text: {zh: 您心情如何, en: 'How is your mood?'}}}\n"
        assert found("mood", v2=text) == [("wording", "same")]

    def test_another_wording_is_broken(self, found):
        text = "asked: {mood: {text: {zh: 您今天开心吗？, en: 'Are you happy today?'}}}\n"
        assert found("mood", v2=text) == [("wording", "broken")]

    def test_the_least_alike_language_counts(self, found):
        text = "asked: {mood: {text: {zh: 您心情如何？, en: 'Are you happy today?'}}}\n"
        assert found("mood", v2=text) == [("wording", "broken")]

    def test_one_word_of_a_long_question_is_minor(self, two_waves, found):
        long = "All in all and taking everything together, how would you say your mood is today?"
        edit(two_waves, "items/all.yml", "'How is your mood?'", f"'{long}'")
        text = long.replace("would", "do")
        text = f"asked: {{mood: {{text: {{zh: 您心情如何？, en: '{text}'}}}}}}\n"
        assert found("mood", v2=text) == [("wording", "minor")]

    def test_several_answers_instead_of_one_are_another_task(self, found):
        assert ("kind", "broken") in found("mood", v2="asked: {mood: {kind: multiple}}\n")

    def test_a_hint_that_came_is_minor(self, found):
        text = "asked: {mood: {hint: {zh: 请看卡片, en: Show card}}}\n"
        assert found("mood", v2=text) == [("hint", "minor")]


class TestOptions:
    @pytest.mark.parametrize(
        ("new", "told"),
        [
            (mood(1, 2, 3, fair="So-so"), [("options_reworded", "broken")]),
            (mood(1, 2, 3, fair="FAIR"), [("options_reworded", "same")]),
            (mood(3, 2, 1), [("direction", "broken")]),
            (mood(1, 2, 4), [("options_recoded", "broken")]),
            (mood(1, 2, 3, missing=""), [("no_answer", "minor")]),
            (
                mood(1, 2, 3, more="  4: {code: best, text: {zh: 最好, en: Best}}\n"),
                [("options_added", "broken"), ("points", "broken")],
            ),
        ],
    )
    def test_a_changed_scale_is_told(self, two_waves, found, new, told):
        scale(two_waves, "mood2", new)
        assert found("mood", v2="asked: {mood: {scale: mood2}}\n") == told

    def test_another_order_with_the_same_codes_is_minor(self, two_waves, found):
        lines = mood(1, 2, 3).splitlines(keepends=True)
        lines[1], lines[2] = lines[2], lines[1]
        scale(two_waves, "mood2", "".join(lines))
        told = found("mood", v2="asked: {mood: {scale: mood2}}\n")
        assert told == [("options_order", "minor")]

    def test_codes_of_a_scale_that_only_names_may_move(self, two_waves, found):
        scale(
            two_waves,
            "sex2",
            "points:\n  2: {code: male, text: {zh: 男, en: Men}}\n"
            "  1: {code: female, text: {zh: 女, en: Women}}\n",
        )
        told = dict(found("sex", v2="asked: {sex: {scale: sex2}}\n"))
        assert told["options_recoded"] == "same"

    def test_eleven_points_are_not_ten(self, two_waves, found):
        scale(two_waves, "trust10", "range: [1, 10]\nnumeric: true\nmissing: {98: dont_know}\n")
        assert found("trust", v2="asked: {trust: {scale: trust10}}\n") == [("points", "broken")]

    def test_ends_the_other_way_round_are_a_turned_scale(self, two_waves, found):
        low, high = "{zh: 完全不信, en: Not at all}", "{zh: 完全信任, en: Completely}"
        text = (
            "range: [0, 10]\nnumeric: true\nmissing: {{98: dont_know}}\nends: {{0: {}, 10: {}}}\n"
        )
        scale(two_waves, "trust", text.format(low, high))
        scale(two_waves, "turned", text.format(high, low))
        told = found("trust", v2="asked: {trust: {scale: turned}}\n")
        assert told == [("direction", "broken")]


class TestRoutes:
    def test_another_expression_for_the_same_people_is_the_same(self, two_waves, found):
        edit(two_waves, "questionnaires/v1.yml", "blocks:", "ask_if: {mood: age >= 18}\nblocks:")
        told = found("mood", v2="ask_if: {mood: not age < 18 and age > 17}\n")
        assert told == [("route", "same")]

    def test_other_people_are_another_base(self, two_waves, found):
        edit(two_waves, "questionnaires/v1.yml", "blocks:", "ask_if: {mood: age >= 18}\nblocks:")
        assert found("mood", v2="ask_if: {mood: age >= 16}\n") == [("route", "broken")]

    def test_a_route_further_up_counts_too(self, two_waves, found):
        v1 = "ask_if: {mood: trust >= 5}\nblocks:"
        edit(two_waves, "questionnaires/v1.yml", "blocks:", v1)
        told = found("mood", v2="ask_if: {mood: trust >= 5, trust: sex == 1}\n")
        assert told == [("route", "broken")]

    def test_a_route_over_a_new_question_leads_other_people(self, found):
        v2 = "ask_if: {mood: also == 1}\n"
        told = found(
            "mood",
            v2=v2,
            questionnaires__v2=(
                "items: [sex, age, trust, mood]",
                "items: [sex, also, age, trust, mood]",
            ),
        )
        assert told == [("route", "broken")]


class TestContext:
    def test_a_question_in_between_changes_what_comes_before_the_next_one_alone(self, found):
        edits = {
            "questionnaires__v2": (
                "items: [sex, age, trust, mood]",
                "items: [sex, age, also, trust, mood]",
            )
        }
        assert found("trust", **edits) == [("before", "minor")]

    def test_a_question_that_moved_with_its_neighbour_only_moved(self, found):
        edits = {
            "questionnaires__v2": (
                "items: [sex, age, trust, mood]",
                "items: [age, trust, mood, sex]",
            )
        }
        assert found("mood", **edits) == [("place", "same")]

    @pytest.mark.parametrize(("mode", "told"), [("panel", "minor"), ("cati", "broken")])
    def test_the_mode_is_judged_by_who_leads(self, found, mode, told):
        assert found("mood", waves__2020H2=("mode: web", f"mode: {mode}")) == [("mode", told)]

    def test_a_sample_of_another_kind_is_broken(self, found):
        edits = {"waves__2020H2": ("kind: nonprobability", "kind: probability")}
        assert found("mood", **edits) == [("sample", "broken")]


class TestRules:
    def test_every_aspect_has_words_and_a_last_resort(self):
        declared = rules()
        last = {rule.aspect: rule.at_least for rule in declared.rules}
        assert set(last) == set(declared.aspects)
        assert set(last.values()) == {0}

    def test_every_mode_of_a_wave_is_led_by_somebody(self):
        from typing import get_args

        from survey.instrument.fieldwork import Wave

        assert set(rules().modes) == set(get_args(Wave.model_fields["mode"].annotation))

    def test_every_rule_says_why_in_both_languages(self):
        assert all({"zh", "en"} <= set(rule.why) for rule in rules().rules)
