"""Quality cut-offs are frozen before fieldwork, and a later change is a fault."""

import datetime as dt

import pytest

from dashboards.cli import main
from survey.errors import InstrumentError, UsageError
from survey.instrument.check import check
from survey.instrument.freeze import freeze
from survey.instrument.load import load_instrument
from tests.conftest import edit

WAVE, DAY = "2020H1", dt.date(2019, 12, 20)
POLICIES = """\
speed_min_share_of_median: {value: 0.4, unit: share, source: t}
exclude_flags: {value: speed, unit: signs, source: t}
"""
LAST = "caution_df: {value: 8, unit: degrees of freedom, source: a test}\n"


@pytest.fixture
def study(tiny):
    edit(tiny, "methods.yml", LAST, LAST + POLICIES)
    return tiny


def faults(project):
    try:
        check(project, load_instrument(project, "tiny"))
    except InstrumentError as error:
        return [fault.what for fault in error.faults]
    return []


class TestFreezing:
    def test_a_frozen_wave_is_clean_until_a_cut_off_changes(self, study):
        done = freeze(study, "tiny", WAVE, date=DAY)
        assert done.before_fieldwork
        assert faults(study) == []
        edit(study, "methods.yml", "{value: 0.4,", "{value: 0.3,")
        assert faults(study) == [
            f"'speed_min_share_of_median' is 0.3, was 0.4 when the rules of {WAVE} were frozen on "
            "2019-12-20"
        ]

    @pytest.mark.parametrize(
        ("name", "old", "new", "told"),
        [
            ("methods.yml", "value: speed,", "value: speed straight,", "exclude_flags"),
            ("methods.yml", LAST, LAST + "grid_min_sd: {value: 1, unit: t, source: t}\n", "grid_m"),
            ("questionnaires/v1.yml", "blocks:", "attention: {sex: 1}\nblocks:", "attention"),
        ],
    )
    def test_signs_new_cut_offs_and_attention_items_are_frozen_too(
        self, study, name, old, new, told
    ):
        freeze(study, "tiny", WAVE, date=DAY)
        edit(study, name, old, new)
        assert any(told in fault for fault in faults(study))

    def test_what_is_no_cut_off_may_change(self, study):
        freeze(study, "tiny", WAVE, date=DAY)
        edit(study, "methods.yml", "{value: 0.4, unit: share, source: t}",
             "{value: 0.4, unit: share, source: a book}")  # fmt: skip
        edit(study, "methods.yml", "min_base: {value: 30,", "min_base: {value: 50,")
        assert faults(study) == []

    def test_another_wave_may_have_another_cut_off(self, study):
        waves = study.instrument("tiny") / "waves"
        later = (waves / f"{WAVE}.yml").read_text().replace("2020-", "2021-")
        (waves / "2021H1.yml").write_text(later)
        raw = study.raw("tiny", "2021H1")
        raw.mkdir(parents=True)
        (raw / "raw.csv").write_bytes((study.raw("tiny", WAVE) / "raw.csv").read_bytes())
        freeze(study, "tiny", WAVE, date=DAY)
        edit(study, "methods.yml", "{value: 0.4, unit: share, source: t}",
             "{value: 0.4, unit: share, source: t, waves: {2021H1: 0.5}}")  # fmt: skip
        assert faults(study) == []

    def test_a_record_changed_by_hand_is_noticed(self, study):
        path = freeze(study, "tiny", WAVE, date=DAY).path
        path.write_text(path.read_text().replace("0.4", "0.3"))
        edit(study, "methods.yml", "{value: 0.4,", "{value: 0.3,")
        assert faults(study) == [f"the freeze of {WAVE} of 2019-12-20 was changed by hand"]


class TestFreezingAgain:
    def test_a_reason_is_needed_and_the_first_freeze_stays_on_record(self, study):
        freeze(study, "tiny", WAVE, date=DAY)
        edit(study, "methods.yml", "{value: 0.4,", "{value: 0.3,")
        later = dt.date(2020, 3, 1)
        with pytest.raises(UsageError, match="--reason"):
            freeze(study, "tiny", WAVE, date=later)
        done = freeze(study, "tiny", WAVE, date=later, reason="the pilot was too short")
        assert done.changed == (("speed_min_share_of_median", "0.3, was 0.4"),)
        assert not done.before_fieldwork
        assert faults(study) == []
        records = load_instrument(study, "tiny").frozen[WAVE]
        assert [record.date for record in records] == [DAY, later]
        assert records[0].cutoffs["speed_min_share_of_median"] == 0.4

    def test_the_same_rules_or_an_earlier_day_are_refused(self, study):
        freeze(study, "tiny", WAVE, date=DAY)
        with pytest.raises(UsageError, match="frozen as it is"):
            freeze(study, "tiny", WAVE, date=DAY, reason="again")
        edit(study, "methods.yml", "{value: 0.4,", "{value: 0.3,")
        with pytest.raises(UsageError, match="is before the freeze"):
            freeze(study, "tiny", WAVE, date=dt.date(2019, 1, 1), reason="again")

    def test_nothing_to_freeze_is_told(self, tiny):
        with pytest.raises(UsageError, match="no cut-off is set"):
            freeze(tiny, "tiny", WAVE, date=DAY)


class TestCommand:
    def test_it_writes_the_record_and_cleaning_refuses_a_changed_cut_off(self, study, capsys):
        project = ["--project", str(study.root)]
        frozen = [*project, "freeze-quality", "tiny", WAVE, "--date", "2020-01-01"]
        assert main(frozen) == 0
        out = capsys.readouterr().out
        assert "instruments/tiny/frozen.yml: 2 cut-offs" in out
        assert "not before fieldwork" in out
        edit(study, "methods.yml", "{value: 0.4,", "{value: 0.3,")
        assert main([*project, "responses", "--study", "tiny"]) == 3
        assert "was 0.4 when the rules" in capsys.readouterr().err

    def test_a_day_that_is_none_is_a_fault_of_usage(self, study, capsys):
        frozen = ["freeze-quality", "tiny", WAVE, "--date", "soon"]
        assert main(["--project", str(study.root), *frozen]) == 2
        assert "--date soon is not a day" in capsys.readouterr().err


class TestValuesByWave:
    def test_only_cut_offs_have_them_and_their_waves_exist(self, study):
        edit(
            study,
            "methods.yml",
            "min_base: {value: 30,",
            "min_base: {waves: {2020H1: 5}, value: 30,",
        )
        edit(study, "methods.yml", "{value: 0.4, unit: share, source: t}",
             "{value: 0.4, unit: share, source: t, waves: {2019H1: 0.5}}")  # fmt: skip
        assert faults(study) == [
            "policy 'min_base' has values by wave, which only cut-offs of quality may have",
            "policy 'speed_min_share_of_median' names wave '2019H1', which does not exist",
        ]
