"""Corrections written by a person."""

from dataclasses import replace

import pytest

from survey.errors import DataError
from survey.instrument.model import Correction


def corrected(instrument, *edits):
    rows = tuple(
        Correction(respondent=who, item=item, old=old, new=new, reason="listened again")
        for who, item, old, new in edits
    )
    return replace(instrument, corrections={"2020H1": rows})


class TestCorrections:
    def test_an_answer_is_changed_and_what_follows_from_it(self, cleaned, clinic):
        edits = [
            ("A1", "age", "30", "50"),
            ("A1", "issues", "1", "2;3"),
            ("A2", "visits", "2", "1"),
        ]
        rows = [{}, {"q3": "2", "q4": None, "q5": None, "q2": "31"}]
        done = cleaned(*rows, instrument=corrected(clinic, *edits))
        first, second = done.responses.iloc[0], done.responses.iloc[1]
        assert (first["age"], first["age_group"]) == (50, 2)
        assert first[["issues__1", "issues__2", "issues__3"]].to_list() == [0, 1, 1]
        assert second["score"] == 97  # is asked now, and has no answer
        rules = done.audit[["respondent", "item", "rule"]].to_records(index=False).tolist()
        assert ("A2", "score", "routing") in rules
        assert ("A1", "age", "correction") in rules

    def test_a_respondent_can_be_left_out(self, cleaned, clinic):
        done = cleaned({}, {"q2": "31"}, instrument=corrected(clinic, ("A2", "included", "1", "0")))
        assert done.responses["exclusion"].to_list() == ["", "correction"]
        assert done.audit.iloc[-1]["reason"] == "listened again"

    def test_blanks_are_written_na(self, cleaned, clinic):
        edits = [("A1", "issues", "NA", "1"), ("A2", "issues", "1", "NA")]
        done = cleaned({"q5": None}, {"q2": "31"}, instrument=corrected(clinic, *edits))
        assert done.responses["issues__1"].astype(object).to_list()[0] == 1
        assert done.responses["issues__1"].isna().to_list() == [False, True]

    def test_every_wrong_correction_is_told_with_its_line(self, cleaned, clinic):
        edits = [
            ("A9", "age", "30", "50"),
            ("A1", "agee", "30", "50"),
            ("A1", "age", "31", "50"),
            ("A1", "sex", "1", "3"),
            ("A1", "issues", "1", "7"),
        ]
        with pytest.raises(DataError) as error:
            cleaned({}, instrument=corrected(clinic, *edits))
        told = [(fault.where.rsplit("/", 1)[1], fault.what) for fault in error.value.faults]
        assert told == [
            ("2020H1.csv:2", "there is no respondent 'A9'"),
            ("2020H1.csv:3", "this wave has no item 'agee'"),
            ("2020H1.csv:4", "the answer to 'age' is '30', not '31'"),
            ("2020H1.csv:5", "'3' is no answer to 'sex'"),
            ("2020H1.csv:6", "'7' is no answer to 'issues'"),
        ]
