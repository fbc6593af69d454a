"""Rankings of Qualtrics and LimeSurvey are mapped onto the columns of their exports."""

import json

from survey.exchange.lss import read_lss
from survey.exchange.qsf import read_qsf

QSF = {
    "SurveyEntry": {"SurveyID": "SV_1", "SurveyName": "ranks", "SurveyLanguage": "EN"},
    "SurveyElements": [
        {
            "Element": "BL",
            "Payload": [
                {
                    "Type": "Default",
                    "ID": "BL_1",
                    "BlockElements": [{"Type": "Question", "QuestionID": "QID1"}],
                }
            ],
        },
        {"Element": "FL", "Payload": {"Flow": [{"Type": "Standard", "ID": "BL_1"}]}},
        {
            "Element": "SQ",
            "PrimaryAttribute": "QID1",
            "Payload": {
                "QuestionID": "QID1",
                "DataExportTag": "Q7",
                "QuestionType": "RO",
                "Selector": "DND",
                "QuestionText": "Please rank",
                "Choices": {"1": {"Display": "Price"}, "4": {"Display": "Speed"}},
                "ChoiceOrder": ["1", "4"],
            },
        },
    ],
}
LSS = """<?xml version="1.0" encoding="UTF-8"?>
<document><LimeSurveyDocType>Survey</LimeSurveyDocType>
<languages><language>en</language></languages>
<surveys><rows><row><sid>1</sid><language>en</language></row></rows></surveys>
<groups><rows><row><gid>1</gid><group_name>g</group_name><group_order>1</group_order>
<language>en</language></row></rows></groups>
<questions><rows><row><qid>1</qid><parent_qid>0</parent_qid><gid>1</gid><type>R</type>
<title>Q7</title><question>Please rank</question><question_order>1</question_order>
<language>en</language></row></rows></questions>
<answers><rows>{answers}</rows></answers>
<question_attributes><rows><row><qid>1</qid><attribute>max_answers</attribute><value>2</value></row>
</rows></question_attributes></document>
"""
ANSWER = (
    "<row><qid>1</qid><code>A{n}</code><answer>Option {n}</answer><sortorder>{n}</sortorder>"
    "<language>en</language></row>"
)


def test_qualtrics_holds_a_rank_in_a_column_per_choice(tmp_path):
    path = tmp_path / "r.qsf"
    path.write_text(json.dumps(QSF), encoding="utf-8")
    draft = read_qsf(path)
    assert draft.items["q7"].kind == "ranking"
    assert draft.columns["q7"].columns == {1: "Q7_1", 4: "Q7_4"}
    assert draft.columns["q7"].by == "option"
    assert not [entry for entry in draft.not_expressed if "rank" in str(entry)]


def test_limesurvey_holds_an_option_in_a_column_per_rank(tmp_path):
    path = tmp_path / "r.lss"
    answers = "".join(ANSWER.format(n=n) for n in (1, 2, 3))
    path.write_text(LSS.format(answers=answers), encoding="utf-8")
    draft = read_lss(path)
    place = draft.columns["q7"]
    assert (place.columns, place.by) == ({1: "Q7[1]", 2: "Q7[2]"}, "rank")
