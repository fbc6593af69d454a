"""`perception design`: questions asked on the command line, answers, faults and exit codes."""

import argparse
import csv
import json

import pytest

from dashboards.commands.design import register
from survey.errors import DataError, PerceptionError, UsageError
from survey.planning.draw_record import changed_files, read_record

STRATA = """\
stratum,province,population,sd,cost,mean
12-rural,12,60000,2.0,45,7
11-urban,11,180000,1.9,30,6
11-rural,11,20000,2.3,55,6.5
12-urban,12,90000,2.1,30,6.2
"""


def run(*words):
    """The command alone, as the command line assembles it."""
    parser = argparse.ArgumentParser(prog="perception")
    commands = parser.add_subparsers()

    def command(name, act, help):
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(act=act, command=name)
        return added

    register(command)
    options = parser.parse_args(["design", *map(str, words)])
    return options.act(options) or 0


@pytest.fixture
def strata(tmp_path):
    path = tmp_path / "strata.csv"
    path.write_text(STRATA, encoding="utf-8")
    return path


@pytest.fixture
def villages(tmp_path):
    rows = ["village,province,county,households"]
    rows += [
        f"v{i:02d},{'east' if i < 20 else 'west'},{i % 5},{10 + i * 7 % 23}" for i in range(40)
    ]
    rows[5] = "v04,east,4,5000"
    path = tmp_path / "villages.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def sizes(path):
    with path.open(encoding="utf-8") as file:
        return {row["stratum"]: int(row["n"]) for row in csv.DictReader(file)}


class TestHelp:
    def test_without_a_question_the_help_is_shown_and_the_exit_code_is_2(self, capsys):
        assert run() == 2
        assert "perception design draw villages.csv" in capsys.readouterr().out

    @pytest.mark.parametrize("question", ["size", "power", "allocate", "draw"])
    def test_every_question_has_a_worked_example(self, question, capsys):
        with pytest.raises(SystemExit) as ended:
            run(question, "--help")
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert f"perception design {question} " in shown.split("\nexample")[1]


class TestSize:
    def test_share_with_response_rate(self, capsys):
        run("size", "--share", 0.5, "--half-width", 0.05, "--response", 0.25)
        shown = capsys.readouterr().out
        assert "385" in shown
        assert "1,540" in shown

    def test_cv_of_a_share(self, capsys):
        run("size", "--share", 0.02, "--cv", 0.15)  # 0.98 / 0.02 / 0.15^2 = 2177.8
        assert "2,178" in capsys.readouterr().out

    def test_domain_with_assurance(self, capsys):
        run("size", "--domain", 0.05, "--least", 100, "--assurance", 0.9)
        assert "2,254" in capsys.readouterr().out

    def test_no_precision_is_a_usage_error(self):
        with pytest.raises(UsageError, match="no precision is asked for"):
            run("size", "--sd", 2)


class TestPower:
    def test_smallest_change(self, capsys):
        run("power", "--sd", 2, "--n", 2000, "--deff", 1.5)
        assert "0.217" in capsys.readouterr().out

    def test_power_of_a_change_of_a_share_as_r_has_it(self, capsys):
        run("power", "--share", 0.5, "--change", 0.05, "--n", 1500)
        assert "78.3%" in capsys.readouterr().out

    def test_size_of_both_waves_and_of_the_new_one(self, capsys):
        run("power", "--sd", 2, "--change", 0.2, "--deff", 1.5)
        assert capsys.readouterr().out.count("2,355") == 2
        run("power", "--sd", 2, "--change", 0.2, "--deff", 1.5, "--old", 4000)
        assert "1,669" in capsys.readouterr().out

    def test_shared_psus_take_their_correlation_from_icc_and_take(self, capsys):
        run("power", "--sd", 2, "--n", 2000, "--overlap", 0.5, "--icc", 0.05, "--take", 20)
        first = capsys.readouterr().out
        run("power", "--sd", 2, "--n", 2000, "--overlap", 0.5, "--correlation", 0.05 / 0.0975)
        assert capsys.readouterr().out == first

    @pytest.mark.parametrize(
        "words",
        [
            ["--share", 30, "--n", 2000],
            ["--sd", 0, "--n", 2000],
            ["--sd", 0, "--change", 1, "--old", 2000],
            ["--sd", 2, "--change", 1, "--old", 2000, "--deff", 0],
            ["--sd", 2, "--change", 0],
            ["--sd", 2, "--change", 1, "--power", 80],
            ["--share", 0.9, "--change", 0.2],
            ["--sd", 2],
        ],
        ids=lambda words: " ".join(map(str, words)),
    )
    def test_numbers_out_of_range_are_usage_errors(self, words):
        with pytest.raises(UsageError):
            run("power", *words)

    def test_an_overlap_without_a_correlation_is_a_usage_error(self):
        with pytest.raises(UsageError, match="needs a correlation"):
            run("power", "--sd", 2, "--n", 2000, "--overlap", 0.5)


class TestAllocate:
    def test_neyman_is_written_in_the_order_of_the_frame(self, strata, tmp_path, capsys):
        out = tmp_path / "sizes.csv"
        run("allocate", strata, "--method", "neyman", "--size", 1000, "--sd", "sd", "--out", out)
        got = sizes(out)
        assert list(got) == ["12-rural", "11-urban", "11-rural", "12-urban"]
        spread = {"12-rural": 120e3, "11-urban": 342e3, "11-rural": 46e3, "12-urban": 189e3}
        assert sum(got.values()) == 1000
        assert all(abs(got[h] - 1000 * spread[h] / 697e3) < 1 for h in got)
        assert "1,000" in capsys.readouterr().out

    def test_precision_meets_every_half_width(self, strata, tmp_path, capsys):
        out = tmp_path / "sizes.csv"
        wanted = ["--half-width", 0.15, "--national-half-width", 0.1, "--deff", 1.5]
        words = ["--method", "precision", "--province", "province", "--sd", "sd"]
        run("allocate", strata, *words, *wanted, "--out", out)
        shown = capsys.readouterr().out
        reached = {}
        for line in shown.split("precision of the mean")[1].splitlines():
            cells = [cell.strip() for cell in line.split("│")[1:-1]]
            if cells:
                reached[cells[0]] = float(cells[3])
        assert set(reached) == {"11", "12", "all"}
        assert max(reached["11"], reached["12"]) <= 0.15
        assert reached["all"] <= 0.1

    def test_a_budget_is_kept(self, strata, tmp_path):
        out = tmp_path / "sizes.csv"
        words = ["--method", "optimal", "--sd", "sd", "--cost", "cost", "--budget", 90000]
        run("allocate", strata, *words, "--out", out)
        cost = {"12-rural": 45, "11-urban": 30, "11-rural": 55, "12-urban": 30}
        spent = sum(cost[h] * n for h, n in sizes(out).items())
        assert 90000 - 30 < spent <= 90000

    def test_all_missing_options_are_named_at_once(self, strata):
        with pytest.raises(UsageError) as caught:
            run("allocate", strata, "--method", "precision", "--size", 5)
        assert len(caught.value.faults) == 4

    def test_limits_out_of_range_are_named_together(self, strata):
        with pytest.raises(UsageError) as caught:
            run("allocate", strata, "--size", 100, "--deff", 0, "--least", 0)
        assert [fault.what for fault in caught.value.faults] == ["--deff is 0", "--least is 0"]

    def test_an_unknown_column_is_a_data_error_with_a_hint(self, strata):
        with pytest.raises(DataError, match="did you mean 'sd'"):
            run("allocate", strata, "--method", "neyman", "--size", 100, "--sd", "sdd")

    def test_cells_that_are_no_numbers_are_named_with_their_rows(self, strata):
        strata.write_text(STRATA.replace("180000", "many").replace("20000", ""), encoding="utf-8")
        with pytest.raises(DataError) as caught:
            run("allocate", strata, "--size", 100)
        assert [fault.where.split(", ")[1] for fault in caught.value.faults] == [
            "row 2 after the header",
            "row 3 after the header",
        ]

    def test_a_stratum_twice_is_named(self, strata):
        strata.write_text(STRATA.replace("12-urban", "12-rural"), encoding="utf-8")
        with pytest.raises(DataError, match="'12-rural' occurs 2 times"):
            run("allocate", strata, "--size", 100)


class TestDraw:
    def draw(self, villages, out, *more):
        words = ["--measure", "households", "--strata", "province", "--order", "county"]
        return run("draw", villages, *words, "--seed", 7, "--out", out, *more)

    def test_sample_holds_the_frame_rows_and_their_weights(self, villages, tmp_path, capsys):
        out = tmp_path / "sample.csv"
        self.draw(villages, out, "--size", 12)
        with out.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        frame = villages.read_text(encoding="utf-8").splitlines()
        assert len(rows) == 12
        assert all(",".join(list(row.values())[:4]) in frame for row in rows)
        certain = [row["village"] for row in rows if row["certainty"] == "1"]
        assert certain == ["v04"]
        for row in rows:
            product = float(row["base_weight"]) * float(row["inclusion_probability"])
            assert product == pytest.approx(1, abs=1e-10)
        assert "taken for certain: v04" in capsys.readouterr().out

    def test_shuffled_frame_draws_the_same_villages(self, villages, tmp_path):
        self.draw(villages, tmp_path / "one.csv", "--size", 12)
        head, *rows = villages.read_text(encoding="utf-8").splitlines()
        villages.write_text("\n".join([head, *sorted(rows, key=hash)]) + "\n", encoding="utf-8")
        self.draw(villages, tmp_path / "two.csv", "--size", 12)
        one, two = ((tmp_path / name).read_text().splitlines() for name in ("one.csv", "two.csv"))
        assert sorted(one) == sorted(two)

    def test_record_stands_beside_the_sample(self, villages, tmp_path):
        out = tmp_path / "sample.csv"
        self.draw(villages, out, "--size", 12)
        record = read_record(tmp_path / "sample.csv.draw.json")
        assert changed_files(record, tmp_path) == []
        assert record["seed"] == 7
        assert record["columns"]["order"] == ["county", "village"]
        assert sum(part["drawn"] for part in record["strata"]) == record["drawn"] == 12
        assert record["certainty_units"] == ["v04"]

    def test_sizes_come_from_a_file(self, villages, tmp_path):
        wanted = tmp_path / "sizes.csv"
        wanted.write_text("stratum,n\nwest,9\neast,3\n", encoding="utf-8")
        self.draw(villages, tmp_path / "sample.csv", "--sizes", wanted)
        record = json.loads((tmp_path / "sample.csv.draw.json").read_text())
        assert {part["stratum"]: part["drawn"] for part in record["strata"]} == {
            "east": 3,
            "west": 9,
        }

    def test_a_record_that_cannot_be_written_leaves_no_sample(self, villages, tmp_path):
        out = tmp_path / "sample.csv"
        (tmp_path / "sample.csv.draw.json").mkdir()
        with pytest.raises(PerceptionError, match="cannot be written"):
            self.draw(villages, out, "--size", 12)
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "sample.csv.draw.json",
            "villages.csv",
        ]

    def test_units_without_a_size_are_a_data_error(self, villages, tmp_path):
        text = villages.read_text(encoding="utf-8").replace("v04,east,4,5000", "v04,east,4,0")
        villages.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="'v04' has the size 0") as caught:
            self.draw(villages, tmp_path / "sample.csv", "--size", 12)
        assert caught.value.exit_code == 4
        assert not (tmp_path / "sample.csv").exists()

    def test_the_frame_is_never_replaced(self, villages):
        with pytest.raises(UsageError, match="replace the frame") as caught:
            self.draw(villages, villages, "--size", 12)
        assert caught.value.exit_code == 2
