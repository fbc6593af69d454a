"""The register as data: sources of numbers, lists of kinds, rates, fills, and all its rows."""

import csv

import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.monitoring.kinds import count_kinds, taxonomy_of
from analysis.monitoring.notices import check_named, read_notices, window
from analysis.monitoring.rates import fill_rows, half_rows, rate_rows
from analysis.monitoring.register import register_rows
from analysis.monitoring.sources import (
    check_sources,
    numbers,
    read_readings,
    repeated_apps,
    side_by_side,
)
from analysis.results.schema import conform
from survey.errors import DataError
from survey.instrument.register import Register

END = pd.Timestamp("2018-06-30")


@pytest.fixture(scope="module")
def register(monitoring) -> Register:
    return monitoring.register


@pytest.fixture(scope="module")
def notices(raw_folder, register):
    return read_notices(raw_folder / "notices.csv", register)


@pytest.fixture(scope="module")
def quarters(notices, register):
    return window(notices, register, END)


@pytest.fixture(scope="module")
def rows(raw_folder, register):
    made = register_rows(raw_folder, register, wave="2018H1", until="2018-06-30", level=0.95)
    return conform(made.assign(study="app_monitoring", analysis_unit="app"))


def picked(rows, **key):
    for column, value in key.items():
        rows = rows[rows[column] == value]
    return rows


class TestJudged:
    """What the register must give, number by number."""

    def test_figure_6_equals_the_published_table_quarter_by_quarter(self, rows, shared_data):
        path = shared_data / "published" / "miit_notices.csv"
        with path.open(encoding="utf-8", newline="") as file:
            table = [row for row in csv.DictReader(file) if "Q" in row["quarter"]]
        published = {
            row["quarter"]: row["problem_apps"]
            for row in table
            if "2014Q1" <= row["quarter"] <= "2018Q2"
        }
        drawn = picked(rows, indicator="problem_apps", statistic="total", variant="published")
        found = {
            row.wave: "" if pd.isna(row.estimate) else f"{row.estimate:g}"
            for row in drawn.itertuples()
        }
        assert found == published
        assert [quarter for quarter, count in found.items() if not count] == ["2017Q1", "2017Q4"]

    def test_sums_are_those_published(self, rows):
        drawn = picked(rows, indicator="problem_apps", statistic="total", variant="published")
        counts = dict(zip(drawn["wave"], drawn["estimate"], strict=True))
        assert sum(counts[f"2014Q{part}"] for part in (1, 2, 3)) == 155
        assert sum(counts[f"2015Q{part}"] for part in (1, 2, 3, 4)) == 238

    def test_figure_7_knows_109_of_134_and_what_is_not_known(self, rows):
        counted = picked(rows, indicator="problem_kinds", statistic="total", variant="counted")
        assert counted["estimate"].sum() == 134
        assert picked(counted, category="bundling")["estimate"].tolist() == [109]
        open_ones = picked(rows, indicator="problem_kinds", category="unsplit")
        assert open_ones["estimate"].tolist() == [658]
        assert open_ones["n"].tolist() == [792]
        assert open_ones["reason"].tolist() == ["not found: 2017Q1, 2017Q4"]

    def test_counted_shares_have_simultaneous_intervals_that_hold_the_published_share(self, rows):
        share = picked(rows, statistic="share", category="bundling", variant="counted").iloc[0]
        assert share["ci_low"] < 0.84 < share["ci_high"]
        assert "Goodman" in share["design"]


class TestSources:
    def test_every_number_has_one(self, raw_folder):
        table = numbers(raw_folder / "notices.csv")
        assert check_sources(raw_folder / "notices.csv") == len(table)
        assert (table["source_title"] != "").all()

    def test_derived_numbers_are_told_from_printed_ones(self, raw_folder):
        table = numbers(raw_folder / "notices.csv").set_index(["quarter", "series"])
        assert table.at[("2017Q2", "n_bundling"), "how"] == "derived"
        assert table.at[("2017Q2", "problem_apps"), "how"] == "printed"

    def test_a_number_without_one_is_named(self, raw_folder, tmp_path):
        path = tmp_path / "notices.csv"
        table = pd.read_csv(raw_folder / "notices.csv", dtype=str, keep_default_na=False)
        table.loc[table["quarter"] == "2015Q3", "source_title"] = ""
        table.to_csv(path, index=False)
        with pytest.raises(DataError, match="problem_apps of 2015Q3 has no source"):
            check_sources(path)

    def test_sources_that_differ_stand_side_by_side(self, raw_folder):
        readings = read_readings(raw_folder / "notice_readings.csv")
        table = side_by_side(raw_folder / "notices.csv", readings)
        apart = table[~table["agrees"]].set_index(["quarter", "series"])
        assert apart.loc[("2017Q2", "bad_app_reports_12321"), "register"] == "174115"
        assert apart.loc[("2017Q2", "bad_app_reports_12321"), "reading"] == "189316"
        sums = table[table["series"] == "apps_named_publicly"]
        assert sums["agrees"].all()

    def test_readings_that_differ_are_rows_of_both_numbers(self, rows):
        both = picked(rows, indicator="bad_app_reports", wave="2016Q3").set_index("variant")
        assert both.loc["register", "estimate"] == 350733
        assert both.loc["reading", "estimate"] == 327729
        assert both["reason"].eq("sources differ").all()

    def test_faults_of_readings_are_told_together(self, tmp_path):
        path = tmp_path / "readings.csv"
        path.write_text(
            "quarter,series,value,how,reading,source_title,source_url\n"
            "2015Q1,problem_apps,many,guessed,,,\n",
            encoding="utf-8",
        )
        with pytest.raises(DataError) as caught:
            read_readings(path)
        assert len(caught.value.faults) == 3


class TestRepeatedApps:
    def test_one_name_in_several_notices_is_flagged(self, tmp_path):
        path = tmp_path / "named.csv"
        path.write_text(
            "quarter,store,app,version\n2014Q1,a,Quick Cleaner,1\n2015Q2,b,quick cleaner,2\n"
            "2015Q2,c,手电筒,1\n2015Q2,d,手电筒,1\n2015Q2,e,日历,1\n",
            encoding="utf-8",
        )
        found = repeated_apps(path).set_index("app")
        assert found.loc["Quick Cleaner", "quarters"] == "2014Q1, 2015Q2"
        assert bool(found.loc["Quick Cleaner", "across"])
        assert not bool(found.loc["手电筒", "across"])
        assert "日历" not in found.index

    def test_the_shipped_list_repeats_no_name(self, raw_folder):
        assert repeated_apps(raw_folder / "problem_apps.csv").empty


class TestTaxonomies:
    def test_each_regime_has_its_own_kinds(self, register):
        first, later = register.taxonomies
        assert first.codes() == ["bundling", "privacy", "fee", "sms", "control", "points"]
        assert len(later.codes()) == 8
        assert not set(first.codes()) & set(later.codes())

    def test_kinds_of_two_regimes_are_never_counted_together(self, notices, register):
        joined = register.model_copy(update={"known_splits": ["2016Q2", "2021Q1"]})
        with pytest.raises(DataError) as caught:
            count_kinds(notices, joined)
        told = str(caught.value)
        assert "'notices_2014' (2016Q2) and 'rights_2019' (2021Q1) would be joined" in told

    def test_a_time_without_a_list_joins_nothing_either(self, register):
        with pytest.raises(DataError, match=r"'no list' \(2019Q2\)"):
            taxonomy_of(["2018Q4", "2019Q2"], register)

    def test_a_named_app_has_a_kind_of_its_own_time(self, raw_folder, tmp_path, notices, register):
        table = pd.read_csv(raw_folder / "problem_apps.csv", dtype=str, keep_default_na=False)
        table.loc[0, "problem"] = "account_deletion"
        path = tmp_path / "named.csv"
        table.to_csv(path, index=False)
        with pytest.raises(DataError, match="'account_deletion' of 2014Q1 belongs to the list"):
            check_named(path, notices, register)

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda d: d["taxonomies"].append(d["taxonomies"][0]), "two taxonomies have one id"),
            (lambda d: d["regimes"][0].update(taxonomy="nothing"), "unknown taxonomy"),
            (lambda d: d["regimes"][0].update(taxonomy=None), "has no taxonomy"),
            (
                lambda d: d["taxonomies"][1]["kinds"].append(d["taxonomies"][0]["kinds"][0]),
                "'bundling' is in two taxonomies",
            ),
            (lambda d: d["regimes"][0].update(until="2020Q1"), "ends after"),
        ],
    )
    def test_a_register_that_would_mix_them_is_not_loaded(self, register, change, told):
        data = register.model_dump()
        change(data)
        with pytest.raises(ValidationError, match=told):
            Register(**data)


class TestRates:
    def test_a_rate_is_the_count_over_the_stores(self, quarters):
        rates = rate_rows(quarters).set_index("wave")
        assert rates.loc["2018Q2", "estimate"] == pytest.approx(49 / 45)
        assert rates.loc["2018Q2", "n"] == 45

    def test_a_missing_exposure_is_told_from_a_missing_count(self, quarters):
        rates = rate_rows(quarters)
        lost = rates[rates["estimate"].isna()].groupby("reason")["wave"].agg(list)
        assert lost["stores tested not found"] == ["2014Q2", "2015Q3", "2015Q4"]
        assert lost["number not found in any source"] == ["2017Q1", "2017Q4"]

    def test_a_half_year_pools_quarters_that_have_both(self, quarters):
        halves = half_rows(quarters, 0.95).set_index(["indicator", "wave"])
        rate = halves.loc[("problem_apps_per_store", "2018H1")]
        assert rate["estimate"] == pytest.approx((46 + 49) / (56 + 45))
        assert rate["ci_low"] < rate["estimate"] < rate["ci_high"]
        part = halves.loc[("problem_apps_half", "2017H1")]
        assert (part["estimate"], part["reason"]) == (42, "only 2017Q2")

    def test_a_half_year_without_stores_has_a_count_and_no_rate(self, quarters):
        halves = half_rows(quarters, 0.95).set_index(["indicator", "wave"])
        assert halves.loc[("problem_apps_half", "2015H2"), "estimate"] == 76
        assert pd.isna(halves.loc[("problem_apps_per_store", "2015H2"), "estimate"])


class TestFill:
    def test_only_quarters_not_found_are_filled(self, quarters, register):
        assert fill_rows(quarters, register.fill)["wave"].tolist() == ["2017Q1", "2017Q4"]

    def test_the_range_is_that_of_the_counts_since_the_break(self, quarters, register):
        filled = fill_rows(quarters, register.fill).iloc[0]
        assert filled["estimate"] == pytest.approx(36.8)
        assert (filled["ci_low"], filled["ci_high"]) == (25, 50)

    def test_they_are_simulated_rows_under_their_own_name(self, rows):
        filled = rows[rows["kind"] == "simulated"]
        assert set(filled["variant"]) == {"model_fill"}
        assert filled["estimate"].notna().all()
        assert filled["reason"].eq("filled by a model, no published number").all()

    def test_a_register_without_a_fill_has_none(self, raw_folder, register):
        plain = register.model_copy(update={"fill": None})
        made = register_rows(raw_folder, plain, wave="2018H1", until="2018-06-30", level=0.95)
        assert set(made["kind"]) == {"published"}
