"""A code frame is versioned: ids are never used again, and old codes have heirs or none."""

import pytest

from survey.errors import InstrumentError
from survey.instrument.check import check
from survey.instrument.codeframe import CodeFrame
from survey.io.yamlfile import parse_yaml, to_model
from tests.unit.text.conftest import FRAME, instrument_of

NEXT = """\
  - version: 2
    wave: 2020H1
    reason: {zh: 细分, en: finer}
    changes
""".replace("changes", "split: {1: [4, 5]}\n    carry: {1: 4}\n    merged: {6: [2, 3]}")
MORE = "".join(f"  - {{id: {n}, code: c{n}, text: {{zh: 码{n}, en: C{n}}}}}\n" for n in (4, 5, 6))


def frame(text=FRAME) -> CodeFrame:
    return to_model(CodeFrame, parse_yaml(text, "worries.yml"))


def second(change=NEXT) -> str:
    return FRAME.replace("versions:", MORE + "versions:") + change


class TestVersions:
    def test_codes_of_a_version(self):
        made = frame(second())
        assert made.alive_ids(1) == {1, 2, 3, 96, 97, 99}
        assert made.alive_ids() == {4, 5, 6, 96, 97, 99}
        assert list(made.scale().points) == [96, 97, 99, 4, 5, 6]
        assert made.since(4) == 2

    @pytest.mark.parametrize(
        ("old", "now"), [({1}, {4}), ({2}, {6}), ({2, 3}, {6}), ({96}, {96}), ({1, 3}, {4, 6})]
    )
    def test_merged_and_split_codes_are_carried(self, old, now):
        assert frame(second()).carried(old, 1) == (now, set())
        assert frame(second()).carried(now, 2) == (now, set())

    def test_a_split_code_without_an_heir_has_to_be_coded_again(self):
        made = frame(second(NEXT.replace("carry: {1: 4}\n", "\n")))
        assert made.carried({1, 2}, 1) == ({6}, {1})

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (NEXT.replace("[4, 5]", "[4, 3]"), "uses code 3 again"),
            (NEXT.replace("merged: {6", "merged: {2"), "uses code 2 again"),
            (NEXT.replace("split: {1", "split: {7"), "ends code 7, which is not in use"),
            (NEXT.replace("[4, 5]", "[4, 8]"), "adds code 8, which 'codes' lacks"),
            (NEXT.replace("carry: {1: 4}", "carry: {1: 6}"), "carries 1 to 6, no part of it"),
            (NEXT.replace("version: 2", "version: 3"), "version 2 is called 3"),
            (NEXT.replace("[4, 5]", "[4]"), "code 5 is in no version"),
            (
                NEXT.replace("merged: {6: [2, 3]}", "added: [6]\n    retired: [99]"),
                "role 'uncoded'",
            ),
        ],
    )
    def test_a_history_that_does_not_hold_is_refused(self, change, told):
        with pytest.raises(InstrumentError, match=told):
            frame(second(change))

    def test_an_id_or_a_name_there_twice_is_refused(self):
        with pytest.raises(InstrumentError, match="an id is never used again"):
            frame(FRAME.replace("- id: 2", "- id: 1"))
        with pytest.raises(InstrumentError, match="code leak is there twice"):
            frame(FRAME.replace("code: calls", "code: leak"))


class TestStudy:
    def test_a_frame_is_the_scale_of_a_set_with_codes_that_stand_alone(self, town):
        instrument = instrument_of(town)
        check(town, instrument)
        assert instrument.scales["worries"].code(1) == "leak"
        assert instrument.items["themes"].exclusive == [97, 99]
        assert instrument.asked_as("themes") == "remarks"

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("item: remarks", "item: sex", "item 'sex' is single"),
            ("item: remarks", "item: nowhere", "item 'nowhere' is not defined"),
            ("wave: 2020H1", "wave: 1999H1", "wave '1999H1' is not defined"),
            ("{zh: 骚扰电话, en: Nuisance calls}", "{zh: 骚扰电话}", "has no text in en"),
        ],
    )
    def test_faults_of_a_frame_are_told(self, town, old, new, told):
        path = town.instrument("tiny") / "codeframes" / "worries.yml"
        path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
        with pytest.raises(InstrumentError, match=told):
            check(town, instrument_of(town))
