import pytest

from survey.errors import InstrumentError, UsageError
from survey.instrument.check import check
from survey.instrument.load import load_instrument
from tests.conftest import edit


def faults(project) -> str:
    with pytest.raises(InstrumentError) as caught:
        check(project, load_instrument(project, "tiny"))
    return str(caught.value)


class TestCheck:
    def test_a_sound_study_passes(self, tiny):
        check(tiny, load_instrument(tiny, "tiny"))

    def test_a_misspelt_scale_is_named_with_its_line_and_the_near_one(self, tiny):
        edit(tiny, "items/all.yml", "scale: trust", "scale: trsut")
        told = faults(tiny)
        assert "instruments/tiny/items/all.yml:3: scale 'trsut' is not defined" in told
        assert "did you mean 'trust'?" in told

    def test_a_misspelt_item_in_a_wave_is_named(self, tiny):
        edit(tiny, "waves/2020H1.yml", "sex: {column: s}", "sx: {column: s}")
        told = faults(tiny)
        assert "item 'sx' is not defined" in told
        assert "item 'sex' is asked but has no column" in told

    def test_a_text_missing_in_a_language_is_told(self, tiny):
        edit(tiny, "scales/sex.yml", "text: {zh: 女, en: Women}", "text: {zh: 女}")
        assert "point 2 of scale 'sex' has no text in en" in faults(tiny)

    def test_a_missing_raw_file_is_told_with_its_place(self, tiny):
        (tiny.raw("tiny", "2020H1") / "raw.csv").unlink()
        assert "data/raw/tiny/2020H1/raw.csv" in faults(tiny)

    def test_a_mean_of_a_scale_that_is_not_numeric_is_refused(self, tiny):
        edit(tiny, "study.yml", "item: trust,", "item: sex,")
        assert "not numeric" in faults(tiny)

    def test_a_route_may_only_look_back(self, tiny):
        edit(
            tiny,
            "questionnaires/v1.yml",
            "blocks:",
            "ask_if: {sex: trust >= 5}\nblocks:",
        )
        assert "depends on 'trust', which is asked later" in faults(tiny)

    def test_margins_without_targets_are_told(self, tiny):
        edit(tiny, "waves/2020H1.yml", "mode: web", "mode: web\ncalibrate: {margins: [sex]}")
        assert "instruments/tiny/targets/2020H1.csv: targets are missing" in faults(tiny)

    def test_a_word_policy_takes_only_the_words_of_its_list(self, tiny):
        path = tiny.instrument("tiny") / "methods.yml"
        line = "multiplicity: {value: benjamini-hochberg, unit: method, source: a test}\n"
        path.write_text(path.read_text() + line)
        check(tiny, load_instrument(tiny, "tiny"))
        edit(tiny, "methods.yml", "benjamini-hochberg", "bonferoni")
        told = faults(tiny)
        assert "instruments/tiny/methods.yml: policy multiplicity: 'bonferoni'" in told
        assert "one of benjamini-hochberg, holm" in told

    def test_a_policy_of_several_words_takes_only_those_of_its_list(self, tiny):
        path = tiny.instrument("tiny") / "methods.yml"
        line = "multiplicity_family: {value: wave provinces, unit: equal within, source: a test}\n"
        path.write_text(path.read_text() + line)
        told = faults(tiny)
        assert "policy multiplicity_family: 'provinces'" in told

    def test_faults_of_several_files_come_together(self, tiny):
        edit(tiny, "items/all.yml", "kind: key", "kind: kee")
        edit(tiny, "scales/sex.yml", "code: male", "cod: male")
        with pytest.raises(InstrumentError) as caught:
            load_instrument(tiny, "tiny")
        assert "items/all.yml:1" in str(caught.value)
        assert "scales/sex.yml:2" in str(caught.value)


class TestProject:
    def test_an_unknown_study_names_the_known_ones(self, tiny):
        with pytest.raises(UsageError, match="did you mean 'tiny'") as caught:
            load_instrument(tiny, "tinny")
        assert caught.value.exit_code == 2

    def test_an_unknown_wave_is_a_usage_error(self, tiny):
        with pytest.raises(UsageError, match="2020H1"):
            tiny.require_wave("tiny", "2020H2")
