"""The shipped study security_perception: complete, sourced, and true to what it says of itself."""

import csv
import re

import pytest

from survey.instrument.check import check
from survey.instrument.load import load_instrument
from survey.io.source import check_files
from survey.io.yamlfile import read_yaml
from survey.synthetic.plan import load_plan, published

STUDY = "security_perception"


@pytest.fixture(scope="module")
def instrument(checkout):
    return load_instrument(checkout, STUDY)


class TestStudy:
    def test_its_files_fit_together(self, checkout, instrument):
        check(checkout, instrument)

    def test_waves_share_one_questionnaire_design_and_mode(self, instrument):
        waves = instrument.waves.values()
        assert list(instrument.waves) == ["2013H1", "2017H1", "2018H1"]
        assert {wave.questionnaire for wave in waves} == {"v1"}
        assert {wave.mode for wave in waves} == {"cati"}
        assert {(wave.design.kind, *wave.design.strata) for wave in waves} == {
            ("probability", "province", "residence")
        }

    def test_each_wave_arrives_from_another_tool(self, instrument):
        assert {wave.raw.origin for wave in instrument.waves.values()} == {"csv", "spss", "wjx"}

    def test_the_number_export_of_the_rating_is_shifted_to_start_at_zero(self, instrument):
        assert instrument.waves["2018H1"].columns["safety_score"].shift == -1
        assert instrument.scales["score10"].range == (0, 10)

    def test_year_on_year_exists_only_against_the_same_half_of_the_year_before(self, instrument):
        assert instrument.year_before("2018H1") == "2017H1"
        assert instrument.year_before("2017H1") is None

    def test_every_raw_file_is_the_one_on_its_card_and_called_simulated(self, checkout, instrument):
        for name, wave in instrument.waves.items():
            source = check_files(checkout, STUDY, name, wave.raw.file)
            assert source.kind == "simulated"
            assert set(source.note) == {"zh", "en"}

    def test_every_policy_has_a_unit_and_a_source(self, instrument):
        for policy in instrument.methods.values():
            assert policy.unit
            assert len(policy.source) > 20

    def test_every_pair_of_waves_has_a_decision_for_both_indicators(self, instrument):
        decided = {(entry.item, entry.waves) for entry in instrument.comparability}
        pairs = {("2013H1", "2017H1"), ("2017H1", "2018H1"), ("2013H1", "2018H1")}
        assert decided == {(item, pair) for item in ("safety_score", "issues") for pair in pairs}

    def test_identifiers_the_tools_add_are_declared(self, checkout, instrument):
        plan = load_plan(checkout, STUDY)
        added = {e.column for w in plan.waves.values() for e in w.extra if e.kind != "text"}
        assert added == set(instrument.study.identifiers)


class TestProvinces:
    def test_scale_regions_and_frame_name_the_same_31_codes_in_order(self, checkout, instrument):
        folder = checkout.instrument(STUDY)
        codes = list(instrument.scales["province"].points)
        regions = read_yaml(folder / "regions.yml").data["regions"]
        with (folder / "frame.csv").open(encoding="utf-8", newline="") as file:
            frame = [int(row["province"]) for row in csv.DictReader(file)]
        assert len(codes) == 31
        assert codes == sorted(codes) == frame == [region["scale"] for region in regions]
        assert all(region["code"] == f"{region['scale']}0000" for region in regions)

    def test_full_official_names_are_accepted_in_raw_files(self, checkout, instrument):
        regions = read_yaml(checkout.instrument(STUDY) / "regions.yml").data["regions"]
        points = instrument.scales["province"].points
        assert all(region["zh"] in points[region["scale"]].aliases for region in regions)


class TestTargets:
    def test_every_margin_partitions_the_same_universe(self, instrument):
        for wave, rows in instrument.targets.items():
            assert {row.universe for row in rows} == {"internet users aged 10 and over"}
            totals = {}
            for margin in instrument.waves[wave].calibrate.margins:
                scale = instrument.scale_of(margin)
                mine = [row for row in rows if row.margin == margin]
                assert [row.level for row in mine] == [scale.code(v) for v in scale.values()]
                totals[margin] = sum(row.count for row in mine)
            assert len(set(totals.values())) == 1

    def test_every_row_has_a_source_and_an_address(self, instrument):
        for rows in instrument.targets.values():
            assert all(row.source and row.url.startswith("http") for row in rows)

    def test_a_borrowed_date_is_noted_and_only_then(self, instrument):
        for wave, rows in instrument.targets.items():
            for row in rows:
                borrowed = row.date != instrument.waves[wave].period.end
                assert borrowed == ("borrowed date" in row.note)

    def test_subscriptions_are_no_margin(self, instrument):
        assert not [
            row for rows in instrument.targets.values() for row in rows if "operator" in row.items
        ]


class TestPublished:
    def test_numbers_stand_in_data_and_not_in_code(self, checkout, instrument):
        known = {
            number
            for wave in instrument.waves
            for number in published(checkout, instrument, wave)["estimate"]
        }
        assert len(known) == 6
        words = "|".join(rf"(?<![\d.]){re.escape(f'{number:g}')}(?!\d)" for number in sorted(known))
        words += "|" + "|".join(
            rf"(?<![\d.]){re.escape(f'{100 * number:.1f}')}(?!\d)" for number in known if number < 1
        )
        found = [
            f"{checkout.relative(path)}: {match[0]}"
            for path in sorted((checkout.root / "survey").rglob("*.py"))
            for match in re.finditer(words, path.read_text(encoding="utf-8"))
        ]
        assert found == []
