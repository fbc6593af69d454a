"""Qualtrics: a small survey written here, with skips, display logic and odd recode values."""

import json

import pytest

from survey.errors import DataError
from survey.exchange.qsf import read_qsf


def choices(*texts, **more):
    return {str(n): {"Display": text} | more.get(f"c{n}", {}) for n, text in enumerate(texts, 1)}


def question(qid, tag, kind, selector, **more):
    payload = {
        "QuestionID": qid,
        "DataExportTag": tag,
        "QuestionText": f"<b>{tag}</b>?",
        "QuestionType": kind,
        "Selector": selector,
        "Language": [],
    }
    return {"Element": "SQ", "PrimaryAttribute": qid, "Payload": payload | more}


def logic(locator, operator="Selected"):
    line = {"LogicType": "Question", "LeftOperand": locator, "Operator": operator}
    return {"0": {"0": line, "Type": "If"}, "Type": "BooleanExpression"}


def skip(qid, locator, condition):
    return {
        "QuestionID": qid,
        "Locator": locator,
        "Condition": condition,
        "SkipToDestination": "ENDOFSURVEY",
    }


@pytest.fixture
def survey(tmp_path):
    def write(questions, elements, trash=()):
        blocks = [
            {"Type": "Default", "ID": "B1", "Description": "Main", "BlockElements": elements},
            {
                "Type": "Trash",
                "ID": "B2",
                "BlockElements": [{"Type": "Question", "QuestionID": q} for q in trash],
            },
        ]
        flow = {"Flow": [{"Type": "Block", "ID": "B1"}], "Type": "Root"}
        data = {
            "SurveyEntry": {"SurveyName": "Trial", "SurveyLanguage": "EN"},
            "SurveyElements": [
                {"Element": "BL", "Payload": blocks},
                {"Element": "FL", "Payload": flow},
                *questions,
            ],
        }
        path = tmp_path / "trial.qsf"
        path.write_text(json.dumps(data), encoding="utf-8")
        return read_qsf(path)

    return write


def asked(*qids):
    return [{"Type": "Question", "QuestionID": qid} for qid in qids]


YES = question("QID1", "Consent", "MC", "SAVR", Choices=choices("Yes", "No"), ChoiceOrder=[1, 2])
TEXT = question("QID2", "Why", "TE", "SL")


class TestLogic:
    def test_a_skip_to_the_end_keeps_the_others_for_those_who_stay(self, survey):
        elements = asked("QID1", "QID2")
        elements[0]["SkipLogic"] = [skip("QID1", "q://QID1/SelectableChoice/1", "NotSelected")]
        assert survey([YES, TEXT], elements).ask_if == {"why": "consent == 1"}

    def test_a_skip_where_a_choice_is_selected_is_turned_round(self, survey):
        elements = asked("QID1", "QID2")
        elements[0]["SkipLogic"] = [skip("QID1", "q://QID1/SelectableChoice/2", "Selected")]
        assert survey([YES, TEXT], elements).ask_if == {"why": "not consent == 2"}

    def test_locators_name_choices_and_conditions_name_recode_values(self, survey):
        many = question(
            "QID3", "Parts", "MC", "MAVR",
            Choices=choices("A", "B"), ChoiceOrder=[1, 2], RecodeValues={"1": "5", "2": "99"},
        )  # fmt: skip
        shown = question(
            "QID2", "Why", "TE", "SL", DisplayLogic=logic("q://QID3/SelectableChoice/2")
        )
        draft = survey([many, shown], asked("QID3", "QID2"))
        assert draft.ask_if == {"why": "parts__99 == 1"}
        assert draft.columns["parts"].columns == {5: "Parts_5", 99: "Parts_99"}

    def test_logic_on_embedded_data_is_listed(self, survey):
        tree = logic("source", "EqualTo")
        tree["0"]["0"]["LogicType"] = "EmbeddedField"
        shown = question("QID2", "Why", "TE", "SL", DisplayLogic=tree)
        draft = survey([YES, shown], asked("QID1", "QID2"))
        assert draft.ask_if == {}
        assert any("EmbeddedField" in entry.what for entry in draft.not_expressed)


class TestQuestions:
    def test_mark_up_is_taken_out_of_wordings_and_counted(self, survey):
        draft = survey([YES], asked("QID1"))
        assert draft.items["consent"].text == {"en": "Consent?"}
        assert any("formatting (HTML) of 1 texts" in entry.what for entry in draft.not_expressed)

    def test_text_beside_a_choice_is_an_item_of_its_own(self, survey):
        other = question(
            "QID1", "Job", "MC", "SAVR",
            Choices=choices("Teacher", "Other", c2={"TextEntry": "true"}), ChoiceOrder=[1, 2],
        )  # fmt: skip
        draft = survey([other], asked("QID1"))
        assert draft.items["job_2_text"].kind == "open"
        assert draft.ask_if == {"job_2_text": "job == 2"}

    def test_two_choices_with_one_recode_value_are_told_apart_and_listed(self, survey):
        twice = question(
            "QID1", "Use", "MC", "MAVR", Choices=choices("No", "Not applicable"),
            ChoiceOrder=[1, 2], RecodeValues={"1": "99", "2": "99"},
        )  # fmt: skip
        draft = survey([twice], asked("QID1"))
        assert draft.scales["use"].values() == [99, 100]
        assert draft.columns["use"].columns == {99: "Use_99"}
        assert any("same recode value 99" in entry.what for entry in draft.not_expressed)

    def test_a_matrix_is_a_grid_with_an_item_per_row(self, survey):
        grid = question(
            "QID1", "Trust", "Matrix", "Likert", SubSelector="SingleAnswer",
            Choices=choices("Police", "Courts"), ChoiceOrder=[1, 2],
            Answers=choices("Low", "High"), AnswerOrder=[1, 2],
        )  # fmt: skip
        draft = survey([grid], asked("QID1"))
        assert draft.grids == [["trust_1", "trust_2"]]
        assert draft.items["trust_2"].text == {"en": "Trust? – Courts"}

    def test_questions_in_the_trash_are_kept_but_not_asked(self, survey):
        draft = survey([YES, TEXT], asked("QID1"), trash=["QID2"])
        assert draft.unused == ["why"]
        assert "why" not in draft.questionnaire().order()


class TestRefusals:
    @pytest.mark.parametrize("text", ["", "{", "[]", '{"SurveyElements": 3}', "\x00"])
    def test_what_is_no_survey(self, tmp_path, text):
        path = tmp_path / "bad.qsf"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="no Qualtrics survey"):
            read_qsf(path)
