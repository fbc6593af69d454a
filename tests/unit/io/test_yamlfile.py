import pytest

from survey.errors import InstrumentError
from survey.instrument.model import Scale
from survey.io.yamlfile import entries, parse_yaml, read_yaml, to_model


class TestStrictYaml:
    def test_words_that_yaml_1_1_turns_into_booleans_stay_words(self):
        data = parse_yaml("a: no\nb: on\nc: Yes\nd: true\n").data
        assert data == {"a": "no", "b": "on", "c": "Yes", "d": True}

    def test_dates_stay_text_until_a_model_asks(self):
        assert parse_yaml("d: 2018-06-30").data == {"d": "2018-06-30"}

    def test_a_repeated_key_is_a_fault_that_names_both_lines(self):
        with pytest.raises(InstrumentError, match=r"x\.yml:3: 'a' stands here a second time") as e:
            parse_yaml("a: 1\nb: 2\na: 3\n", "x.yml")
        assert "line 1" in str(e.value)

    def test_broken_yaml_names_its_line(self):
        with pytest.raises(InstrumentError, match=r"x\.yml:2: not valid YAML"):
            parse_yaml("a: 1\nb: ]\n", "x.yml")

    def test_a_file_that_is_not_utf8_is_told(self, tmp_path):
        path = tmp_path / "x.yml"
        path.write_bytes("a: 男".encode("gb18030"))
        with pytest.raises(InstrumentError, match="not UTF-8"):
            read_yaml(path)

    def test_all_faults_of_a_model_come_at_once_with_lines_and_a_hint(self):
        text = (
            "points:\n  1: {code: a, text: {en: A}}\n  2: {cod: b, text: {en: B}}\nnumerc: true\n"
        )
        with pytest.raises(InstrumentError) as caught:
            to_model(Scale, parse_yaml(text, "s.yml"))
        told = str(caught.value)
        assert "s.yml:3: 'points.2.code' is missing" in told
        assert "s.yml:3: unknown key 'cod'" in told
        assert "did you mean 'code'?" in told
        assert "s.yml:4: unknown key 'numerc'" in told
        assert len(caught.value.faults) == 3

    def test_a_control_sign_is_a_fault_of_the_file(self):
        with pytest.raises(InstrumentError, match=r"x\.yml: holds the control sign U\+0007"):
            parse_yaml("a: \x07", "x.yml")

    def test_a_faulty_entry_is_called_by_its_name(self):
        document = parse_yaml("sex: 5\n", "s.yml")
        with pytest.raises(InstrumentError, match=r"s\.yml:1: 'sex': input should be"):
            to_model(Scale, document, "sex")


class TestEntries:
    def test_are_the_places_of_a_list_or_the_keys_of_a_mapping(self):
        assert entries(parse_yaml("- a\n- b"), list, "a list") == [0, 1]
        assert entries(parse_yaml("a: 1\nb: 2"), dict, "a mapping") == ["a", "b"]

    @pytest.mark.parametrize("text", ["5", "[a]", "word"])
    def test_of_another_form_of_file_are_a_fault(self, text):
        with pytest.raises(InstrumentError, match=r"x\.yml:1: a mapping is expected"):
            entries(parse_yaml(text, "x.yml"), dict, "a mapping")
