import pytest

from survey.errors import InstrumentError, UsageError
from survey.instrument.blanks import blanks
from survey.instrument.check import check_studies
from survey.instrument.load import load_instrument
from survey.instrument.template import new_wave
from survey.io.yamlfile import parse_yaml
from tests.conftest import edit

TARGETS = """\
margin,level,items,count,unit,universe,date,source,url,note
sex,male,sex,520,persons,adults,2020-01-01,A census,http://example.org,as printed
sex,female,sex,480,persons,adults,2020-01-01,A census,http://example.org,as printed
"""
BLOCK_STYLE = """\
# The first wave.
period:
  start: 2020-01-01  # Wednesday
  end: 2020-06-30
half: 1
questionnaire: v1
mode: web
raw: {file: raw.csv, origin: csv}
columns: {respondent: {column: id}, sex: {column: s}, trust: {column: t}}
design:
  kind: nonprobability
  response:
    zh: 很好
    en: Good
  lonely: fail
note:
  zh: 说明
  en: A note
"""


@pytest.fixture
def weighted(tiny):
    """The tiny study with targets."""
    path = tiny.instrument("tiny") / "targets" / "2020H1.csv"
    path.parent.mkdir()
    path.write_text(TARGETS, encoding="utf-8")
    return tiny


def written(project, name: str) -> str:
    return (project.root / name).read_text(encoding="utf-8")


class TestNewWave:
    def test_writes_wave_targets_and_card(self, weighted):
        paths = new_wave(weighted, "tiny", "2020H2")
        assert [weighted.relative(path) for path in paths] == [
            "instruments/tiny/waves/2020H2.yml",
            "instruments/tiny/targets/2020H2.csv",
            "data/raw/tiny/2020H2/source.yml",
        ]

    def test_column_map_carries_over_and_period_and_file_do_not(self, weighted):
        new_wave(weighted, "tiny", "2020H2")
        data = parse_yaml(written(weighted, "instruments/tiny/waves/2020H2.yml")).data
        assert data["columns"]["trust"] == {"column": "t"}
        assert data["period"] == {"start": "???", "end": "???"}
        assert data["half"] == "???"
        assert data["raw"] == {"file": "???", "origin": "csv"}

    def test_block_style_keeps_comments_and_loses_what_was_said_of_the_old_wave(self, tiny):
        (tiny.instrument("tiny") / "waves" / "2020H1.yml").write_text(BLOCK_STYLE, encoding="utf-8")
        new_wave(tiny, "tiny", "2020H2")
        text = written(tiny, "instruments/tiny/waves/2020H2.yml")
        data = parse_yaml(text).data
        assert data["period"] == {"start": "???", "end": "???"}
        assert "# Wednesday" in text
        assert data["design"] == {"kind": "nonprobability", "lonely": "fail"}
        assert "note" not in data

    def test_targets_keep_their_levels_and_lose_every_number_and_source(self, weighted):
        new_wave(weighted, "tiny", "2020H2")
        lines = written(weighted, "instruments/tiny/targets/2020H2.csv").splitlines()
        assert lines[1] == "sex,male,sex,???,persons,adults,???,???,,"
        assert len(lines) == 3

    def test_everything_missing_is_named_at_once_with_its_line(self, weighted):
        new_wave(weighted, "tiny", "2020H2")
        told = [str(fault) for fault in blanks(weighted, "tiny")]
        assert (
            "instruments/tiny/waves/2020H2.yml:2: 'period.start' is still to be filled in" in told
        )
        assert (
            "instruments/tiny/targets/2020H2.csv:2: count, date, source: still to be filled in"
            in told
        )
        assert "data/raw/tiny/2020H2/source.yml:1: 'producer' is still to be filled in" in told
        assert len(told) == 4 + 2 + 5

    def test_a_study_without_blanks_has_none(self, weighted):
        assert blanks(weighted, "tiny") == []

    def test_check_reports_the_blanks_and_nothing_that_follows_from_them(self, weighted):
        new_wave(weighted, "tiny", "2020H2")
        with pytest.raises(InstrumentError) as caught:
            check_studies(weighted, ["tiny"])
        assert [str(fault) for fault in caught.value.faults] == [
            str(fault) for fault in blanks(weighted, "tiny")
        ]

    def test_the_blanks_stop_the_loader_by_line(self, weighted):
        new_wave(weighted, "tiny", "2020H2")
        with pytest.raises(InstrumentError, match=r"waves/2020H2\.yml:2: 'period\.start'"):
            load_instrument(weighted, "tiny")

    def test_filled_in_it_is_a_wave_after_the_last_one(self, weighted):
        new_wave(weighted, "tiny", "2020H2")
        path = weighted.instrument("tiny") / "waves" / "2020H2.yml"
        text = path.read_text(encoding="utf-8")
        for value in ("2020-07-01", "2020-12-31", "2", "new.csv"):
            text = text.replace("'???'", value, 1)
        path.write_text(text, encoding="utf-8")
        targets = weighted.instrument("tiny") / "targets" / "2020H2.csv"
        targets.write_text(
            written(weighted, "instruments/tiny/targets/2020H2.csv").replace(
                "???,persons,adults,???,???", "500,persons,adults,2020-07-01,A census"
            ),
            encoding="utf-8",
        )
        instrument = load_instrument(weighted, "tiny")
        assert list(instrument.waves) == ["2020H1", "2020H2"]
        assert instrument.previous("2020H2") == "2020H1"

    def test_a_raw_card_that_exists_is_left_alone(self, weighted):
        card = weighted.raw("tiny", "2020H2") / "source.yml"
        card.parent.mkdir(parents=True)
        card.write_text("producer: us\n", encoding="utf-8")
        assert card not in new_wave(weighted, "tiny", "2020H2")
        assert card.read_text(encoding="utf-8") == "producer: us\n"

    def test_an_existing_wave_is_refused(self, weighted):
        with pytest.raises(UsageError, match="'2020H1' exists already"):
            new_wave(weighted, "tiny", "2020H1")

    @pytest.mark.parametrize("name", ["../2020H2", "", "2020 H2"])
    def test_a_name_that_is_no_file_name_is_refused(self, weighted, name):
        with pytest.raises(UsageError, match="not a name"):
            new_wave(weighted, "tiny", name)

    def test_a_faulty_study_is_told_first(self, weighted):
        edit(weighted, "items/all.yml", "kind: key", "kind: kee")
        with pytest.raises(InstrumentError, match=r"items/all\.yml"):
            new_wave(weighted, "tiny", "2020H2")
