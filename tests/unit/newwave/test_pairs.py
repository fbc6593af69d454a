"""Proposed maps of real pairs of files against the maps that people wrote."""

from itertools import permutations
from pathlib import Path

import pytest

from survey.project import Project
from tests.unit.newwave.pairs import columns, proposal_of, readings

SECURITY = ("2013H1", "2017H1", "2018H1")  # csv in words, SPSS, 问卷星 by number
WJX = Project(Path(__file__).parents[2] / "data" / "wjx")


class TestThreeTools:
    @pytest.mark.parametrize(("previous", "new"), list(permutations(SECURITY, 2)))
    def test_every_sure_entry_is_that_of_the_committed_map(self, checkout, previous, new):
        score = columns(checkout, "security_perception", previous, new)
        assert score.wrong == []
        assert len(score.right) >= 22
        assert len(score.right) + len(score.unsure_right) == 24
        assert readings(checkout, "security_perception", previous, new) == []

    @pytest.mark.parametrize(("previous", "new"), list(permutations(SECURITY, 2)))
    def test_columns_that_identify_people_are_never_candidates(self, checkout, previous, new):
        proposal = proposal_of(checkout, "security_perception", previous, new)
        gone = {drop.column for drop in proposal.dropped}
        assert len(gone) == 2
        assert not gone & set(proposal.table.frame.columns)
        assert not gone & {c for unit in proposal.left for c in unit.columns}

    def test_options_counted_from_one_are_shifted_and_those_above_are_asked_about(self, checkout):
        proposal = proposal_of(checkout, "security_perception", "2017H1", "2018H1")
        score = next(found for found in proposal.matches if found.item == "safety_score")
        assert score.reading.column.shift == -1
        assert [(u.what, u.proposal) for u in score.reading.unsure] == [("12", "98"), ("13", "99")]
        province = next(found for found in proposal.matches if found.item == "province")
        assert province.reading.column.codes["31"] == 65

    def test_a_set_of_columns_and_a_joined_column_are_the_same_item(self, checkout):
        one = proposal_of(checkout, "security_perception", "2017H1", "2018H1")
        joined = proposal_of(checkout, "security_perception", "2018H1", "2013H1")
        of = {p.origin: next(m for m in p.matches if m.item == "issues") for p in (one, joined)}
        assert list(of["wjx"].reading.column.columns) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert of["csv"].reading.column.split == "；"


class TestTextAndNumber:
    @pytest.mark.parametrize("study", ["hobby_phone", "phone_pilot"])
    @pytest.mark.parametrize(("previous", "new"), [("text", "number"), ("number", "text")])
    def test_every_sure_entry_is_that_of_the_committed_map(self, study, previous, new):
        score = columns(WJX, study, previous, new)
        assert score.wrong == []
        assert readings(WJX, study, previous, new) == []

    @pytest.mark.parametrize(("previous", "new"), [("text", "number"), ("number", "text")])
    def test_a_file_of_eight_hundred_answers_is_matched_whole(self, previous, new):
        assert len(columns(WJX, "hobby_phone", previous, new).right) == 9
