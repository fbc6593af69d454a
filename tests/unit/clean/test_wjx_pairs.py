"""Real 问卷星 surveys downloaded by option text and by number clean to the same data."""

from pathlib import Path

import pandas as pd
import pytest

from survey.clean.pipeline import clean_wave
from survey.clean.run import read_wave
from survey.instrument.load import load_instrument
from survey.io.source import check_files
from survey.project import Project

PROJECT = Project(Path(__file__).parents[2] / "data" / "wjx")
HOBBIES = [479, 436, 461, 492, 478, 214, 95, 294, 145, 76, 184, 425, 242, 2]
NEWS = [11, 416, 448, 310, 401, 332, 270, 287, 131, 5]


@pytest.fixture(scope="module")
def pairs():
    cleaned = {}
    for study in ("hobby_phone", "phone_pilot"):
        instrument = load_instrument(PROJECT, study)
        for kind in ("text", "number"):
            check_files(PROJECT, study, kind, instrument.waves[kind].raw.file)
            raw = read_wave(PROJECT, instrument, kind)
            cleaned[study, kind] = clean_wave(raw, instrument, kind)
    return cleaned


class TestPairs:
    @pytest.mark.parametrize("study", ["hobby_phone", "phone_pilot"])
    def test_text_and_number_are_identical(self, pairs, study):
        text, number = pairs[study, "text"], pairs[study, "number"]
        pd.testing.assert_frame_equal(text.mapped, number.mapped)
        pd.testing.assert_frame_equal(text.responses, number.responses)
        pd.testing.assert_frame_equal(text.audit, number.audit)

    @pytest.mark.parametrize("kind", ["text", "number"])
    def test_the_counts_are_the_known_ones(self, pairs, kind):
        mapped = pairs["hobby_phone", kind].mapped
        assert mapped.filter(like="hobbies__").sum().to_list() == HOBBIES
        assert mapped.filter(like="news__").sum().to_list() == NEWS
        assert mapped["sex"].value_counts().to_dict() == {1: 427, 2: 373}

    def test_two_people_follow_no_news_and_some(self, pairs):
        done = pairs["hobby_phone", "text"]
        assert done.audit["rule"].value_counts()["exclusive"] == 2
        assert done.responses["news__1"].sum() == NEWS[0] - 2

    def test_the_pilot_keeps_skips_ranks_ratings_and_places(self, pairs):
        person = pairs["phone_pilot", "number"].responses.set_index("respondent")
        assert person.loc["2", ["satisfaction", "rank_price", "look", "province"]].to_list() == [
            3,
            16,
            4,
            14,
        ]
        assert person.loc["1", ["user", "satisfaction", "rank_price"]].to_list() == [-3, -3, -3]
        assert person.loc["4", "rank_screen"] == -2  # was asked, did not rank it
        assert person["submitted"].unique().tolist() == ["2016-12-17"]
        assert person["seconds"].to_list() == [5, 136, 8, 60]
