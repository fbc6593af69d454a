"""The ministry's register, and the kinds of problems counted in it."""

import csv

import pandas as pd
import pytest

from analysis.monitoring.kinds import count_kinds, kind_rows
from analysis.monitoring.notices import (
    NOT_FOUND,
    check_named,
    quarter_rows,
    read_notices,
    window,
    year_rows,
)
from survey.errors import DataError
from survey.instrument.monitoring import quarter_end

END = pd.Timestamp("2018-06-30")
# Figure 6 as found in press reports; see the register for the source of each number.
COUNTS = {
    "2014": [44, 44, 67, 107],
    "2015": [82, 80, 35, 41],
    "2016": [29, 32, 29, 34],
    "2017": [None, 42, 31, None],
    "2018": [46, 49],
}


@pytest.fixture(scope="session")
def notices(raw_folder, monitoring):
    return read_notices(raw_folder / "notices.csv", monitoring.register)


@pytest.fixture(scope="session")
def quarters(notices, monitoring):
    return window(notices, monitoring.register, END)


@pytest.fixture
def changed(raw_folder, tmp_path):
    """A copy of the register with one cell changed: changed("2015Q1", "problem_apps", "83")."""

    def change(quarter, column, cell):
        with (raw_folder / "notices.csv").open(encoding="utf-8", newline="") as file:
            records = list(csv.DictReader(file))
        next(record for record in records if record["quarter"] == quarter)[column] = cell
        path = tmp_path / "notices.csv"
        pd.DataFrame(records).to_csv(path, index=False)
        return path

    return change


class TestRegister:
    def test_holds_the_numbers_found_quarter_by_quarter(self, quarters):
        found = [None if pd.isna(value) else value for value in quarters["problem_apps"]]
        assert found == [value for year in COUNTS.values() for value in year]

    def test_the_two_quarters_not_found_stay_missing(self, quarters):
        missing = quarters.loc[quarters["problem_apps"].isna(), "quarter"]
        assert missing.tolist() == ["2017Q1", "2017Q4"]

    def test_published_sums_are_met(self, quarters, monitoring):
        counts = quarters.set_index("quarter")["problem_apps"]
        sums = [int(counts[check.quarters].sum()) for check in monitoring.register.checks]
        assert sums == [155, 238]

    def test_a_sum_that_is_not_met_names_both_sides(self, changed, monitoring):
        path = changed("2015Q1", "problem_apps", "83")
        with pytest.raises(DataError) as caught:
            read_notices(path, monitoring.register)
        assert "83 + 80 + 35 + 41 = 239" in str(caught.value)
        assert "expected 238" in str(caught.value)

    def test_kinds_over_their_total_are_refused(self, changed, monitoring):
        path = changed("2018Q1", "n_fee", "9")
        with pytest.raises(DataError, match="kinds of 2018Q1 add up to 55"):
            read_notices(path, monitoring.register)

    def test_a_known_split_must_exhaust_its_quarter(self, changed, monitoring):
        path = changed("2016Q2", "n_sms", "0")
        with pytest.raises(DataError, match="kinds of 2016Q2 add up to 31"):
            read_notices(path, monitoring.register)

    def test_a_kind_before_its_time_is_refused(self, changed, monitoring):
        path = changed("2018Q1", "n_points", "0")
        read_notices(path, monitoring.register)
        path = changed("2018Q1", "n_points", "1")
        with pytest.raises(DataError, match="'points' is counted in 2018Q1, before 2018Q4"):
            read_notices(path, monitoring.register)

    def test_a_cell_that_is_no_count_is_told_with_its_line(self, changed, monitoring):
        path = changed("2014Q1", "stores_tested", "about 18")
        with pytest.raises(DataError, match=r"notices\.csv:4: 'about 18' in column 'stores"):
            read_notices(path, monitoring.register)

    def test_a_quarter_without_a_row_is_refused(self, notices, monitoring):
        short = notices[notices["quarter"] != "2017Q4"]
        with pytest.raises(DataError, match="quarter 2017Q4 is not in the register"):
            window(short, monitoring.register, END)

    def test_two_regimes_are_never_joined(self, notices, monitoring):
        with pytest.raises(DataError, match="joins the regimes 'named_in_notice'"):
            window(notices, monitoring.register, pd.Timestamp("2019-06-30"))

    def test_the_window_ends_with_the_last_whole_quarter(self, notices, monitoring):
        found = window(notices, monitoring.register, pd.Timestamp("2018-06-29"))
        assert found["quarter"].max() == "2018Q1"

    def test_agrees_with_the_published_table(self, quarters, shared_data):
        path = shared_data / "published" / "figure_facts.csv"
        facts = pd.read_csv(path, dtype=str, keep_default_na=False)
        facts = facts[facts["series"].str.startswith("problem Apps named")]
        published = dict(zip(facts["category"], facts["value"], strict=True))
        found = {
            quarter: "" if pd.isna(value) else str(value)
            for quarter, value in zip(quarters["quarter"], quarters["problem_apps"], strict=True)
        }
        assert found == published


class TestNamedApps:
    def test_the_list_fits_the_register(self, raw_folder, notices, monitoring):
        assert check_named(raw_folder / "problem_apps.csv", notices, monitoring.register) == 110

    def test_faults_are_told_together(self, raw_folder, tmp_path, notices, monitoring):
        named = pd.read_csv(raw_folder / "problem_apps.csv", dtype=str, keep_default_na=False)
        named.loc[0, "quarter"] = "2014Q9"
        named.loc[5, "problem"] = "feee"
        again = pd.concat([named, named.tail(1)])
        path = tmp_path / "named.csv"
        again.to_csv(path, index=False)
        with pytest.raises(DataError) as caught:
            check_named(path, notices, monitoring.register)
        told = str(caught.value)
        assert "named.csv:2: quarter '2014Q9' is not in the register" in told
        assert "did you mean 'fee'?" in told
        assert "named.csv:112: the entry repeats an earlier one" in told


class TestQuarterRows:
    def test_gaps_are_rows_without_a_value_that_say_so(self, quarters):
        rows = quarter_rows(quarters)
        gaps = rows[(rows["indicator"] == "problem_apps") & rows["estimate"].isna()]
        assert gaps["wave"].tolist() == ["2017Q1", "2017Q4"]
        assert gaps["reason"].eq(NOT_FOUND).all()

    def test_every_number_cites_its_source(self, quarters):
        rows = quarter_rows(quarters)
        assert rows.loc[rows["estimate"].notna(), "design"].str.contains("confidence").all()

    def test_the_period_is_the_quarters_last_day(self, quarters):
        rows = quarter_rows(quarters).set_index("wave")
        assert set(rows.loc["2014Q1", "period"]) == {"2014-03-31"}

    def test_a_year_with_gaps_says_which_quarters_it_holds(self, quarters):
        rows = year_rows(quarters).set_index("wave")
        assert rows["estimate"].tolist() == [262, 238, 124, 73, 95]
        assert rows.loc["2017", "reason"] == "only 2017Q2, 2017Q3"
        assert rows["quality"].tolist() == ["ok", "ok", "ok", "caution", "caution"]


class TestKinds:
    def test_109_of_134_are_bundling_in_the_known_splits(self, quarters, monitoring):
        counted = count_kinds(quarters, monitoring.register)
        assert dict(zip(counted["category"], counted["count"], strict=True)) == {
            "bundling": 109,
            "privacy": 7,
            "fee": 13,
            "sms": 1,
            "control": 1,
            "unassigned": 3,
        }
        assert counted["n"].eq(134).all()
        assert counted["count"].sum() == 134

    def test_shares_and_totals_say_which_quarters_they_count(self, quarters, monitoring):
        rows = kind_rows(quarters, monitoring.register)
        shares = rows[rows["statistic"] == "share"]
        assert shares["estimate"].sum() == pytest.approx(1)
        assert rows["reason"].eq("counted in 2016Q1, 2016Q2, 2017Q2, 2017Q3").all()


class TestQuarterEnd:
    @pytest.mark.parametrize(
        ("quarter", "day"),
        [("2014Q1", "2014-03-31"), ("2016Q2", "2016-06-30"), ("2014Q4", "2014-12-31")],
    )
    def test_is_the_last_day(self, quarter, day):
        assert quarter_end(quarter).isoformat() == day
