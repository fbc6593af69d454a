"""A simulated respondent walks every path of an exported form and of the study: the same items."""

import pandas as pd
import pytest

from survey.exchange.draft import draft_of
from survey.exchange.xlsform_in import read_xlsform
from survey.exchange.xlsform_out import to_xlsform
from survey.exchange.xlsform_walk import answers_for, walk_form
from survey.instrument.expression import holds, names
from survey.instrument.load import load_instrument
from survey.instrument.walk import walk
from tests.unit.exchange.helpers import SHIPPED, form


def walked(draft):
    return walk(draft.questionnaire(), draft.items, draft.scales)


def differences(draft):
    """Respondents whom the exported form asks something else than the study does."""
    exported = to_xlsform(draft)
    asked = {item.id: item.form.get("name", item.id) for item in draft.asked()}
    hidden = {item.id for item in draft.asked() if item.form.get("implied")}
    found = []
    for person in walked(draft).respondents:
        seen, refused = walk_form(exported, answers_for(draft, person.answers))
        wanted = [asked[item] for item in person.asked if item in asked and item not in hidden]
        if seen != wanted or refused:
            found.append((wanted, seen, refused))
    return found


@pytest.mark.parametrize("study", ["security_perception", "browser_privacy"])
def test_an_exported_form_asks_everybody_the_same(checkout, study):
    assert differences(draft_of(load_instrument(checkout, study))) == []


@pytest.mark.parametrize("study", ["security_perception", "browser_privacy"])
def test_every_item_is_asked_of_somebody(checkout, study):
    draft = draft_of(load_instrument(checkout, study))
    assert walked(draft).asked() == set(draft.items)


def test_filtered_choices_are_walked_with_options_that_are_offered():
    assert differences(read_xlsform(SHIPPED / "pyxform_choice_filter_test.xlsx")) == []


def test_every_step_of_a_form_with_logic_is_taken(tmp_path):
    rows = [
        ["type", "name", "label", "relevant", "constraint"],
        ["integer", "age", "Age", "", ". >= 0 and . <= 120"],
        [
            "select_multiple yn",
            "m",
            "M",
            "${age} >= 18",
            "not(selected(., 'no') and count-selected(.) > 1)",
        ],
        ["select_one yn", "a", "A", "selected(${m}, 'yes') or ${age} < 12", ""],
        ["text", "t", "T", "${a} = 'no' and not(selected(${m}, 'yes'))", ""],
    ]
    choices = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]
    draft = read_xlsform(form(tmp_path, rows, choices))
    people = walked(draft)
    assert people.complete
    assert {person.asked for person in people.respondents} == {
        ("age",),
        ("age", "m"),
        ("age", "m", "a"),
        ("age", "a"),
        ("age", "a", "t"),
    }
    assert differences(draft) == []


def test_conditions_on_a_table_of_respondents_agree_with_the_walk(checkout):
    draft = draft_of(load_instrument(checkout, "security_perception"))
    people = walked(draft).respondents
    table = pd.DataFrame([person.answers for person in people]).astype("float64")
    for item, condition in draft.ask_if.items():
        frame = table.reindex(columns=sorted({*table.columns, *names(condition)}))
        assert holds(condition, frame).tolist() == [item in person.asked for person in people]
