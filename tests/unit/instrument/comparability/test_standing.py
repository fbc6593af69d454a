"""What counts between two waves: decisions, drafts, and what nobody decided."""

from dataclasses import replace

import pytest

from survey.errors import InstrumentError
from survey.instrument.check import check, check_studies
from survey.instrument.comparability.standing import Standings
from survey.instrument.decisions import Bridge, Comparability
from survey.instrument.load import load_instrument
from tests.conftest import edit
from tests.unit.instrument.comparability.conftest import NEW, OLD

REWORDED = "asked: {trust: {text: {zh: 您有信心吗, en: Are you confident at all?}}}\n"
REASON = {"zh": "试", "en": "a test"}


@pytest.fixture
def reworded(two_waves):
    path = two_waves.instrument("tiny") / "questionnaires" / "v2.yml"
    path.write_text(path.read_text(encoding="utf-8") + REWORDED, encoding="utf-8")
    return two_waves


def told(project):
    with pytest.raises(InstrumentError) as error:
        check(project, load_instrument(project, "tiny"))
    return str(error.value)


def decide(project, text):
    (project.instrument("tiny") / "comparability.yml").write_text(text, encoding="utf-8")


def decision(item="trust", waves=(OLD, NEW), status="minor", **more):
    return Comparability(item=item, waves=waves, status=status, reason=REASON, **more)


def standing(project, *decisions, item="trust", old=OLD, new=NEW):
    instrument = replace(load_instrument(project, "tiny"), comparability=decisions)
    return Standings(instrument).standing(item, old, new)


class TestStanding:
    def test_a_change_without_a_decision_is_as_good_as_broken(self, reworded):
        found = standing(reworded)
        assert (found.status, found.undecided) == ("broken", True)

    @pytest.mark.parametrize("status", ["same", "minor", "broken"])
    def test_a_decision_counts_whatever_the_rules_propose(self, reworded, status):
        found = standing(reworded, decision(status=status))
        assert (found.status, found.undecided) == (status, False)

    def test_a_draft_is_no_decision(self, reworded):
        found = standing(reworded, decision(status="proposed", proposal="minor"))
        assert (found.status, found.undecided) == ("broken", True)

    def test_the_order_of_the_waves_does_not_matter(self, reworded):
        found = standing(reworded, decision(waves=(NEW, OLD), status="minor"), old=NEW, new=OLD)
        assert found.status == "minor"

    def test_a_decision_for_all_items_settles_the_mode_and_no_wording(self, reworded):
        edit(reworded, "waves/2020H2.yml", "mode: web", "mode: cati")
        every = decision(item="all", status="minor")
        assert standing(reworded, every, item="mood").status == "minor"
        assert standing(reworded, every).undecided

    def test_of_a_grouping_variable_the_mode_does_not_count(self, reworded):
        edit(reworded, "waves/2020H2.yml", "mode: web", "mode: cati")
        standings = Standings(load_instrument(reworded, "tiny"))
        assert standings.standing("sex", OLD, NEW).status == "broken"
        assert standings.of_group("sex", OLD, NEW).status == "same"

    def test_a_question_that_came_back_to_what_it_was_is_the_same(self, reworded):
        third = third_wave(reworded, questionnaire="v1")
        assert standing(reworded, new=third).status == "same"
        assert standing(reworded, new=NEW).status == "broken"

    def test_a_break_that_only_a_person_knows_of_stays_on_the_way(self, two_waves):
        third = third_wave(two_waves, questionnaire="v1")
        found = standing(two_waves, decision(status="broken"), new=third)
        assert found.status == "broken"

    def test_bridges_count_only_if_every_break_has_one(self, reworded):
        third = third_wave(reworded, questionnaire="v2")
        bridge = Bridge(kind="linear", slope=2, reason=REASON)
        first = decision(status="broken", bridge=bridge)
        second = decision(waves=(NEW, third), status="broken")
        assert standing(reworded, first, new=third).bridges
        assert not standing(reworded, first, second, new=third).bridges


def third_wave(project, questionnaire):
    folder = project.instrument("tiny") / "waves"
    text = (folder / f"{NEW}.yml").read_text(encoding="utf-8")
    text = text.replace("2020-07-01", "2021-01-01").replace("2020-12-31", "2021-06-30")
    text = text.replace("questionnaire: v2", f"questionnaire: {questionnaire}")
    (folder / "2021H1.yml").write_text(text, encoding="utf-8")
    return "2021H1"


class TestCheck:
    def test_two_like_waves_need_no_decision(self, two_waves):
        check(two_waves, load_instrument(two_waves, "tiny"))

    def test_a_change_without_a_decision_is_refused_by_name(self, reworded):
        text = told(reworded)
        assert "'trust' changed between 2020H1 and 2020H2 (wording)" in text
        assert "the rules propose 'broken'" in text

    def test_a_change_of_an_item_nothing_is_made_of_is_not(self, two_waves):
        path = two_waves.instrument("tiny") / "questionnaires" / "v2.yml"
        more = "asked: {mood: {text: {zh: 今天开心吗, en: Happy today?}}}\n"
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
        check(two_waves, load_instrument(two_waves, "tiny"))

    def test_a_decision_with_a_reason_is_enough(self, reworded):
        decide(
            reworded,
            f"- {{item: trust, waves: [{OLD}, {NEW}], status: minor, reason: {{zh: 试, en: t}}}}\n",
        )
        check(reworded, load_instrument(reworded, "tiny"))

    def test_a_draft_is_refused_at_its_line(self, reworded):
        decide(
            reworded,
            f"# A comment.\n- {{item: trust, waves: [{OLD}, {NEW}], status: proposed, "
            "proposal: broken, reason: {zh: '', en: ''}}\n",
        )
        text = told(reworded)
        assert "comparability.yml:2: 'trust' between 2020H1 and 2020H2 is a draft" in text
        assert text.count("trust") == 1

    def test_an_empty_reason_is_refused(self, reworded):
        decide(
            reworded,
            f"- item: trust\n  waves: [{OLD}, {NEW}]\n  status: minor\n"
            "  reason: {zh: 试, en: ''}\n",
        )
        assert "the decision on 'trust' has no reason in en" in told(reworded)

    def test_two_decisions_on_one_pair_are_refused(self, reworded):
        line = "- {{item: trust, waves: [{}, {}], status: minor, reason: {{zh: 试, en: t}}}}\n"
        decide(reworded, line.format(OLD, NEW) + line.format(NEW, OLD))
        assert "is decided twice" in told(reworded)

    @pytest.mark.parametrize(
        ("bridge", "fault"),
        [
            ("{kind: split_ballot, old: also}", "the split ballot of 2020H2 did not ask 'also'"),
            (f"{{kind: split_ballot, old: mood, wave: {OLD}}}", "lies before the later wording"),
            ("{kind: linear, slope: 2, reason: {zh: 试}}", "the formula has no reason in en"),
            ("{kind: linear, slope: 2}", "a linear bridge needs a reason"),
            ("{kind: split_ballot}", "names in 'old' the item"),
        ],
    )
    def test_a_bridge_that_leads_nowhere_is_refused(self, reworded, bridge, fault):
        decide(
            reworded,
            f"- {{item: trust, waves: [{OLD}, {NEW}], status: broken, bridge: {bridge}, "
            "reason: {zh: 试, en: t}}\n",
        )
        with pytest.raises(InstrumentError) as error:
            check_studies(reworded, ["tiny"])
        assert fault in str(error.value)

    def test_a_bridge_without_a_break_is_refused(self):
        with pytest.raises(ValueError, match="a bridge belongs to a broken item"):
            decision(status="minor", bridge=Bridge(kind="linear", reason=REASON))


class TestRoutingInCheck:
    def test_an_item_nobody_can_be_asked_is_told_at_the_line_of_its_route(self, two_waves):
        path = two_waves.instrument("tiny") / "questionnaires" / "v2.yml"
        text = path.read_text(encoding="utf-8") + "ask_if:\n  mood: trust > 5 and trust < 5\n"
        path.write_text(text, encoding="utf-8")
        assert "questionnaires/v2.yml:3: nobody can be asked 'mood'" in told(two_waves)

    def test_an_item_asked_otherwise_is_checked_as_it_is_asked(self, two_waves):
        path = two_waves.instrument("tiny") / "questionnaires" / "v2.yml"
        text = path.read_text(encoding="utf-8") + "asked: {mood: {scale: moods}}\n"
        path.write_text(text, encoding="utf-8")
        assert "scale 'moods' is not defined" in told(two_waves)
