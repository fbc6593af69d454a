import pytest

from survey.errors import InstrumentError
from survey.instrument.load import load_instrument
from tests.conftest import edit


def add_wave(project, name: str, end: str, half: int) -> None:
    first = project.instrument("tiny") / "waves" / "2020H1.yml"
    text = first.read_text(encoding="utf-8")
    text = text.replace("2020-06-30", end).replace("2020-01-01", "2000-01-01")
    first.with_name(f"{name}.yml").write_text(text.replace("half: 1", f"half: {half}"), "utf-8")


class TestWaves:
    def test_waves_are_in_order_of_time_not_of_name(self, tiny):
        add_wave(tiny, "a_later", "2021-06-30", 1)
        add_wave(tiny, "z_first", "2019-06-30", 1)
        assert list(load_instrument(tiny, "tiny").waves) == ["z_first", "2020H1", "a_later"]

    def test_the_year_before_is_the_same_half_or_nothing(self, tiny):
        add_wave(tiny, "2021H1", "2021-06-30", 1)
        add_wave(tiny, "2020H2", "2020-12-31", 2)
        instrument = load_instrument(tiny, "tiny")
        assert instrument.year_before("2021H1") == "2020H1"
        assert instrument.year_before("2020H2") is None
        assert instrument.previous("2021H1") == "2020H2"
        assert instrument.previous("2020H1") is None


class TestFaults:
    @pytest.mark.parametrize("text", ["[a]", "5", "word"])
    @pytest.mark.parametrize("name", ["methods.yml", "study.yml", "scales/sex.yml"])
    def test_a_file_of_another_form_is_named(self, tiny, name, text):
        (tiny.instrument("tiny") / name).write_text(text, encoding="utf-8")
        with pytest.raises(InstrumentError, match=f"instruments/tiny/{name}:1"):
            load_instrument(tiny, "tiny")

    @pytest.mark.parametrize("text", ["a: 5", "5"])
    def test_decisions_on_comparability_are_a_list(self, tiny, text):
        (tiny.instrument("tiny") / "comparability.yml").write_text(text, encoding="utf-8")
        with pytest.raises(InstrumentError, match="a list of decisions is expected"):
            load_instrument(tiny, "tiny")

    def test_every_faulty_policy_is_named(self, tiny):
        path = tiny.instrument("tiny") / "methods.yml"
        path.write_text("a: 5\nb: {value: 1, unit: x}\n", encoding="utf-8")
        with pytest.raises(InstrumentError) as caught:
            load_instrument(tiny, "tiny")
        assert "methods.yml:1: 'a'" in str(caught.value)
        assert "methods.yml:2: 'source' is missing" in str(caught.value)

    def test_a_policy_in_words_is_no_number(self, tiny):
        edit(tiny, "methods.yml", "value: 30", "value: many")
        with pytest.raises(InstrumentError, match=r"'min_base' is not a number \(got 'many'\)"):
            load_instrument(tiny, "tiny").policy("min_base")

    def test_targets_in_another_encoding_are_told(self, tiny):
        path = tiny.instrument("tiny") / "targets" / "2020H1.csv"
        path.parent.mkdir()
        path.write_bytes("margin,level\nsex,男\n".encode("gb18030"))
        with pytest.raises(InstrumentError, match=r"targets/2020H1\.csv:2: not UTF-8"):
            load_instrument(tiny, "tiny")

    def test_a_folder_in_place_of_a_wave_is_told(self, tiny):
        path = tiny.instrument("tiny") / "waves" / "2020H1.yml"
        path.unlink()
        path.mkdir()
        with pytest.raises(InstrumentError, match="cannot be opened"):
            load_instrument(tiny, "tiny")

    def test_a_pattern_that_is_none_is_told_with_its_line(self, tiny):
        edit(tiny, "waves/2020H1.yml", "sex: {column: s}", "sex: {column: s, pattern: '('}")
        with pytest.raises(InstrumentError, match=r"2020H1\.yml:6: .*not a regular expression"):
            load_instrument(tiny, "tiny")

    def test_calibration_to_no_margin_is_told(self, tiny):
        edit(tiny, "waves/2020H1.yml", "mode: web", "mode: web\ncalibrate: {margins: []}")
        with pytest.raises(InstrumentError, match=r"2020H1\.yml:5: 'calibrate\.margins'"):
            load_instrument(tiny, "tiny")
